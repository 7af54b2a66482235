"""A chat about an animation through the whole graph, with its checkpoint and artifact store; a renderer of real videos that can be told to fail."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from langchain_core.messages import AIMessage, HumanMessage
from langgraph.checkpoint.memory import InMemorySaver

from agents.graph import builder
from agents.rendering.report import Formulas, RenderReport
from server.artifacts import FileArtifactStore
from tests.agents.turns import context_with, turn

REQUEST = "Solve 3(x - 2) = 12 step by step and show the solution on a number line."
FORMULAS = Formulas(setter="latex", count=0, as_text=[])
SIZES = {"l": (64, 48), "m": (128, 96), "h": (192, 144)}


class Films:
    """Makes a short grey film for every program, except where one of `fails` stands in it."""

    def __init__(self) -> None:
        self.fails: tuple[str, ...] = ()
        self.rendered: list[tuple[str, str]] = []

    async def render(
        self, source: str, *, scene: str | None = None, quality: Any = "l", out: Path, timeout_s: float = 60.0
    ) -> RenderReport:
        self.rendered.append((source, quality))
        failed = any(mark in source for mark in self.fails)
        if not failed:
            _film(out, SIZES[quality])
        error: Any = {"kind": "runtime", "message": "no room", "line": None, "hint": ""} if failed else None
        video = None if failed else str(out)
        return RenderReport(
            ok=not failed, video=video, seconds=1.0, wall_s=0.1, sandbox="", error=error, layout=[], shown=[], formulas=FORMULAS
        )


def _film(path: Path, size: tuple[int, int]) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as out:
        stream = out.add_stream("libx264", rate=15)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(15):
            frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), 9 * number, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 15)
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)


@pytest.fixture
def films() -> Films:
    return Films()


async def test_what_failed_is_made_again_and_then_all_of_it_in_hd(tmp_path: Path, films: Films) -> None:
    store = FileArtifactStore(tmp_path / "artifacts")
    context = replace(context_with(tmp_path / "work", {}), renderer=films, artifacts=store)
    graph = builder.compile(checkpointer=InMemorySaver())

    def found(url: str) -> Path:
        stored = store.find(url.rpartition("/")[2], owner="local")
        assert stored is not None
        return stored.path

    messages: list[Any] = [HumanMessage("Animate: " + REQUEST)]
    films.fails = ("'kind': 'number_line'", "'kind': 'plain'")
    first, said = await turn(graph, context, messages)
    assert first["animation"]["status"] == "partial" and "try again" in said
    beats = json.loads(found(first["animation"]["manifest_url"]).read_text())["beats"]
    assert [beat["rendered"] for beat in beats] == [True, False]

    films.fails = ()
    films.rendered.clear()
    messages += [AIMessage(said), HumanMessage("try again")]
    second, said = await turn(graph, context, messages)
    assert second["animation"]["status"] == "rendered" and len(films.rendered) == 1
    with av.open(str(found(second["animation"]["url"]))) as video:
        assert sum(1 for _ in video.decode(video=0)) == 15 * len(beats)

    programs = sorted(beat["code"] for beat in json.loads(found(second["animation"]["manifest_url"]).read_text())["beats"])
    films.rendered.clear()
    messages += [AIMessage(said), HumanMessage("make it 720p")]
    third, said = await turn(graph, context, messages)
    assert sorted(films.rendered) == [(program, "m") for program in programs] and "720p" in said
    with av.open(str(found(third["animation"]["url"]))) as video:
        assert (video.streams.video[0].width, video.streams.video[0].height) == SIZES["m"]
    assert context.model.asked == []  # type: ignore[attr-defined]
