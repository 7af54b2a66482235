"""The loop: run, mend or take out, run again; until the scene comes to its end or too little of it is left."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.rendering.inside import diagnose
from agents.rendering.inside.mending import calls, formulas, names
from agents.rendering.inside.mending.ending import animated, show_all
from agents.rendering.inside.mending.place import is_mark, statement_of, take_out, take_out_twins, without_marks
from agents.rendering.inside.mending.placing import Placement, Placer
from agents.rendering.inside.mending.trial import Failure, Finished, try_out

_MOST = 30
"""Fixes before the program is given up. Two trials of one scene differ in the fixed place only, so each finds the next fault."""
_KEPT = 0.5
"""Share of the statements that must be left: a scene of scraps shows something else than was asked for."""
_PLACED = 12
"""Changes of the layout that are tried."""
_PLACEABLE = frozenset({"off_frame", "overlap", "text_crossed", "tiny_text"})
_SHOWN = "what was made and never shown is shown"
_FIXES: tuple[Callable[[Failure], str | None], ...] = (
    calls.mend_expression,
    names.mend_name,
    names.mend_attribute,
    names.mend_keyword,
    calls.mend_count,
    calls.mend_pieces,
    calls.mend_colour,
    formulas.mend_formula,
    calls.mend_play,
    calls.mend_ends,
    calls.mend_points,
)


def mend(source: str, scene: str, file: str, *, max_seconds: float, until: float) -> dict[str, Any]:
    """The program as it runs to its end: `{"source", "fixes", "taken_out", "error"}`.

    `fixes` are words for what was changed; `taken_out` are statements or arguments that could not be mended, each with its error; `error` is None,
    or why the program was given up. `until` is on the monotonic clock.
    """
    source = _text(ast.parse(source))
    fixes: list[str] = []
    taken: list[dict[str, Any]] = []
    all_statements = _size(ast.parse(source))
    tried: set[str] = set()
    shifts: list[tuple[int, int]] = []
    seconds = 0.0
    error: dict[str, Any] | None = None
    for _ in range(_MOST):
        _write(file, source)
        failure = try_out(source, scene, file, max_seconds)
        if isinstance(failure, Finished):
            error = None
            seconds = failure.seconds
            shows = None if failure.shown or _SHOWN in fixes else _shown_all(source, scene, file, max_seconds)
            if shows is None:
                break
            fixes.append(_SHOWN)
            source = shows
            continue
        error = diagnose.explain(failure.error, file)
        if time.monotonic() > until:
            break
        found = _fixed(failure, source, tried)
        if found is not None:
            fixes.append(f"line {failure.line}: {found[0]}")
            source = found[1]
            continue
        where = statement_of(failure.path)
        whole = ast.unparse(where)
        # where it stood at first: a statement of several lines leaves one
        at = where.lineno + sum(lines for line, lines in shifts if line < where.lineno)
        piece = take_out(failure.path)
        if piece == whole:
            shifts.append((where.lineno, whole.count("\n")))
            take_out_twins(failure.tree, whole)
        taken.append(
            {
                "code": piece[:400],
                "statement": whole[:600],
                "line": at,
                "message": error["message"],
                "hint": error["hint"],
                "whole": piece == whole,
            }
        )
        source = _text(failure.tree)
        if _size(ast.parse(source)) < _KEPT * all_statements:
            break
    source = _text(without_marks(ast.parse(source)))
    if error is None:
        longer = animated(source, scene, seconds)
        if longer is not None and isinstance(try_out(longer, scene, file, max_seconds), Finished):
            source = longer
            fixes.append("its things come one by one and are held")
        source, placed = place(source, scene, file, max_seconds=max_seconds, until=until)
        fixes += placed
    return {"source": source, "fixes": fixes[:_MOST], "taken_out": taken[:_MOST], "error": error}


def place(source: str, scene: str, file: str, *, max_seconds: float, until: float) -> tuple[str, list[str]]:
    """The program with as much of its layout mended as trials show to help, and a phrase for each change."""
    done: list[str] = []
    refused: set[str] = set()
    worst, proposals = _weighed(source, scene, file, max_seconds)
    for _ in range(_PLACED):
        if not worst or time.monotonic() > until:
            break
        change = next((change for change in proposals if repr(change) not in refused), None)
        if change is None:
            break
        refused.add(repr(change))
        better = change.applied(source)
        if better is None:
            continue
        weight, others = _weighed(better, scene, file, max_seconds)
        if weight < worst:
            source, worst, proposals = better, weight, others
            done.append(change.told)
    return source, done


def _weighed(source: str, scene: str, file: str, max_seconds: float) -> tuple[float, list[Placement]]:
    """How bad the layout is, and what might be done about it; a program that fails is worst."""
    placer = Placer()
    _write(file, source)
    found = try_out(source, scene, file, max_seconds, placer.see)
    if isinstance(found, Failure):
        return float("inf"), []
    weights = {"error": 10.0, "warning": 1.0}
    return sum(weights[fault["severity"]] for fault in found.layout if fault["kind"] in _PLACEABLE), placer.proposals


def _shown_all(source: str, scene: str, file: str, max_seconds: float) -> str | None:
    """The program that shows what it made and never showed: one more trial tells what that is, since hardly any program needs it."""
    again = try_out(source, scene, file, max_seconds, keep_names=True)
    return show_all(source, scene, again.names) if isinstance(again, Finished) else None


def _fixed(failure: Failure, source: str, tried: set[str]) -> tuple[str, str] | None:
    """What was mended and the new program; None where nothing new can be tried."""
    for fix in _FIXES:
        done = fix(failure)
        if done is None:
            continue
        changed = _text(failure.tree)
        if changed != source and changed not in tried:
            tried.add(changed)
            return done, changed
    return None


def _write(file: str, source: str) -> None:
    """The diagnosis reads the lines of the version that failed."""
    Path(file).write_text(source, encoding="utf-8")


def _text(tree: ast.Module) -> str:
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _size(tree: ast.Module) -> int:
    """Number of different statements that do something: a model that ran away repeats one."""
    found = (
        node for node in ast.walk(tree) if isinstance(node, ast.stmt) and not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.Pass)
    )
    return len({ast.unparse(node) for node in found if not is_mark(node)})
