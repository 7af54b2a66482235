"""Small edits of a program: one statement written anew in its place."""

from __future__ import annotations

import ast
import textwrap

from agents.animation.lint import code_in
from agents.animation.salvage import salvage


def code_of(text: str) -> str:
    """The code in a model's answer that is asked for statements: without a fence and without indentation."""
    return textwrap.dedent(code_in(text) if "```" in text else text.strip("\n"))


def statements_in(text: str) -> str:
    """The statements in a model's answer, without a fence and without indentation; "" where there are none that parse."""
    saved = salvage(code_of(text))
    if saved is None:
        return ""
    body = ast.parse(saved[0]).body
    for node in body:
        if isinstance(node, ast.ClassDef):  # the whole scene again, although one statement was asked for
            return ""
    return "\n".join(ast.unparse(node) for node in body if not isinstance(node, ast.Import | ast.ImportFrom | ast.Pass))


def replaced(source: str, line: int, statements: str) -> str | None:
    """`source` with `statements` instead of the statement that begins on `line`; None where none begins there or nothing is given."""
    tree = ast.parse(source)
    new = ast.parse(statements).body
    if not new:
        return None
    for node in ast.walk(tree):
        for _, value in ast.iter_fields(node):
            if not isinstance(value, list):
                continue
            for index, item in enumerate(value):
                if isinstance(item, ast.stmt) and item.lineno == line and not isinstance(item, ast.ClassDef | ast.FunctionDef):
                    value[index : index + 1] = new
                    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    return None
