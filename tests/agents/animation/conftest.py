"""A context of fakes that behave like the ports do: the model answers from a queue, the renderer writes a file, the store takes it over."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph

from agents.animation.graph import animation_node
from agents.context import Artifact, Context, Fix, Limits, ModelReply, Scene
from agents.rendering.report import Mended, RenderReport
from agents.sandbox.job import Job, Outcome
from agents.state import TutorState


@dataclass
class FakeModel:
    """Answers with `answers` in turn, the last one for ever; an exception among them is raised."""

    answers: list[Any] = field(default_factory=lambda: ["{}"])
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def chat(self, role: str, messages: Sequence[Any], *, max_tokens: int, schema: Any = None, **_: Any) -> ModelReply:
        self.asked.append({"role": role, "messages": list(messages), "schema": schema, "max_tokens": max_tokens})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        text = answer if isinstance(answer, str) else json.dumps(answer)
        return ModelReply(text, "stop", prompt_tokens=10, completion_tokens=5, cached_tokens=0, seconds=0.01)


@dataclass
class FakeRenderer:
    """Writes a file of a few bytes for each scene. `fails` names the fault of a program, `delay` the seconds it takes, `layout` its findings."""

    fails: Callable[[str], str | None] = lambda source: None
    delay: Callable[[str], float] = lambda source: 0.0
    layout: Callable[[str], list[Any]] = lambda source: []
    curves: Callable[[str], list[Any]] = lambda source: []
    mends: Callable[[str], Mended] = lambda source: runs(source)
    formulas: Any = field(default_factory=lambda: {"setter": "latex", "count": 1, "as_text": []})
    sources: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    asked: list[tuple[str, float]] = field(default_factory=list)
    """Quality and seconds allowed of each render."""
    running: int = 0
    most_at_a_time: int = 0

    async def render(
        self, source: str, *, scene: str | None = None, quality: str = "l", out: Path, timeout_s: float = 60.0
    ) -> RenderReport:
        self.sources.append(source)
        self.asked.append((quality, timeout_s))
        self.running += 1
        self.most_at_a_time = max(self.most_at_a_time, self.running)
        try:
            await asyncio.sleep(self.delay(source))
        finally:
            self.running -= 1
        fault = self.fails(source)
        if fault is None:
            out.write_text(source)
        return {
            "ok": fault is None,
            "video": None if fault else str(out),
            "seconds": 0.0 if fault else 2.0,
            "wall_s": 0.1,
            "sandbox": "fake",
            "error": {"kind": "runtime", "message": fault, "line": 3, "hint": ""} if fault else None,
            "layout": self.layout(source),
            "shown": [] if fault else [{"kind": "Text", "text": "x", "from_s": 0.5, "to_s": 2.0}],
            "curves": self.curves(source),
            "formulas": self.formulas,
        }

    async def mend(self, source: str, *, scene: str | None = None, timeout_s: float = 20.0) -> Mended:
        self.tried.append(source)
        return self.mends(source)


def runs(source: str) -> Mended:
    """What a trial tells of a program with nothing to mend."""
    return {"source": source, "fixes": [], "taken_out": [], "error": None, "wall_s": 0.1}


@dataclass
class FakeSearcher:
    scenes: list[Scene] = field(default_factory=list)
    failure: Exception | None = None

    async def search(self, text: str, k: int = 5, *, chars: int | None = None) -> list[Scene]:
        if self.failure:
            raise self.failure
        return self.scenes[:k]


class FakeSandbox:
    tier = "fake"

    async def run(self, job: Job) -> Outcome:
        raise AssertionError("nothing here runs code")


@dataclass
class FakeStore:
    folder: Path
    kept: dict[str, Path] = field(default_factory=dict)

    def add(self, path: Path, *, media_type: str, owner: str) -> Artifact:
        target = self.folder / path.name
        shutil.move(path, target)
        self.kept[media_type] = target
        return Artifact(id=path.name, url=f"/v1/artifacts/{path.name}", media_type=media_type, path=target)

    def find(self, artifact_id: str, *, owner: str) -> Artifact | None:
        path = self.folder / artifact_id
        return Artifact(id=artifact_id, url="", media_type="", path=path) if path.is_file() else None

    def announce(self, of: Artifact, *, media_type: str, owner: str) -> Artifact:
        name = f"{of.id}.{media_type.partition('/')[2]}"
        return Artifact(id=name, url=f"/v1/artifacts/{name}", media_type=media_type, path=self.folder / name)

    @property
    def manifest(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.kept["application/json"].read_text(encoding="utf-8"))
        return value


async def fake_join(sandbox: Any, parts: Sequence[Path], out: Path) -> float:
    out.write_text("\n====\n".join(part.read_text() for part in parts))
    return 2.0 * len(parts)


async def fake_poster(sandbox: Any, video: Path, out: Path, *, at_s: float) -> None:
    out.write_text(f"frame at {at_s:.1f} of {video.name}")


@dataclass
class FakeFixes:
    kept: list[tuple[str, Fix]] = field(default_factory=list)

    async def recall(self, error: str) -> Fix | None:
        return next((fix for known, fix in self.kept if known == error), None)

    async def keep(self, error: str, statement: str, replacement: str) -> None:
        self.kept.append((error, Fix(statement=statement, replacement=replacement)))


@dataclass
class FakeReference:
    """Knows what `pages` says of a name."""

    pages: dict[str, str] = field(default_factory=dict)

    async def tell(self, names: Sequence[str], *, about: str, chars: int) -> str:
        return "\n".join(self.pages[name] for name in names if name in self.pages)[:chars]


@dataclass
class Studio:
    """Everything a test turns and looks at."""

    model: FakeModel
    renderer: FakeRenderer
    searcher: FakeSearcher
    store: FakeStore
    work_dir: Path
    fixes: FakeFixes = field(default_factory=FakeFixes)
    reference: FakeReference = field(default_factory=FakeReference)
    events: list[dict[str, Any]] = field(default_factory=list)

    def context(self, **limits: Any) -> Context:
        return Context(
            model=self.model,
            searcher=self.searcher,
            sandbox=FakeSandbox(),
            renderer=self.renderer,
            artifacts=self.store,
            work_dir=self.work_dir,
            limits=Limits(**limits),
            fixes=self.fixes,
            reference=self.reference,
        )

    async def animate(self, state: dict[str, Any], **limits: Any) -> dict[str, Any]:
        """Runs the node inside a parent graph, as the tutor does, and returns the parent's final state."""
        builder = StateGraph(TutorState, context_schema=Context)
        builder.add_node("animate", animation_node(fake_join, fake_poster))
        builder.add_edge(START, "animate")
        builder.add_edge("animate", END)
        out: dict[str, Any] = {}
        async for mode, value in builder.compile().astream(state, context=self.context(**limits), stream_mode=["custom", "values"]):  # type: ignore[call-overload]
            if mode == "custom":
                self.events.append(value)
            else:
                out = value
        return out


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    (tmp_path / "artifacts").mkdir()
    return Studio(FakeModel(), FakeRenderer(), FakeSearcher(), FakeStore(tmp_path / "artifacts"), tmp_path / "work")
