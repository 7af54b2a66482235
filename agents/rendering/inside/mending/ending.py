"""What a scene lacks to be looked at: that its things are shown, come one after the other, and stay long enough to be read."""

from __future__ import annotations

import ast
from typing import Any

_MOST = 24
_SHORTEST = 2.0
_HELD = 2.0
"""Seconds."""


def show_all(source: str, scene: str, names: dict[str, Any]) -> str | None:
    """The program with an end that shows what `construct` had made, parts with their whole; None where there is nothing to show."""
    import manim

    made = {
        name: value
        for name, value in names.items()
        if isinstance(value, manim.Mobject)
        and not isinstance(value, manim.ValueTracker)
        and name != "self"
        and value.family_members_with_points()
    }
    inner = {id(part) for value in made.values() for part in value.get_family() if part is not value}
    shown: dict[int, str] = {}
    for name, value in made.items():
        if id(value) not in inner:
            shown.setdefault(id(value), name)
    if not shown:
        return None
    tree = ast.parse(source)
    construct = _construct(tree, scene)
    end = "\n".join([*(f"self.play(FadeIn({name}))" for name in list(shown.values())[:_MOST]), "self.wait(1)"])
    construct.body += ast.parse(end).body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def animated(source: str, scene: str, seconds: float) -> str | None:
    """The program with things that are only added appearing one by one, where it plays nothing, and with its end held; None where nothing is to be done.

    `seconds` is how long the scene lasts as it is.
    """
    tree = ast.parse(source)
    construct = _construct(tree, scene)
    plays = any(isinstance(node, ast.Attribute) and node.attr == "play" for node in ast.walk(tree))
    changed = False
    if not plays:
        body: list[ast.stmt] = []
        for statement in construct.body:
            added = _added(statement)
            body += added or [statement]
            changed |= bool(added)
        construct.body = body
    if changed or seconds < _SHORTEST:
        construct.body += ast.parse(f"self.wait({_HELD:g})").body
        changed = True
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n" if changed else None


def _added(statement: ast.stmt) -> list[ast.stmt]:
    """`self.add(a, b)` as animations; empty where it is something else."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr="add"), args=args)) if args:
            return [ast.parse(f"self.play(FadeIn({ast.unparse(argument)}))").body[0] for argument in args[:_MOST]]
    return []


def _construct(tree: ast.Module, scene: str) -> ast.FunctionDef:
    return next(
        item
        for cls in tree.body
        if isinstance(cls, ast.ClassDef) and cls.name == scene
        for item in cls.body
        if isinstance(item, ast.FunctionDef) and item.name == "construct"
    )
