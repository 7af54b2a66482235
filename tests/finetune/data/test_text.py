"""Files as people save them."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from finetune.data.text import decoded
from finetune.errors import DataError

TEXT = '{"a": "3 ≠ 4"}\n{"a": "größer"}\n'
WESTERN = '{"a": "größer"}\n{"a": "naïve"}\n'


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-32"),
        TEXT.replace("\n", "\r\n").encode(),
    ],
)
def test_every_unicode_encoding_gives_the_same_text(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    assert decoded(tmp_path / "a.jsonl") == TEXT


def test_latin_1_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(WESTERN.encode("latin-1"))
    assert decoded(tmp_path / "a.jsonl") == WESTERN


def test_windows_quotation_marks_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes("“größer”".encode("cp1252"))
    assert decoded(tmp_path / "a.jsonl") == "“größer”"


def test_two_encodings_in_one_file_are_refused_with_the_lines(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(
        b"plain\n" + "größer\n".encode() + "größer\n".encode("latin-1") + b"plain\n" + "naïve\n".encode("latin-1")
    )
    with pytest.raises(DataError, match=r"line 3, 5 cannot be decoded as UTF-8, which line 2 is"):
        decoded(tmp_path / "a.jsonl")


def test_bytes_of_no_encoding_are_refused_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"plain\nplain \x81\x8d\xff\n")
    with pytest.raises(DataError, match=r"line 2 cannot be decoded"):
        decoded(tmp_path / "a.jsonl")


def test_utf_16_that_breaks_off_is_refused_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(TEXT.encode("utf-16")[:-1])
    with pytest.raises(DataError, match="line 2, is not utf-16"):
        decoded(tmp_path / "a.jsonl")


def test_a_nul_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"first\nsec\0ond\n")
    with pytest.raises(DataError, match="line 2, holds a NUL"):
        decoded(tmp_path / "a.jsonl")
