"""An animation that is there is gone on with: only what failed is made again, and a better quality is rendered from the same programs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from agents.animation.recall import limits_at, wanted_quality
from agents.context import Limits

TOPIC = "Make an animation about squares: a square has four equal sides"
TRIANGLE = {"kind": "triangle", "say": "A right triangle.", "a": 3, "b": 4, "c": 5, "formula": ""}
SCENE = {"kind": "scene", "say": "A square turns.", "draw": "a square that turns by 90 degrees", "formula": "A = s^2"}
CODE = "```python\nfrom manim import *\nclass Turn(Scene):\n    def construct(self):\n        self.play(Rotate(Square(), PI / 2))\n        self.wait(1)\n```"
BOARD = {"title": "Squares", "formula": "A = s^2", "beats": [TRIANGLE], "recap": "That is all."}


def chat(*texts: str, **more: Any) -> dict[str, Any]:
    problem = {"id": "p", "text": TOPIC, "stem": TOPIC, "options": []}
    return {"messages": [HumanMessage(text) for text in texts], "problem": problem, **more}


async def gone_on(studio: Any, out: dict[str, Any], quality: Any = None, **limits: Any) -> dict[str, Any]:
    """A later turn of the same chat."""
    studio.renderer.sources.clear()
    studio.renderer.asked.clear()
    studio.model.asked.clear()
    return await studio.animate(chat(TOPIC, "again", retake={"quality": quality}, film=out["film"]), **limits)


@pytest.fixture
async def partial(studio: Any) -> dict[str, Any]:
    """An animation of three beats whose second one failed in every way."""
    studio.model.answers = [BOARD]
    studio.renderer.fails = lambda source: "no room" if "right triangle" in source else None
    out: dict[str, Any] = await studio.animate(chat(TOPIC))
    assert out["animation"]["status"] == "partial"
    studio.renderer.fails = lambda source: None
    return out


async def test_only_the_beat_that_failed_is_rendered_again_and_the_whole_is_joined(studio: Any, partial: dict[str, Any]) -> None:
    before = studio.store.kept["video/mp4"].parent / "animation.mp4"
    first = before.read_text().split("\n====\n")
    out = await gone_on(studio, partial)
    assert out["animation"]["status"] == "rendered"
    assert len(studio.renderer.sources) == 1 and "'kind': 'triangle'" in studio.renderer.sources[0]
    assert studio.model.asked == [], "the plan of the beat is there"
    joined = before.read_text().split("\n====\n")
    assert (joined[0], joined[2]) == (first[0], first[1]) and "'kind': 'triangle'" in joined[1]
    manifest = studio.store.manifest
    assert [(beat["rendered"], beat["from_s"], beat["to_s"]) for beat in manifest["beats"]] == [(True, 0, 2), (True, 2, 4), (True, 4, 6)]
    assert [(item["beat"], item["from_s"]) for item in manifest["shown"]] == [("1-title", 0.5), ("2-triangle", 2.5), ("3-recap", 4.5)]


async def test_a_beat_that_fails_again_can_be_tried_again(studio: Any, partial: dict[str, Any]) -> None:
    studio.renderer.fails = lambda source: "still no room"
    out = await gone_on(studio, partial)
    assert out["animation"]["status"] == "partial"
    assert all("right triangle" in source for source in studio.renderer.sources)
    studio.renderer.fails = lambda source: None
    out = await gone_on(studio, out)
    assert out["animation"]["status"] == "rendered" and len(studio.renderer.sources) == 1


async def test_an_animation_of_which_nothing_was_rendered_is_made_from_its_storyboard(studio: Any) -> None:
    studio.model.answers = [BOARD]
    studio.renderer.fails = lambda source: "the walls broke"
    out = await studio.animate(chat(TOPIC))
    assert out["animation"]["status"] == "failed"
    studio.renderer.fails = lambda source: None
    out = await gone_on(studio, out)
    assert out["animation"]["status"] == "rendered"
    assert len(studio.renderer.sources) == 3 and studio.model.asked == []


async def test_a_clip_that_was_deleted_is_rendered_from_its_program(studio: Any, partial: dict[str, Any]) -> None:
    clip = studio.store.manifest["beats"][0]["clip"]
    (studio.store.folder / clip).unlink()
    out = await gone_on(studio, partial)
    assert out["animation"]["status"] == "rendered" and len(studio.renderer.sources) == 2


@pytest.mark.parametrize("damage", ["gone", "no json", "other version", "a plan that cannot be drawn"])
async def test_a_manifest_that_cannot_be_used_means_a_new_animation(studio: Any, partial: dict[str, Any], damage: str) -> None:
    path = studio.store.kept["application/json"]
    manifest = json.loads(path.read_text())
    if damage == "gone":
        path.unlink()
    elif damage == "no json":
        path.write_text("{")
    else:
        manifest["version" if damage == "other version" else "storyboard"] = 99 if damage == "other version" else [{"id": "x", "data": {}}]
        path.write_text(json.dumps(manifest))
    out = await gone_on(studio, partial)
    assert out["animation"]["status"] == "rendered" and len(studio.renderer.sources) == 3
    assert "four equal sides" in studio.model.asked[0]["messages"][-1]["content"], "its topic is the problem, not the words 'again'"


async def test_another_problems_animation_is_not_gone_on_with(studio: Any, partial: dict[str, Any]) -> None:
    out = await gone_on(studio, {"film": partial["film"] | {"problem_id": "another"}})
    assert out["animation"]["status"] == "rendered" and len(studio.renderer.sources) == 3


async def test_a_better_quality_renders_the_same_programs_without_a_model(studio: Any) -> None:
    studio.model.answers = [BOARD | {"beats": [SCENE]}, CODE]
    out = await studio.animate(chat(TOPIC))
    assert out["animation"]["quality"] == "l" and {quality for quality, _ in studio.renderer.asked} == {"l"}
    programs = sorted(studio.renderer.sources)
    out = await gone_on(studio, out, "h")
    assert sorted(studio.renderer.sources) == programs and studio.model.asked == []
    assert {quality for quality, _ in studio.renderer.asked} == {"h"} and min(seconds for _, seconds in studio.renderer.asked) >= 300
    assert [beat["source"] for beat in out["animation"]["beats"]] == ["storyboard", "code", "storyboard"]
    assert out["animation"]["quality"] == studio.store.manifest["quality"] == "h"


async def test_a_program_that_fails_at_the_better_quality_gives_way_without_a_model(studio: Any) -> None:
    studio.model.answers = [BOARD | {"beats": [SCENE]}, CODE]
    out = await studio.animate(chat(TOPIC))
    studio.renderer.fails = lambda source: "too large" if "class Turn(" in source else None
    out = await gone_on(studio, out, "m")
    beat = out["animation"]["beats"][1]
    assert (beat["source"], beat["errors"]) == ("storyboard", ["code: line 3: too large"]) and studio.model.asked == []


async def test_what_was_missing_is_made_too_when_the_quality_changes(studio: Any, partial: dict[str, Any]) -> None:
    out = await gone_on(studio, partial, "m")
    assert out["animation"]["status"] == "rendered" and len(studio.renderer.sources) == 3


async def test_the_caller_may_name_the_quality_of_a_first_animation(studio: Any) -> None:
    studio.model.answers = [BOARD]
    out = await studio.animate(chat(TOPIC, quality="m"))
    assert out["animation"]["quality"] == "m" and {quality for quality, _ in studio.renderer.asked} == {"m"}


@pytest.mark.parametrize(
    ("wish", "asked", "usual", "quality"),
    [(None, None, "l", "l"), ("better", None, "l", "m"), ("better", None, "h", "h"), ("h", "m", "l", "h"), (None, "m", "l", "m")],
)
def test_the_words_come_before_the_parameter_and_that_before_what_is_usual(wish: Any, asked: Any, usual: Any, quality: str) -> None:
    assert wanted_quality({"quality": wish}, asked, None, usual) == quality


def test_a_better_quality_gets_more_time_and_a_draft_not_less() -> None:
    assert limits_at(Limits(render_seconds=60), "h").render_seconds == 480
    assert limits_at(Limits(render_seconds=60, quality="m"), "l").render_seconds == 60
