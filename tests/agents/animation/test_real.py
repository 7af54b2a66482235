"""The whole path without a model: a solution in, rendered behind the walls, joined, an mp4 and its manifest out."""

from __future__ import annotations

from typing import Any

import av
import pytest
from langgraph.graph import START, StateGraph

from agents.animation.graph import animate
from agents.context import Context
from agents.rendering import ManimRenderer
from agents.sandbox import probe
from agents.state import TutorState

STEM = "If $x^2 - 4x + 3 = 0$, what is the greater value of $x$?"


@pytest.mark.real
async def test_a_solution_becomes_one_playable_video_and_a_manifest_of_what_it_shows(studio: Any) -> None:
    sandbox = probe()
    fakes = studio.context()
    context = Context(
        model=fakes.model,
        searcher=fakes.searcher,
        sandbox=sandbox,
        renderer=ManimRenderer(sandbox),
        artifacts=fakes.artifacts,
        work_dir=fakes.work_dir,
    )
    builder = StateGraph(TutorState, context_schema=Context)
    builder.add_node("animate", animate)
    builder.add_edge(START, "animate")
    steps = [{"say": "Factor.", "latex": "(x-1)(x-3) = 0"}, {"say": "Take the greater root.", "latex": "x = 3"}]
    state: Any = {
        "messages": [],
        "problem": {"id": "p", "text": STEM, "stem": STEM, "options": []},
        "solution": {"answer": "3", "choice": None, "steps": steps, "verification": {"status": "verified", "method": "", "detail": ""}},
    }
    animation = (await builder.compile().ainvoke(state, context=context))["animation"]
    assert animation["status"] == "rendered", animation
    assert [beat["id"] for beat in animation["beats"]] == ["1-title", "2-function_graph", "3-equation_steps", "4-recap"]
    with av.open(str(studio.store.kept["video/mp4"])) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264"
        frames = sum(1 for _ in video.decode(stream))
    assert frames / 15 == pytest.approx(animation["seconds"], abs=1.0)
    shown = studio.store.manifest["shown"]
    assert {"Axes", "ParametricFunction", "MathTex", "Text"} <= {item["kind"] for item in shown}
    assert max(item["to_s"] for item in shown) <= animation["seconds"] + 0.5
    assert studio.model.asked == []
