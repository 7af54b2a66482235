"""GIFs of a video, made inside the real sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from agents.errors import RenderError
from agents.rendering import gif
from agents.rendering.inside.gif import TooLarge, write_gif


async def test_the_whole_video_becomes_a_small_gif_of_the_same_length(film: Any, real_sandbox: Any, tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4", frames=60, size=(854, 480))
    await gif(real_sandbox, video, tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as picture:
        assert picture.format == "GIF" and picture.size == (426, 239) and picture.info["loop"] == 0
        times, greys = [], []
        for frame in range(picture.n_frames):
            picture.seek(frame)
            times.append(picture.info["duration"])
            greys.append(int(np.asarray(picture.convert("L")).mean()))
    # the last frame stays a second and a half
    assert sum(times) / 1000 == pytest.approx(4.0 + 1.5, abs=0.3) and times[-1] >= 1500
    assert greys == sorted(greys) and greys[0] < 10 and greys[-1] > 215, "from black to light, frame by frame"


async def test_a_gif_that_would_be_too_large_gets_smaller(film: Any, real_sandbox: Any, tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4", frames=60, size=(854, 480))
    await gif(real_sandbox, video, tmp_path / "a.gif")
    free = (tmp_path / "a.gif").stat().st_size
    await gif(real_sandbox, video, tmp_path / "b.gif", most_bytes=free // 2)
    assert (tmp_path / "b.gif").stat().st_size <= free // 2
    with pytest.raises(RenderError, match="GIF"):
        await gif(real_sandbox, video, tmp_path / "b.gif", most_bytes=40)
    assert (tmp_path / "b.gif").stat().st_size > 40, "what was there before stays"


def test_noise_is_made_to_fit_by_fewer_frames_and_a_smaller_picture(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    frames = [Image.fromarray(random.integers(0, 255, (120, 426, 3), dtype=np.uint8)) for _ in range(20)]
    write_gif(frames, 12, tmp_path / "full.gif", most_bytes=10**9)
    most = (tmp_path / "full.gif").stat().st_size // 8
    write_gif(frames, 12, tmp_path / "small.gif", most_bytes=most)
    with Image.open(tmp_path / "small.gif") as picture:
        assert picture.width < 426 and picture.n_frames < 20
    assert (tmp_path / "small.gif").stat().st_size <= most
    with pytest.raises(TooLarge):
        write_gif(frames, 12, tmp_path / "none.gif", most_bytes=1000)


@pytest.mark.parametrize("content", [b"", b"no video at all", b"\0" * 4096])
async def test_what_is_no_video_gives_an_error_and_leaves_the_old_file(real_sandbox: Any, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    (tmp_path / "a.gif").write_bytes(b"old")
    with pytest.raises(RenderError, match="GIF"):
        await gif(real_sandbox, tmp_path / "a.mp4", tmp_path / "a.gif")
    assert (tmp_path / "a.gif").read_bytes() == b"old"


async def test_a_sandbox_that_gives_something_else_is_not_believed(answering: Any, outcome: Any, film: Any, tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4")
    head = b"GIF89a" + (100).to_bytes(2, "little") * 2
    for picture in (b"<svg/>", head, b"GIF89a" + b"\xff" * 4 + b"\x3b", b"GIF87a" + head[6:] + b"\x3b", head + b"\0" * 5_300_000 + b"\x3b"):
        _, sandbox = answering(outcome("ok", picture))
        with pytest.raises(RenderError):
            await gif(sandbox, video, tmp_path / "a.gif")
    assert not (tmp_path / "a.gif").exists()
