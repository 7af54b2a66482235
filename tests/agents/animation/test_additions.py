"""An addition of the coder to a parametric scene: where it comes from, what it may do, and that it never costs the picture."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from importlib.resources import files
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.graph import START, StateGraph

from agents.animation import addition
from agents.animation.asked import addition_in, asked_for, may_add
from agents.animation.forms import FORMS, storyboard_schema
from agents.animation.graph import animate
from agents.animation.kinds import load
from agents.animation.storyboard import of_request, of_topic
from agents.context import Context
from agents.errors import ModelUnavailable, NoSandbox
from agents.rendering import ManimRenderer
from agents.rendering.report import Mended
from agents.sandbox import probe
from agents.state import TutorState
from tests.agents.animation.examples import GOOD

REQUEST = "Plot y = x^2 - 4x + 3, mark its zeros and draw an arrow to the vertex"
ASKED = {"messages": [HumanMessage(REQUEST)]}
ARROW = "```python\narrow = Arrow(axes.c2p(4, 2), axes.c2p(2.1, -0.9))\nself.play(Create(arrow))\n```"
STATEMENTS = "arrow = Arrow(axes.c2p(4, 2), axes.c2p(2.1, -0.9))\nself.play(Create(arrow))"
PARABOLA = load({"kind": "function_graph", "functions": ["x^2 - 4x + 3"], "marks": ["zeros", "vertex"], "say": "A parabola."})
OVERLAP = {"kind": "overlap", "severity": "error", "objects": ["Text 'a'", "Text 'b'"], "at_s": 1.0, "line": None}


def is_added(source: str) -> bool:
    return "def addition(self)" in source


# --- where it comes from ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "wish", "kind"),
    [
        (REQUEST, "draw an arrow to the vertex", "function_graph"),
        ("Plot y = x^2 - 4x + 3 and circle the vertex", "circle the vertex", "function_graph"),
        ("Show the slope between (1, 1) and (3, 7). Put a box around the run.", "Put a box around the run", "coordinates"),
        ("A right triangle has legs 5 and 12, then also highlight the right angle please", "highlight the right angle please", "triangle"),
    ],
)
def test_a_wish_that_no_reader_draws_is_found_beside_the_picture(request_: str, wish: str, kind: str) -> None:
    assert addition_in(request_) == wish
    assert asked_for(request_)[0].kind == kind


@pytest.mark.parametrize(
    "request_",
    [
        "Draw a circle with radius 3 and draw its diameter",
        "Plot y = x^2 - 2x - 3 with its zeros and the axis of symmetry dashed",
        "a box 5 cm long, 4 cm wide and 3 cm high, and its net",
        "Draw an arrow",
        "",
    ],
)
def test_what_the_readers_draw_is_no_addition(request_: str) -> None:
    assert addition_in(request_) == ""


async def test_the_picture_of_a_request_carries_the_wish_and_no_other_beat_does(studio: Any) -> None:
    request = "A right triangle has legs 5 and 12. Show its hypotenuse and put a star next to the right angle."
    plans = await of_request(studio.context(), request)
    assert (plans[0]["data"]["kind"], plans[0].get("add")) == ("triangle", "put a star next to the right angle")
    assert not any(plan.get("add") for plan in plans[1:])
    plans = await of_request(studio.context(code_beats=0), request)
    assert not any(plan.get("add") for plan in plans)


async def test_the_model_is_offered_an_addition_only_where_the_topic_speaks_of_one(studio: Any) -> None:
    triangle = {"kind": "triangle", "say": "t", "a": 3, "b": 4, "c": 5, "formula": "", "add": "an arrow to the right angle"}
    bars = {"kind": "bars", "say": "b", "labels": ["a", "b"], "values": [1, 2], "formula": "", "add": "flash the bars"}
    for topic, offered in (("Pythagoras: with an arrow to the right angle", True), ("Pythagoras: the squares add up", False)):
        studio.model.answers = [{"title": "T", "formula": "", "beats": [triangle, bars], "recap": "R."}]
        plans, _ = await of_topic(studio.context(), topic)
        forms = studio.model.asked[-1]["schema"]["properties"]["beats"]["items"]["anyOf"]
        assert ["add" in form["properties"] for form in forms] == [
            offered and form["properties"]["kind"]["enum"] != ["scene"] for form in forms
        ]
        assert not any("add" in form["required"] for form in forms)
        assert ("may have add" in studio.model.asked[-1]["messages"][-1]["content"]) == offered
    assert [plan.get("add") for plan in plans][1:3] == ["an arrow to the right angle", ""], "no more beats by the coder than are allowed"
    assert may_add("highlight the leg") and not may_add("the squares add up")
    assert storyboard_schema(list(FORMS), 2) == storyboard_schema(list(FORMS), 2, add=False)


# --- what it may do --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("import os\nself.play(FadeIn(Dot()))\nos.system('id')", "import os"),
        ("from subprocess import run\nself.play(FadeIn(Dot()))", "from subprocess"),
        ("if True:\n    import math\nself.play(FadeIn(Dot()))", "an import"),
        ("self.play(FadeIn(Text(open('/etc/passwd').read())))", "open"),
        ("self.play(FadeIn(Text(str(self.__class__.__mro__))))", "__mro__"),
        ("class Beat(Scene):\n    def construct(self):\n        self.play(FadeIn(Dot()))", "a class"),
        ("def construct(self):\n    self.play(FadeIn(Dot()))", "a def"),
        ("    self.play(FadeIn(Dot()))\nimport os\nclass Beat(Scene):\n    pass", ""),
        ("return\nself.play(FadeIn(Dot()))", "return"),
        ("yield\nself.play(FadeIn(Dot()))", "yield"),
        ("global DATA\nDATA = 1\nself.play(FadeIn(Dot()))", "global"),
        ("self.wait = None\nself.play(FadeIn(Dot()))", "self.wait"),
        ("self.play(FadeOut(*self.mobjects))", "self.mobjects"),
        ("self.clear()\nself.play(FadeIn(Dot()))", "self.clear"),
        ("self = None\nself.play(FadeIn(Dot()))", "self is the scene"),
        ("dot = Dot()", "nothing is shown"),
        ("group = VGroup()\ngroup.add(Dot())", "nothing is shown"),
        ("I am sorry, that is not possible!", ""),
        ("self.play(FadeIn(Dot()))\n" * 100, "too long"),
        ("", ""),
    ],
)
def test_what_is_more_than_statements_that_show_something_is_refused(answer: str, problem: str) -> None:
    for text in (answer, f"Sure!\n```python\n{answer}\n```"):
        found = addition.read(text)
        assert found.problems and problem in found.problems[0]


def test_what_is_imported_already_is_dropped() -> None:
    found = addition.read(
        "```python\nfrom manim import *\nimport numpy as np\n'''An arrow.'''\nself.play(FadeIn(Dot(np.array([1, 0, 0]))))\n```"
    )
    assert (found.statements, found.problems) == ("self.play(FadeIn(Dot(np.array([1, 0, 0]))))", ())


@pytest.mark.parametrize(
    "statements",
    [
        STATEMENTS,
        "self.play(FadeIn(Text('a\\n\\nclass Beat(Scene):\\n    pass')))",
        "self.play(FadeIn(Text('''one\nimport os\n  two''')))",
        'for dot in dots:\n    """\nimport os\n"""\n    self.play(Indicate(dot))',
    ],
)
def test_statements_stay_inside_their_function_and_change_nothing_else(statements: str) -> None:
    read = addition.read(statements)
    assert not read.problems
    source = addition.program(PARABOLA, read.statements)
    assert addition.statements_of(source) == read.statements
    before, after = (ast.parse(text).body for text in (PARABOLA.source(), source))
    assert [ast.dump(node) for node in after[:-2]] == [ast.dump(node) for node in before[:-1]]
    assert isinstance(after[-2], ast.FunctionDef) and isinstance(after[-1], ast.ClassDef) and len(after[-1].body) == 2


def test_without_an_addition_the_program_has_no_trace_of_one() -> None:
    assert addition.statements_of(PARABOLA.source()) == "" and addition.lines_of(PARABOLA.source()) == range(0)
    assert not is_added(PARABOLA.source())


@pytest.mark.parametrize("name", GOOD)
def test_the_coder_is_told_names_that_the_drawing_code_really_keeps(name: str) -> None:
    kind = load(GOOD[name])
    text = (files("agents.animation.stage") / f"{kind.stage}.py").read_text(encoding="utf-8")
    kept = set(re.findall(r"(\w+)=", found[1])) if (found := re.search(r"scene\.keep\((.*)\)\n    scene\.finish", text)) else set()
    assert set(kind.on_stage()) <= kept
    asked = addition.request(kind, "an arrow")
    assert len(asked[-1]["content"]) < 1100
    assert all(f"{thing} (" in asked[-1]["content"] for thing in kind.on_stage())


# --- that it never costs the picture ---------------------------------------------------------------------------------------------


async def test_an_addition_is_made_of_a_short_prompt_and_told_in_the_manifest(studio: Any) -> None:
    studio.model.answers = [ARROW]
    out = await studio.animate(ASKED)
    beat = out["animation"]["beats"][0]
    assert (beat["source"], beat["attempts"], beat["errors"]) == ("storyboard", 1, [])
    assert [call["role"] for call in studio.model.asked] == ["coder"]
    asked = studio.model.asked[0]["messages"][-1]["content"]
    assert "Add: draw an arrow to the vertex" in asked and "dots[1] is the vertex at (2, -1)" in asked and "axes (the Axes)" in asked
    assert studio.model.asked[0]["max_tokens"] <= 220
    told = studio.store.manifest["beats"][0]
    assert (told["added"], told["calls"], told["kind"]) == (STATEMENTS, 1, "function_graph")
    assert "    axes = self.axes\n    arrow = Arrow(" in told["code"] and is_added(studio.renderer.sources[0])


async def test_a_refused_addition_is_asked_for_again_and_told_why(studio: Any) -> None:
    studio.model.answers = ["import os\nos.system('id')", ARROW]
    out = await studio.animate(ASKED)
    beat = out["animation"]["beats"][0]
    assert (beat["source"], beat["attempts"]) == ("storyboard", 1)
    assert beat["errors"] == [
        "addition: import os is not allowed in a scene. A scene draws with manim, numpy and math only; leave this out."
    ]
    assert "os.system" in studio.model.asked[-1]["messages"][-2]["content"]
    assert "import os is not allowed" in studio.model.asked[-1]["messages"][-1]["content"]
    assert not any("os.system" in source for source in [*studio.renderer.sources, *studio.renderer.tried])
    assert studio.store.manifest["beats"][0]["added"] == STATEMENTS


@pytest.mark.parametrize("fault", ["refused", "render", "layout", "trial", "away", "no model"])
async def test_an_addition_that_comes_to_nothing_leaves_the_parametric_scene(studio: Any, fault: str) -> None:
    studio.model.answers = [ARROW]
    if fault == "refused":
        studio.model.answers = ["class Beat(Scene):\n    pass"]
    elif fault == "render":
        studio.renderer.fails = lambda source: "AttributeError: no" if is_added(source) else None
    elif fault == "layout":
        studio.renderer.layout = lambda source: [OVERLAP] if is_added(source) else []
    elif fault == "no model":
        studio.model.answers = [ModelUnavailable("gone")]
    else:
        error = {"kind": "runtime", "message": "ValueError: no", "line": 3, "hint": ""}

        def mends(source: str) -> Any:
            left = ast.unparse(ast.parse(source.replace("self.play(Create(arrow))\n\n", "pass\n\n")))
            return {"source": left, "fixes": [], "taken_out": [], "error": error if fault == "trial" else None, "wall_s": 0.1}

        studio.renderer.mends = mends
    out = await studio.animate(ASKED, code_repairs=1)
    beat = out["animation"]["beats"][0]
    assert beat["source"] == "storyboard" and out["animation"]["status"] == "rendered"
    assert beat["errors"] and all(error.startswith("addition: ") for error in beat["errors"])
    assert len(studio.model.asked) <= 2
    told = studio.store.manifest["beats"][0]
    assert "added" not in told and told["code"] == studio.renderer.sources[-1] and not is_added(told["code"])
    assert told["mended"] == [] and told["left_out"] == 0


async def test_an_addition_is_asked_for_twice_at_most(studio: Any) -> None:
    studio.model.answers = ["self.play(FadeIn(Dot()))"]
    out = await studio.animate(ASKED, code_repairs=3)
    told = "addition: that has to do with nothing on screen: use axes or curves or dots"
    assert out["animation"]["beats"][0]["errors"] == [told, told] and len(studio.model.asked) == 2


async def test_what_warns_of_an_addition_is_reason_enough_to_leave_it_away(studio: Any) -> None:
    studio.model.answers = [ARROW]
    studio.renderer.layout = lambda source: [OVERLAP | {"severity": "warning", "kind": "text_crossed"}] if is_added(source) else []
    out = await studio.animate(ASKED, code_repairs=0)
    assert out["animation"]["beats"][0]["errors"] == ["addition: text crossed: Text 'a', Text 'b' at 1.0 s"]
    assert "added" not in studio.store.manifest["beats"][0]


@pytest.mark.parametrize(
    ("add", "statements", "taken"),
    [
        ("flash the vertex", "self.play(FadeIn(Dot(color=GREEN)))", False),
        ("flash the vertex", "self.play(Indicate(dots[1]))", True),
        ("write the word minimum", "self.play(Write(Text('minimum').shift(DOWN)))", True),
        ("write the word minimum", "self.play(Write(Text('maximum').shift(DOWN)))", False),
        ("write the word minimum", "dots = 3\nself.wait()", False),
    ],
)
def test_an_addition_has_to_do_with_the_picture_or_says_what_was_asked_for(add: str, statements: str, taken: bool) -> None:
    assert addition.comes_to_something(PARABOLA, add, statements) == taken


async def test_without_time_or_leave_for_code_nothing_is_added(studio: Any) -> None:
    for limits in ({"code_beats": 0}, {"animation_seconds": 5.0}):
        out = await studio.animate(ASKED, **limits)
        assert out["animation"]["beats"][0]["source"] == "storyboard"
    assert studio.model.asked == []


async def test_what_the_trial_changes_in_our_own_part_is_not_taken_over(studio: Any) -> None:
    def mends(source: str) -> Any:
        text = ast.unparse(ast.parse(source))
        spoiled = text.replace("    scene.finish()", "    dots[0].shift([9, 0, 0])\n    scene.finish()").replace("c2p(4, 2)", "c2p(4, 3)")
        own = {"code": "scene.wait()", "statement": "scene.wait()", "line": 3, "whole": True, "message": "no", "hint": ""}
        return {"source": spoiled, "fixes": ["line 400: other"], "taken_out": [own], "error": None, "wall_s": 0.1}

    studio.model.answers, studio.renderer.mends = [ARROW], mends
    await studio.animate(ASKED)
    told = studio.store.manifest["beats"][0]
    assert told["added"] == STATEMENTS.replace("(4, 2)", "(4, 3)") and told["mended"] == ["line 400: other"]
    assert "shift([9, 0, 0])" not in told["code"] and (told["left_out"], told["calls"]) == (0, 1)
    assert told["code"].startswith(load(studio.store.manifest["storyboard"][0]["data"]).source().partition("class Beat")[0])


async def test_one_statement_of_an_addition_that_fails_is_asked_for_alone(studio: Any) -> None:
    def mends(source: str) -> Any:
        text = ast.unparse(ast.parse(source)) + "\n"
        at = next((number for number, line in enumerate(text.split("\n"), 1) if "Foo" in line), None)
        piece = {"code": "x = Foo()", "statement": "x = Foo()", "line": at, "whole": True, "message": "NameError: Foo", "hint": ""}
        taken = [piece] if at else []
        return {"source": text.replace("    x = Foo()\n", ""), "fixes": [], "taken_out": taken, "error": None, "wall_s": 0.1}

    studio.renderer.mends = mends
    for answer, added, left_out in (
        ("x = Dot()", "y = 1\nx = Dot()\nself.play(FadeIn(axes))", 0),
        ("x = Foo(2)", "y = 1\nself.play(FadeIn(axes))", 1),
    ):
        studio.fixes.kept.clear()
        studio.model.answers = ["y = 1\nx = Foo()\nself.play(FadeIn(axes))", answer]
        await studio.animate(ASKED)
        asked = studio.model.asked[-1]["messages"][-1]["content"]
        assert "Lines before:\n```python\ny = 1\n```\nThis fails: `x = Foo()`" in asked
        told = studio.store.manifest["beats"][0]
        assert (told["added"], told["left_out"], told["source"]) == (added, left_out, "storyboard")


async def test_lines_are_told_as_those_of_the_addition(studio: Any) -> None:
    def layout(source: str) -> list[Any]:
        lines = [number for number, line in enumerate(source.split("\n"), 1) if "Create(arrow)" in line]
        return [OVERLAP | {"line": lines[0]}] if lines else []

    studio.model.answers, studio.renderer.layout = [ARROW], layout
    out = await studio.animate(ASKED, code_repairs=0)
    assert out["animation"]["beats"][0]["errors"] == ["addition: line 2: overlap: Text 'a', Text 'b' at 1.0 s"]


async def test_a_better_quality_renders_the_addition_again_without_a_model_and_drops_it_where_it_fails(studio: Any) -> None:
    state = ASKED | {"problem": {"id": "p", "text": REQUEST, "stem": REQUEST, "options": []}}
    studio.model.answers = [ARROW]
    out = await studio.animate(state)
    again = state | {"retake": {"quality": "m"}, "film": out["film"]}
    out = await studio.animate(again)
    assert studio.store.manifest["beats"][0]["added"] == STATEMENTS and is_added(studio.renderer.sources[-1])
    studio.renderer.fails = lambda source: "too large" if is_added(source) else None
    out = await studio.animate(state | {"retake": {"quality": "h"}, "film": out["film"]})
    told = studio.store.manifest["beats"][0]
    assert (told["source"], told["errors"]) == ("storyboard", ["addition: too large"]) and "added" not in told
    assert len(studio.model.asked) == 1


async def test_an_animation_of_before_has_neither_steps_nor_additions_and_is_gone_on_with(studio: Any) -> None:
    state = ASKED | {"problem": {"id": "p", "text": REQUEST, "stem": REQUEST, "options": []}}
    out = await studio.animate(state, code_beats=0)
    path = studio.store.kept["application/json"]
    manifest = json.loads(path.read_text())
    for told in (*manifest["storyboard"], *manifest["beats"]):
        for name in ("steps", "add", "added"):
            told.pop(name, None)
    path.write_text(json.dumps(manifest))
    out = await studio.animate(state | {"retake": {"quality": "m"}, "film": out["film"]})
    assert out["animation"]["status"] == "rendered" and studio.store.manifest["beats"][0]["steps"] == []


class PatientRenderer(ManimRenderer):
    """A machine that has much else to do is slow, not wrong."""

    async def mend(self, source: str, *, scene: str | None = None, timeout_s: float = 20.0) -> Mended:
        return await super().mend(source, scene=scene, timeout_s=max(timeout_s, 250.0))


@pytest.mark.real
@pytest.mark.timeout(900)
async def test_an_addition_is_mended_rendered_and_seen(studio: Any) -> None:
    try:
        sandbox = probe()
    except NoSandbox as error:
        pytest.skip(f"no sandbox on this machine: {error.message}")
    studio.model.answers = [
        "```python\nword = Text('Here', font_size=28).next_to(corners[0], LEFT, buff=0.9)\nself.play(FadeIn(word), Indicat(shape))\n```"
    ]
    request = "Draw a triangle with sides 3, 4 and 5 and write the word Here next to a corner"
    context = studio.context(render_seconds=240.0, animation_seconds=900.0, beat_seconds=800.0)
    context = dataclasses.replace(context, sandbox=sandbox, renderer=PatientRenderer(sandbox))
    builder = StateGraph(TutorState, context_schema=Context)
    builder.add_node("animate", animate)
    builder.add_edge(START, "animate")
    given: Any = {"messages": [HumanMessage(request)]}
    out = await builder.compile().ainvoke(given, context=context)
    manifest = studio.store.manifest
    told = manifest["beats"][0]
    assert (out["animation"]["beats"][0]["source"], told["errors"]) == ("storyboard", []), told
    assert "Indicate(shape)" in told["added"] and told["mended"]
    seen = {item["text"]: item for item in manifest["shown"]}
    assert "FadeIn(word)" in told["code"].split("\n")[seen["Here"]["line"] - 1], "the line is that of the addition"
    assert "Polygon" in {item["kind"] for item in manifest["shown"]}
    assert seen["Here"]["from_s"] > max(item["from_s"] for text, item in seen.items() if text != "Here")
