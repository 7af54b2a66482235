"""`python -m evals.bench.finetune_train`: `hisolver finetune train` on 300 pairs, 20 steps, once undisturbed and once killed with SIGKILL and resumed.

Tells the seconds from the start of the process to its end, the most memory that a process held, and whether both runs have the same losses, to the
last bit. By default SmolLM2-135M (its pinned weights where the hub is not reached). Run it from the repository's root on a machine that does nothing
else. Exit codes: 0 the curves are the same, 1 otherwise, 3 a process failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.errors import InfrastructureError

SHAPES = ("Circle", "Square", "Triangle", "Dot", "Star", "RegularPolygon", "Ellipse", "Line", "Arrow", "Annulus")
COLOURS = ("BLUE", "RED", "GREEN", "YELLOW", "TEAL", "ORANGE")
ACTIONS = (
    ("appear", "Create(figure)"),
    ("fade in", "FadeIn(figure)"),
    ("grow from its centre", "GrowFromCenter(figure)"),
    ("turn once", "Rotate(figure, TAU)"),
    ("move to the left", "figure.animate.shift(2 * LEFT)"),
)


def pairs() -> list[dict[str, Any]]:
    """300 requests, each with its scene."""
    made = []
    for shape in SHAPES:
        for colour in COLOURS:
            for words, call in ACTIONS:
                request = f"Show a {colour.lower()} {shape.lower()} and let it {words}."
                code = (
                    "from manim import *\n\n\nclass Shown(Scene):\n    def construct(self):\n"
                    f"        figure = {shape}(color={colour})\n        self.add(figure)\n        self.play({call})\n        self.wait()\n"
                )
                made.append(example(request, code))
    return made


def example(request: str, code: str) -> dict[str, Any]:
    messages = [{"role": "user", "content": request}, {"role": "assistant", "content": code}]
    name = hashlib.sha256(json.dumps(messages).encode("ascii")).hexdigest()[:16]
    about = {"task": "code", "group": name, "source": "evals.bench", "licence": "Apache-2.0", "origin": {}, "check": {"kind": "render"}}
    return {"id": name, "messages": messages, **about}


def write_dataset(folder: Path, made: Sequence[Mapping[str, Any]]) -> Path:
    """A data set of examples as docs/finetune.md has it, all of it to train on: the other two splits are empty."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {"train": "".join(json.dumps(pair) + "\n" for pair in made).encode("ascii"), "validation": b"", "test": b""}
    for split, content in contents.items():
        (folder / f"{split}.jsonl").write_bytes(content)
    described = {
        "name": "bench",
        "version": hashlib.sha256(b"".join(contents.values())).hexdigest()[:16],
        "corpus": "",
        "splits": {split: content.count(b"\n") for split, content in contents.items()},
        "tasks": {"code": len(made)},
        "licences": {"Apache-2.0": len(made)},
        "dropped": {},
        "overlap": {},
        "seed": 0,
        "made_at": "2026-01-01T00:00:00Z",
    }
    (folder / "dataset.json").write_text(json.dumps(described, indent=1) + "\n", encoding="utf-8")
    return folder


def command(config: str, data: Path, run: Path, steps: int) -> list[str]:
    base = [sys.executable, "-m", "server.cli", "finetune", "train", config, "--data", str(data), "-o", str(run)]
    return [*base, "--set", f"training.steps={steps}", "--set", "training.save_every=5", "--set", "tracking.to=none"]


def run_whole(arguments: list[str]) -> float:
    """Runs to the end and returns the seconds. Raises `InfrastructureError`."""
    began = time.monotonic()
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise InfrastructureError("train", f"exit code {done.returncode}: {done.stderr[-2000:]}")
    return time.monotonic() - began


def run_killed(arguments: list[str], at: int) -> None:
    """Runs until step `at` is told, then kills. Raises `InfrastructureError` where it ends before."""
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as child:  # noqa: S603
        told = []
        for line in child.stderr or ():
            told.append(line)
            if line.startswith(f"step {at}: loss"):
                child.kill()
                return
    raise InfrastructureError("train", f"it ended before step {at}: {''.join(told)[-2000:]}")


def losses(run: Path) -> list[float]:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    return [row["loss"] for row in rows if "loss" in row]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.finetune_train", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", default="smollm2-135m")
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--kill-at", type=int, default=12, help="The step after which the second run is killed.")
    parser.add_argument("--out", type=Path, help="Where the runs stay; by default they are removed.")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.out or Path(temporary)
        data = write_dataset(folder / "data", pairs())
        try:
            seconds = run_whole(command(options.config, data, folder / "whole", options.steps))
            run_killed(command(options.config, data, folder / "killed", options.steps), options.kill_at)
            resumed = run_whole([*command(options.config, data, folder / "killed", options.steps), "--resume"])
        except InfrastructureError as error:
            print(error, file=sys.stderr)  # noqa: T201 - this is a command
            return 3
        curves = losses(folder / "whole"), losses(folder / "killed")
        summary = json.loads((folder / "whole" / "train.summary.json").read_text(encoding="utf-8"))
    result = {
        "config": options.config,
        "pairs": len(pairs()),
        "steps": options.steps,
        "seconds": round(seconds, 1),
        "resumed_seconds": round(resumed, 1),
        "peak_bytes": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
        "tokens_per_second": summary["tokens_per_second"],
        "loss": summary["loss"],
        "same_curve": curves[0] == curves[1],
    }
    print(json.dumps(result, indent=1))  # noqa: T201
    return 0 if result["same_curve"] and len(curves[0]) == options.steps else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
