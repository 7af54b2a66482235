"""Stills of a video, taken inside the real sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agents.errors import RenderError
from agents.rendering import poster


@pytest.mark.parametrize(("at_s", "grey"), [(0.0, 0), (0.5, 32), (99.0, 116)])
async def test_the_frame_at_a_second_becomes_a_png(film: Any, real_sandbox: Any, tmp_path: Path, at_s: float, grey: int) -> None:
    video = film(tmp_path / "a.mp4", frames=30, size=(64, 48))
    await poster(real_sandbox, video, tmp_path / "still.png", at_s=at_s)
    with Image.open(tmp_path / "still.png") as picture:
        assert picture.format == "PNG" and picture.size == (64, 48)
        assert picture.convert("L").getpixel((30, 20)) == pytest.approx(grey, abs=4)  # frame by frame four shades lighter


@pytest.mark.parametrize("content", [b"", b"no video at all", b"\0" * 4096])
async def test_what_is_no_video_gives_an_error_and_leaves_the_old_still(real_sandbox: Any, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    (tmp_path / "still.png").write_bytes(b"old")
    with pytest.raises(RenderError, match="still"):
        await poster(real_sandbox, tmp_path / "a.mp4", tmp_path / "still.png", at_s=0.0)
    assert (tmp_path / "still.png").read_bytes() == b"old"


async def test_a_video_that_is_missing_is_named(real_sandbox: Any, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match="cannot be read"):
        await poster(real_sandbox, tmp_path / "none.mp4", tmp_path / "still.png", at_s=0.0)


async def test_a_sandbox_that_gives_something_else_is_not_believed(answering: Any, outcome: Any, film: Any, tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4")
    for picture in (b"<svg/>", b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff"):
        _, sandbox = answering(outcome("ok", picture))
        with pytest.raises(RenderError):
            await poster(sandbox, video, tmp_path / "still.png", at_s=0.0)
