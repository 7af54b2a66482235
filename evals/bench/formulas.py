"""`python -m evals.bench.formulas`: ten scenes full of formulas, without kept formulas and with all of them kept.

Both ways take turns, one scene after the other, with a sandbox started ahead in each as the server does. The first round's formulas are compiled alone in
between, whose time is told apart. Frames of both ways are decoded and compared. Exit codes: 0 within the target, 1 above it or frames differ, 2 wrong usage,
3 a scene failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from agents.errors import TutorError
from agents.rendering import ManimRenderer
from agents.rendering.kept_formulas import KeptFormulas
from agents.sandbox import WarmSandbox, probe
from evals.bench.renders import difference

TARGET_RATIO = 0.7
"""Of the seconds without kept formulas."""
FORMULAS: tuple[tuple[str, ...], ...] = (
    (r"3x + 5 = 20", r"3x = 15", r"x = \frac{15}{3}", r"x = 5"),
    (r"x^2 - 4x + 3 = 0", r"(x-1)(x-3) = 0", r"x = 1 \text{ or } x = 3", r"D = b^2 - 4ac"),
    (r"x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}", r"b^2 - 4ac = 16", r"\sqrt{16} = 4", r"x_1 = 3, \quad x_2 = -1"),
    (r"\begin{cases} x + y = 7 \\ x - y = 1 \end{cases}", r"2x = 8", r"x = 4", r"y = 3"),
    (r"\sin^2\theta + \cos^2\theta = 1", r"\sin 30^\circ = \frac{1}{2}", r"\cos 30^\circ = \frac{\sqrt{3}}{2}", r"\tan\theta = \frac{\sin\theta}{\cos\theta}"),
    (r"a^2 + b^2 = c^2", r"3^2 + 4^2 = c^2", r"c^2 = 25", r"c = \sqrt{25} = 5"),
    (r"A = \pi r^2", r"A = 16\pi", r"r^2 = 16", r"r = 4"),
    (r"\left| 2x - 3 \right| \leq 5", r"-5 \leq 2x - 3 \leq 5", r"-2 \leq 2x \leq 8", r"-1 \leq x \leq 4"),
    (r"f(x) = 2^{x} + 1", r"f(3) = 2^{3} + 1", r"f(3) = 9", r"\lim_{x \to -\infty} f(x) = 1"),
    (r"P(A \cap B) = P(A) \cdot P(B)", r"P(A) = \frac{1}{6}", r"P(B) = \frac{1}{2}", r"P(A \cap B) = \frac{1}{12}"),
)  # fmt: skip


def scene(formulas: tuple[str, ...]) -> str:
    """A Manim program that writes the formulas below one another."""
    made = ", ".join(f"MathTex({tex!r})" for tex in formulas)
    lines = [
        f"lines = VGroup({made}).arrange(DOWN, buff=0.6)",
        *(f"self.play(FadeIn(lines[{n}]), run_time=0.4)" for n in range(len(formulas))),
    ]
    return "from manim import *\n\n\nclass Formulas(Scene):\n    def construct(self):\n" + "".join(f"        {line}\n" for line in lines)


async def rendered(renderer: ManimRenderer, sources: list[str], folder: Path) -> tuple[float, list[Path]]:
    """Seconds for all scenes one after the other, and the videos. Raises `TutorError` where a scene fails."""
    videos = []
    began = time.monotonic()
    for number, source in enumerate(sources):
        out = folder / f"{number}.mp4"
        report = await renderer.render(source, out=out, timeout_s=600)
        if not report["ok"]:
            raise TutorError(f"scene {number}: {report['error']}")
        videos.append(out)
    return time.monotonic() - began, videos


async def measure(count: int, rounds: int) -> dict[str, Any]:
    """Both ways, `rounds` times each, in turn."""
    sources = [scene(formulas) for formulas in FORMULAS[:count]]
    load = os.getloadavg()
    without, with_them = [], []
    apart, worst, fill_s = 0, 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="formulas-") as name:
        folder = Path(name)
        kept = KeptFormulas(folder / "kept", 64, lambda _: True)
        cold, warm = WarmSandbox(probe(), spares=1), WarmSandbox(probe(), spares=1)
        try:
            plain, keeping = ManimRenderer(cold, "latex"), ManimRenderer(warm, "latex", kept)
            await rendered(plain, sources[:1], folder / "first")  # starts a spare
            await rendered(keeping, sources, folder / "fill")
            began = time.monotonic()
            await kept.settled()
            fill_s = time.monotonic() - began
            for number in range(rounds):
                seconds, ours = await rendered(plain, sources, folder / f"without-{number}")
                without.append(seconds)
                seconds, theirs = await rendered(keeping, sources, folder / f"with-{number}")
                with_them.append(seconds)
                for a, b in zip(ours, theirs, strict=True):
                    frames, mean = await asyncio.to_thread(difference, a, b)
                    apart, worst = max(apart, frames), max(worst, mean)
        finally:
            await kept.aclose()
            await cold.aclose()
            await warm.aclose()
        entries = [path.stat().st_size for path in (folder / "kept").rglob("*") if path.is_file()]
    return {
        "scenes": len(sources),
        "formulas": sum(map(len, FORMULAS[:count])),
        "rounds": rounds,
        "without_s": round(statistics.median(without), 2),
        "with_s": round(statistics.median(with_them), 2),
        "ratio": round(statistics.median(with_them) / statistics.median(without), 3),
        "left_to_compile_s": round(fill_s, 2),
        "kept": len(entries),
        "kept_kib": round(sum(entries) / 1024, 1),
        "frames_apart": apart,
        "largest_mean_difference": round(worst, 3),
        "load_before": round(load[0], 2),
        "load_after": round(os.getloadavg()[0], 2),
        "cores": len(os.sched_getaffinity(0)),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.formulas", description="Renders with and without kept formulas.")
    parser.add_argument("--scenes", type=int, default=10, metavar="N", help="scenes a round, at most 10 (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of both ways (default: %(default)s)")
    given = parser.parse_args()
    if not 1 <= given.scenes <= len(FORMULAS) or given.rounds < 1:
        parser.error(f"--scenes must be 1 to {len(FORMULAS)}, --rounds at least 1")
    try:
        found = asyncio.run(measure(given.scenes, given.rounds))
    except (TutorError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 3
    found["passed"] = found["ratio"] <= TARGET_RATIO and found["frames_apart"] == 0 and found["largest_mean_difference"] == 0
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
