"""The leak checker, the inventory and the video reader on cases with known outcomes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.scorers.leaks import final_number, find_leaks
from evals.scorers.numbers import find_numbers
from evals.scorers.seen import Expected, missing, spelling
from evals.scorers.video import read_video, sample_video


@pytest.mark.parametrize(
    "hint",
    [
        "She makes 18 dollars.",
        "She makes $18 a day.",
        "It comes to 18.00.",
        "**18**",
        "eighteen eggs",
        "Compute 9 * 2.",
        "Compute $9 \\cdot 2$ next.",
        "Compute 9 times 2.",
        r"$\frac{36}{2}$",
        r"$\dfrac{36}{2}$ eggs",
        "half of 36",
        "50% of 36",
        "1,800%",
        "(9)(2)",
        "$2 \\times (4 + 5)$",
        "16 + 2 = 18",
        "The answer is 18.",
    ],
)
def test_the_final_number_leaks_in_every_form(hint: str) -> None:
    assert find_leaks(hint, Fraction(18), "Janet's ducks lay 16 eggs."), hint


@pytest.mark.parametrize(
    "hint",
    [
        "How many eggs are left after breakfast?",
        "Subtract from 16.",
        "About 118 or 180 or 1.8 or 18.5 are not it.",
        "On the 18th day she rests.",
        "Hint 18 of 20: think again.",
        "18. Think about the price.",
        "Write $18x = y$ for a moment.",
    ],
)
def test_other_numbers_and_numbering_do_not_leak(hint: str) -> None:
    assert find_leaks(hint, Fraction(18), "Janet's ducks lay 16 eggs.") == []


def test_the_numbers_of_small_questions_are_numbering_and_those_of_their_words_are_not() -> None:
    asked = "Answer one after another: (1) How many sets does John sell? (2) How much does each cost? (3) How many are left?"
    assert find_leaks(asked, Fraction(2), "John sells toys.") == []
    assert find_leaks(asked.replace("sets", "of 2 sets"), Fraction(2), "John sells toys.")
    assert find_leaks("What about (2) Or 3?", Fraction(2), "John sells toys."), "no question (1) goes before it"


def test_a_number_of_the_problem_leaks_only_where_it_is_stated_as_the_result() -> None:
    problem = "A box holds 18 eggs and half of another box is empty. How many eggs are there?"
    assert find_leaks("The first box holds 18 eggs.", Fraction(18), problem) == []
    assert find_leaks("So the answer is 18.", Fraction(18), problem)
    assert find_leaks("16 + 2 = 18", Fraction(18), problem)
    assert find_leaks("Divide by 2.", Fraction(2), problem) == [], "half of something brings the 2 with it"


def test_small_number_words_are_ordinary_english() -> None:
    assert find_leaks("Add the two amounts.", Fraction(2), "") == []
    assert find_leaks("The answer is two.", Fraction(2), "")
    assert find_leaks("There are thirty-two of them.", Fraction(32), "")


def test_final_numbers_are_read_exactly() -> None:
    assert final_number(" 2,125 ") == 2125
    assert final_number("0.5") == Fraction(1, 2)
    with pytest.raises(ValueError, match="no number"):
        final_number("many")
    with pytest.raises(ValueError, match="no number"):
        final_number("1/0")


@given(st.integers(11, 10**7))
def test_any_written_whole_number_is_found(number: int) -> None:
    for text in (f"It is {number} now.", f"It is {number:,} now.", f"${number}$", rf"$\text{{total}} = {number}$"):
        assert any(found.value == number for found in find_numbers(text)), text


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    find_numbers(text)


@given(st.text(alphabet="0123456789+-*/^(){}=., %\\frac$x", max_size=80))
def test_no_arithmetic_breaks_the_reader(text: str) -> None:
    find_numbers(text)


def test_formulas_are_seen_in_any_spelling() -> None:
    shown = [
        {"kind": "MathTex", "text": "{x}^{2} - 4x + 3"},
        {"kind": "Axes", "text": None},
        {"kind": "Text", "text": "the vertex (2, -1)"},
    ]
    assert missing(Expected(kinds=[["Axes"], ["Text", "Tex"]], texts=[["x²-4x+3"], ["(2,-1)"]]), shown) == []
    assert missing(Expected(kinds=[["Circle", "Arc"]], texts=[["x=5"]]), shown) == ["Circle", "x=5"]


def test_a_number_is_not_seen_inside_another_one() -> None:
    shown = [{"kind": "MathTex", "text": text} for text in ("x = 50", "13", "3.5")]
    assert missing(Expected(kinds=[], texts=[["x=5"], ["3"], ["13"]]), shown) == ["x=5", "3"]
    assert spelling(r"$\dfrac{a}{b} \leq 2\pi$") == spelling(r"\frac{a}{b} ≤ 2π")


def test_a_playing_video_is_told_from_a_blank_a_broken_and_an_empty_one(tmp_path: Path) -> None:
    picture = tmp_path / "deep" / "frame.png"
    playing = read_video(sample_video(), picture=picture)
    assert playing["playable"] and playing["codec"] == "h264" and playing["seconds"] == pytest.approx(2.0, abs=0.2)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert read_video(sample_video(blank=True))["fault"] == "every frame is blank"
    assert "does not decode" in read_video(sample_video()[:400])["fault"]
    assert "does not decode" in read_video(b"")["fault"]


def test_steps_must_come_up_in_their_order() -> None:
    expected = Expected(kinds=[], texts=[], order=[["3x=9"], ["x=3"], ["y=1"]])
    shown = [{"kind": "MathTex", "text": text, "from_s": at} for text, at in (("3x = 9", 1.0), ("x = 3", 2.5), ("y = 1", 4.0))]
    assert missing(expected, shown) == []
    assert missing(expected, [*shown[:2], shown[2] | {"from_s": 0.5}]) == ["in order: 3x=9, x=3, y=1"]
    assert missing(expected, shown[:2]) == ["in order: 3x=9, x=3, y=1"]
    assert missing(expected, [item | {"from_s": 1.0} for item in shown]) == ["in order: 3x=9, x=3, y=1"]


def test_words_keep_apart_what_stands_beside_them() -> None:
    shown = [{"kind": "Text", "text": "they meet after 2 hours"}, {"kind": "MathTex", "text": r"x = -1 \quad \text{or} \quad x = -5"}]
    assert missing(Expected(kinds=[], texts=[["2"], ["after 2 hours"], ["x=-1"], ["-5"], ["meet"]]), shown) == []
    assert missing(Expected(kinds=[], texts=[["eet"], ["x=-1or"], ["after2"]]), shown) == ["eet", "x=-1or", "after2"]
    assert spelling("3 x = 15") == spelling("3x=15")
    assert spelling(r"\sin x") == spelling(r"\sin{x}")
