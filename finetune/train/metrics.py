"""`metrics.jsonl`, one line a step, always; and the plots of it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from retrieval.whole import write_whole

FILE = "metrics.jsonl"
PLOTS = (
    ("loss", "loss", 1.0, "Loss"),
    ("throughput", "tokens_per_second", 1.0, "Tokens a second"),
    ("memory", "peak_memory_bytes", 1 / 2**30, "Peak memory, GiB"),
)


class Metrics:
    """Appends to a run's metrics. What was cut by a kill, or is of steps after the checkpoint that a run goes on from, goes first."""

    def __init__(self, run: Path, *, after: int = 0) -> None:
        """`after` is the step that the run goes on from. Raises `OSError`."""
        self._path = run / FILE
        kept = [row for row in read_metrics(run) if row["step"] <= after]
        write_whole(self._path, lambda file: file.write("".join(json.dumps(row) + "\n" for row in kept).encode()))
        self._file = self._path.open("a", encoding="utf-8")

    def add(self, row: dict[str, Any]) -> None:
        self._file.write(json.dumps(row) + "\n")
        self._file.flush()

    def close(self) -> None:
        if not self._file.closed:
            os.fsync(self._file.fileno())
            self._file.close()


def read_metrics(run: Path) -> list[dict[str, Any]]:
    """The whole lines of a run's metrics, [] where it has none."""
    path = run / FILE
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue  # the line that a kill cut
        if isinstance(row, dict) and isinstance(row.get("step"), int):
            rows.append(row)
    return rows


def plot(run: Path, rows: Sequence[dict[str, Any]]) -> list[Path]:
    """Draws loss, throughput and memory over the steps into `run/plots`, each a PNG. Raises `OSError`."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    folder = run / "plots"
    folder.mkdir(exist_ok=True)
    drawn = []
    held_out = [(row["step"], row["evaluation_loss"]) for row in rows if "evaluation_loss" in row]
    for name, key, scale, title in PLOTS:
        points = [(row["step"], row[key] * scale) for row in rows if key in row]
        figure = Figure(figsize=(7, 4), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        axes.plot(*zip(*points, strict=True) if points else ([], []), marker="." if len(points) < 40 else "", label="training")
        if name == "loss" and held_out:
            axes.plot(*zip(*held_out, strict=True), marker="o", label="validation")
            axes.legend()
        axes.set(xlabel="step", ylabel=title, title=title)
        axes.grid(alpha=0.3)
        if name != "loss":
            axes.set_ylim(bottom=0)
        write_whole(folder / f"{name}.png", lambda file, figure=figure: figure.savefig(file, format="png", dpi=110))
        drawn.append(folder / f"{name}.png")
    return drawn
