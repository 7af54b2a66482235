"""A file's bytes as text: UTF-8 with or without its mark, UTF-16 and UTF-32, Latin-1 and Windows-1252. What is none of them is refused by its lines."""

from __future__ import annotations

import codecs
from pathlib import Path

from finetune.errors import DataError

LARGEST = 2**30
"""Bytes of a file that is read whole."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SHOWN = 5


def decoded(path: Path) -> str:
    """The text with lines ended by newlines alone. Raises `DataError` with the numbers of the lines that cannot be decoded."""
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path} has more than {LARGEST >> 30} GiB; split it, or use Parquet, which is read in pieces")
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"there is no {path}") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    text = _decoded(content, path)
    if "\0" in text:
        raise DataError(f"{path}, line {text[: text.index(chr(0))].count(chr(10)) + 1}, holds a NUL: this is no text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes, path: Path) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strictly(content, encoding, path)
    if len(content) > 3 and content[0] and not content[1] and content[2] and not content[3]:
        return _strictly(content, "utf-16-le", path)
    if len(content) > 3 and not content[0] and content[1] and not content[2] and content[3]:
        return _strictly(content, "utf-16-be", path)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _in_one_byte(content, path)


def _strictly(content: bytes, encoding: str, path: Path) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "ignore").count("\n")
        raise DataError(f"{path}, line {before + 1}, is not {encoding} as the beginning of the file says it is") from None


def _in_one_byte(content: bytes, path: Path) -> str:
    """Latin-1 would decode anything: it is believed only where no line is UTF-8 beyond ASCII."""
    good, bad = [], []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.isascii():
            try:
                line.decode("utf-8")
                good.append(number)
            except UnicodeDecodeError:
                bad.append(number)
    if good:
        raise DataError(
            f"{path} mixes encodings: line {_listed(bad)} cannot be decoded as UTF-8, which line {_listed(good)} is; save it as UTF-8"
        )
    controls = [number for number, line in enumerate(content.split(b"\n"), 1) if any(0x80 <= byte < 0xA0 for byte in line)]
    if not controls:
        return content.decode("latin-1")
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        raise DataError(f"{path}: line {_listed(controls)} cannot be decoded as UTF-8, Latin-1 or Windows-1252; save it as UTF-8") from None


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:_SHOWN])) + (f" and {len(numbers) - _SHOWN} more" if len(numbers) > _SHOWN else "")
