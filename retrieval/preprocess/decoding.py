"""Bytes that were collected, as text: BOM, PEP 263, UTF-8, and Latin-1 where nothing else fits."""

from __future__ import annotations

import codecs
import re

from retrieval.preprocess.limits import FILE_BYTES

CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")
FORM_FEED = re.compile(r"^\f+", re.MULTILINE)
WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
TEXT_CODECS = re.compile(r"^(utf|latin|iso|cp|ascii|us-ascii|koi8|gb|big5|euc|shift|mac|windows|l1)", re.IGNORECASE)
"""Python knows codecs that are none for text ("rot13", "zip"); a file may not choose those."""


class Unreadable(Exception):
    """The file is left out; `reason` is what is counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def text_of(content: bytes, largest: int = FILE_BYTES) -> str:
    """The text with lines ended by newlines alone. Raises `Unreadable`: `too_large` (more than `largest` bytes), `null_bytes`, `encoding`."""
    if len(content) > largest:
        raise Unreadable("too_large")
    text = _decoded(content)
    if "\0" in text:
        raise Unreadable("null_bytes")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # A form feed at the beginning of a line means nothing to Python, and counts as a column.
    return FORM_FEED.sub("", text) if "\f" in text else text


def _decoded(content: bytes) -> str:
    for mark, encoding in WIDE:
        if content.startswith(mark):
            return _decode(content, encoding)
    if content.startswith(codecs.BOM_UTF8):
        return _decode(content, "utf-8-sig")
    if (named := _named(content)) is not None:
        return _decode(content, named)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _decode(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise Unreadable("encoding") from None


def _named(content: bytes) -> str | None:
    """The encoding that one of the first two lines names; None for UTF-8, which is tried anyway."""
    if b"coding" not in content[:400]:
        return None
    for line in content[:400].split(b"\n")[:2]:
        if match := CODING.match(line):
            name = match[1].decode("ascii")
            if not TEXT_CODECS.match(name):
                raise Unreadable("encoding")
            return None if name.lower().replace("_", "-") in ("utf-8", "utf8") else name
        if not line.lstrip().startswith(b"#") and line.strip():
            return None
    return None
