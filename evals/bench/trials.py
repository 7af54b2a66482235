"""`python -m evals.bench.trials`: what it costs a trial of a scene to keep the variables of `construct`.

The same scenes of ours (`evals/bench/scenes`, no stranger's) are tried out in this process, with and without, in turn; the median of each is printed as
JSON. Exit codes: 0 done, 2 wrong usage, 3 a scene failed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from evals.bench.renders import scenes


def measured(names: list[str], rounds: int) -> dict[str, dict[str, float]]:
    """Median seconds of CPU of a trial of each scene, `plain` and with its names kept (`named`). Raises `RuntimeError` where one fails."""
    from manim import config

    from agents.rendering.inside import tex
    from agents.rendering.inside.mending.trial import Finished, try_out

    tex.install()
    told: dict[str, dict[str, float]] = {}
    for name, source, scene in scenes(Path(__file__).parent / "scenes", 99):
        if name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "scene.py"
            file.write_text(source, encoding="utf-8")
            config.media_dir, config.progress_bar, config.verbosity = str(Path(folder) / "media"), "none", "ERROR"
            took: dict[bool, list[float]] = {False: [], True: []}
            for turn in range(rounds + 1):
                for keep in (False, True):
                    began = time.process_time()
                    if not isinstance(try_out(source, scene, str(file), 120.0, keep_names=keep), Finished):
                        raise RuntimeError(f"the scene {name} failed")
                    if turn:  # the first fills the caches of formulas
                        took[keep].append(time.process_time() - began)
        told[name] = {"plain": round(statistics.median(took[False]), 3), "named": round(statistics.median(took[True]), 3)}
    return told


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.trials", description=__doc__)
    parser.add_argument("--scenes", nargs="+", default=["parabola", "tangent"])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    try:
        told = measured(given.scenes, given.rounds)
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    if len(told) < len(set(given.scenes)):
        parser.error(f"there is no scene {', '.join(sorted(set(given.scenes) - set(told)))}")
    sys.stdout.write(json.dumps({"unit": "s of CPU", "rounds": given.rounds, "scenes": told}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
