"""The voice: what it says and when, and that an animation without one is delivered silent with the reason."""

from __future__ import annotations

import asyncio
import io
import re
import wave
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.graph import END, START, StateGraph

from agents.animation.graph import animation_node
from agents.context import Context
from agents.errors import RenderError, SpeechError
from agents.nodes.answer import _say_animation
from agents.state import TutorState
from tests.agents.animation.conftest import Studio, fake_join, fake_poster

STEPS = [
    {"say": "Add 4: $\\frac{2}{3}x = 10$.", "latex": "\\frac{2}{3}x = 10"},
    {"say": "Multiply by 3: $2x = 30$.", "latex": "2x = 30"},
]
PROBLEM = {
    "id": "p",
    "text": "If $\\frac{2}{3}x - 4 = 6$, what is $2x$?",
    "stem": "If $\\frac{2}{3}x - 4 = 6$, what is $2x$?",
    "options": [],
}
SOLUTION = {"answer": "30", "choice": None, "steps": STEPS, "verification": {"status": "verified", "method": "program", "detail": ""}}
SOLVED = {"messages": [HumanMessage("Animate it")], "problem": PROBLEM, "solution": SOLUTION}


def wav(seconds: float) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(b"\1\0" * int(seconds * 16_000))
    return made.getvalue()


class Voice:
    """Says everything in `seconds`; `failure` is raised, or `answer` given instead."""

    def __init__(self, seconds: float = 1.5) -> None:
        self.seconds = seconds
        self.said: list[str] = []
        self.failure: Exception | None = None
        self.answer: bytes | None = None
        self.pause = 0.0
        self.running = 0

    async def speak(self, text: str) -> bytes:
        self.said.append(text)
        self.running += 1
        try:
            await asyncio.sleep(self.pause)
        finally:
            self.running -= 1
        if self.failure is not None:
            raise self.failure
        return self.answer if self.answer is not None else wav(self.seconds)


class Mixer:
    """Takes the place of the sandbox's `narrate`."""

    def __init__(self) -> None:
        self.parts: list[Any] = []
        self.failure: Exception | None = None

    async def __call__(self, sandbox: Any, parts: Any, out: Path) -> float:
        if self.failure is not None:
            raise self.failure
        self.parts = list(parts)
        out.write_text("with a voice")
        return float(sum(part.lasts for part in parts))


async def animate(studio: Studio, voice: Any, mixer: Mixer, **limits: Any) -> dict[str, Any]:
    from dataclasses import replace

    builder = StateGraph(TutorState, context_schema=Context)
    builder.add_node("animate", animation_node(fake_join, fake_poster, mixer))
    builder.add_edge(START, "animate")
    builder.add_edge("animate", END)
    out: dict[str, Any] = await builder.compile().ainvoke(SOLVED, context=replace(studio.context(**limits), speech=voice))  # type: ignore[call-overload]
    animation: dict[str, Any] = out["animation"]
    return animation


async def test_every_caption_is_spoken_in_words_and_the_beats_wait_for_the_voice(studio: Any) -> None:
    voice, mixer = Voice(1.5), Mixer()
    animation = await animate(studio, voice, mixer)
    assert animation["status"] == "rendered" and animation["narrated"] is True and "warnings" not in animation
    assert "Multiply by 3: 2 x equals 30." in voice.said and "Add 4: 2 over 3 x equals 10." in voice.said
    title, steps, recap = mixer.parts
    assert (title.sounds, title.lasts) == ([], 2.0), "a beat that says nothing keeps its length"
    assert [round(at, 2) for at, _ in steps.sounds] == [0.2, 1.95], "one sentence after the other"
    assert steps.lasts == pytest.approx(0.2 + 1.5 + 0.25 + 1.5 + 0.3) and recap.lasts == pytest.approx(2.0)
    assert animation["seconds"] == pytest.approx(title.lasts + steps.lasts + recap.lasts, abs=0.01)
    manifest = studio.store.manifest
    assert [(beat["from_s"], beat["to_s"]) for beat in manifest["beats"]] == [(0.0, 2.0), (2.0, 5.75), (5.75, 7.75)]
    assert [item["from_s"] for item in manifest["beats"][1]["spoken"]] == [0.2, 1.95]


async def test_subtitles_follow_the_voice_and_chapters_the_held_beats(studio: Any) -> None:
    await animate(studio, Voice(1.5), Mixer())
    subtitles = (studio.store.folder / "subtitles.vtt").read_text()
    assert re.findall(r"^(\S+) --> (\S+)$", subtitles, re.MULTILINE)[:2] == [
        ("00:00:02.200", "00:00:03.700"),
        ("00:00:03.950", "00:00:05.450"),
    ]
    chapters = (studio.store.folder / "chapters.vtt").read_text()
    assert re.findall(r"^(\S+) -->", chapters, re.MULTILINE) == ["00:00:00.000", "00:00:02.000", "00:00:03.950", "00:00:05.750"]
    assert re.findall(r"^(?:Step .*)$", chapters, re.MULTILINE) == ["Step 1: Add 4: 2/3 x = 10", "Step 2: Multiply by 3: 2x = 30"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"failure": SpeechError("the voice x.onnx is not there")}, "x.onnx is not there"),
        ({"answer": b"no sound"}, "no WAV file"),
        ({"answer": wav(61.0)}, "longer than 60 s"),
        ({"pause": 30.0}, "took longer"),
    ],
)
async def test_a_voice_that_fails_costs_the_voice_only(studio: Any, change: dict[str, Any], words: str) -> None:
    voice, mixer = Voice(), Mixer()
    for name, value in change.items():
        setattr(voice, name, value)
    animation = await animate(studio, voice, mixer, narration_seconds=1.0)
    assert animation["status"] == "rendered" and animation["narrated"] is False
    assert len(animation["warnings"]) == 1 and words in animation["warnings"][0]
    assert "====" in (studio.store.folder / "animation.mp4").read_text() and mixer.parts == []
    assert animation["seconds"] == 6.0 and studio.store.manifest["beats"][1]["to_s"] == 4.0
    assert voice.running == 0, "nothing goes on speaking"


async def test_a_sound_that_cannot_be_put_in_costs_the_voice_only(studio: Any) -> None:
    mixer = Mixer()
    mixer.failure = RenderError("putting the narration in gave no video (memory)")
    animation = await animate(studio, Voice(), mixer)
    assert animation["narrated"] is False and "memory" in animation["warnings"][0] and animation["seconds"] == 6.0


async def test_cancelling_ends_the_voice(studio: Any) -> None:
    voice = Voice()
    voice.pause = 30.0
    task = asyncio.create_task(animate(studio, voice, Mixer()))
    while not voice.running:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert voice.running == 0


async def test_without_a_voice_nothing_is_said_of_one(studio: Any) -> None:
    animation = await animate(studio, None, Mixer())
    assert "narrated" not in animation and "warnings" not in animation


def test_the_learner_is_told_why_it_is_silent() -> None:
    class Said:
        text = ""

        def say(self, text: str) -> None:
            self.text += text

    said: Any = Said()
    animation: Any = {
        "status": "rendered",
        "url": "/v",
        "seconds": 3.0,
        "beats": [],
        "warnings": ["There is no narration: no voice is named."],
    }
    _say_animation(said, animation, None, "")
    assert said.text.endswith("There is no narration: no voice is named.")
