"""Keeps `<think>...</think>` out of a text that arrives piece by piece."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


class ThinkFilter:
    """`feed` gives what may be shown of each piece; text that may yet become a tag is held back until the next piece or `flush`."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._trim = False
        self.found = False
        """Whether a block of reasoning was opened so far."""

    def feed(self, piece: str) -> str:
        self._held += piece
        shown: list[str] = []
        while True:
            tag = CLOSE if self._inside else OPEN
            before, found, after = self._held.partition(tag)
            if not found:
                break
            shown.append(self._visible(before))
            self._held = after
            self._inside = not self._inside
            self.found = True
            self._trim = not self._inside
        sure = len(self._held) - _length_of_beginning(self._held, tag)
        shown.append(self._visible(self._held[:sure]))
        self._held = self._held[sure:]
        return "".join(shown)

    def flush(self) -> str:
        """What was held back, once nothing more comes."""
        rest, self._held = self._held, ""
        return self._visible(rest)

    @staticmethod
    def without_stray_end(text: str) -> str:
        """The whole text without the reasoning of models whose prompt already opened it: they send a closing tag only."""
        _, found, after = text.rpartition(CLOSE)
        return after.lstrip() if found else text

    def _visible(self, text: str) -> str:
        if self._inside:
            return ""
        if self._trim and text:  # the blank lines after a closed tag belong to it
            text = text.lstrip()
            self._trim = not text
        return text


def _length_of_beginning(text: str, tag: str) -> int:
    """How many characters at the end of `text` could be the beginning of `tag`."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if tag.startswith(text[-size:])), 0)
