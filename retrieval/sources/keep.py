"""Which files are kept: all Python of a repository that mentions Manim at all, so that a scene's own modules come with it, its notebooks, and the pages of
documentation that show code for it."""

from __future__ import annotations

import re
from collections import Counter

from retrieval.licence import spdx_of_text
from retrieval.sources.base import TargetError

FILE_BYTES = 16 * 2**20
"""A notebook may hold rendered videos; a file beyond this holds nothing that we want."""
TOTAL_BYTES = 128 * 2**20
"""Most bytes kept of one repository, since they are held in memory until it is whole."""
LICENCE_BYTES = 256 * 2**10
LICENCES = 8
"""Licence files that are looked at."""
MENTION = b"manim"
"""In `manim`, `manimlib`, `manimgl`, `big_ol_pile_of_manim_imports` alike."""
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
CODE = (".py", ".ipynb")
DOCUMENTS = (".rst", ".md")
SHOWN = re.compile(rb"manim::|\{manim|^[ \t>]*class[ \t]+\w+[ \t]*\(", re.MULTILINE)
"""Code for Manim in a document: a directive, or a class with a base."""
FOREIGN = frozenset({"site-packages", "dist-packages", "node_modules", ".git", "__pycache__"})
_LICENCE = re.compile(r"(licen[cs]e|copying|unlicense)([.-][\w.-]+)?", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\\\ud800-\udfff]")


def safe_path(path: str) -> str | None:
    """A relative POSIX path without `.` and empty parts; None for one that could lead anywhere else, or cannot be written as UTF-8."""
    if path.startswith("/") or re.match(r"[A-Za-z]:", path) or _UNSAFE.search(path):
        return None
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return "/".join(parts) if parts and ".." not in parts else None


class Selection:
    """Takes the files of one repository one by one. `skipped` counts by reason what was not kept though it looked like ours."""

    def __init__(self, suffixes: tuple[str, ...] = (*CODE, *DOCUMENTS)) -> None:
        self.skipped: Counter[str] = Counter()
        self._suffixes = suffixes
        self._files: dict[str, bytes] = {}
        self._licences: dict[str, str] = {}
        self._bytes = 0
        self._mentioned = False

    def wants(self, path: str, size: int) -> str | None:
        """The path to store a file under, None where its content need not be read. `size` in bytes, as declared."""
        clean = safe_path(path)
        if clean is None:
            self.skipped["unsafe_path"] += 1
            return None
        parts = clean.split("/")
        if _is_licence(parts[-1]):
            ours = self.speaks_for_all(clean) and size <= LICENCE_BYTES and len(self._licences) < LICENCES
            return clean if ours else None
        if not clean.endswith(self._suffixes):
            return None
        if FOREIGN.intersection(parts[:-1]):
            self.skipped["foreign_code"] += 1
            return None
        if size > FILE_BYTES:
            self.skipped["too_large"] += 1
            return None
        return clean

    def add(self, path: str, content: bytes) -> None:
        """Takes the content of a wanted file. Raises `TargetError` ("too_much") when the repository is larger than we hold in memory."""
        if _is_licence(path.rpartition("/")[2]):
            self._licences.setdefault(path, content.decode("utf-8", "replace"))
        elif len(content) > FILE_BYTES:
            self.skipped["too_large"] += 1
        elif path in self._files:
            self.skipped["same_path"] += 1
        elif content.startswith(LFS_POINTER):
            self.skipped["lfs_pointer"] += 1
        elif b"\0" in content:
            self.skipped["null_bytes"] += 1
        else:
            mentions = MENTION in content
            if not mentions and not path.endswith(".py"):
                return
            if path.endswith(DOCUMENTS) and SHOWN.search(content) is None:
                return
            self._bytes += len(content)
            if self._bytes > TOTAL_BYTES:
                raise TargetError("too_much", f"more than {TOTAL_BYTES // 2**20} MiB of code")
            self._mentioned = self._mentioned or mentions
            self._files[path] = content

    @property
    def files(self) -> dict[str, bytes]:
        """What is kept; nothing where nothing mentions Manim."""
        return self._files if self._mentioned else {}

    def speaks_for_all(self, path: str) -> bool:
        """Whether a licence file is that of the whole, and not of something that was copied into it."""
        return "/" not in path

    @property
    def licence(self) -> str:
        """The SPDX identifier of the first licence file that is known, "" where there is none."""
        return next((found for path in sorted(self._licences) if (found := spdx_of_text(self._licences[path]))), "")


def _is_licence(name: str) -> bool:
    return bool(_LICENCE.fullmatch(name)) and not name.endswith(CODE)
