from __future__ import annotations

import pytest

from agents.checking.judge import Judgement, Reading
from agents.solving.conclude import bare, conclude, reaching_steps
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


@pytest.mark.parametrize(
    ("kind", "said"), [("direct", "computer algebra gives"), ("program", "a program written for this problem computes")]
)
def test_steps_are_cut_where_they_break_and_the_computation_takes_over(kind: str, said: str) -> None:
    solution = _conclude([_candidate("prose"), _candidate(kind)], sound={0: 1})
    assert [step["say"] for step in solution["steps"]] == ["Start with $21$.", f"From here, {said} $7$."]  # type: ignore[index]


def test_guided_steps_are_shown_where_no_others_reach_the_answer_and_confirm_nothing() -> None:
    candidates = [_candidate("direct"), _candidate("guided")]
    solution = _conclude(candidates, sound={1: 2})
    assert [step["latex"] for step in solution["steps"]] == ["21", "21 \\div 3 = 7"]  # type: ignore[index]
    assert solution["verification"]["status"] == "unverified"  # type: ignore[index]


def test_a_guess_about_a_missing_figure_is_called_one() -> None:
    solution = _conclude([_candidate("prose")], stem="In the figure above, what is $x$?")
    assert "figure" in solution["verification"]["detail"]  # type: ignore[index]
    assert solution["verification"]["status"] == "unverified"  # type: ignore[index]


OPTIONS = [{"letter": "A", "text": "$-9 a$"}, {"letter": "B", "text": "$-8 a$"}]


def _conclude_by_letter(kinds: list[str], reached: str) -> dict[str, object]:
    """Steps that name (A) but come to `reached`, beside computations of -9a."""
    candidates = [_candidate("prose", "(A)", STEPS), *(_candidate(kind, "-9a") for kind in kinds)]
    readings = {"0.0": Reading(readable=True, latex=reached, option=None, how="no option fits")}
    readings |= {str(at): Reading(readable=True, latex="- 9 a", option="A", how="equal") for at in range(1, len(candidates))}
    judgement = Judgement(readings=readings, equal=[])
    letters = {0: "A"}
    votes, refuted = cast(candidates, letters, judgement, {}, has_options=True)
    result = tally(votes, judgement, refuted, letters)
    sound = dict.fromkeys(reaching_steps(candidates, judgement, result), 2)
    problem = Problem(id="p", text="What is d?", stem="What is d?", options=OPTIONS)  # type: ignore[typeddict-item]
    return dict(conclude(problem, candidates, judgement, result, sound))


def test_steps_that_end_elsewhere_are_not_shown_for_a_computed_answer() -> None:
    solution = _conclude_by_letter(["direct"], "9 a")
    assert [step["latex"] for step in solution["steps"]] == ["- 9 a"]  # type: ignore[attr-defined]
    verification = solution["verification"]
    assert verification["status"] == "verified" and "steps" not in verification["detail"]  # type: ignore[index]


def test_steps_that_lead_to_a_relation_are_shown_beside_the_option_they_name() -> None:
    assert len(_conclude_by_letter(["direct"], "y = a (x + 1)")["steps"]) == 2  # type: ignore[arg-type]


def test_a_letter_that_the_steps_did_not_come_to_is_called_a_guess() -> None:
    solution = _conclude_by_letter([], "9 a")
    assert len(solution["steps"]) == 2 and "end at $9 a$" in solution["verification"]["detail"]  # type: ignore[arg-type,index]
    assert "end at" not in _conclude_by_letter([], "x = 2")["verification"]["detail"]  # type: ignore[index]
