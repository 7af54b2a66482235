"""TeX as a row of tokens, each with the part of the formula that it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_OPEN = re.compile(r"\\special\{dvisvgm:raw <g id='([\w-]+)'>\}")
_CLOSE = r"\special{dvisvgm:raw </g>}"
_COMMAND = re.compile(r"\\(?:([A-Za-z]+)\*?|(.))", re.DOTALL)
MOST_TOKENS = 20_000


class Untranslatable(Exception):
    """TeX that is not in the subset that we know; says what."""


@dataclass(frozen=True, slots=True)
class Token:
    """A command (without its backslash), a character or a run of white space. `part` is a number of `Parts`."""

    kind: Literal["command", "char", "space"]
    text: str
    part: int


class Parts:
    """The groups that Manim marks in a formula with specials of dvisvgm, numbered from 1 as they open; 0 is outside of all.

    A number made by `coloured` is the same group in a colour of its own.
    """

    def __init__(self) -> None:
        self.names: list[str] = [""]
        self.above: list[int] = [0]
        self.colours: list[str] = [""]

    def open(self, name: str, above: int) -> int:
        self.names.append(name)
        self.above.append(above)
        self.colours.append(self.colours[above])
        return len(self.names) - 1

    def coloured(self, part: int, colour: str) -> int:
        """The number of `part` in `colour`, "#rrggbb"."""
        for number, (name, above, known) in enumerate(zip(self.names, self.above, self.colours, strict=True)):
            if (name, above, known) == (self.names[part], self.above[part], colour):
                return number
        number = self.open(self.names[part], self.above[part])
        self.colours[number] = colour
        return number

    def __len__(self) -> int:
        return len(self.names)


def tokens(tex: str, parts: Parts) -> list[Token]:
    """Reads `tex` and adds its groups to `parts`. Raises `Untranslatable` where there is no end of it."""
    found: list[Token] = []
    open_parts = [0]
    at = 0
    while at < len(tex):
        if len(found) > MOST_TOKENS:
            raise Untranslatable("the formula is too long")
        if match := _OPEN.match(tex, at):
            open_parts.append(parts.open(match[1], open_parts[-1]))
        elif tex.startswith(_CLOSE, at):
            if len(open_parts) > 1:
                open_parts.pop()
            at += len(_CLOSE)
            continue
        elif match := _COMMAND.match(tex, at):
            found.append(Token("command", match[1] or match[2], open_parts[-1]))
        elif match := re.compile(r"\s+").match(tex, at):
            found.append(Token("space", "\n" if match[0].count("\n") > 1 else " ", open_parts[-1]))
        elif match := re.compile(r"%[^\n]*\n?").match(tex, at):
            pass  # a comment
        else:
            found.append(Token("char", tex[at], open_parts[-1]))
            at += 1
            continue
        at = match.end()
    return found


def without_marks(tex: str) -> str:
    """The formula as its author wrote it."""
    return _OPEN.sub("", tex).replace(_CLOSE, "")
