from __future__ import annotations

import json
from typing import Any

import pytest

from agents.animation.agreement import disagreements, known_from, texts_of
from agents.errors import NoSandbox, SandboxError
from agents.sandbox.job import Outcome

PROBLEM: Any = {"id": "p", "text": "If $2x = 14$, what is x?", "stem": "", "options": []}
SOLUTION: Any = {"answer": "7", "steps": [{"say": "Divide by 2.", "latex": "x = 7"}]}


def shown(kind: str, text: str | None) -> Any:
    return {"kind": kind, "text": text, "from_s": 0.0, "to_s": 1.0}


class Answering:
    tier = "fake"

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer, self.asked = answer, []

    async def run(self, job: Any) -> Outcome:
        self.asked.append(json.loads(job.stdin))
        if isinstance(self.answer, Exception):
            raise self.answer
        return Outcome("ok", 0, "", "", json.dumps(self.answer).encode(), 0.1)


def test_the_known_texts_are_the_problem_its_steps_and_its_answer() -> None:
    assert known_from(PROBLEM, SOLUTION) == ["If $2x = 14$, what is x?", "Divide by 2.", "$x = 7$", "$7$"]
    assert known_from(PROBLEM, None) == known_from(None, SOLUTION) == []


def test_numbers_of_a_scale_are_the_pictures_own_business() -> None:
    things = [
        shown("DecimalNumber", "8"),
        shown("MathTex", "x = 7"),
        shown("Text", "Area 3"),
        shown("Text", "no number"),
        shown("MathTexPart", "2 = 9"),
        shown("Circle", None),
    ]
    assert texts_of(things) == ["$x = 7$", "Area 3"]


async def test_formulas_that_contradict_come_back() -> None:
    sandbox = Answering({"wrong": ["x = 8"], "strange": []})
    assert await disagreements(sandbox, [shown("MathTex", "x = 8")], ["$x = 7$"]) == ["x = 8"]
    assert sandbox.asked[0]["texts"] == ["$x = 8$"] and sandbox.asked[0]["known"] == ["$x = 7$"]


async def test_without_a_solution_or_a_number_nothing_is_asked() -> None:
    sandbox = Answering({"wrong": ["x"], "strange": []})
    assert await disagreements(sandbox, [shown("Text", "hello")], ["$x = 7$"]) == []
    assert await disagreements(sandbox, [shown("MathTex", "x = 8")], []) == []
    assert sandbox.asked == []


async def test_broken_walls_let_the_picture_pass_and_missing_ones_do_not() -> None:
    assert await disagreements(Answering(SandboxError("broke")), [shown("MathTex", "x = 8")], ["$x = 7$"]) == []
    with pytest.raises(NoSandbox):
        await disagreements(Answering(NoSandbox("none")), [shown("MathTex", "x = 8")], ["$x = 7$"])
