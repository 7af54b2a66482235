"""Formulas to choose from, tried on numbers."""

from __future__ import annotations

import pytest

from agents.checking.trial import Trial, plan_trial
from agents.solving.paths import fitting_option


def _plan(stem: str, *options: str) -> Trial | None:
    return plan_trial(stem, [{"letter": letter, "text": text} for letter, text in zip("ABCD", options, strict=False)])


def _value(trial: Trial, letter: str) -> float:
    return float(trial.predicted[letter])


def test_letters_of_a_story_become_numbers_and_the_question_asks_for_a_number() -> None:
    trial = _plan(
        "A cook peels $a$ carrots each minute for 6 minutes, and a helper peels $b$ carrots each minute for 2 minutes. "
        "Which of the following represents the number of carrots that they peel together?",
        "$8ab$",
        "$6a + 2b$",
        "$2a + 6b$",
    )
    assert trial is not None
    a, b = (int(trial.numbers[letter]) for letter in "ab")
    assert f"peels {a} carrots each minute for 6" in trial.stem and f"peels {b} carrots" in trial.stem
    assert trial.stem.endswith("What is the number of carrots that they peel together?")
    assert [_value(trial, letter) for letter in "ABC"] == [8 * a * b, 6 * a + 2 * b, 2 * a + 6 * b]
    assert fitting_option(str(6 * a + 2 * b), trial.predicted) == "B"


def test_a_function_is_asked_for_its_value_at_a_number() -> None:
    trial = _plan(
        "A candle is 30 centimeters tall and burns down 2 centimeters an hour. Which of the following functions gives its height $h$, in "
        "centimeters, $t$ hours after it was lit?",
        "$h = 30 + 2t$",
        "$h = 30 - 2t$",
        "$h = 2t - 30$",
    )
    assert trial is not None and trial.wanted == "h" and list(trial.numbers) == ["t"]
    assert f", {trial.numbers['t']} hours after it was lit" in trial.stem
    assert _value(trial, "B") == 30 - 2 * int(trial.numbers["t"])


def test_the_unknown_of_an_equation_is_computed() -> None:
    trial = _plan(
        "A sofa costs $\\$ 400$: $\\$ 100$ at once and $\\$ 50$ a week. Which of the following equations can be used to find the number of weeks, $w$?",
        "$400 = 50w - 100$",
        "$400 = 50w + 100$",
        "$400 = 100w + 50$",
    )
    assert trial is not None and (trial.wanted, trial.numbers) == ("w", {})
    assert "What is the number of weeks, $w$?" in trial.stem
    assert fitting_option("6", trial.predicted) == "B"


def test_an_unknown_of_a_system_is_computed() -> None:
    trial = _plan(
        "A farm has $h$ hens and $g$ goats, 20 animals with 56 legs. Which of the following systems of equations could be used to find the numbers?",
        "$h + g = 20$ $2h + 4g = 56$",
        "$h + g = 20$ $4h + 2g = 56$",
        "$h + g = 56$ $2h + 4g = 20$",
    )
    assert trial is not None and trial.wanted in ("h", "g")
    right = {"h": 12, "g": 8}[trial.wanted]
    assert fitting_option(str(right), trial.predicted) == "A"


def test_letters_inside_formulas_get_their_number_too() -> None:
    trial = _plan(
        "A square has the area $\\left(\\frac{s}{2}\\right)^2$, where $s$ is a positive constant. Which of the following gives its perimeter?",
        "$s$",
        "$2s$",
        "$4s$",
    )
    assert trial is not None
    assert f"\\frac{{ ({trial.numbers['s']})}}{{2}}" in trial.stem
    assert "constant" not in trial.stem


@pytest.mark.parametrize(
    ("stem", "options"),
    [
        ("Which of the following is the range of the data?", ("4", "5", "6")),
        ("Which statement about the sample is true?", ("It is biased.", "It is large.", "It is random.")),
        ("The line crosses the $x$-axis at $a$. Which of the following defines $f$?", ("$f(x) = x - a$", "$f(x) = x + a$", "$f(x) = ax$")),
        ("A bag holds red and blue marbles. Which of the following represents the total?", ("$r + b$", "$rb$", "$r - b$")),
    ],
    ids=["numbers", "sentences", "a letter that names no quantity", "letters that the problem does not name"],
)
def test_what_cannot_be_tried_has_no_trial(stem: str, options: tuple[str, ...]) -> None:
    assert _plan(stem, *options) is None


def test_options_that_no_number_tells_apart_have_no_trial() -> None:
    assert _plan("A train runs $k$ miles twice. Which of the following represents its way?", "$2k$", "$k + k$", "$3k - k$") is None
