"""Keeps `<think>...</think>` out of a text that arrives piece by piece."""

from __future__ import annotations

OPEN, CLOSE = "<think>", "</think>"


class ThinkFilter:
    """`feed` gives what may be shown of each piece; text that may yet become a tag is held back until the next piece or `flush`."""

    def __init__(self) -> None:
        self._held = ""
        self._inside = False
        self._trim = False

    def feed(self, piece: str) -> str:
        self._held += piece
        shown: list[str] = []
        while True:
            tag = CLOSE if self._inside else OPEN
            before, found, after = self._held.partition(tag)
            if not found:
                break
            if not self._inside:
                shown.append(before)
            self._inside = not self._inside
            self._trim = not self._inside
            self._held = after
        kept = _length_of_beginning(self._held, tag)
        if self._inside:
            self._held = self._held[len(self._held) - kept :]
        else:
            shown.append(self._held[: len(self._held) - kept])
            self._held = self._held[len(self._held) - kept :]
        return self._trimmed("".join(shown))

    def flush(self) -> str:
        """What was held back, once nothing more comes."""
        rest, self._held = ("" if self._inside else self._held), ""
        return self._trimmed(rest)

    @staticmethod
    def without_stray_end(text: str) -> str:
        """The whole text without the reasoning of models whose prompt already opened it: they send a closing tag only."""
        _, found, after = text.rpartition(CLOSE)
        return after.lstrip() if found else text

    def _trimmed(self, text: str) -> str:
        # The blank lines after a closed tag belong to it.
        if self._trim and text:
            text = text.lstrip()
            self._trim = not text
        return text


def _length_of_beginning(text: str, tag: str) -> int:
    """How many characters at the end of `text` could be the beginning of `tag`."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if tag.startswith(text[-size:])), 0)
