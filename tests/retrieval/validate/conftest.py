"""A corpus as preprocessing writes it, and a renderer that does what the scene's code says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from retrieval.records import SceneRecord, scene_id
from retrieval.validate.port import Rendered, RenderingFailed, RenderingUnavailable

PNG = b"\x89PNG\r\n\x1a\n and more"


def record(name: str, does: str = "renders", *, cluster: str = "", **more: Any) -> SceneRecord:
    code = f"# {does}\nclass {name}(Scene): ...\n"
    return SceneRecord(
        id=scene_id(code), scene=name, source="made: up", licence="MIT", description=name, code=code, cluster=cluster, **more
    )


def write(corpus: Path, records: list[SceneRecord]) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(one)) for one in sorted(records, key=lambda one: one.id)]
    (corpus / "scenes.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def results(corpus: Path) -> dict[str, dict[str, Any]]:
    return {line["id"]: line for line in map(json.loads, (corpus / "validated.jsonl").read_text(encoding="utf-8").splitlines())}


class Obedient:
    """Renders what the first line of a scene's code says: renders, fails, late, dies, away. `asked` are the classes that it was given."""

    def __init__(self, manim: str = "9.9", version: str = "one", width: int = 2) -> None:
        self.manim, self.version, self._width = manim, version, width
        self.asked: list[str] = []
        self.running = self.most = 0
        self.control = "renders"
        self.control_s = 1.0
        self.before: Callable[[str], Any] = lambda scene: None

    async def width(self) -> int:
        return self._width

    async def render(self, code: str, scene: str, *, quality: str, timeout_s: float, still: Path) -> Rendered:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            return await self._render(code, scene, still)
        finally:
            self.running -= 1

    async def _render(self, code: str, scene: str, still: Path) -> Rendered:
        self.asked.append(scene)
        self.before(scene)
        await asyncio.sleep(0.001)
        does = self.control if scene == "Control" else code.splitlines()[0].removeprefix("# ")
        if does == "dies":
            raise RenderingFailed("the harness went away")
        if does == "away":
            raise RenderingUnavailable("no sandbox")
        if does == "renders":
            still.write_bytes(PNG)
            shown = [{"kind": "MathTex", "text": "a^2", "from_s": 0.0, "to_s": 2.0, "line": 3}]
            return Rendered(True, 2.0, self.control_s, None, shown, [], still=True)
        error = {"kind": "timeout" if does == "late" else "api", "message": "no such thing", "line": 2, "hint": "dropped"}
        return Rendered(False, 0.0, 0.5, error, [], [], still=False, late=does == "late")


@pytest.fixture
def renderer() -> Obedient:
    return Obedient()


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.validate.run.PAUSES_S", (0.0, 0.0))
