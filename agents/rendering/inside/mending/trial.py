"""Runs a scene to its end without drawing it, and says exactly where it failed."""

from __future__ import annotations

import ast
import sys
import types
from dataclasses import dataclass
from types import FrameType
from typing import Any

from agents.rendering.inside.mending.place import Path, locate
from agents.rendering.inside.recorder import OnFault, Recorder

FPS = 15


@dataclass(slots=True)
class Failure:
    """What the scene raised. `tree` is the program, `path` leads to the expression in it that failed, `names` are the variables there."""

    error: BaseException
    tree: ast.Module
    path: Path
    names: dict[str, Any]
    line: int

    @property
    def node(self) -> ast.AST:
        return self.path[-1]

    @property
    def text(self) -> str:
        return str(self.error).strip()

    def value_of(self, node: ast.expr) -> Any:
        """What an expression of the failing statement is worth there. Raises whatever it raises."""
        code = compile(ast.fix_missing_locations(ast.Expression(node)), "<piece>", "eval")
        return eval(code, self.names)  # noqa: S307 — the scene's own expression, inside the sandbox


@dataclass(slots=True)
class Finished:
    """A scene that came to its end: what was on screen, the faults of its layout, the variables of `construct` as it left them (where they were
    asked for), and how many seconds it lasts."""

    shown: list[dict[str, Any]]
    layout: list[dict[str, Any]]
    names: dict[str, Any]
    seconds: float


def try_out(
    source: str, scene: str, file: str, max_seconds: float, on_fault: OnFault | None = None, *, keep_names: bool = False
) -> Finished | Failure:
    """Runs the scene with its animations skipped. Failures outside of its own code are raised; `on_fault` as in `Recorder`.

    `keep_names` asks for the variables of `construct`: they are had by a hook on every call, which nearly doubles the time of a trial.
    """
    tree = ast.parse(source)
    try:
        return _run(source, scene, file, max_seconds, on_fault, keep_names)
    except Exception as error:
        # whatever the scene raised is what is to be mended; our own failures go on
        found = _failure(error, tree, file)
        if found is None:
            raise
        return found


def _run(source: str, scene: str, file: str, max_seconds: float, on_fault: OnFault | None, keep_names: bool) -> Finished:
    import manim

    module = types.ModuleType("scene")
    module.__file__ = file
    sys.modules["scene"] = module
    watch = Recorder(file, FPS, max_seconds, drawn=False, on_fault=on_fault)
    names: dict[str, Any] = {}

    def last_names(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code.co_name == "construct" and frame.f_code.co_filename == file:
            names.update(frame.f_locals)

    watch.install()
    try:
        exec(compile(source, file, "exec"), vars(module))  # noqa: S102 — running the scene is what the sandbox is for
        manim.config.dry_run = True
        made = getattr(module, scene)(skip_animations=True)
        made.setup()
        if keep_names:
            sys.setprofile(last_names)
        try:
            made.construct()
        finally:
            if keep_names:
                sys.setprofile(None)
        watch.look(made)
        watch.finish(made, [])
    finally:
        watch.remove()
    return Finished(watch.shown(), watch.layout(), names, watch.now)


def _failure(error: Exception, tree: ast.Module, file: str) -> Failure | None:
    found, traceback = None, error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == file:
            found = traceback
        traceback = traceback.tb_next
    if found is None:
        return None
    positions = list(found.tb_frame.f_code.co_positions())
    path = locate(tree, positions[found.tb_lasti // 2])
    if path is None:
        return None
    frame = found.tb_frame
    return Failure(error, tree, path, {**frame.f_globals, **frame.f_locals}, found.tb_lineno)
