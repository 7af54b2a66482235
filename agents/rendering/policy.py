"""The first, cheap gate before a scene is run: what it may import and name. The sandbox is the wall; this only saves the time to hit it."""

from __future__ import annotations

import ast

from agents.rendering.report import SceneError

ALLOWED_IMPORTS = frozenset(
    [
        "manim",
        "numpy",
        "math",
        "cmath",
        "random",
        "itertools",
        "functools",
        "operator",
        "collections",
        "contextvars",
        "abc",
        "bisect",
        "colorsys",
        "heapq",
        "numbers",
        "typing",
        "warnings",
        "dataclasses",
        "enum",
        "fractions",
        "decimal",
        "statistics",
        "string",
        "re",
        "textwrap",
        "copy",
        "colour",
        "sympy",
        "scipy",
        "networkx",
        "__future__",
    ]
)
_REFUSED_NAMES = frozenset(
    ["eval", "exec", "compile", "open", "__import__", "input", "breakpoint", "globals", "locals", "vars", "memoryview", "exit", "quit"]
)
_REFUSED_ATTRIBUTES = frozenset(
    [
        "__subclasses__",
        "__globals__",
        "__builtins__",
        "__code__",
        "__closure__",
        "__bases__",
        "__mro__",
        "__base__",
        "__loader__",
        "__spec__",
        "__import__",
        "__reduce__",
        "__reduce_ex__",
        "__getattribute__",
        "__self__",
        "__wrapped__",
        "f_globals",
        "f_locals",
        "f_back",
        "gi_frame",
        "tb_frame",
        "modules",
        "ctypeslib",
    ]
)


def find_refusal(tree: ast.Module) -> SceneError | None:
    """The first thing in the scene's code that is not allowed, or None."""
    for node in ast.walk(tree):
        refused = _refused(node)
        if refused:
            return SceneError(
                kind="policy",
                message=f"{refused} is not allowed in a scene",
                line=getattr(node, "lineno", None),
                hint="A scene draws with manim, numpy and math only; leave this out.",
            )
    return None


def _refused(node: ast.AST) -> str | None:
    match node:
        case ast.Import(names=names):
            return next((f"import {alias.name}" for alias in names if alias.name.split(".")[0] not in ALLOWED_IMPORTS), None)
        case ast.ImportFrom(module=module, level=level):
            return f"from {module} import" if level or (module or "").split(".")[0] not in ALLOWED_IMPORTS else None
        case ast.Name(id=name) if name in _REFUSED_NAMES:
            return name
        case ast.Attribute(attr=name) if name in _REFUSED_ATTRIBUTES:
            return f".{name}"
    return None


def scene_names(tree: ast.Module) -> list[str]:
    """The classes that look like scenes: a base whose name ends in Scene, directly or through another such class of the file."""
    scenes: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            bases = [base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else "" for base in node.bases]
            if any(base.endswith("Scene") or base in scenes for base in bases):
                scenes.append(node.name)
    return scenes
