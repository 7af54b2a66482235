"""What a reader makes of a picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """`text` is the problem with formulas as LaTeX between dollar signs, "" where nothing was found. `figure` says that the picture holds a drawing
    or a table which the text leaves out; `doubtful` are the lines of `text` that were hard to read."""

    text: str
    by: Literal["ocr", "vision"]
    figure: bool = False
    doubtful: tuple[str, ...] = ()
