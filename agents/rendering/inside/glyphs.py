"""Whether the fonts of this machine have the characters of a text: Pango draws a box with a code in it where none has, and says nothing."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
_PLAIN = 0x250
"""Below this are the Latin letters, which every font for text has."""
_MOSTLY = 0.5
"""Share of a text's letters without a picture from which the text says nothing any more."""


class MissingGlyphsError(ValueError):
    """No font has the characters of a text."""

    def __init__(self, characters: str) -> None:
        super().__init__(f"no font on this machine has the characters {' '.join(characters[:8])}")


def missing(text: str) -> str:
    """The characters of `text`, each once, that no font has; "" where all can be drawn, or where the fonts cannot be read."""
    wanted = {char for char in text if ord(char) >= _PLAIN and unicodedata.category(char)[0] not in "CMZ"}
    if not wanted:
        return ""
    left = set(wanted)
    seen = False
    for file in _font_files():
        covered = _covered(file)
        seen = seen or bool(covered)
        left -= {char for char in left if ord(char) in covered}
        if not left:
            break
    return "".join(char for char in dict.fromkeys(text) if char in left) if seen else ""


def says_nothing(text: str, lost: str) -> bool:
    """Whether so much of a text cannot be drawn that it cannot be read."""
    letters = [char for char in text if char.isalnum() or char in lost]
    return bool(letters) and sum(char in lost for char in letters) >= _MOSTLY * len(letters)


@functools.cache
def _font_files() -> tuple[Path, ...]:
    found = [file for folder in FOLDERS for file in Path(folder).rglob("*") if file.suffix.lower() in (".ttf", ".otf", ".ttc")]
    # a family's plain cut first: it has what the others have
    return tuple(sorted(found, key=lambda file: (any(cut in file.stem for cut in ("Bold", "Italic", "Oblique", "Mono")), file.name)))


@functools.cache
def _covered(file: Path) -> frozenset[int]:
    from fontTools.ttLib import TTCollection, TTFont, TTLibError

    def tables() -> Iterator[dict[int, str]]:
        if file.suffix.lower() == ".ttc":
            with TTCollection(str(file), lazy=True) as collection:
                for font in collection.fonts:
                    yield font.getBestCmap() or {}
        else:
            with TTFont(str(file), lazy=True) as font:
                yield font.getBestCmap() or {}

    try:
        return frozenset(point for table in tables() for point in table)
    except (OSError, TTLibError, KeyError, AssertionError, ValueError):
        return frozenset()
