"""`python -m evals.bench.renders`: ten scenes by the `manim` command, by our renderer with sandboxes started ahead, and again from the cache.

The ways take turns, several times, so that a noisy machine hits all of them: the command one scene after the other, and two at a time as our renderer
works; ours with spares waiting, whose start is timed apart. The scenes are plain Manim files
(`evals/bench/scenes`); each round starts with empty formula caches, as the `manim` command does in a new folder. The frames of both ways are
decoded and compared. Exit codes: 0 within the targets, 1 above one of them, 2 wrong usage, 3 a scene failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
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
TARGET_DIFFERENCE = 1.0
"""Largest mean difference of two frames in 256ths: both ways encode with losses, each with settings of its own."""
Source = tuple[str, str, str]
"""Name, program and scene class."""
PARALLEL = 2
"""Renders at a time, as the server does by default."""


def scenes(folder: Path, count: int) -> list[Source]:
    """At most `count` scenes of a folder, by name."""
    found = [(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.py"))]
    return [(name, source, str(re.findall(r"class (\w+)\(", source)[-1])) for name, source in found][:count]


async def by_command(sources: list[Source], folder: Path, at_a_time: int) -> tuple[float, list[Path]]:
    """Seconds of the `manim` command for all scenes, `at_a_time` of them, and the videos. Raises `TutorError` where one fails."""
    gate = asyncio.Semaphore(at_a_time)

    async def one(name: str, source: str, scene: str) -> Path:
        file, media = folder / f"scene_{name}.py", folder / f"media-{name}"  # `fractions.py` would be a module of that name
        file.write_text(source, encoding="utf-8")
        command = ["-m", "manim", "render", "-ql", "--media_dir", str(media), "-v", "ERROR", "--progress_bar", "none", str(file), scene]
        async with gate:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *command, cwd=folder, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
            )
            try:
                _, said = await process.communicate()
            except asyncio.CancelledError:
                process.kill()
                raise
        if process.returncode:
            raise TutorError(f"manim failed on {name}: {said.decode(errors='replace')[-300:]}")
        return media / "videos" / file.stem / "480p15" / f"{scene}.mp4"

    started = time.monotonic()
    async with asyncio.TaskGroup() as group:  # one that fails ends the others
        tasks = [group.create_task(one(*given)) for given in sources]
    return time.monotonic() - started, [task.result() for task in tasks]


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
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(*given)) for given in sources]
    return time.monotonic() - started, [task.result() for task in tasks], statistics.median(took)


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
    apart, worst = 0, 0.0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="renders-") as name:
            folder = Path(name)
            for part in ("one", "two", "ours"):
                (folder / part).mkdir()
            command_s, theirs = await by_command(sources, folder / "one", 1)
            pairs_s, _ = await by_command(sources, folder / "two", PARALLEL)
            warm = WarmSandbox(sandbox, spares=PARALLEL)
            try:
                cached = CachedRenderer(ManimRenderer(warm), folder / "cache", most_mib=512)
                began = time.monotonic()
                await ManimRenderer(warm).render(sources[0][1], scene=sources[0][2], out=folder / "first.mp4")
                await warm.filled()
                await asyncio.sleep(2)  # the imports of what has just been started
                spares_s = time.monotonic() - began
                warm_s, ours, one_s = await by_renderer(cached, sources, folder / "ours")
                again_s, _, _ = await by_renderer(cached, sources, folder / "ours")
            finally:
                await warm.aclose()
            for a, b in zip(theirs, ours, strict=True):
                frames, mean = await asyncio.to_thread(difference, a, b)
                apart, worst = max(apart, frames), max(worst, mean)
            rows.append(
                {"command_s": command_s, "pairs_s": pairs_s, "warm_s": warm_s, "again_s": again_s, "one_s": one_s, "spares_s": spares_s}
            )
    medians = {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0]}
    walls = await walls_s(sandbox)
    return {
        "scenes": len(sources),
        "rounds": rounds,
        **medians,
        "warm_to_command": round(medians["warm_s"] / medians["command_s"], 3),
        "warm_to_pairs": round(medians["warm_s"] / medians["pairs_s"], 3),
        "again_to_warm": round(medians["again_s"] / medians["warm_s"], 4),
        "walls_s": round(walls, 3),
        "walls_to_render": round(walls / (medians["command_s"] / len(sources)), 4),
        "frames_apart": apart,
        "largest_mean_difference": round(worst, 2),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.renders", description="Renders against the manim command.")
    parser.add_argument("--scenes", type=int, default=10, metavar="N", help="scenes a round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of every way (default: %(default)s)")
    given = parser.parse_args()
    if given.scenes < 1 or given.rounds < 1:
        parser.error("--scenes and --rounds must be at least 1")
    failed, found = False, dict[str, Any]()
    try:
        found = asyncio.run(measure(scenes(Path(__file__).with_name("scenes"), given.scenes), given.rounds))
    except* (TutorError, OSError) as errors:
        sys.stderr.write("".join(f"{error}\n" for error in errors.exceptions))
        failed = True
    if failed:
        return 3
    found["passed"] = (
        found["warm_to_command"] <= TARGET_RATIO
        and found["again_to_warm"] <= TARGET_REPEAT
        and found["walls_to_render"] <= TARGET_WALLS
        and found["frames_apart"] == 0
        and found["largest_mean_difference"] <= TARGET_DIFFERENCE
    )
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
