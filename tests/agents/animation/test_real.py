"""The whole path without a model: a solution in, rendered behind the walls, joined, an mp4 and its manifest out."""

from __future__ import annotations

import io
import math
import struct
import wave
from dataclasses import replace
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


STATE: Any = {
    "messages": [],
    "problem": {"id": "p", "text": STEM, "stem": STEM, "options": []},
    "solution": {
        "answer": "3",
        "choice": None,
        "steps": [{"say": "Factor.", "latex": "(x-1)(x-3) = 0"}, {"say": "Take the greater root.", "latex": "x = 3"}],
        "verification": {"status": "verified", "method": "", "detail": ""},
    },
}


async def _animated(studio: Any, **ports: Any) -> Any:
    sandbox = probe()
    # a machine that has much else to do is slow, not wrong
    context = replace(studio.context(render_seconds=240.0), sandbox=sandbox, renderer=ManimRenderer(sandbox), **ports)
    builder = StateGraph(TutorState, context_schema=Context)
    builder.add_node("animate", animate)
    builder.add_edge(START, "animate")
    return (await builder.compile().ainvoke(STATE, context=context))["animation"]


@pytest.mark.real
async def test_a_solution_becomes_one_playable_video_and_a_manifest_of_what_it_shows(studio: Any) -> None:
    animation = await _animated(studio)
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
    code = {beat["id"]: beat["code"].splitlines() for beat in studio.store.manifest["beats"]}
    assert all(item["line"] for item in shown)
    played = {(item["beat"], item["line"]) for item in shown}
    drawing = {code[beat][line - 1].strip() for beat, line in played}
    assert len(played) > 6 and not [line for line in drawing if line.startswith("self.")], (
        "the lines that say what is drawn, not those of helpers"
    )


class Tone:
    """Says everything as three seconds of one note."""

    async def speak(self, text: str) -> bytes:
        made = io.BytesIO()
        with wave.open(made, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(22_050)
            file.writeframes(b"".join(struct.pack("<h", int(9000 * math.sin(place / 10))) for place in range(3 * 22_050)))
        return made.getvalue()


@pytest.mark.real
async def test_a_narrated_animation_is_as_long_as_its_words_need(studio: Any) -> None:
    animation = await _animated(studio, speech=Tone())
    assert animation["status"] == "rendered" and animation["narrated"] is True, animation
    manifest = studio.store.manifest
    with av.open(str(studio.store.kept["video/mp4"])) as video:
        assert [stream.codec_context.name for stream in video.streams] == ["h264", "aac"]
        assert video.duration / 1e6 == pytest.approx(animation["seconds"], abs=0.2)
        assert sum(frame.samples for frame in video.decode(audio=0)) / 44_100 == pytest.approx(animation["seconds"], abs=0.2)
    assert animation["seconds"] == pytest.approx(manifest["beats"][-1]["to_s"], abs=0.3)
    steps = next(beat for beat in manifest["beats"] if beat["kind"] == "equation_steps")
    assert [round(item["to_s"] - item["from_s"], 1) for item in steps["spoken"]] == [3.0, 3.0]
