from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.sandbox.collect import clean, out_of_memory, parse_report, read_capped


@given(st.binary(max_size=400))
def test_cleaned_text_holds_no_control_character_but_newline_and_tab(raw):
    text = clean(raw, 300)
    assert all(c in "\n\t" or (c >= " " and not "\x7f" <= c <= "\x9f") for c in text)
    assert len(text) <= 300


def test_cleaning_keeps_mathematics_and_other_scripts():
    assert clean("∫₀¹ x² dx = ⅓\tответ\r\n次".encode(), 1000) == "∫₀¹ x² dx = ⅓\tответ\n次"


def test_a_report_is_read_with_its_content():
    report = parse_report(b"exit 0 0.125 file\n\x00any\nbytes")
    assert report is not None and (report.how, report.number, report.word, report.content) == ("exit", 0, "file", b"\x00any\nbytes")


@pytest.mark.parametrize(
    "raw",
    [b"", b"exit 0", b"exit 0 0.1 file\n", b"exit -1 0.100 file\n", b"exit 0 0.100 anything\n", b"\xff" * 2000, b"exit 9999 0.100 none\n"],
)
def test_what_is_no_report_is_none(raw):
    assert parse_report(raw) is None


@pytest.mark.parametrize(
    ("stderr", "expected"),
    [
        ("Traceback\nMemoryError\n", True),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 18.6 GiB", True),
        ("terminate called after throwing an instance of 'std::bad_alloc'", True),
        ("ValueError: no MemoryError here", False),
        ("", False),
    ],
)
def test_a_memory_error_is_known_by_the_end_of_stderr(stderr, expected):
    assert out_of_memory(stderr) is expected


async def test_reading_keeps_the_limit_reports_once_and_drains_the_rest():
    stream, over = asyncio.StreamReader(), []
    stream.feed_data(b"x" * 300_000)
    stream.feed_eof()
    assert await read_capped(stream, 10, lambda: over.append(1)) == b"x" * 10
    assert over == [1] and stream.at_eof()


async def test_output_of_exactly_the_limit_is_not_too_much():
    stream, over = asyncio.StreamReader(), []
    stream.feed_data(b"x" * 10)
    stream.feed_eof()
    assert await read_capped(stream, 10, lambda: over.append(1)) == b"x" * 10
    assert over == []
