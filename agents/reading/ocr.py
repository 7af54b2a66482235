"""RapidOCR's detector and recogniser, decoded with the alphabet of a mathematics problem. Runs inside the sandbox only."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

_HEIGHT = 48
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SIGNS = "0123456789+-−–—=<>≤≥≠≈±×÷·*/^%$€£°'\"′″’‘“”()[]{}|.,;:?!&#@_~∞√π∠△∥⊥²³¹⁴½¼¾…←→\\"
_GREEK = "αβγδεθλμπρσφωΔΣΩ"
_FOREIGN = "äöüßÄÖÜéèêàâçñáíóú"
ALPHABET = frozenset(_LETTERS + _SIGNS + _GREEK + _FOREIGN + " ")
"""Everything else of the recogniser's eighteen thousand characters is never what a problem says."""


@dataclass(frozen=True, slots=True)
class Char:
    """A character read, with the pixel column of the strip where it was seen and how sure that is (0 to 1)."""

    text: str
    at: float
    sure: float


class Ocr:
    """The two networks, loaded when first used. One thread: the sandbox gives its job one core's worth of time."""

    def __init__(self) -> None:
        from rapidocr import RapidOCR

        logging.disable(logging.WARNING)
        threads = {f"EngineConfig.onnxruntime.{name}_op_num_threads": 1 for name in ("intra", "inter")}
        self._engine: Any = RapidOCR(params={**threads, "Global.log_level": "critical", "Global.use_cls": False})
        self._engine(np.full((_HEIGHT, _HEIGHT, 3), 255, np.uint8), use_det=False, use_rec=True)  # loads the recogniser
        recogniser: Any = self._engine.text_rec
        self._session = recogniser.session
        characters = recogniser.postprocess_op.character
        self._characters = characters
        self._banned = np.array([index > 0 and text not in ALPHABET for index, text in enumerate(characters)])

    def detect(self, grey: Any) -> list[Any]:
        """Quadrilaterals (4 x 2, from the upper left clockwise) around words and lines."""
        found = self._engine(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), use_det=True, use_rec=False)
        boxes = getattr(found, "boxes", None)
        return [] if boxes is None else [np.asarray(box, dtype=np.float64) for box in boxes]

    def recognise(self, strips: list[Any]) -> list[list[Char]]:
        """The characters of each strip (grey, one line of text)."""
        return [self._one(strip) for strip in strips]

    def _one(self, strip: Any) -> list[Char]:
        height, width = strip.shape
        scale = _HEIGHT / height
        shrunk = cv2.resize(strip, (max(8, round(width * scale)), _HEIGHT), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        wide = max(shrunk.shape[1], 96)
        padded = np.full((_HEIGHT, wide), 255, np.uint8)
        padded[:, : shrunk.shape[1]] = shrunk
        tensor = np.repeat((padded.astype(np.float32) / 127.5 - 1)[None, None], 3, axis=1)
        chances = self._session(tensor)[0]
        chances = np.where(self._banned, 0, chances)
        best = chances.argmax(axis=1)
        step = wide / len(best) / scale
        read: list[Char] = []
        start = 0
        for column in range(1, len(best) + 1):
            if column < len(best) and best[column] == best[start]:
                continue
            index = int(best[start])
            if index:
                at = (start + column) / 2 * step
                read.append(Char(self._characters[index], at, float(chances[start:column, index].max())))
            start = column
        return read
