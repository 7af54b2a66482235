from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.rendering.mp4 import NotAVideo, inspect_mp4


def test_length_and_size_are_read_without_decoding(film, tmp_path):
    info = inspect_mp4(film(tmp_path / "a.mp4", frames=30).read_bytes())
    assert (info.width, info.height) == (64, 48)
    assert info.seconds == pytest.approx(2.0, abs=0.01)


def test_an_index_at_the_end_is_refused_because_a_browser_would_wait_for_the_whole_file(film, tmp_path):
    with pytest.raises(NotAVideo, match="front"):
        inspect_mp4(film(tmp_path / "a.mp4", fast=False).read_bytes())


def test_another_codec_is_refused(film, tmp_path):
    with pytest.raises(NotAVideo, match=r"H\.264"):
        inspect_mp4(film(tmp_path / "a.mp4", codec="mpeg4").read_bytes())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" * 10,
        struct.pack(">I4s", 8, b"ftyp"),
        struct.pack(">I4s", 2**31, b"ftyp") + b"x" * 20,
        struct.pack(">I4sQ", 1, b"ftyp", 2**63),
        struct.pack(">I4s", 8, b"free") * 100_000,
    ],
)
def test_what_is_no_mp4_is_refused(data):
    with pytest.raises(NotAVideo):
        inspect_mp4(data)


def test_a_truncated_or_damaged_file_never_raises_anything_else(film, tmp_path):
    whole = film(tmp_path / "a.mp4").read_bytes()
    for cut in range(0, len(whole), 7):
        try:
            inspect_mp4(whole[:cut])
        except NotAVideo:
            continue
        pytest.fail(f"the first {cut} of {len(whole)} bytes passed for a whole file")


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(data):
    with pytest.raises(NotAVideo):
        inspect_mp4(struct.pack(">I4s", 8, b"ftyp") + data)
