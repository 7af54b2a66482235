"""Whose code is not taken: the list that comes with HiSolver, and the user's own beside the corpus."""

from __future__ import annotations

import fnmatch
from importlib.resources import files
from pathlib import Path

from retrieval.errors import RequestError

FILE_NAME = "opt_out.txt"


class OptOut:
    """Patterns of names, in any case: `owner/name`, `owner/*`, a URL, a distribution."""

    def __init__(self, patterns: list[str]) -> None:
        self._patterns = [pattern.lower() for pattern in patterns]

    def __contains__(self, name: object) -> bool:
        name = str(name).lower()
        bare = name.removesuffix(".git").partition("==")[0]
        # a repository is the same one whether it is asked for by its name or by its URL
        names = {name, bare, "/".join(bare.rsplit("/", 2)[-2:])}
        return any(fnmatch.fnmatchcase(one, pattern) for pattern in self._patterns for one in names)


def opt_out(folder: Path) -> OptOut:
    """The list that came with us and `opt_out.txt` in the corpus folder, where there is one. Raises `RequestError` for one that cannot be read."""
    text = files("retrieval").joinpath(FILE_NAME).read_text(encoding="utf-8")
    own = folder / FILE_NAME
    if own.exists():
        try:
            text += "\n" + own.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise RequestError(f"cannot read {own}: {error}") from error
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return OptOut([line for line in lines if line])
