"""`python -m evals.bench.corpus`: the corpus of `dvc.yaml` and `params.yaml` made from nothing, step by step with the commands that stand there.

The corpus lies in a new folder (`--keep FOLDER` keeps it), HiSolver's data too; what the machine has besides, such as pip's cache, is used as it is.
Printed are the seconds of every step, how many scenes render, how many of them are distinct (one of near-duplicates each), and the version of the corpus.
The last step is `validate`; `--until report` also makes the index, in HiSolver's cache folder, and the page. Exit codes: 0 within the targets, 1 outside
them, 2 wrong usage, 3 a step failed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TARGET_SCENES, TARGET_S = 500, 40 * 60
_VALUE = re.compile(r"\$\{([\w.-]+)\}")


def commands(pipeline: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, list[str]]:
    """The command of every stage, in order, with its parameters. Raises `KeyError` for a parameter that is not there."""

    def value(match: re.Match[str]) -> str:
        found: Any = params
        for key in match[1].split("."):
            found = found[key]
        return str(found)

    return {name: _VALUE.sub(value, stage["cmd"]).split() for name, stage in pipeline["stages"].items()}


def measure(folder: Path, until: str) -> dict[str, Any]:
    """Raises `subprocess.CalledProcessError` where a step fails, `ValueError` for a last step that there is not."""
    import yaml

    steps = commands(*(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")) for name in ("dvc.yaml", "params.yaml")))
    steps = dict(list(steps.items())[: list(steps).index(until) + 1])
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HISOLVER_DATA_DIR": str(folder / "data")}
    (folder / "corpus").mkdir()
    seconds: dict[str, float] = {}
    for name, command in steps.items():
        began = time.monotonic()
        subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "-m", "server.cli", *command[1:]], cwd=folder, env=environment, stdout=sys.stderr, check=True
        )
        seconds[name] = round(time.monotonic() - began, 1)
        sys.stderr.write(f"{name}: {seconds[name]:.0f} s\n")
    summaries = {
        path.name.removesuffix(".summary.json"): json.loads(path.read_text()) for path in (folder / "corpus").glob("*.summary.json")
    }
    validated = summaries.get("validate", {})
    return {
        "cores": len(os.sched_getaffinity(0)),
        "load_1m": round(os.getloadavg()[0], 1),
        "steps_s": seconds,
        "all_s": round(sum(seconds.values()), 1),
        "found": summaries.get("preprocess", {}).get("scenes"),
        "tried": validated.get("tried"),
        "rendered": validated.get("rendered"),
        "distinct": validated.get("distinct"),
        "errors": validated.get("errors"),
        "corpus": validated.get("corpus"),
    }


@contextlib.contextmanager
def _place(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="corpus-") as name:
            yield Path(name)
    else:
        keep.mkdir(parents=True)
        yield keep


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.corpus", description="The corpus from nothing.")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="a new folder that is kept (default: a temporary one)")
    parser.add_argument("--until", default="validate", metavar="STEP", help="the last stage of dvc.yaml that is run (default: %(default)s)")
    given = parser.parse_args()
    try:
        with _place(given.keep) as folder:
            found = measure(folder.resolve(), given.until)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(f"{' '.join(error.cmd[2:])} ended with {error.returncode}\n")
        return 3
    except (OSError, KeyError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    found["passed"] = (found["distinct"] or 0) >= TARGET_SCENES and found["all_s"] <= TARGET_S
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
