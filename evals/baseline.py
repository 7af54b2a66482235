"""Baselines: what a suite scored before, item by item, as a committed file."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any, TypedDict

from evals.errors import UsageError
from evals.report import Comparison, Report, SuiteReport, item_scores
from evals.stats import sign_test

TOLERANCE = 0.05
"""A score over the shared items may fall by this much before it counts as a regression: one of 20 to 39 items may flip."""


class Baseline(TypedDict):
    """`items` holds each item's share of right epochs."""

    suite: str
    made: str
    dataset_sha256: str
    epochs: int
    n: int
    score: float
    interval: tuple[float, float]
    metrics: dict[str, Any]
    server: dict[str, Any]
    items: dict[str, float]


def baseline_path(where: Path, suite: str) -> Path:
    """`where` itself when it names a JSON file, else `SUITE.json` in that folder."""
    return where if where.suffix == ".json" else where / f"{suite}.json"


def load_baseline(path: Path, suite: str) -> Baseline | None:
    """The baseline in `path`, None where there is no such file. Raises `UsageError` when it is damaged or of another suite."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as a baseline: {error}") from error
    fields = Baseline.__annotations__
    if not isinstance(found, dict) or not fields.keys() <= found.keys() or not isinstance(found["items"], dict):
        raise UsageError(f"{path} is no baseline: it needs {', '.join(fields)}")
    if found["suite"] != suite:
        raise UsageError(f"{path} is a baseline of suite {found['suite']!r}, not of {suite!r}")
    baseline: Baseline = found  # type: ignore[assignment]
    return baseline


def check_dataset(baseline: Baseline, path: Path, digest: str) -> None:
    """Raises `UsageError` when the baseline was made with other data: item names would match and mean something else."""
    if baseline["dataset_sha256"] != digest:
        raise UsageError(f"{path} was made with another version of the dataset; make a new one with --update-baseline")


def compare(report: SuiteReport, baseline: Baseline, path: Path, *, tolerance: float = TOLERANCE) -> Comparison | None:
    """The comparison over the items that both measured; None when there are none."""
    now = item_scores(report["rows"])
    shared = [name for name in now if name in baseline["items"]]
    if not shared:
        return None
    before = {name: baseline["items"][name] for name in shared}
    worse = [name for name in shared if now[name] < before[name]]
    better = [name for name in shared if now[name] > before[name]]
    score, old = sum(now[name] for name in shared) / len(shared), sum(before.values()) / len(shared)
    return Comparison(
        file=path.name,
        made=baseline["made"],
        shared=len(shared),
        score=score,
        baseline_score=old,
        went_wrong=worse,
        went_right=better,
        p=sign_test(len(worse), len(better)),
        regression=old - score > tolerance + 1e-9,
    )


def save_baseline(path: Path, report: SuiteReport, run: Report) -> None:
    """Writes the report as the new baseline, whole or not at all. Raises `UsageError` when nothing was measured, `OSError` when it cannot be written."""
    if report["score"] is None:
        raise UsageError(f"nothing of suite {report['suite']} was measured: the baseline stays as it is")
    baseline = Baseline(
        suite=report["suite"],
        made=run["started"],
        dataset_sha256=report["dataset_sha256"],
        epochs=report["epochs"],
        n=report["n"],
        score=report["score"],
        interval=report["interval"],
        metrics={name: metric["value"] for name, metric in report["metrics"].items()},
        server=run["server"],
        items=item_scores(report["rows"]),
    )
    write_whole(path, json.dumps(baseline, indent=1, ensure_ascii=False) + "\n")


def write_whole(path: Path, text: str) -> None:
    """Writes `text` beside `path` and renames it into place. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
