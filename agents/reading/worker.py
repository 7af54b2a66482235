"""The reader's process inside the sandbox: the picture's bytes on standard input, what was read in reading.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from agents.reading.formula import Line, read_lines
from agents.reading.ocr import Ocr
from agents.reading.page import TEXT_HEIGHT, Mark, Page, Undecodable, decode, even_light, page_of, straighten, tilt_of
from agents.reading.structure import build
from agents.reading.words import as_problem

DOUBTFUL = 0.8


def read(data: bytes, max_pixels: int) -> dict[str, Any]:
    """The picture's text as a problem, the lines of it that are doubtful, and whether there is a figure. Raises `Undecodable`."""
    grey = even_light(decode(data, max_pixels))
    ocr = Ocr()
    boxes = ocr.detect(grey)
    if not boxes:
        return {"text": "", "doubtful": [], "figure": bool((grey < 128).mean() > 0.002)}
    text_height = float(np.median([np.hypot(*(box[3] - box[0])) for box in boxes]))
    zoom = min(3.0, max(0.4, TEXT_HEIGHT / text_height))
    page = page_of(straighten(grey, tilt_of(boxes), zoom), text_height * zoom)
    ink, drawn = _without_figures(page)
    lines = [line for line in read_lines(page, build(page, ink), ocr) if line.sure > 0.35]
    text = as_problem([line.text for line in lines])
    return {"text": text, "doubtful": [line.text for line in lines if line.sure < DOUBTFUL], "figure": drawn or _scattered(lines)}


def _without_figures(page: Page) -> tuple[list[Mark], bool]:
    """The marks that can be text, and whether there were others: a drawing is one large, mostly hollow piece of ink."""
    text: list[Mark] = []
    drawn = False
    for mark in page.marks:
        hollow = mark.area < 0.35 * mark.width * mark.height
        if mark.height > 5 * page.unit and mark.width > 5 * page.unit and hollow:
            drawn = True
        else:
            text.append(mark)
    return text, drawn


def _scattered(lines: list[Line]) -> bool:
    """Whether most lines hold a character or two, as the labels of a drawing or the cells of a table do."""
    bare = [line for line in lines if len(line.text.strip()) <= 2]
    return len(bare) >= 3 and len(bare) > 0.5 * len(lines)


def main() -> None:
    request_pixels = int(sys.argv[1])
    try:
        answer = read(sys.stdin.buffer.read(), request_pixels)
    except Undecodable as error:
        answer = {"refused": str(error)}
    Path("reading.json").write_text(json.dumps(answer), encoding="utf-8")
