"""A renderer on a sandbox that answers what the test says, and one on the real sandbox."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from agents.errors import NoSandbox
from agents.rendering import ManimRenderer
from agents.sandbox import Job, Outcome, probe


@dataclass
class AnsweringSandbox:
    """Gives `outcome` for every job and remembers the jobs."""

    outcome: Outcome
    tier: str = "fake"
    jobs: list[Job] = field(default_factory=list)

    async def run(self, job: Job) -> Outcome:
        self.jobs.append(job)
        return self.outcome


def _outcome(status: Any = "ok", collected: bytes | None = None, *, stdout: str = "", stderr: str = "", detail: str = "") -> Outcome:
    return Outcome(status, 0 if status == "ok" else 1, stdout, stderr, collected, 0.5, detail)


def _bundled(report: Any, video: bytes = b"") -> bytes:
    body = report if isinstance(report, bytes) else json.dumps(report).encode()
    return struct.pack(">Q", len(body)) + body + video


@pytest.fixture
def answering():
    """Makes a renderer whose sandbox gives one outcome, and that sandbox."""

    def make(result: Outcome) -> tuple[ManimRenderer, AnsweringSandbox]:
        sandbox = AnsweringSandbox(result)
        return ManimRenderer(sandbox), sandbox

    return make


@pytest.fixture
def real_sandbox():
    try:
        return probe()
    except NoSandbox as error:
        pytest.skip(f"no sandbox on this machine: {error.message}")


@pytest.fixture
def render(real_sandbox, tmp_path: Path):
    """Renders a scene for real: `await render(source)` gives the report."""

    async def run(source: str, *, timeout_s: float = 60.0, out: Path | None = None, scene: str | None = None) -> Any:
        return await ManimRenderer(real_sandbox).render(source, scene=scene, out=out or tmp_path / "out.mp4", timeout_s=timeout_s)

    return run


def _scene(body: str, *, before: str = "") -> str:
    """A scene file whose construct method is `body`, lines split by newline; the body starts at line 4 after `before`."""
    lines = "\n".join("        " + line for line in body.strip().splitlines())
    return f"from manim import *\n{before}class Made(Scene):\n    def construct(self):\n{lines}\n"


def _film(path: Path, *, frames: int = 15, codec: str = "libx264", size: tuple[int, int] = (64, 48), fast: bool = True) -> Path:
    """A small video of grey frames, 15 a second."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"} if fast else {}) as out:
        stream = out.add_stream(codec, rate=15)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for grey in range(frames):
            frame = av.VideoFrame.from_ndarray(np.full((size[1], size[0], 3), 4 * grey, np.uint8), format="rgb24")
            frame.pts, frame.time_base = grey, Fraction(1, 15)
            for packet in stream.encode(frame):
                out.mux(packet)
        for packet in stream.encode():
            out.mux(packet)
    return path


@pytest.fixture
def outcome():
    return _outcome


@pytest.fixture
def bundled():
    return _bundled


@pytest.fixture
def scene():
    return _scene


@pytest.fixture
def film():
    return _film
