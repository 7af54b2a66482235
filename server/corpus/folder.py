"""Where the corpus lies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Corpus = Annotated[
    Path | None, typer.Option("--corpus", metavar="FOLDER", help="The corpus' folder; by default `corpus` in HiSolver's data folder.")
]


def corpus_folder(given: Path | None) -> Path:
    """The folder that was named, or the default. Raises `ConfigurationError`."""
    from server.settings import load_settings

    return given if given is not None else load_settings().data_dir / "corpus"
