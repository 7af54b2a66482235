"""`hisolver corpus index` and `hisolver corpus search`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.errors import InputError, RetrievalError
from server.command import run_job

if TYPE_CHECKING:
    from retrieval.search import By, Filters, Scene, Searcher

MOST_QUERY_CHARS = 100_000


def register(app: typer.Typer) -> None:
    """Adds the commands to `hisolver corpus`."""
    app.command("search")(search)
    app.command("index")(index)


def search(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT", help="What the scene should show; - reads standard input, one search a line, one JSON array a line."
        ),
    ],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many scenes.")] = 5,
    flavour: Annotated[str | None, typer.Option(help="community, manimgl or manimlib.")] = None,
    latex: Annotated[bool | None, typer.Option("--latex/--no-latex", help="Only scenes that need LaTeX, or only others.")] = None,
    three_d: Annotated[bool | None, typer.Option("--three-d/--flat", help="Only scenes in space, or only others.")] = None,
    licence: Annotated[list[str] | None, typer.Option(help="Only of this SPDX licence; may be repeated.")] = None,
    min_seconds: Annotated[float | None, typer.Option(min=0, help="Only videos at least this long.")] = None,
    max_seconds: Annotated[float | None, typer.Option(min=0, help="Only videos at most this long.")] = None,
    by: Annotated[str, typer.Option(help="fused, vectors, descriptions, intents or bm25: how scenes are ranked.")] = "fused",
    chars: Annotated[int | None, typer.Option(min=80, help="Cut the code to this many characters, as for a prompt.")] = None,
    docs: Annotated[bool, typer.Option("--docs", help="Search Manim's documentation although there is a corpus.")] = False,
    thumbnail: Annotated[bool, typer.Option("--thumbnail", help="Tell where each scene's thumbnail is, in JSON too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON array and nothing else.")] = False,
) -> None:
    """Show what retrieval would give the coder model."""
    from retrieval.search import Filters

    filters = Filters(flavour, latex, three_d, tuple(licence or ()), min_seconds, max_seconds)
    show = _Show(k=k, filters=filters, by=by, chars=chars, docs=docs, thumbnail=thumbnail, as_json=json)
    run_job(search_job(text, show))


def index(
    corpus: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Index the scenes of this corpus that were rendered; by default Manim's documentation."),
    ] = None,
) -> None:
    """Build the scene index where it is missing, or renew that of a corpus: only what changed is embedded."""
    from server.setup import build_index

    build_index(corpus)


class _Show:
    """How to search, and how to show it."""

    def __init__(self, *, k: int, filters: Filters, by: str, chars: int | None, docs: bool, thumbnail: bool, as_json: bool) -> None:
        self.k, self.filters, self.by, self.chars = k, filters, by, chars
        self.docs, self.thumbnail, self.as_json = docs, thumbnail, as_json


async def search_job(text: str, show: _Show) -> int:
    """Searches once, or once a line of standard input. Raises `InputError`, `RetrievalError`."""
    from retrieval.search import WAYS
    from server.settings import load_settings
    from server.terminal import Screen, print_json

    if not text.strip():
        raise InputError("the search text is empty")
    if show.by not in WAYS:
        raise InputError(f"--by is {', '.join(WAYS)}, not {show.by!r}")
    if show.filters.flavour not in (None, "community", "manimgl", "manimlib"):
        raise InputError(f"--flavour is community, manimgl or manimlib, not {show.filters.flavour!r}")
    with Screen(quiet=show.as_json or text == "-") as screen:
        screen.wait("opening the index")
        searcher = await asyncio.to_thread(_open, load_settings().cache_dir, show.docs)
        if text != "-":
            found = await asyncio.to_thread(_search, searcher, text, show)
    if text == "-":
        await asyncio.to_thread(_each_line, searcher, sys.stdin, show)
    elif show.as_json:
        print_json([_told(scene, show) for scene in found])
    else:
        for scene in found:
            _print(scene, show)
    return 0


def _open(cache_dir: Path, docs: bool) -> Searcher:
    from retrieval.errors import RetrievalError as IndexFault
    from retrieval.index import ensure_index, open_current
    from retrieval.search import Searcher

    try:
        return Searcher(ensure_index(cache_dir) if docs else open_current(cache_dir))
    except IndexFault as error:
        raise RetrievalError(error.message) from error


def _search(searcher: Searcher, text: str, show: _Show) -> list[Scene]:
    from typing import cast

    from retrieval.errors import RetrievalError as IndexFault

    try:
        return searcher.search_blocking(text, show.k, filters=show.filters, by=cast("By", show.by), chars=show.chars)
    except IndexFault as error:
        raise RetrievalError(error.message) from error


def _each_line(searcher: Searcher, lines: Iterable[str], show: _Show) -> None:
    import json

    for line in lines:
        found = _search(searcher, line.strip()[:MOST_QUERY_CHARS], show) if line.strip() else []
        sys.stdout.write(json.dumps([_told(scene, show) for scene in found]) + "\n")
        sys.stdout.flush()


def _told(scene: Scene, show: _Show) -> dict[str, Any]:
    told = asdict(scene)
    return told if show.thumbnail else {key: value for key, value in told.items() if key != "thumbnail"}


def _print(scene: Scene, show: _Show) -> None:
    from server.terminal import plain

    sys.stdout.write(plain(f"{scene.score:.3f}  {scene.scene}  {scene.source}  {scene.licence or 'no known licence'}\n"))
    if show.thumbnail or scene.thumbnail:
        sys.stdout.write(plain(f"    {scene.thumbnail or 'no thumbnail: it was not rendered'}\n"))
    sys.stdout.write(plain("".join(f"    {line}\n" for line in scene.code.strip().splitlines())) + "\n")
