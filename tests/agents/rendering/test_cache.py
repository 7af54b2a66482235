"""Renders that are kept: nothing is rendered twice, nothing is kept that failed, and a damaged entry costs a render only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from agents.rendering import CachedRenderer
from agents.rendering import cache as cache_module
from agents.rendering.cache import key_of

FINE = "from manim import *\nclass A(Scene):\n    def construct(self):\n        self.wait()\n"


class CountingRenderer:
    """Gives a real video, or fails where the source says so."""

    def __init__(self, video: bytes) -> None:
        self.video = video
        self.rendered: list[str] = []

    async def render(self, source: str, *, scene: str | None = None, quality: str = "l", out: Path, timeout_s: float = 60.0) -> Any:
        self.rendered.append(source)
        ok = "fail" not in source
        if ok:
            out.write_bytes(self.video)
        shown = [{"kind": "Text", "text": source[:5], "from_s": 0.0, "to_s": 1.0}]
        error = None if ok else {"kind": "runtime", "message": "no", "line": 1, "hint": ""}
        return {
            "ok": ok,
            "video": str(out) if ok else None,
            "seconds": 2.0,
            "wall_s": 3.0,
            "sandbox": "fake",
            "error": error,
            "layout": [],
            "shown": shown,
            "formulas": {"setter": "latex", "count": 0, "as_text": []},
        }

    async def mend(self, source: str, *, scene: str | None = None, timeout_s: float = 20.0) -> Any:
        return {"source": source + "# mended", "fixes": [], "taken_out": [], "error": None, "wall_s": 0.1}


@pytest.fixture
def video(film: Any, tmp_path: Path) -> bytes:
    data: bytes = film(tmp_path / "film.mp4").read_bytes()
    return data


@pytest.fixture
def kept(tmp_path: Path, video: bytes) -> tuple[CachedRenderer, CountingRenderer, Path]:
    renderer = CountingRenderer(video)
    return CachedRenderer(renderer, tmp_path / "renders", 64, "latex"), renderer, tmp_path


async def test_the_same_scene_is_rendered_once(kept: Any) -> None:
    cached, renderer, folder = kept
    first = await cached.render(FINE, scene="A", out=folder / "a.mp4")
    second = await cached.render(FINE, scene="A", out=folder / "b.mp4")
    assert len(renderer.rendered) == 1
    assert (folder / "a.mp4").read_bytes() == (folder / "b.mp4").read_bytes()
    assert second | {"video": "", "wall_s": 0} == first | {"video": "", "wall_s": 0}
    assert second["video"] == str(folder / "b.mp4") and second["wall_s"] < 0.5


@pytest.mark.parametrize("other", [{"scene": "B"}, {"quality": "m"}, {"source": FINE + "\n"}])
async def test_another_scene_quality_or_letter_is_another_render(kept: Any, other: dict[str, Any]) -> None:
    cached, renderer, folder = kept
    request: dict[str, Any] = {"source": FINE, "scene": "A", "quality": "l"}
    for given in (request, request | other):
        await cached.render(given["source"], scene=given["scene"], quality=given["quality"], out=folder / "a.mp4")
    assert len(renderer.rendered) == 2


async def test_other_versions_are_another_render(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of(FINE, "A", "l")
    monkeypatch.setattr(cache_module, "versions", lambda: {"manim": "99"})
    assert key_of(FINE, "A", "l") != before


async def test_a_scene_that_failed_is_tried_again(kept: Any) -> None:
    cached, renderer, folder = kept
    for _ in range(2):
        assert not (await cached.render("fail", out=folder / "a.mp4"))["ok"]
    assert len(renderer.rendered) == 2


@pytest.mark.parametrize("damage", [b"", b"\0" * 8, b"\xff" * 40, None])
async def test_a_damaged_entry_is_rendered_anew(kept: Any, damage: bytes | None) -> None:
    cached, renderer, folder = kept
    await cached.render(FINE, out=folder / "a.mp4")
    entry = folder / "renders" / key_of(FINE, None, "l", "latex")
    entry.write_bytes(entry.read_bytes()[:-100] if damage is None else damage)
    assert (await cached.render(FINE, out=folder / "b.mp4"))["ok"]
    assert len(renderer.rendered) == 2
    await cached.render(FINE, out=folder / "c.mp4")
    assert len(renderer.rendered) == 2


async def test_what_was_used_least_recently_goes_first(tmp_path: Path, video: bytes) -> None:
    renderer = CountingRenderer(video)
    cached = CachedRenderer(renderer, tmp_path / "renders", 1, "latex")
    cached._most = int(2.5 * (len(video) + 400))
    for number, source in enumerate(("one", "two")):
        await cached.render(source, out=tmp_path / "x.mp4")
        os.utime(tmp_path / "renders" / key_of(source, None, "l", "latex"), (number + 1, number + 1))
    await cached.render("one", out=tmp_path / "x.mp4")  # used again, so that the second is the older one
    await cached.render("three", out=tmp_path / "x.mp4")
    kept = {path.name for path in (tmp_path / "renders").iterdir()}
    assert kept == {key_of("one", None, "l", "latex"), key_of("three", None, "l", "latex")}


async def test_a_folder_that_cannot_be_written_costs_the_cache_only(tmp_path: Path, video: bytes) -> None:
    (tmp_path / "renders").write_text("a file")
    renderer = CountingRenderer(video)
    cached = CachedRenderer(renderer, tmp_path / "renders", 64, "latex")
    for name in ("a.mp4", "b.mp4"):
        assert (await cached.render(FINE, out=tmp_path / name))["ok"]
    assert len(renderer.rendered) == 2
