"""Verified work as examples, through the port."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest

from finetune.data.example import Example
from finetune.data.worked import Hinted, Mended, Solved, Work, worked

SOLVED = Solved(
    problem="If 2x + 1 = 7, what is x?\n(A) 2\n(B) 3",
    stem="If 2x + 1 = 7, what is x?",
    options=[{"letter": "A", "text": "2"}, {"letter": "B", "text": "3"}],
    idea="undo what was done to x.",
    steps=["Subtract 1: $2x = 6$.", "Divide by 2: $x = 3$."],
    answer="3",
    choice="B",
    method="direct",
    thread="abc",
)
ASKS = {"relation": "What undoes adding?"}


class Kept:
    """The port, with what it is given."""

    def __init__(self, *work: Work) -> None:
        self._work = work

    def read(self, dropped: Counter[str]) -> Iterable[Work]:
        dropped["not verified"] += 2
        return self._work


def made(*work: Work) -> tuple[list[Example], Counter[str]]:
    dropped: Counter[str] = Counter()
    return list(worked(Kept(*work), dropped)), dropped


def test_a_solution_answers_in_the_form_that_the_solver_is_asked_for() -> None:
    (example,), dropped = made(SOLVED)
    # values are kept from the solver, so the options are not shown and the answer is the value
    assert example.messages[-2]["content"] == SOLVED.stem
    assert example.answer == "Idea: undo what was done to x.\n\n1. Subtract 1: $2x = 6$.\n2. Divide by 2: $x = 3$.\n\nAnswer: $3$"
    assert example.check == {"kind": "answer", "answer": "3", "options": [{"letter": "A", "text": "2"}, {"letter": "B", "text": "3"}]}
    assert example.task == "solve"
    assert dropped == {"not verified": 2}


def test_options_that_are_part_of_the_question_are_shown_and_answered_by_letter() -> None:
    options = [{"letter": "A", "text": "The line rises steeply to the right."}, {"letter": "B", "text": "The line falls."}]
    stem = "Which statement about y = 2x is true?"
    (example,), _ = made(replace(SOLVED, stem=stem, problem=f"{stem}\n(A) ...", options=options, choice="A", answer="The line rises"))
    assert example.messages[-2]["content"] == f"{stem}\n(A) ..."
    assert example.answer.endswith("Answer: (A)")


def test_a_ladder_is_handed_over_as_the_tutor_is_asked_for_it() -> None:
    (example,), _ = made(Hinted(SOLVED, ASKS))
    assert json.loads(example.answer) == ASKS
    assert example.messages[-2]["content"].endswith("Ask: relation")
    assert example.task == "hint"


def test_a_solution_and_its_hints_are_in_one_group() -> None:
    (solution, hints), _ = made(SOLVED, Hinted(SOLVED, ASKS))
    assert solution.group == hints.group


def test_a_mended_program_is_a_repair() -> None:
    (example,), _ = made(Mended("a circle", "Draw()", "NameError: name 'Draw' is not defined", "Create()", "abc"))
    assert example.messages[-3]["content"] == "```python\nDraw()\n```"
    assert example.answer == "```python\nCreate()\n```"
    assert (example.task, example.check) == ("repair", {"kind": "render"})


@pytest.mark.parametrize("text", ["Write to ann@example.org: what is 2 + 2?", "Call 555-123-4567. What is 2 + 2?"])
def test_what_looks_personal_is_left_out_whole(text: str) -> None:
    examples, dropped = made(replace(SOLVED, stem=text, options=[]))
    assert examples == []
    assert dropped["looks like an address or a telephone number"] == 1


def test_a_ladder_that_is_not_whole_and_an_answer_without_steps_are_counted() -> None:
    examples, dropped = made(Hinted(SOLVED, {"1": "What is 2x?"}), replace(SOLVED, steps=[]))
    assert examples == []
    assert dropped == {"not verified": 2, "a ladder that is not whole": 1, "verified, but without steps or an answer": 1}
