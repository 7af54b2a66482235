"""A scene that made things and showed none of them, for instance because its program was cut off."""

from __future__ import annotations

import ast
from typing import Any

_MOST = 24


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
    construct = next(
        item
        for cls in tree.body
        if isinstance(cls, ast.ClassDef) and cls.name == scene
        for item in cls.body
        if isinstance(item, ast.FunctionDef) and item.name == "construct"
    )
    end = "\n".join([*(f"self.play(FadeIn({name}))" for name in list(shown.values())[:_MOST]), "self.wait(1)"])
    construct.body += ast.parse(end).body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
