"""Takes apart what a render job left: a report and a video in one file. All of it was within a stranger's reach, so all of it is checked."""

from __future__ import annotations

import json
import math
import struct
from typing import Any, cast, get_args

from agents.errors import RenderError
from agents.rendering.inside.sealed import MOST_FORMULAS, MOST_SOURCE
from agents.rendering.report import DrawnCurve, ErrorKind, Finding, FindingKind, Formulas, SceneError, Shown, TakenOut

MAX_REPORT = 1_000_000
MAX_ENTRIES = 400
MAX_TEXT = 600
MAX_CURVES = 40
MAX_POINTS = 64
_FAR = 1e9


def unpack(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Report and video. Raises `RenderError` for anything that is not of the harness's form."""
    if len(data) < 8:
        raise RenderError("the render job left no report")
    (size,) = struct.unpack(">Q", data[:8])
    if size > min(MAX_REPORT, len(data) - 8):
        raise RenderError("the render job left a malformed report")
    try:
        report = json.loads(data[8 : 8 + size])
    except (ValueError, RecursionError) as error:
        raise RenderError("the render job left an unreadable report") from error
    if not isinstance(report, dict):
        raise RenderError("the render job left a malformed report")
    return report, data[8 + size :]


def number(value: Any, *, low: float = 0.0, high: float = 1e6) -> float:
    return float(value) if isinstance(value, (int, float)) and math.isfinite(value) and low <= value <= high else 0.0


def text(value: Any, most: int = MAX_TEXT) -> str:
    return "".join(char for char in value[:most] if char.isprintable() or char == "\n") if isinstance(value, str) else ""


def line(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000 else None


def scene_error(value: Any) -> SceneError | None:
    if not isinstance(value, dict):
        return None
    kind = value.get("kind")
    return SceneError(
        kind=cast("ErrorKind", kind) if kind in get_args(ErrorKind) else "runtime",
        message=text(value.get("message")) or "the scene failed",
        line=line(value.get("line")),
        hint=text(value.get("hint")),
    )


def texts(value: Any) -> list[str]:
    return [text(entry) for entry in value[:MAX_ENTRIES] if isinstance(entry, str)] if isinstance(value, list) else []


def taken_out(value: Any) -> list[TakenOut]:
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    return [
        TakenOut(
            code=text(entry.get("code")),
            statement=text(entry.get("statement")),
            line=line(entry.get("line")),
            whole=entry.get("whole") is True,
            message=text(entry.get("message")),
            hint=text(entry.get("hint")),
        )
        for entry in entries[:MAX_ENTRIES]
    ]


def findings(value: Any) -> list[Finding]:
    entries = (
        [entry for entry in value if isinstance(entry, dict) and entry.get("kind") in get_args(FindingKind)]
        if isinstance(value, list)
        else []
    )
    return [
        Finding(
            kind=entry["kind"],
            severity="error" if entry.get("severity") == "error" else "warning",
            objects=[text(name, 120) for name in entry.get("objects", [])[:4]] if isinstance(entry.get("objects"), list) else [],
            at_s=number(entry.get("at_s")),
            line=line(entry.get("line")),
        )
        for entry in entries[:MAX_ENTRIES]
    ]


def shown(value: Any) -> list[Shown]:
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    return [
        Shown(
            kind=text(entry.get("kind"), 80) or "Mobject",
            text=text(entry["text"]) if isinstance(entry.get("text"), str) else None,
            from_s=number(entry.get("from_s")),
            to_s=number(entry.get("to_s")),
            line=line(entry.get("line")),
        )
        for entry in entries[:MAX_ENTRIES]
    ]


def curves(value: Any) -> list[DrawnCurve]:
    """Those whose points and ranges are numbers, at most `MAX_CURVES`."""
    entries = [entry for entry in value[:MAX_CURVES] if isinstance(entry, dict)] if isinstance(value, list) else []
    found = []
    for entry in entries:
        given = entry.get("points")
        points = [pair for each in given[:MAX_POINTS] if (pair := _pair(each)) is not None] if isinstance(given, list) else []
        x_range, y_range = _pair(entry.get("x_range")), _pair(entry.get("y_range"))
        if points and x_range is not None and y_range is not None and x_range[0] < x_range[1] and y_range[0] < y_range[1]:
            found.append(
                DrawnCurve(
                    kind=text(entry.get("kind"), 80) or "VMobject",
                    function=entry.get("function") is True,
                    x_range=x_range,
                    y_range=y_range,
                    points=points,
                    at_s=number(entry.get("at_s")),
                    line=line(entry.get("line")),
                )
            )
    return found


def _pair(value: Any) -> tuple[float, float] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    if not all(isinstance(part, (int, float)) and math.isfinite(part) and abs(part) <= _FAR for part in value):
        return None
    return float(value[0]), float(value[1])


def formulas(value: Any) -> Formulas:
    told = value if isinstance(value, dict) else {}
    count = told.get("count")
    return Formulas(
        setter="typst" if told.get("setter") == "typst" else "latex",
        count=count if isinstance(count, int) and not isinstance(count, bool) and 0 <= count < 1_000_000 else 0,
        as_text=texts(told.get("as_text")),
    )


def formula_sources(told: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The .tex files that a job says it has compiled, and those that it found compiled. Whether that is true does not matter: see `kept_formulas`."""
    formulas = told.get("formulas")
    lists = [formulas.get(name) if isinstance(formulas, dict) else None for name in ("compiled", "found")]
    compiled, found = (
        [source for source in value[:MOST_FORMULAS] if isinstance(source, str) and 0 < len(source) <= MOST_SOURCE]
        if isinstance(value, list)
        else []
        for value in lists
    )
    return compiled, found
