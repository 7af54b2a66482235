"""A voice put into joined videos, inside the real sandbox."""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from agents.errors import RenderError
from agents.rendering import VoicedPart, narrate
from agents.rendering.mp4 import inspect_mp4
from agents.rendering.wav import Sound


def tone(seconds: float, *, rate: int = 22_050, channels: int = 1, loud: float = 0.5) -> Sound:
    count = int(seconds * rate)
    wave = [int(32_767 * loud * math.sin(2 * math.pi * 440 * place / rate)) for place in range(count)]
    return Sound(rate, channels, b"".join(struct.pack("<h", value) * channels for value in wave))


def loudness(path: Path) -> Any:
    """How loud each tenth of a second is."""
    with av.open(str(path)) as video:
        assert video.streams.audio[0].codec_context.name == "aac"
        samples = np.concatenate([frame.to_ndarray()[0] for frame in video.decode(audio=0)])
        rate = video.streams.audio[0].rate
    return np.array(
        [np.sqrt(np.mean(samples[start : start + rate // 10] ** 2)) for start in range(0, len(samples) - rate // 10, rate // 10)]
    )


async def test_the_words_sound_when_they_are_due_and_the_last_frame_waits_for_them(film: Any, real_sandbox: Any, tmp_path: Path) -> None:
    first, second = film(tmp_path / "a.mp4", frames=30), film(tmp_path / "b.mp4", frames=15)
    parts = [VoicedPart(first, [(0.5, tone(3.0))], 3.8), VoicedPart(second, [(0.2, tone(0.5, rate=48_000, channels=2))], 1.0)]
    seconds = await narrate(real_sandbox, parts, tmp_path / "out.mp4")
    assert seconds == pytest.approx(4.8, abs=0.15)
    loud = loudness(tmp_path / "out.mp4") > 0.1
    assert not loud[:4].any() and loud[6:34].all() and not loud[37:39].any() and loud[41:44].all() and not loud[46:].any()
    with av.open(str(tmp_path / "out.mp4")) as video:
        assert video.duration / 1e6 == pytest.approx(4.8, abs=0.15)
        times = [frame.time for frame in video.decode(video=0)]
    assert len(times) == 45, "no frame was made or lost"
    assert times[29] == pytest.approx(29 / 15, abs=0.01) and times[30] == pytest.approx(3.8, abs=0.05)
    assert inspect_mp4((tmp_path / "out.mp4").read_bytes()).width == 64, "its index is in front"


async def test_a_last_beat_that_ends_before_its_words_is_held(film: Any, real_sandbox: Any, tmp_path: Path) -> None:
    seconds = await narrate(real_sandbox, [VoicedPart(film(tmp_path / "a.mp4"), [(0.2, tone(4.0))], 4.5)], tmp_path / "out.mp4")
    assert seconds == pytest.approx(4.5, abs=0.15)


async def test_a_beat_without_words_is_silent(film: Any, real_sandbox: Any, tmp_path: Path) -> None:
    parts = [VoicedPart(film(tmp_path / "a.mp4"), [], 1.0), VoicedPart(film(tmp_path / "b.mp4"), [(0.0, tone(0.5))], 1.0)]
    await narrate(real_sandbox, parts, tmp_path / "out.mp4")
    assert not (loudness(tmp_path / "out.mp4")[:9] > 0.05).any()


async def test_parts_that_do_not_fit_or_are_no_videos_are_refused_and_the_old_file_stays(
    film: Any, real_sandbox: Any, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    out.write_bytes(b"old")
    (tmp_path / "bad.mp4").write_bytes(b"no video at all")
    other = film(tmp_path / "b.mp4", size=(96, 48))
    for second in (other, tmp_path / "bad.mp4", tmp_path / "missing.mp4"):
        with pytest.raises(RenderError):
            await narrate(real_sandbox, [VoicedPart(film(tmp_path / "a.mp4"), [(0.0, tone(0.2))], 1.0), VoicedPart(second, [], 1.0)], out)
    with pytest.raises(RenderError, match="nothing"):
        await narrate(real_sandbox, [], out)
    assert out.read_bytes() == b"old"


async def test_a_sandbox_that_gives_no_video_is_not_believed(answering: Any, outcome: Any, film: Any, tmp_path: Path) -> None:
    part = VoicedPart(film(tmp_path / "a.mp4"), [], 1.0)
    for result in (outcome("ok", b"not a video", stdout='{"seconds": 1}'), outcome("timeout"), outcome("ok", stdout='{"error": "no"}')):
        _, sandbox = answering(result)
        with pytest.raises(RenderError):
            await narrate(sandbox, [part], tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()
