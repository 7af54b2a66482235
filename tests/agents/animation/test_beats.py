"""What a beat does about what was drawn: a curve that is another, a layout that can be mended; and descriptions that give nothing to draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from agents.animation.kinds import load
from agents.errors import NoSandbox, RenderError
from agents.rendering import ManimRenderer
from agents.sandbox import probe

ASKED = {"messages": [HumanMessage("Plot y = x^2 - 4x + 3 in an unusual way")], "animate_by": "code"}
GRAPH = "```python\nfrom manim import *\nclass Turn(Scene):\n    def construct(self):\n        self.play(Create(Axes().plot(lambda x: {})))\n```"
TRIANGLE = {"messages": [HumanMessage("Draw a triangle with sides 3, 4 and 5")]}
OFF = {"kind": "off_frame", "severity": "error", "objects": ["Text 'a'"], "at_s": 1.0, "line": 5}


def curves(source: str) -> list[Any]:
    """What the recorder would tell of the scene above."""
    if "lambda" not in source:
        return []
    rise = 3 if "+ 3" in source else -3
    points = [(x / 10, (x / 10) ** 2 - 4 * x / 10 + rise) for x in range(41)]
    return [
        {"kind": "ParametricFunction", "function": True, "x_range": (-1, 5), "y_range": (-5, 5), "points": points, "at_s": 1.0, "line": 4}
    ]


async def test_a_wrong_curve_of_the_coder_is_told_to_it_and_made_again(studio: Any) -> None:
    studio.renderer.curves = curves
    studio.model.answers = [GRAPH.format("x**2 - 4*x - 3"), GRAPH.format("x**2 - 4*x + 3")]
    out = await studio.animate(ASKED)
    beat = out["animation"]["beats"][0]
    assert (beat["source"], beat["attempts"], len(beat["errors"])) == ("code", 2, 1)
    assert "wrong curve: no drawn curve is y = x^2 - 4x + 3: at x = " in studio.model.asked[-1]["messages"][-1]["content"]


async def test_a_curve_that_stays_wrong_is_not_shown(studio: Any) -> None:
    studio.renderer.curves = curves
    studio.model.answers = [GRAPH.format("x**2 - 4*x - 3")]
    out = await studio.animate(ASKED, code_repairs=1)
    beat = out["animation"]["beats"][0]
    assert beat["source"] != "code"
    assert beat["errors"] and all("wrong curve" in error for error in beat["errors"])


def placed(source: str) -> Any:
    return {"source": source + "# placed\n", "fixes": ["label.shift([0, 1, 0])"], "taken_out": [], "error": None, "wall_s": 0.1}


async def test_the_layout_of_a_parametric_beat_is_mended_before_it_gives_way(studio: Any) -> None:
    studio.renderer.layout = lambda source: [] if "# placed" in source else [OFF] if "'kind': 'triangle'" in source else []
    studio.renderer.mends = placed
    out = await studio.animate(TRIANGLE)
    beat = out["animation"]["beats"][0]
    assert (beat["source"], beat["attempts"]) == ("storyboard", 2)
    told = studio.store.manifest["beats"][0]
    assert told["code"].endswith("# placed\n") and told["mended"] == ["label.shift([0, 1, 0])"]
    assert studio.store.manifest["layout"] == []


@pytest.mark.parametrize("help_", ["none", "not enough", "broken"])
async def test_a_parametric_beat_whose_layout_stays_broken_gives_way_to_text(studio: Any, help_: str) -> None:
    studio.renderer.layout = lambda source: [OFF] if "'kind': 'triangle'" in source else []
    if help_ == "not enough":
        studio.renderer.mends = placed
    elif help_ == "broken":

        async def mend(source: str, **_: Any) -> Any:
            raise RenderError("the job left nothing")

        studio.renderer.mend = mend
    out = await studio.animate(TRIANGLE)
    beat = out["animation"]["beats"][0]
    assert beat["source"] == "plain"
    assert "off frame" in beat["errors"][0]
    assert studio.store.manifest["layout"] == []


async def test_what_no_other_place_mends_costs_no_picture(studio: Any) -> None:
    lost = OFF | {"kind": "missing_glyphs"}
    studio.renderer.layout = lambda source: [lost] if "'kind': 'triangle'" in source else []
    out = await studio.animate(TRIANGLE)
    assert out["animation"]["beats"][0]["source"] == "storyboard"
    assert studio.renderer.tried == []


@pytest.mark.real
async def test_a_label_of_a_parametric_beat_that_leaves_the_frame_is_moved_into_it(tmp_path: Path) -> None:
    try:
        renderer = ManimRenderer(probe())
    except NoSandbox as error:
        pytest.skip(f"no sandbox on this machine: {error.message}")
    label = "a rather long label here now"
    source = load({"kind": "triangle", "a": 1, "b": 10, "c": 10.2, "side_labels": [label] * 3, "say": "Narrow."}).source()
    before = await renderer.render(source, scene="Beat", out=tmp_path / "a.mp4", timeout_s=300.0)
    assert "off_frame" in [fault["kind"] for fault in before["layout"]]
    mended = await renderer.mend(source, scene="Beat", timeout_s=300.0)
    assert (mended["error"], mended["taken_out"]) == (None, [])
    assert mended["fixes"], "no change was tried in time"
    after = await renderer.render(mended["source"], scene="Beat", out=tmp_path / "b.mp4", timeout_s=300.0)
    assert after["ok"] and [fault for fault in after["layout"] if fault["severity"] == "error"] == []
    assert abs(after["seconds"] - before["seconds"]) < 0.5, "only the layout is mended"
