"""`python -m evals.bench.throughput`: the same scenes through 1, 2 and 4 worker processes on this machine, and how throughput grows.

Each count gets a Dask scheduler on loopback and worker processes of its own (`hisolver render-worker`, one scene at a time each), as on other machines.
All scenes are handed in at once, none twice: a comment makes each copy of a scene file another job. Before the clock starts every worker has rendered
one scene. A render is one busy process, so more workers than cores cannot help; the table says how many cores there are. With `--rounds` the counts
take turns, and medians are shown. Exit codes: 0 done, 2 wrong usage, 3 a scene or a process failed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from agents.errors import TutorError
from evals.bench.renders import Source, scenes

ROOT = Path(__file__).parents[2]
START_S = 120.0


def jobs(sources: list[Source], count: int) -> list[Source]:
    """`count` scenes, the files over and over again, each copy a program of its own."""
    return [
        (f"{name}-{number}", f"{source}\n# {number}\n", scene)
        for number, (name, source, scene) in ((number, sources[number % len(sources)]) for number in range(count))
    ]


@contextlib.asynccontextmanager
async def cluster(workers: int) -> AsyncIterator[str]:
    """The address of a scheduler on loopback with that many worker processes. Raises `TutorError` where they do not come up."""
    from agents.rendering.across.worker import PortlessScheduler, own_logs

    own_logs(logging.WARNING)
    async with PortlessScheduler(protocol="tcp://", host="127.0.0.1", port=0, dashboard=False) as scheduler:
        command = [sys.executable, "-m", "server.cli", "render-worker", scheduler.address, "--slots", "1"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        made = [
            await asyncio.create_subprocess_exec(
                *command, env=environment, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
            for _ in range(workers)
        ]
        try:
            deadline = time.monotonic() + START_S
            while len(scheduler.workers) < workers:
                if time.monotonic() > deadline or any(process.returncode is not None for process in made):
                    raise TutorError(f"the workers did not come up; try it by hand: {' '.join(command[1:])}")
                await asyncio.sleep(0.1)
            yield scheduler.address
        finally:
            for process in made:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
            await asyncio.gather(*(process.wait() for process in made))


async def rendered(address: str, given: list[Source], folder: Path) -> float:
    """Seconds for all of them, handed in at once. Raises `TutorError` where a scene fails."""
    from agents.rendering.across.client import DaskRenderer

    renderer = DaskRenderer(address, patience_s=START_S)

    async def one(name: str, source: str, scene: str) -> None:
        report = await renderer.render(source, scene=scene, out=folder / f"{name}.mp4", timeout_s=120.0)
        if not report["ok"]:
            raise TutorError(f"{name}: {report['error']}")

    try:
        await renderer.workers()
        started = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for job in given:
                group.create_task(one(*job))
        return time.monotonic() - started
    finally:
        await renderer.aclose()


async def measure(sources: list[Source], count: int, workers: list[int], rounds: int) -> dict[str, Any]:
    """Every number of workers, `rounds` times, in turn."""
    load = round(os.getloadavg()[0], 2)
    took: dict[int, list[float]] = {number: [] for number in workers}
    for turn in range(rounds):
        for number in workers if turn % 2 == 0 else reversed(workers):
            with tempfile.TemporaryDirectory(prefix="throughput-") as name:
                async with cluster(number) as address:
                    await rendered(
                        address,
                        [(f"warm-{given}", f"{sources[0][1]}\n# warm {given}\n", sources[0][2]) for given in range(number)],
                        Path(name),
                    )
                    took[number].append(await rendered(address, jobs(sources, count), Path(name)))
    cores = len(os.sched_getaffinity(0))
    medians = {number: statistics.median(seconds) for number, seconds in took.items()}
    base = medians[workers[0]]
    rows = [
        {
            "workers": number,
            "seconds": round(seconds, 2),
            "scenes_per_minute": round(60 * count / seconds, 1),
            "speed_up": round(base / seconds, 2),
        }
        for number, seconds in medians.items()
    ]
    return {"scenes": count, "rounds": rounds, "cores": cores, "load_before": load, "workers": rows}


def table(found: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        f"{found['scenes']} scenes, {found['rounds']} rounds, {found['cores']} cores, load {found['load_before']} before the start",
        "",
        "| worker processes | seconds | scenes a minute | speed-up |",
        "|---|---|---|---|",
        *(f"| {row['workers']} | {row['seconds']} | {row['scenes_per_minute']} | {row['speed_up']} |" for row in found["workers"]),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.throughput", description="Renders by 1, 2 and 4 worker processes.")
    parser.add_argument("--scenes", type=int, default=20, metavar="N", help="scenes for each number of workers (default: %(default)s)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4], metavar="N", help="numbers of workers (default: 1 2 4)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of every number (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args()
    if min(given.scenes, given.rounds, *given.workers) < 1 or len(set(given.workers)) < len(given.workers):
        parser.error("--scenes, --rounds and --workers must be at least 1, and no number of workers named twice")
    failed, found = False, dict[str, Any]()
    try:
        found = asyncio.run(measure(scenes(Path(__file__).with_name("scenes"), 10), given.scenes, given.workers, given.rounds))
    except* (TutorError, OSError) as errors:
        sys.stderr.write("".join(f"{error}\n" for error in errors.exceptions))
        failed = True
    if failed:
        return 3
    sys.stdout.write(json.dumps(found, indent=1) + "\n" if given.json else table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
