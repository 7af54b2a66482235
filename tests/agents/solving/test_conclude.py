from __future__ import annotations

import pytest

from agents.checking.judge import Judgement, Reading
from agents.solving.conclude import bare, conclude
from agents.solving.paths import Candidate
from agents.solving.votes import cast, tally
from agents.state import Problem

STEPS = "Idea: divide.\n\n1. Start with $21$.\n2. Divide: $21 \\div 3 = 7$.\n\nAnswer: $7$"


def _problem(stem: str = "How many?") -> Problem:
    return Problem(id="p", text=stem, stem=stem, options=[])


def _candidate(kind: str, answer: str = "7", text: str = STEPS) -> Candidate:
    return {"kind": kind, "answer": answer, "text": text, "form": "latex", "reason": "", "latex": "", "letter": "", "round": "0"}


def _conclude(candidates: list[Candidate], latex: str = "7", *, stem: str = "How many?", sound: dict[int, int] | None = None) -> object:
    readings = {
        str(index): Reading(readable=True, latex=latex, option=None, how="") for index, item in enumerate(candidates) if item["answer"]
    }
    names = sorted(readings)
    judgement = Judgement(readings=readings, equal=[(a, b) for a in names for b in names if a < b])
    votes, refuted = cast(candidates, {}, judgement, {}, has_options=False)
    return conclude(_problem(stem), candidates, judgement, tally(votes, judgement, refuted), sound or {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("$5$", "5"),
        ("$\\frac{44}{3}$ liters", "\\frac{44}{3} \\text{ liters}"),
        ("$x = 3$.", "x = 3"),
        ("$\\$7.20$", "$\\$7.20$"),
        ("$2$ and $3$", "$2$ and $3$"),
        ("The range", "The range"),
    ],
)
def test_an_answer_stands_without_delimiters(text: str, told: str) -> None:
    assert bare(text) == told


@pytest.mark.parametrize(("latex", "told"), [("366.0", "366"), ("0.333333333333333", "0.33333333"), ("2.50", "2.5"), ("x + 1.0", "x + 1")])
def test_a_computed_decimal_is_shown_as_people_write_it(latex: str, told: str) -> None:
    assert _conclude([_candidate("program")], latex)["answer"] == told  # type: ignore[index]


def test_steps_are_cut_where_they_break_and_the_computation_takes_over() -> None:
    solution = _conclude([_candidate("prose"), _candidate("program")], sound={0: 1})
    assert [step["say"] for step in solution["steps"]] == ["Start with $21$.", "From here, computer algebra gives $7$."]  # type: ignore[index]


def test_guided_steps_are_shown_where_no_others_reach_the_answer_and_confirm_nothing() -> None:
    candidates = [_candidate("direct"), _candidate("guided")]
    solution = _conclude(candidates, sound={1: 2})
    assert [step["latex"] for step in solution["steps"]] == ["21", "21 \\div 3 = 7"]  # type: ignore[index]
    assert solution["verification"]["status"] == "unverified"  # type: ignore[index]


def test_a_guess_about_a_missing_figure_is_called_one() -> None:
    solution = _conclude([_candidate("prose")], stem="In the figure above, what is $x$?")
    assert "figure" in solution["verification"]["detail"]  # type: ignore[index]
    assert solution["verification"]["status"] == "unverified"  # type: ignore[index]
