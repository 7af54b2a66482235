"""`hisolver corpus report`: what the corpus is made of, as one HTML page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from agents import errors
from server.corpus.folder import Corpus, corpus_folder

INSTALL = "scripts/setup.sh corpus"


def register(app: typer.Typer) -> None:
    """Adds the command to `hisolver corpus`."""
    app.command("report")(corpus_report)


def corpus_report(
    corpus: Corpus = None,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FILE.html", help="Where the page goes.")] = Path("report.html"),
) -> None:
    """Write a page with plots over whatever steps of the corpus have run."""
    write_report(corpus_folder(corpus), out)
    sys.stdout.write(f"{out}\n")


def write_report(corpus: Path, out: Path) -> None:
    """Raises `RetrievalError` for a corpus that is not there or damaged, `ConfigurationError` without matplotlib, `OSError`."""
    import importlib.util

    from retrieval.errors import RetrievalError
    from retrieval.report.facts import gather
    from retrieval.report.page import page
    from retrieval.report.plots import draw_all
    from retrieval.whole import write_whole

    if importlib.util.find_spec("matplotlib") is None:
        raise errors.ConfigurationError(f"the report's plots need matplotlib: {INSTALL}")
    try:
        facts = gather(corpus)
    except RetrievalError as error:
        raise errors.RetrievalError(error.message) from error
    text = page(facts, draw_all(facts))
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, lambda file: file.write(text.encode("utf-8", "replace")))
