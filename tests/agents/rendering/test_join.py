from __future__ import annotations

from itertools import pairwise

import av
import pytest

from agents.errors import RenderError
from agents.rendering import join, join_videos
from agents.rendering.mp4 import inspect_mp4


def greys(path) -> list[int]:
    with av.open(str(path)) as container:
        return [int(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]


def test_all_frames_of_all_parts_are_there_in_order(film, tmp_path):
    parts = [film(tmp_path / f"{n}.mp4", frames=n) for n in (20, 7, 31)]
    seconds = join_videos(parts, tmp_path / "whole.mp4")
    assert seconds == pytest.approx(58 / 15, abs=0.01)
    assert greys(tmp_path / "whole.mp4") == [grey for part in parts for grey in greys(part)]
    assert inspect_mp4((tmp_path / "whole.mp4").read_bytes()).seconds == pytest.approx(58 / 15, abs=0.01)


def test_no_two_frames_share_a_time(film, tmp_path):
    join_videos([film(tmp_path / f"{n}.mp4", frames=20) for n in range(3)], tmp_path / "whole.mp4")
    with av.open(str(tmp_path / "whole.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    steps = [later - earlier for earlier, later in pairwise(times)]
    assert min(steps) == pytest.approx(1 / 15, abs=0.002) and max(steps) == pytest.approx(1 / 15, abs=0.002)


def test_parts_of_another_size_are_refused_and_the_old_file_stays(film, tmp_path):
    out = tmp_path / "whole.mp4"
    out.write_bytes(b"old")
    with pytest.raises(RenderError, match="encoded otherwise"):
        join_videos([film(tmp_path / "a.mp4"), film(tmp_path / "b.mp4", size=(96, 48))], out)
    assert out.read_bytes() == b"old"


def test_what_is_no_video_is_refused(film, tmp_path):
    (tmp_path / "a.mp4").write_bytes(b"not a video at all")
    with pytest.raises(RenderError):
        join_videos([tmp_path / "a.mp4"], tmp_path / "whole.mp4")
    with pytest.raises(RenderError, match="nothing"):
        join_videos([], tmp_path / "whole.mp4")


async def test_joining_in_the_sandbox_gives_the_same(film, real_sandbox, tmp_path):
    parts = [film(tmp_path / f"{n}.mp4", frames=n) for n in (20, 10)]
    seconds = await join(real_sandbox, parts, tmp_path / "whole.mp4")
    assert seconds == pytest.approx(2.0, abs=0.01)
    assert len(greys(tmp_path / "whole.mp4")) == 30


async def test_a_hostile_part_fails_in_the_sandbox(film, real_sandbox, tmp_path):
    good = film(tmp_path / "good.mp4")
    damaged = tmp_path / "bad.mp4"
    damaged.write_bytes(good.read_bytes()[:300] + b"\xff" * 500)
    with pytest.raises(RenderError):
        await join(real_sandbox, [good, damaged], tmp_path / "whole.mp4")
    with pytest.raises(RenderError, match="cannot be read"):
        await join(real_sandbox, [tmp_path / "missing.mp4"], tmp_path / "whole.mp4")
    assert not (tmp_path / "whole.mp4").exists()
