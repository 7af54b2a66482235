"""Runs a scene to its end without drawing it, and says exactly where it failed."""

from __future__ import annotations

import ast
import sys
import types
from dataclasses import dataclass
from typing import Any

from agents.rendering.inside.mending.place import Path, locate

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


def try_out(source: str, scene: str, file: str, max_seconds: float) -> Failure | None:
    """Runs the scene with its animations skipped; None where it came to its end. Failures outside of its own code are raised."""
    tree = ast.parse(source)
    try:
        _run(source, scene, file, max_seconds)
    except Exception as error:
        found = _failure(error, tree, file)
        if found is None:
            raise
        return found
    return None


def _run(source: str, scene: str, file: str, max_seconds: float) -> None:
    import manim

    from agents.rendering.inside.recorder import Recorder

    module = types.ModuleType("scene")
    module.__file__ = file
    sys.modules["scene"] = module
    watch = Recorder(file, FPS, max_seconds, drawn=False)
    watch.install()
    try:
        exec(compile(source, file, "exec"), vars(module))  # noqa: S102 — running the scene is what the sandbox is for
        manim.config.dry_run = True
        made = getattr(module, scene)(skip_animations=True)
        made.setup()
        made.construct()
    finally:
        watch.remove()


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
