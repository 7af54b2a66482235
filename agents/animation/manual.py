"""What Manim's documentation says of a call that failed, for the prompt that asks for it again."""

from __future__ import annotations

import ast
import re

from agents.rendering.report import TakenOut

MANUAL_CHARS = 400
"""Taken from the lines before the statement, so that the prompt stays as long as it was."""
_SIGNATURE = re.compile(r"\b([A-Za-z_]\w*)\(")
_CLOSE = re.compile(r"\b(\w+) has no (\w+); close names: ([\w, ]+)")
_RENAMED = re.compile(r"\b\w+ is now (\w+)\.")


def called_in(piece: TakenOut) -> list[str]:
    """The callables that a failed statement is about, most likely first: those that the hint names as right, then those that it calls.

    A method's class is named where the message tells it (`Axes.get_graph_label`).
    """
    names = named_in(f"{piece['message']}. {piece['hint']}")
    for code in (piece["code"], piece["statement"]):
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                names.append(node.func.id if isinstance(node.func, ast.Name) else node.func.attr)
    return list(dict.fromkeys(names))


def named_in(error: str) -> list[str]:
    """The callables that the words of an error name: close names to a wrong one, new names of an old one, and signatures."""
    names: list[str] = []
    if match := _CLOSE.search(error):
        owner = match[1] if match[1] != "Manim" else ""
        names += [f"{owner}.{close.strip()}" if owner else close.strip() for close in match[3].split(",")]
    names += _RENAMED.findall(error)
    names += _SIGNATURE.findall(error)
    return list(dict.fromkeys(names))
