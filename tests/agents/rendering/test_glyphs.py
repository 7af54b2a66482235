from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.rendering.inside import glyphs


def test_letters_greek_and_signs_of_mathematics_can_be_drawn() -> None:
    assert glyphs.missing("Área of a circle: π·r² ≤ 4, α → β, √2, ∠ABC ≈ 30°") == ""


def test_a_character_in_no_font_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyphs, "_font_files", lambda: (Path("one.ttf"), Path("two.ttf")))
    monkeypatch.setattr(glyphs, "_covered", lambda file: frozenset(range(0x400)) if file.name == "one.ttf" else frozenset({ord("本")}))
    assert glyphs.missing("π 日本 日, ab") == "日"


def test_fonts_that_cannot_be_read_accuse_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    monkeypatch.setattr(glyphs, "FOLDERS", (str(tmp_path),))
    glyphs._font_files.cache_clear()
    try:
        assert glyphs.missing("日本") == ""
    finally:
        glyphs._font_files.cache_clear()


@pytest.mark.parametrize(
    ("text", "lost", "nothing"), [("日本語", "日本語", True), ("In 日本 a train goes 60 km/h", "日本", False), ("!!", "", False)]
)
def test_a_text_of_which_most_is_lost_says_nothing(text: str, lost: str, nothing: bool) -> None:
    assert glyphs.says_nothing(text, lost) is nothing


@pytest.mark.real
async def test_a_scene_in_a_script_without_a_font_fails_with_the_reason(render: Any, scene: Any) -> None:
    if not glyphs.missing("語"):
        pytest.skip("this machine has a font with Chinese characters")
    report = await render(scene("self.play(Write(Text('日本語')))"))
    assert report["ok"] is False
    assert report["error"]["message"].startswith("no font on this machine has the characters 日")
    assert "fonts-noto-cjk" in report["error"]["hint"]
    mixed = await render(scene("self.play(Write(Text('a train in 日本 goes fast')))"))
    assert mixed["ok"] is True
    assert [(fault["kind"], fault["severity"]) for fault in mixed["layout"]] == [("missing_glyphs", "error")]


@pytest.mark.real
async def test_text_from_right_to_left_is_drawn_where_a_font_has_it(render: Any, scene: Any) -> None:
    if glyphs.missing("שלום"):
        pytest.skip("this machine has no font with Hebrew letters")
    report = await render(scene("self.play(Write(Text('שלום 3 + 4 = 7')))"))
    assert report["ok"] is True and report["layout"] == []
