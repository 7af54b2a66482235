"""`hisolver corpus validate`: which scenes render here."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents import errors
from server.command import run_job
from server.corpus.folder import Corpus, corpus_folder

if TYPE_CHECKING:
    from retrieval.validate.publish import Summary
    from retrieval.validate.run import Order

IN_PROCESS = "local"


def register(app: typer.Typer) -> None:
    """Adds the command to `hisolver corpus`."""
    app.command("validate")(corpus_validate)


def corpus_validate(
    corpus: Corpus = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Scenes rendered in this run at most; by default all.")] = None,
    timeout: Annotated[float, typer.Option(min=1, max=3600, help="Seconds that one scene may take.")] = 60.0,
    quality: Annotated[str, typer.Option(help="l, m or h: 480p15, 720p30, 1080p60.")] = "l",
    scheduler: Annotated[
        str | None,
        typer.Option(
            metavar="local|tls://HOST:PORT", help="Whose workers render; by default HISOLVER_RENDER_SCHEDULER, else this process."
        ),
    ] = None,
    every_flavour: Annotated[
        bool, typer.Option("--every-flavour", help="Try scenes that were not written for Manim Community too.")
    ] = False,
    every_duplicate: Annotated[
        bool, typer.Option("--every-duplicate", help="Try all near-duplicates, not only the first one that renders.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object and nothing else.")] = False,
) -> None:
    """Render every scene of the corpus in the sandbox; go on where the last run was stopped."""
    from retrieval.validate.plan import Choice
    from retrieval.validate.run import Order

    if quality not in ("l", "m", "h"):
        raise errors.InputError(f"the quality is l, m or h, not {quality!r}")
    order = Order(quality=quality, timeout_s=timeout, limit=limit, choice=Choice(every_flavour, every_duplicate))
    run_job(validate_job(corpus_folder(corpus), order, scheduler=scheduler, as_json=as_json), log_level="ERROR")


async def validate_job(corpus: Path, order: Order, *, scheduler: str | None, as_json: bool) -> int:
    """Raises `agents.errors`: `RetrievalError` for a corpus that cannot be read, the renderer's own where nothing can be rendered."""
    from retrieval.errors import RetrievalError
    from retrieval.validate.run import Validation
    from server.corpus.progress import ValidationScreen
    from server.corpus.rendering import corpus_renderer
    from server.renders import require_dask
    from server.settings import load_settings
    from server.terminal import plain, print_json

    require_dask()
    settings = load_settings(render_scheduler=scheduler or load_settings().render_scheduler or IN_PROCESS)
    with ValidationScreen() as screen:
        try:
            async with corpus_renderer(settings) as renderer:
                summary = await Validation(corpus, renderer, order, screen.show).run()
        except RetrievalError as error:
            raise errors.RetrievalError(screen.so_far(error.message)) from error
        except asyncio.CancelledError:
            screen.stopped()
            raise
    if as_json:
        print_json(summary)
    else:
        sys.stdout.write(plain(_words(summary, corpus)))
    return 0


def _words(summary: Summary, corpus: Path) -> str:
    lines = [
        f"{summary['rendered']} of {summary['tried']} scenes render on Manim {summary['manim']} ({summary['distinct']} distinct), "
        f"{summary['not_tried']} were not tried",
        *(f"  failed, {kind}: {count}" for kind, count in summary["errors"].items()),
        *(f"  not tried, {reason}: {count}" for reason, count in summary["reasons"].items()),
        f"{summary['fresh']} were rendered now, in {summary['seconds']:.0f} s; corpus {summary['corpus']} in {corpus}",
    ]
    return "\n".join(lines) + "\n"
