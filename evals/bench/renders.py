"""`python -m evals.bench.renders`: ten scenes by the `manim` command, by our renderer with sandboxes started ahead, and again from the cache.

Everything runs side by side in one go, each way several times, so that a noisy machine hits all of them. The scenes are plain Manim files
(`evals/bench/scenes`); each round starts with empty formula caches, as the `manim` command does in a new folder. The frames of both ways are
decoded and compared. Exit codes: 0 within the targets, 1 above one of them, 2 wrong usage, 3 a scene failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import av
import numpy as np

from agents.errors import TutorError
from agents.rendering import CachedRenderer, ManimRenderer
from agents.sandbox import JobLimits, WarmSandbox, probe, python_job

TARGET_RATIO, TARGET_REPEAT, TARGET_WALLS = 0.5, 0.05, 0.1
Source = tuple[str, str, str]
"""Name, program and scene class."""
PARALLEL = 2
"""Renders at a time, as the server does by default."""


def scenes(folder: Path, count: int) -> list[Source]:
    """At most `count` scenes of a folder, by name."""
    found = [(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.py"))]
    return [(name, source, str(re.findall(r"class (\w+)\(", source)[-1])) for name, source in found][:count]


def by_command(sources: list[Source], folder: Path) -> tuple[float, list[Path]]:
    """Seconds of the `manim` command for all scenes one after the other, and the videos. Raises `CalledProcessError`."""
    videos = []
    started = time.monotonic()
    for name, source, scene in sources:
        file, media = folder / f"{name}.py", folder / f"media-{name}"
        file.write_text(source, encoding="utf-8")
        command = [sys.executable, "-m", "manim", "render", "-ql", "--media_dir", str(media), "-v", "ERROR", "--progress_bar", "none"]
        subprocess.run([*command, str(file), scene], check=True, capture_output=True, cwd=folder)  # noqa: S603 - our own scenes
        videos.append(media / "videos" / name / "480p15" / f"{scene}.mp4")
    return time.monotonic() - started, videos


async def by_renderer(renderer: Any, sources: list[Source], folder: Path) -> tuple[float, list[Path], float]:
    """Seconds for all scenes, at most `PARALLEL` at a time; the videos; and the median seconds of one. Raises `TutorError` where a scene fails."""
    gate = asyncio.Semaphore(PARALLEL)
    took: list[float] = []

    async def one(name: str, source: str, scene: str) -> Path:
        async with gate:
            began = time.monotonic()
            out = folder / f"{name}.mp4"
            report = await renderer.render(source, scene=scene, out=out)
            took.append(time.monotonic() - began)
            if not report["ok"]:
                raise TutorError(f"{name}: {report['error']}")
            return out

    started = time.monotonic()
    videos = await asyncio.gather(*(one(*given) for given in sources))
    return time.monotonic() - started, videos, statistics.median(took)


def difference(one: Path, other: Path) -> tuple[int, float]:
    """By how many frames two videos differ in length, and the largest mean difference of a pair of frames, in 256ths."""
    with av.open(str(one)) as first, av.open(str(other)) as second:
        left = [frame.to_ndarray(format="gray").astype(np.int16) for frame in first.decode(video=0)]
        right = [frame.to_ndarray(format="gray").astype(np.int16) for frame in second.decode(video=0)]
    worst = max((float(np.abs(a - b).mean()) for a, b in zip(left, right, strict=False)), default=0.0)
    return abs(len(left) - len(right)), worst


async def walls_s(sandbox: Any, rounds: int = 7) -> float:
    """What the walls add to the start of a program: the same trivial program with and without them, medians of `rounds`."""
    inside, outside = [], []
    for _ in range(rounds):
        began = time.monotonic()
        await sandbox.run(python_job("pass", limits=JobLimits(wall_s=20)))
        inside.append(time.monotonic() - began)
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-B", "-c", "pass")
        await process.wait()
        outside.append(time.monotonic() - began)
    return statistics.median(inside) - statistics.median(outside)


async def measure(sources: list[Source], rounds: int) -> dict[str, Any]:
    """All ways, `rounds` times each, in turn."""
    rows = []
    sandbox = probe()
    apart = (0, 0.0)
    for number in range(rounds):
        with tempfile.TemporaryDirectory(prefix="renders-") as name:
            folder = Path(name)
            (folder / "ours").mkdir()
            command_s, theirs = await asyncio.to_thread(by_command, sources, folder)
            warm = WarmSandbox(sandbox, spares=PARALLEL)
            try:
                cached = CachedRenderer(ManimRenderer(warm), folder / "cache", most_mib=512)
                await ManimRenderer(warm).render(sources[0][1], scene=sources[0][2], out=folder / "first.mp4")  # so that spares are waiting
                await asyncio.sleep(4)
                warm_s, ours, one_s = await by_renderer(cached, sources, folder / "ours")
                again_s, _, _ = await by_renderer(cached, sources, folder / "ours")
            finally:
                await warm.aclose()
            if number == 0:
                pairs = [await asyncio.to_thread(difference, a, b) for a, b in zip(theirs, ours, strict=True)]
                apart = max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)
            rows.append({"command_s": command_s, "warm_s": warm_s, "again_s": again_s, "one_s": one_s})
    medians = {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0]}
    walls = await walls_s(sandbox)
    return {
        "scenes": len(sources),
        "rounds": rounds,
        **medians,
        "warm_to_command": round(medians["warm_s"] / medians["command_s"], 3),
        "again_to_warm": round(medians["again_s"] / medians["warm_s"], 4),
        "walls_s": round(walls, 3),
        "walls_to_render": round(walls / medians["one_s"], 4),
        "frames_apart": apart[0],
        "largest_mean_difference": round(apart[1], 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.renders", description="Renders against the manim command.")
    parser.add_argument("--scenes", type=int, default=10, metavar="N", help="scenes a round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of every way (default: %(default)s)")
    given = parser.parse_args()
    if given.scenes < 1 or given.rounds < 1:
        parser.error("--scenes and --rounds must be at least 1")
    try:
        found = asyncio.run(measure(scenes(Path(__file__).with_name("scenes"), given.scenes), given.rounds))
    except (TutorError, OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    found["passed"] = (
        found["warm_to_command"] <= TARGET_RATIO and found["again_to_warm"] <= TARGET_REPEAT and found["walls_to_render"] <= TARGET_WALLS
    )
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
