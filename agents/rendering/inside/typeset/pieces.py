"""Pieces of Typst mathematics, each of one part of the formula, and how they are written one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """Typst code as it stands inside its own part. `loose` is white space or a mark that belongs to nobody: it may stand between parts."""

    part: int
    code: str
    loose: bool = False
    limited: bool = False
    """Takes what is below and above it as limits."""


def joined(pieces: Sequence[Piece], part: int) -> str:
    """The code of all pieces, for a place that is in `part`: runs of another part are wrapped in its colour, which says later whose a path is."""
    out = ""
    at = 0
    while at < len(pieces):
        own = pieces[at].part
        end = at
        while end < len(pieces) and not pieces[at].loose and not pieces[end].loose and pieces[end].part == own:
            end += 1
        if end == at:
            out = beside(out, pieces[at].code)
            at += 1
            continue
        run = ""
        for piece in pieces[at:end]:
            run = beside(run, piece.code)
        out = beside(out, run if own == part else f"c{own}({run})")
        at = end
    return out


def beside(before: str, after: str) -> str:
    """Two pieces of code with a space between them where they would else run together. Beside words a space would show, so there is none otherwise."""
    touching = bool(before and after) and (before[-1].isalnum() or before[-1] in "_\\") and (after[0].isalnum() or after[0] == "_")
    return f"{before} {after}" if touching else before + after


def sign(char: str) -> str:
    """One character as itself: outside of letters and digits everything is escaped, so that it is neither syntax nor the beginning of a shorthand."""
    return char if char.isalnum() else f"\\{char}"


def words(text: str) -> str:
    """A string of Typst's."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def space(em: float) -> str:
    return f"#h({em:.4g}em)"
