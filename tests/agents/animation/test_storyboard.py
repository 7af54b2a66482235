from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from agents.animation.kinds import load
from agents.animation.storyboard import of_request, of_solution, of_topic, plain_topic
from agents.sandbox import probe

VERIFIED = {"status": "verified", "method": "program", "detail": ""}


def problem(text: str) -> Any:
    return {"id": "p", "text": text, "stem": text, "options": []}


def solution(*steps: tuple[str, str], answer: str = "5", choice: str | None = None) -> Any:
    return {"answer": answer, "choice": choice, "steps": [{"say": say, "latex": latex} for say, latex in steps], "verification": VERIFIED}


def kinds(plans: list[Any]) -> list[str]:
    return [plan["data"]["kind"] for plan in plans]


async def test_long_solutions_are_split_and_never_exceed_the_beats(studio: Any) -> None:
    steps = [(f"Step {n}.", f"x = {n}") for n in range(15)]
    plans, _ = await of_solution(studio.context(beats=5), problem("Find x."), solution(*steps))
    assert kinds(plans) == ["title", "equation_steps", "equation_steps", "equation_steps", "recap"]
    plans, _ = await of_solution(studio.context(beats=3), problem("Find x."), solution(*steps))
    assert kinds(plans) == ["title", "equation_steps", "recap"]


async def test_every_beat_names_the_steps_that_it_shows(studio: Any) -> None:
    steps = [(f"Step {n}.", f"x = {n}") for n in range(1, 9)]
    plans, _ = await of_solution(studio.context(beats=5), problem("Find x."), solution(*steps))
    assert [plan["steps"] for plan in plans] == [[], [1, 2, 3, 4], [5, 6, 7, 8], []]
    assert [line["steps"] for line in plans[1]["data"]["lines"]] == [[1], [2], [3], [4]]
    plans, _ = await of_solution(studio.context(beats=3), problem("Find x."), solution(*steps))
    assert [plan["steps"] for plan in plans] == [[], [1, 2, 3, 4], []], "what is not shown is not named"


async def test_steps_that_share_a_line_share_their_number_and_words_that_are_lost_name_none(studio: Any) -> None:
    merged = (("Look.", ""), ("So.", "x = 5"), ("Again.", "x = 5"), ("Then.", "y = 1"), ("The end.", ""))
    plans, _ = await of_solution(studio.context(), problem("Find x."), solution(*merged))
    assert [line["steps"] for line in plans[1]["data"]["lines"]] == [[1, 2, 3], [4]] and plans[1]["steps"] == [1, 2, 3, 4]
    long = (("word " * 40, ""), ("So it is.", "x = 5"))
    plans, _ = await of_solution(studio.context(), problem("Find x."), solution(*long))
    assert [(line["say"], line["steps"]) for line in plans[1]["data"]["lines"]] == [("So it is.", [2])]
    plans, _ = await of_solution(studio.context(), problem("Why?"), solution(("It is so.", ""), ("Therefore.", "")))
    assert [plan["steps"] for plan in plans] == [[], [1, 2], []]


async def test_a_topics_beats_belong_to_no_step(studio: Any) -> None:
    lines = [{"latex": "a = 1", "say": "A."}, {"latex": "a + 1 = 2", "say": "B."}]
    studio.model.answers = [{"title": "T", "formula": "", "beats": [{"kind": "equation_steps", "say": "", "steps": lines}], "recap": "R."}]
    plans, _ = await of_topic(studio.context(), "T")
    assert [plan["steps"] for plan in plans] == [[], [], []]


async def test_steps_without_formulas_become_a_card(studio: Any) -> None:
    plans, _ = await of_solution(studio.context(), problem("Why?"), solution(("Because it is so.", ""), ("Therefore.", ""), choice="B"))
    assert kinds(plans) == ["title", "plain", "recap"]
    assert "Because it is so. Therefore." in plans[1]["data"]["text"]
    assert plans[-1]["data"]["text"] == "Option B"


async def test_a_step_whose_formula_does_not_typeset_keeps_its_words(studio: Any) -> None:
    plans, _ = await of_solution(studio.context(), problem("Find x."), solution(("Look closely.", "\\oops{"), ("So it is.", "x = 5")))
    assert plans[1]["data"]["lines"][0]["say"] == "Look closely. So it is."


async def test_an_answer_in_words_is_shown_as_words(studio: Any) -> None:
    plans, _ = await of_solution(
        studio.context(), problem("What?"), solution(("So.", "x = 5"), answer="The phone keeps 70\\% of its value each year")
    )
    assert plans[-1]["data"]["formula"] == ""
    assert "keeps 70% of its value" in plans[-1]["data"]["text"]


@pytest.mark.parametrize(
    ("answer", "formula", "text"),
    [
        ("$75-s=c$ $20 s+30 c=1,870$", "\\begin{aligned}& 75-s=c \\\\ & 20 s+30 c=1,870\\end{aligned}", ""),
        ("$\\$ 30.00$", "\\$ 30.00", ""),
        ("From $1$ to $2$", "", "From 1 to 2"),
    ],
)
async def test_an_answer_of_several_formulas_has_a_line_for_each(studio: Any, answer: str, formula: str, text: str) -> None:
    plans, _ = await of_solution(studio.context(), problem("What?"), solution(("So.", "x = 5"), answer=answer))
    assert (plans[-1]["data"]["formula"], plans[-1]["data"]["text"]) == (formula, text)


async def test_a_picture_of_the_models_choice_holds_numbers_of_the_problem_only(studio: Any) -> None:
    text = "A right triangle has legs of length 6 and 8. What is the length of its hypotenuse?"
    filled = {"kind": "triangle", "say": "A right triangle.", "a": 6, "b": 8, "c": 0, "A": 0, "B": 0, "C": 90, "find": "c"}
    studio.model.answers = [filled]
    plans, replies = await of_solution(studio.context(), problem(text), solution(("Add.", "c^2 = 100")))
    assert kinds(plans)[1] == "triangle"
    assert len(replies) == 1
    sides = studio.model.asked[0]["schema"]["anyOf"][0]["properties"]["a"]["enum"]
    assert set(sides) == {0, 6, 8}
    studio.model.answers = [filled | {"b": 7}]
    plans, _ = await of_solution(studio.context(), problem(text), solution(("Add.", "c^2 = 100")))
    assert "triangle" not in kinds(plans)


async def test_a_caption_with_a_number_of_the_models_own_is_dropped(studio: Any) -> None:
    filled = {"kind": "triangle", "say": "The hypotenuse is 12.", "a": 6, "b": 8, "c": 0, "A": 0, "B": 0, "C": 90, "find": "c"}
    studio.model.answers = [filled]
    plans, _ = await of_solution(
        studio.context(), problem("A right triangle has legs 6 and 8. Find the hypotenuse."), solution(("Add.", "c^2 = 100"))
    )
    assert plans[1]["data"]["kind"] == "triangle"
    assert plans[1]["data"]["say"] == ""


@pytest.mark.parametrize(
    "answer",
    [
        "nonsense",
        '{"kind":"none"}',
        '{"kind":"triangle"}',
        "[]",
        '{"kind":"triangle","say":"","a":6,"b":8,"c":8,"A":90,"B":90,"C":90,"find":"none"}',
    ],
)
async def test_a_picture_that_is_no_use_is_left_out(studio: Any, answer: str) -> None:
    studio.model.answers = [answer]
    plans, _ = await of_solution(
        studio.context(), problem("A right triangle has legs 6 and 8. Find the hypotenuse."), solution(("Add.", "c^2 = 100"))
    )
    assert kinds(plans) == ["title", "equation_steps", "recap"]


async def test_false_arithmetic_of_the_model_is_not_shown(studio: Any) -> None:
    steps = [{"latex": "3^2 + 4^2 = 26", "say": "Wrong."}, {"latex": "3^2 + 4^2 = 25", "say": "Right."}]
    studio.model.answers = [
        {"title": "T", "formula": "2 = 3", "beats": [{"kind": "equation_steps", "say": "", "steps": steps}], "recap": "R."}
    ]
    plans, _ = await of_topic(studio.context(), "T")
    assert plans[0]["data"]["formula"] == ""
    assert [line["latex"] for line in plans[1]["data"]["lines"]] == ["3^2 + 4^2 = 25"]


async def test_repeated_beats_and_surplus_scenes_are_left_out(studio: Any) -> None:
    scene = {"kind": "scene", "say": "s", "draw": "a knot", "formula": ""}
    triangle = {"kind": "triangle", "say": "t", "a": 3, "b": 4, "c": 5, "formula": ""}
    studio.model.answers = [{"title": "T", "formula": "", "beats": [triangle, triangle, scene], "recap": "R."}]
    plans, _ = await of_topic(studio.context(code_beats=1), "T")
    assert [plan["id"] for plan in plans] == ["1-title", "2-triangle", "3-scene", "4-recap"]
    plans, _ = await of_topic(studio.context(code_beats=0), "T")
    assert not any(plan["draw"] for plan in plans)


async def test_every_plan_carries_a_plain_form_that_validates(studio: Any) -> None:
    bad = {"kind": "triangle", "say": "Impossible.", "a": 1, "b": 1, "c": 9, "formula": "\\oops"}
    scene = {"kind": "scene", "say": "A knot.", "draw": "a knot", "formula": "\\oops"}
    studio.model.answers = [{"title": "T" * 200, "formula": "\\oops", "beats": [bad, scene], "recap": "R."}]
    plans, _ = await of_topic(studio.context(), "T: " + "word " * 500)
    for plan in plans:
        assert load(plan["data"]).source()
        assert load(plan["plain"]).kind == "plain"
    assert kinds(plans)[1] == "plain"


def test_a_topic_alone_can_be_shown_without_a_model() -> None:
    plans = plain_topic("Kites: two pairs of equal sides.")
    assert [(plan["id"], plan["data"]["title"], plan["data"]["text"]) for plan in plans] == [
        ("1-plain", "Kites", "two pairs of equal sides.")
    ]


async def test_a_described_picture_needs_no_model(studio: Any) -> None:
    plans = await of_request(studio.context(), "Draw a trapezoid with bases 9 and 5 and height 4, and its area.")
    assert [plan["id"] for plan in plans] == ["1-polygon"]
    assert plans[0]["plain"]["formula"] == plans[0]["data"]["formula"] == "A = \\frac{9 + 5}{2} \\cdot 4 = 28"
    assert await of_request(studio.context(), "Explain the mean value theorem.") == []
    assert studio.model.asked == []


async def test_equations_are_solved_by_algebra_line_by_line(studio: Any) -> None:
    context = dataclasses.replace(studio.context(), sandbox=probe())
    plans = await of_request(context, "Show step by step how to solve the system 2x + y = 7, x - y = 2.")
    lines = [line["latex"] for plan in plans for line in plan["data"]["lines"]]
    assert lines[:2] == ["2x + y = 7", "x - y = 2"]
    numbers = [line["steps"] for plan in plans for line in plan["data"]["lines"]]
    assert numbers[0] == [1] and numbers == sorted(numbers) and plans[0]["steps"] == sorted({step for steps in numbers for step in steps})
    assert "3 x = 9" in lines and lines.index("3 x = 9") < lines.index("x = 3") < lines.index("y = 1")
    plans = await of_request(context, "Solve x^2 - 5x - 14 = 0 by factoring.")
    lines = [line["latex"].replace("\\left", "").replace("\\right", "") for plan in plans for line in plan["data"]["lines"]]
    assert "(x - 7) (x + 2) = 0" in lines
