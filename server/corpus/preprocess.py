"""`hisolver corpus preprocess`: scenes that stand alone out of what was collected; `hisolver corpus export-tasks`: the same as labelling tasks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from agents import errors
from server.corpus.folder import Corpus, corpus_folder


def register(app: typer.Typer) -> None:
    """Adds the commands to `hisolver corpus`."""
    app.command("preprocess")(corpus_preprocess)
    app.command("export-tasks")(corpus_export_tasks)


def corpus_preprocess(
    corpus: Corpus = None,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Processes that work here; by default one a core.")] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="tls://HOST:PORT", help="A Dask scheduler whose workers do it instead of processes here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object and nothing else.")] = False,
) -> None:
    """Make scenes that run alone from the collected files; what did not change is not done again."""
    from retrieval.preprocess.pipeline import preprocess
    from server.terminal import plain, print_json

    address, security = _dask(scheduler)
    folder = corpus_folder(corpus)
    from server.corpus.progress import Bar

    with _told_as_ours(), Bar("reading") as bar:
        summary = preprocess(
            folder, workers=workers or len(os.sched_getaffinity(0)), scheduler=address, security=security, progress=bar.show
        )
    if as_json:
        print_json(summary)
    else:
        sys.stdout.write(plain(_words(summary, folder)))


def corpus_export_tasks(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE.jsonl", help="Where the tasks go.")] = Path("tasks.jsonl"),
    corpus: Corpus = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as one JSON object and nothing else.")] = False,
) -> None:
    """Write the scenes as labelling tasks, `{"data": {"code": ...}}` a line; of near-duplicates only the first."""
    from retrieval.preprocess.outputs import SCENES, export_tasks, read_scenes
    from server.terminal import print_json

    if out.is_dir() or not out.absolute().parent.is_dir():
        raise errors.InputError(f"{out} cannot be written: {'it is a folder' if out.is_dir() else 'its folder does not exist'}")
    with _told_as_ours():
        count = export_tasks(read_scenes(corpus_folder(corpus) / SCENES), out)
    if as_json:
        print_json({"tasks": count, "file": str(out)})
    else:
        sys.stdout.write(f"{count} tasks in {out}\n")


def _dask(scheduler: str | None) -> tuple[str, Any]:
    """The address and what guards it. Raises `ConfigurationError` for one that is open to a network."""
    if not scheduler:
        return "", None
    from agents.rendering.across.addresses import IN_PROCESS, check_address, security
    from server.renders import certificates, require_dask
    from server.settings import load_settings

    require_dask()
    if scheduler == IN_PROCESS:
        return "", None  # the processes of this machine do the same
    tls = certificates(load_settings())
    check_address(scheduler, tls)
    return scheduler, security(scheduler, tls)


def _words(summary: dict[str, Any], folder: Path) -> str:
    lines = [
        f"{summary['scenes']} scenes ({summary['clusters']} distinct) from {summary['files']} files of {summary['repositories']} repositories, "
        f"in {summary['seconds']} s; {summary['reused']} repositories had not changed",
        f"{summary['exact_duplicates']} more were the same as another",
    ]
    for title, name in (("files left out", "failed"), ("scenes dropped", "dropped"), ("flavours", "flavours"), ("licences", "licences")):
        if counts := summary[name]:
            lines.append(f"{title}: " + ", ".join(f"{what} {count}" for what, count in counts.items()))
    return "\n".join([*lines, f"they are in {folder}", ""])


@contextmanager
def _told_as_ours() -> Iterator[None]:
    from retrieval.errors import RetrievalError

    try:
        yield
    except RetrievalError as error:
        raise errors.RetrievalError(error.message) from error
