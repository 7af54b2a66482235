"""Accuracy against seconds: which share of the items was right within so many seconds, for the report and as a chart of characters."""

from __future__ import annotations

from collections.abc import Sequence

from evals.runner import Row

WIDTH, HEIGHT = 60, 10


def accuracy_curve(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """Steps of the curve as (seconds, share of all measured items that were right within them), seconds ascending; empty where nothing was right."""
    measured = [row for row in rows if row["right"] is not None and row["seconds"] is not None]
    took = sorted(float(row["seconds"] or 0.0) for row in measured if row["right"])
    return [(seconds, count / len(measured)) for count, seconds in enumerate(took, 1)]


def chart(curve: Sequence[tuple[float, float]]) -> list[str]:
    """The curve in lines of text, 0 to 100 % upwards and seconds from 0 to the last right answer to the right; none for no curve."""
    if not curve:
        return []
    last = curve[-1][0]
    # a column shows what was right by its right edge
    shares = [max((share for seconds, share in curve if seconds <= last * (column + 1) / WIDTH), default=0.0) for column in range(WIDTH)]
    lines = []
    for level in range(HEIGHT, 0, -1):
        label = f"{100 * level // HEIGHT:>4} %" if level % 2 == 0 else " " * 6
        lines.append(f"{label} |{''.join('#' if share * HEIGHT >= level - 0.5 else ' ' for share in shares)}".rstrip())
    return [*lines, f"{' ' * 7}+{'-' * WIDTH}", f"{' ' * 8}0{f'{last:.0f} s':>{WIDTH - 1}}"]
