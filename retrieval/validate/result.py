"""A line of `validated.jsonl`, and what is made of a render report for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from retrieval.validate.port import Rendered

NOT_TRIED = "not_tried"
"""The kind of error of a scene that was not rendered, beside those of the render report."""
THUMBNAILS = "thumbnails"


@dataclass(frozen=True, slots=True)
class Validated:
    """In the words of the render report. `seconds` of video, `wall_s` of work; `thumbnail` is a path in the corpus' folder; `formulas` are the TeX
    sources that were on screen, each once."""

    id: str
    ok: bool
    manim: str
    seconds: float = 0.0
    wall_s: float = 0.0
    error: Mapping[str, Any] | None = None
    thumbnail: str | None = None
    shown: Sequence[Mapping[str, Any]] = ()
    formulas: Sequence[str] = ()
    layout: Sequence[Mapping[str, Any]] = ()


def from_report(identifier: str, manim: str, report: Rendered) -> Validated:
    error = None if report.ok else {key: (report.error or {}).get(key) for key in ("kind", "message", "line")}
    return Validated(
        id=identifier,
        ok=report.ok,
        manim=manim,
        seconds=report.seconds,
        wall_s=report.wall_s,
        error=error,
        thumbnail=f"{THUMBNAILS}/{identifier}.png" if report.still else None,
        shown=list(report.shown),
        formulas=formulas(report.shown),
        layout=list(report.layout),
    )


def not_tried(identifier: str, manim: str, reason: str) -> Validated:
    return Validated(id=identifier, ok=False, manim=manim, error={"kind": NOT_TRIED, "message": reason, "line": None})


def formulas(shown: Iterable[Mapping[str, Any]]) -> list[str]:
    """The TeX sources in order of appearance. Manim's classes that hold TeX are called something with Tex at the end."""
    return list(dict.fromkeys(item["text"] for item in shown if item.get("text") and str(item.get("kind")).endswith("Tex")))


def fullest_moment(shown: Iterable[Mapping[str, Any]], seconds: float) -> float:
    """The middle of the last stretch in which most things were on screen: what a thumbnail should show."""
    changes: dict[float, int] = {}
    for item in shown:
        begin, end = float(item["from_s"]), min(float(item["to_s"]), seconds)
        if end > begin:
            changes[begin] = changes.get(begin, 0) + 1
            changes[end] = changes.get(end, 0) - 1
    times = sorted(changes)
    most, now, found = 0, 0, (0.0, seconds)
    for begin, end in pairwise(times):
        now += changes[begin]
        if now >= most and now > 0:
            most, found = now, (begin, end)
    return (found[0] + found[1]) / 2
