"""Formulas that are kept, each sealed by its own source: who does not know the TeX can neither find nor read its picture.

Jobs of different learners see the folder of them all, so names and contents must not tell a job what others had set. Standard library only: this runs on
both sides of the walls.
"""

from __future__ import annotations

import hashlib

COMPILER, FORMAT = "latex", ".dvi"
"""The one way of compiling that is kept: Manim's default."""
MOST_SOURCE = 20_000
MOST_FORMULAS = 64
"""That one job tells of."""
MOST_SVG = 512 * 1024
FOLDER = "formulas"
"""Below `agents.sandbox.python.CODE`, in a job."""
_MAGIC = b"hisolver-formula-1\n"


def name_of(source: str) -> str:
    """The file name for a whole .tex file."""
    return hashlib.sha256(b"name\0" + _bytes(source)).hexdigest()


def seal(source: str, svg: bytes) -> bytes:
    """What is kept for the SVG of `source`."""
    return _MAGIC + hashlib.sha256(b"content\0" + svg).digest() + _masked(source, svg)


def unseal(source: str, kept: bytes) -> bytes | None:
    """The SVG; None where the entry is damaged or another's."""
    head = len(_MAGIC) + 32
    if not kept.startswith(_MAGIC) or not head < len(kept) <= head + MOST_SVG:
        return None
    svg = _masked(source, kept[head:])
    return svg if hashlib.sha256(b"content\0" + svg).digest() == kept[len(_MAGIC) : head] else None


def _masked(source: str, data: bytes) -> bytes:
    """`data` with a stream of its source's own laid over it; a second time takes it off. The same source always has the same content, so a stream is
    never used for two."""
    stream = hashlib.shake_256(b"key\0" + _bytes(source)).digest(len(data))
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(data), "big")


def _bytes(source: str) -> bytes:
    return source.encode("utf-8", errors="backslashreplace")
