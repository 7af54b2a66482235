"""Reasoning never reaches the learner."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engine.thinking import ThinkFilter


def through(pieces: list[str]) -> str:
    kept = ThinkFilter()
    return "".join([kept.feed(piece) for piece in pieces] + [kept.flush()])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("<think>secret</think>\n\nx = 5", "x = 5"),
        ("a <think>secret</think> b", "a b"),
        ("<think>never closed", ""),
        ("<think></think>", ""),
        ("1 < 2 and 3 <th", "1 < 2 and 3 <th"),
        ("<think>a</think><think>b</think>c", "c"),
    ],
)
def test_what_is_thought_is_left_out_however_it_is_cut(text: str, shown: str):
    assert through([text]) == shown
    assert through(list(text)) == shown


@given(st.lists(st.sampled_from(["<think>", "</thi", "nk>", "</think>", "<", "x = 5", "th", " "])), st.integers(1, 5))
def test_cutting_the_text_otherwise_changes_nothing(pieces: list[str], size: int):
    text = "".join(pieces)
    assert through([text]) == through([text[start : start + size] for start in range(0, len(text), size)])


def test_text_without_tags_comes_at_once():
    kept = ThinkFilter()
    assert kept.feed("Let $x<5$") == "Let $x<5$"


def test_a_closing_tag_alone_ends_a_thought_that_the_prompt_had_opened():
    assert ThinkFilter.without_stray_end("hm, 5?</think>\nx = 5") == "x = 5"
    assert ThinkFilter.without_stray_end("x = 5 ") == "x = 5 "
