"""Reads lines of pieces: plain runs by the recogniser, raised and lowered characters by where their ink stands, fractions and roots part by part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from agents.reading.ocr import Char, Ocr
from agents.reading.page import Page
from agents.reading.structure import Piece, is_stroke, lines_of

_RAISABLE = set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-−()/")
_SUPERSCRIPTS = {"²": "2", "³": "3", "¹": "1", "⁴": "4"}


@dataclass(slots=True)
class Line:
    """A line of text with LaTeX in it, and how sure the reading is (the mean over its characters)."""

    text: str
    sure: float
    top: int
    bottom: int


@dataclass(slots=True)
class _Glyph:
    """Ink that makes one character: pieces that stand over each other, as in i, = and :."""

    left: int
    top: int
    right: int
    bottom: int
    level: int = 0
    """1 for raised, -1 for lowered."""
    drop: float = 0.0
    """How far it reaches below the feet of its neighbours."""

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2

    @property
    def height(self) -> int:
        return self.bottom - self.top


def read_lines(page: Page, pieces: Sequence[Piece], ocr: Ocr) -> list[Line]:
    """The page's lines from top to bottom."""
    lines: list[Line] = []
    for line in lines_of(pieces, page.unit):
        text, sures = _read(page, line, ocr)
        if text.strip():
            lines.append(Line(text, float(np.mean(sures)) if sures else 0.0, min(p.top for p in line), max(p.bottom for p in line)))
    return lines


def _read(page: Page, pieces: Sequence[Piece], ocr: Ocr) -> tuple[str, list[float]]:
    """One line, or one part of a fraction or root."""
    ordered = sorted(pieces, key=lambda p: p.left)
    text, sures = "", list[float]()
    run: list[Piece] = []

    def flush() -> None:
        nonlocal text, run
        if run:
            said, sure = _read_run(page, run, ocr)
            text = _appended(text, said)
            sures.extend(sure)
            run = []

    previous: Piece | None = None
    for piece in ordered:
        if piece.kind == "ink":
            run.append(piece)
        else:
            space = previous is not None and piece.left - previous.right > 0.33 * page.unit
            raised = bool(run) and _is_raised_structure(piece, run, page.unit)
            flush()
            inner = _read_structure(page, piece, ocr, sures)
            text += (" " if space and text else "") + (f"^{{{inner}}}" if raised else inner)
        previous = piece
    flush()
    return text, sures


def _appended(text: str, said: str) -> str:
    return text + (" " if text and not said.startswith((")", ",", ".", "?", "^", "}")) and not text.endswith("(") else "") + said


def _is_raised_structure(piece: Piece, run: Sequence[Piece], unit: float) -> bool:
    base = [p for p in run if not is_stroke(p, unit)][-3:]
    if not base or piece.kind != "fraction":
        return False
    floor = float(np.median([p.bottom for p in base]))
    return piece.bottom < floor - 0.3 * unit and piece.axis < min(p.top for p in base) + 0.3 * unit


def _read_structure(page: Page, piece: Piece, ocr: Ocr, sures: list[float]) -> str:
    said = []
    for part in piece.parts:
        text, sure = _read(page, part, ocr) if part else ("", [])
        said.append(text.strip())
        sures.extend(sure)
    if piece.kind == "fraction":
        return rf"\frac{{{said[0]}}}{{{said[1]}}}"
    return rf"\sqrt[{said[1]}]{{{said[0]}}}" if said[1] else rf"\sqrt{{{said[0]}}}"


def _read_run(page: Page, run: Sequence[Piece], ocr: Ocr) -> tuple[str, list[float]]:
    glyphs = _glyphs(run, page.unit)
    _levels(glyphs, page.unit)
    strip, left = _strip(page, run)
    chars = ocr.recognise([strip])[0]
    if not chars:
        return "", []
    owners = _aligned(chars, glyphs, left, page.unit)
    levels = _settled(chars, owners, left, page.unit)
    _split_level(page, run, chars, owners, levels)
    text = ""
    level = 0
    for number, char in enumerate(chars):
        now, said = levels[number], char.text
        owner = owners[number]
        if said == "." and owner is not None and owner.drop > 0.17 * page.unit and owner.height > 0.36 * page.unit:
            said = ","
        if said in _SUPERSCRIPTS:
            now, said = 1, _SUPERSCRIPTS[said]
        elif said == " ":
            now = level if number + 1 < len(levels) and levels[number + 1] == level else 0
            said = "" if level and now else said
        if now != level:
            text += "}" if level else ""
            text = text.rstrip() if now else text
            text += "^{" if now > 0 else "_{" if now < 0 else ""
            level = now
        text += said
    text += "}" if level else ""
    return text, [char.sure for char in chars if char.text != " "]


def _settled(chars: Sequence[Char], owners: Sequence[_Glyph | None], left: int, unit: float) -> list[int]:
    """Which characters are raised (1) or lowered (-1): those whose ink says so, and whose place in the text allows it."""
    levels = [0] * len(chars)
    plain = "".join(char.text for char in chars)
    for number, (char, owner) in enumerate(zip(chars, owners, strict=True)):
        if owner is None or not owner.level or char.text not in _RAISABLE:
            continue
        if abs(char.at + left - owner.middle) > 0.35 * unit + 0.25 * (owner.right - owner.left):
            continue
        before = plain[:number].rstrip()
        if number == 0 or not before or not (levels[number - 1] or re.search(r"[\w)\]}|]$", before)):
            continue
        in_word = (
            char.text.isalpha()
            and re.search(r"[A-Za-z]{2}$|[A-Za-z]$", plain[max(0, number - 2) : number])
            and (re.match(r"[A-Za-z]", plain[number + 1 :]) or re.search(r"[A-Za-z]{2}$", plain[:number]))
        )
        if in_word or re.search(r"[A-Za-z]{4}$", plain[:number]):
            continue
        levels[number] = owner.level
    return levels


def _split_level(page: Page, run: Sequence[Piece], chars: Sequence[Char], owners: Sequence[_Glyph | None], levels: list[int]) -> None:
    """Finds exponents whose ink touches their base: the right end of the shared glyph then stands above the line."""
    for number in range(1, len(chars)):
        glyph = owners[number - 1]
        if (
            owners[number] is not None
            or glyph is None
            or not chars[number].text.isdigit()
            or not re.match(r"[A-Za-z0-9)]", chars[number - 1].text)
        ):
            continue
        width = glyph.right - glyph.left
        if width < 1.15 * page.unit:
            continue
        ends = page.labels[glyph.top : glyph.bottom, glyph.right - max(2, width * 3 // 10) : glyph.right]
        rows = np.flatnonzero(np.isin(ends, [mark.label for piece in run for mark in piece.marks]).any(axis=1))
        if len(rows) and glyph.top + int(rows[-1]) < glyph.bottom - glyph.drop - 0.33 * page.unit:
            levels[number] = 1


def _strip(page: Page, run: Sequence[Piece]) -> tuple[Any, int]:
    """The run's own ink on white paper, without what stands above, below or between, and the strip's left edge on the page."""
    pad = round(0.45 * page.unit)
    left, right = max(0, min(p.left for p in run) - pad), min(page.grey.shape[1], max(p.right for p in run) + pad)
    top, bottom = max(0, min(p.top for p in run) - pad), min(page.grey.shape[0], max(p.bottom for p in run) + pad)
    # a lone lower-case letter in a tight strip looks like a capital
    least = round(2.1 * page.unit)
    if bottom - top < least:
        grow = (least - (bottom - top) + 1) // 2
        top, bottom = max(0, top - grow), min(page.grey.shape[0], bottom + grow)
    labels = page.labels[top:bottom, left:right]
    own = np.isin(labels, [mark.label for p in run for mark in p.marks])
    # hairlines too faint to count as ink must stay, so what is another's goes rather than what is not ours
    others = cv2.dilate(((labels > 0) & ~own).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    near = cv2.dilate(own.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(others & ~near, 255, page.grey[top:bottom, left:right]).astype(np.uint8), left


def _glyphs(run: Sequence[Piece], unit: float) -> list[_Glyph]:
    glyphs: list[_Glyph] = []
    for piece in sorted(run, key=lambda p: p.left):
        last = glyphs[-1] if glyphs else None
        shared = min(last.right, piece.right) - max(last.left, piece.left) if last else 0
        if last is not None and shared > 0.55 * min(last.right - last.left, piece.width):
            glyphs[-1] = _Glyph(
                min(last.left, piece.left), min(last.top, piece.top), max(last.right, piece.right), max(last.bottom, piece.bottom)
            )
        else:
            glyphs.append(_Glyph(piece.left, piece.top, piece.right, piece.bottom))
    return glyphs


def _levels(glyphs: list[_Glyph], unit: float) -> None:
    """Marks the glyphs that stand clearly above or below their neighbours' feet."""
    # brackets reach below the line
    big = [g for g in glyphs if 0.75 * unit <= g.height and not (g.height > 1.7 * unit and g.right - g.left < 0.45 * g.height)]
    if len(big) < 2:
        return
    for glyph in glyphs:
        near = sorted(big, key=lambda g: abs(g.middle - glyph.middle))[:9]
        tallest = float(np.percentile([g.height for g in near], 70))
        floors = sorted(g.bottom for g in near)
        floor = float(np.median(floors))
        glyph.drop = glyph.bottom - floor
        small = glyph.height < 0.92 * tallest
        if small and glyph.bottom < floor - 0.33 * unit and glyph.top < floor - 0.95 * unit and glyph.height >= 0.45 * unit:
            glyph.level = 1
        elif glyph.height < 0.3 * unit and (glyph.top + glyph.bottom) / 2 < floor - 1.05 * unit and glyph.right - glyph.left > 0.3 * unit:
            glyph.level = 1  # a minus in an exponent
        elif small and glyph.top > floor - 0.62 * unit and glyph.bottom > floor + 0.12 * unit and glyph.height >= 0.5 * unit:
            glyph.level = -1


def _aligned(chars: Sequence[Char], glyphs: Sequence[_Glyph], left: int, unit: float) -> list[_Glyph | None]:
    """For each character the glyph it was read from, in order, by the least total distance; None for spaces and where there is none."""
    wanted = [index for index, char in enumerate(chars) if char.text != " "]
    n, m = len(wanted), len(glyphs)
    miss = 0.8 * unit
    cost = np.full((n + 1, m + 1), np.inf)
    cost[0, :] = np.arange(m + 1) * miss
    cost[:, 0] = np.arange(n + 1) * miss
    for i in range(1, n + 1):
        at = chars[wanted[i - 1]].at + left
        for j in range(1, m + 1):
            glyph = glyphs[j - 1]
            away = max(0.0, glyph.left - at, at - glyph.right) + 0.5 * abs(at - glyph.middle)
            cost[i, j] = min(cost[i - 1, j - 1] + away, cost[i - 1, j] + miss, cost[i, j - 1] + miss)
    owners: list[_Glyph | None] = [None] * len(chars)
    i, j = n, m
    while i and j:
        at = chars[wanted[i - 1]].at + left
        glyph = glyphs[j - 1]
        away = max(0.0, glyph.left - at, at - glyph.right) + 0.5 * abs(at - glyph.middle)
        if cost[i, j] == cost[i - 1, j - 1] + away:
            owners[wanted[i - 1]] = glyph
            i, j = i - 1, j - 1
        elif cost[i, j] == cost[i - 1, j] + miss:
            i -= 1
        else:
            j -= 1
    return owners
