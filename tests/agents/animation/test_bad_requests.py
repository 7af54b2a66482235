"""Descriptions that give nothing to draw, too much, or what cannot be set: through the whole graph to a result and a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.graph import START, StateGraph

from agents.animation.graph import animate
from agents.context import Context
from agents.errors import NoSandbox
from agents.rendering import ManimRenderer
from agents.sandbox import probe
from agents.state import TutorState

SCENE = {"kind": "scene", "say": "A square turns.", "draw": "a square that turns by 90 degrees", "formula": "A = s^2"}
TOPIC = {"messages": [HumanMessage("Make an animation about squares: a square has four equal sides")]}


def board(*beats: dict[str, Any], formula: str = "A = s^2") -> dict[str, Any]:
    return {"title": "Squares", "formula": formula, "beats": list(beats), "recap": "That is all."}


def asked(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [HumanMessage(text)], **more}


@pytest.mark.parametrize(
    "answer", [{"title": "", "formula": "", "beats": [], "recap": ""}, "There is nothing to draw here.", {"beats": "none"}]
)
async def test_a_description_with_nothing_to_draw_shows_its_own_words(studio: Any, answer: Any) -> None:
    studio.model.answers = [answer]
    out = await studio.animate(asked("Animate the feeling of a rainy afternoon"))
    assert out["animation"]["status"] == "rendered"
    assert {beat["source"] for beat in out["animation"]["beats"]} <= {"plain", "storyboard"}
    assert any("rainy afternoon" in source for source in studio.renderer.sources)


@pytest.mark.parametrize(
    "prose",
    ["I am sorry, I cannot write that scene.", "```\nA square is drawn, then it turns.\n```", "", "Here is the code you asked for:"],
)
async def test_a_coder_that_returns_prose_gives_way_to_the_storyboard_with_the_reason(studio: Any, prose: str) -> None:
    studio.model.answers = [board(SCENE), prose]
    out = await studio.animate(TOPIC, code_repairs=2)
    beat = out["animation"]["beats"][1]
    assert beat["source"] == "storyboard"
    assert len(beat["errors"]) == 3 and all(error.startswith("code: ") for error in beat["errors"])
    assert studio.renderer.tried == [], "what is no program is not run"
    assert out["animation"]["status"] == "rendered"


@pytest.mark.parametrize("formula", ["\\frac{1}{", "x^^2", "\\undefinedcommand{x}", "}{", "\\begin{tikzpicture} x \\end{tikzpicture}"])
async def test_a_formula_that_latex_refuses_costs_the_formula_only(studio: Any, formula: str) -> None:
    triangle = {"kind": "triangle", "say": "A right triangle.", "a": 3, "b": 4, "c": 5, "formula": formula}
    studio.model.answers = [board(triangle, formula=formula)]
    out = await studio.animate(TOPIC)
    assert [(beat["source"], beat["errors"]) for beat in out["animation"]["beats"]] == [("storyboard", [])] * 3
    assert "'kind': 'triangle'" in studio.renderer.sources[1]


async def _for_real(studio: Any, state: dict[str, Any], **limits: Any) -> Any:
    try:
        sandbox = probe()
    except NoSandbox as error:
        pytest.skip(f"no sandbox on this machine: {error.message}")
    settings = {"render_seconds": 240.0, "animation_seconds": 600.0} | limits
    context = replace(studio.context(**settings), sandbox=sandbox, renderer=ManimRenderer(sandbox))
    builder = StateGraph(TutorState, context_schema=Context)
    builder.add_node("animate", animate)
    builder.add_edge(START, "animate")
    return (await builder.compile().ainvoke(state, context=context))["animation"]


ABSURD = {
    "ten thousand objects": "self.play(*[Create(Dot([i % 100 / 10 - 5, i // 100 / 20 - 2, 0])) for i in range(10000)])",
    "two hours": "s = Square()\n        self.play(Create(s))\n        self.wait(7200)",
    "two hours of turning": "s = Square()\n        self.add(s)\n        self.play(Rotate(s, 3), run_time=7200)",
}


@pytest.mark.real
@pytest.mark.parametrize("what", ABSURD)
async def test_an_absurd_description_ends_in_a_short_video_with_the_reason(studio: Any, what: str) -> None:
    code = f"```python\nfrom manim import *\nclass Turn(Scene):\n    def construct(self):\n        {ABSURD[what]}\n```"
    studio.model.answers = [code]
    animation = await _for_real(studio, asked(f"Draw a square with {what}", animate_by="code"), code_repairs=0)
    (beat,) = animation["beats"]
    told = studio.store.manifest["beats"][0]
    assert animation["status"] == "rendered", animation
    assert animation["seconds"] <= 121
    assert beat["errors"] or told["left_out"] or (what == "ten thousand objects" and beat["source"] == "code")


@pytest.mark.real
@pytest.mark.parametrize(
    ("text", "sign"),
    [("画一个三角形", "三"), ("ارسم مثلثا قائم الزاوية", "مثلث"), ("צייר משולש ישר זווית", "משולש")],
    ids=["cjk", "arabic", "hebrew"],
)
async def test_other_scripts_are_drawn_or_the_missing_font_is_named(studio: Any, text: str, sign: str) -> None:
    studio.model.answers = ["no storyboard"]
    animation = await _for_real(studio, asked(text))
    if animation["status"] == "rendered":
        assert any(sign in str(thing["text"]) for thing in studio.store.manifest["shown"])
        assert studio.store.manifest["layout"] == []
    else:
        assert animation["status"] == "failed"
        assert "no font on this machine has the characters" in animation["reason"]
        assert "Install a font" in animation["reason"]


@pytest.mark.real
async def test_a_formula_that_only_tex_finds_wrong_is_set_as_text(studio: Any) -> None:
    stem = "What is $x$?"
    solution = {
        "answer": "3",
        "choice": None,
        "steps": [{"say": "Take it apart.", "latex": "\\overset{a} = 3"}, {"say": "So.", "latex": "x = 3"}],
        "verification": {"status": "verified", "method": "", "detail": ""},
    }
    state = {"messages": [], "problem": {"id": "p", "text": stem, "stem": stem, "options": []}, "solution": solution}
    animation = await _for_real(studio, state)
    assert animation["status"] == "rendered", animation
    assert all(beat["source"] != "plain" for beat in animation["beats"]), animation
