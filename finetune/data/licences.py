"""Whose licence allows training: permissive ones, which ask for no more than credit."""

from __future__ import annotations

import re

from finetune.data.example import OWN

PERMISSIVE = frozenset({
    "0BSD", "AFL-3.0", "Apache-2.0", "Artistic-2.0", "BlueOak-1.0.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-2-Clause-Patent", "BSD-3-Clause", "BSL-1.0",
    "CC-BY-3.0", "CC-BY-4.0", "CC0-1.0", "ECL-2.0", "HPND", "ISC", "MIT", "MIT-0", "NCSA", "PostgreSQL", "PSF-2.0", "Python-2.0", "UPL-1.0", "Unlicense",
    "WTFPL", "X11", "Zlib", OWN,
})  # fmt: skip
"""Left out: copyleft, of which it is not settled whether a model and what it writes fall under it, non-commercial, no-derivatives, and what is not known."""
_WORD = re.compile(r"\(|\)|[A-Za-z0-9.+\-]+")


def allows(licence: str) -> bool:
    """Whether an SPDX expression lets the code be learnt: of OR one side is enough, AND needs both. "" and what cannot be read do not."""
    words = _WORD.findall(licence)
    if not words or re.sub(r"[A-Za-z0-9.+\-()\s]", "", licence):
        return False
    try:
        value, rest = _either(words)
    except (IndexError, RecursionError):
        return False
    return value and not rest


def _either(words: list[str]) -> tuple[bool, list[str]]:
    value, rest = _both(words)
    while rest and rest[0] == "OR":
        right, rest = _both(rest[1:])
        value = value or right
    return value, rest


def _both(words: list[str]) -> tuple[bool, list[str]]:
    value, rest = _one(words)
    while rest and rest[0] == "AND":
        right, rest = _one(rest[1:])
        value = value and right
    return value, rest


def _one(words: list[str]) -> tuple[bool, list[str]]:
    if words[0] == "(":
        value, rest = _either(words[1:])
        return value and rest[0] == ")", rest[1:]
    # an exception gives further permissions, and takes none
    rest = words[3:] if words[1:2] == ["WITH"] and len(words) > 2 else words[1:]
    return words[0] in PERMISSIVE, rest
