"""Names changed in a statement's own text, so that formatting and comments stay; over its syntax tree where the text cannot be cut."""

from __future__ import annotations

import ast
import copy
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.preprocess.modules import Module, Statement
from retrieval.preprocess.scopes import uses_of


@dataclass(frozen=True, slots=True)
class Edit:
    """Columns count bytes of UTF-8, as `ast` does; lines from 1."""

    line: int
    column: int
    end_line: int
    end_column: int
    old: str
    new: str


class CannotCut(Exception):
    """The text at a place is not what the tree says (inside an f-string before Python 3.12)."""


def span(node: ast.expr | ast.stmt, start: ast.expr, old: str, new: str) -> Edit:
    """From where `start` begins to where `node` ends."""
    return Edit(start.lineno, start.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0, old, new)


def applied(lines: list[str], edits: Iterable[Edit], first_line: int) -> list[str]:
    """The lines (the first of which is `first_line`) with the edits made. Raises `CannotCut`."""
    changed = list(lines)
    # From the last to the first, so that an edit moves nothing that is still to be edited.
    for edit in sorted(set(edits), key=lambda edit: (edit.line, edit.column), reverse=True):
        first, last = edit.line - first_line, edit.end_line - first_line
        if not 0 <= first <= last < len(changed):
            raise CannotCut
        head, tail = changed[first].encode("utf-8"), changed[last].encode("utf-8")
        if first == last and edit.old and head[edit.column : edit.end_column].decode("utf-8", "replace") != edit.old:
            raise CannotCut
        joined = head[: edit.column] + edit.new.encode("utf-8") + tail[edit.end_column :]
        changed[first : last + 1] = [joined.decode("utf-8")]
    return changed


def comments_above(module: Module, first_line: int) -> int:
    """The line where the comments begin that stand directly above a line."""
    start = first_line
    while start > 1 and module.lines[start - 2].lstrip().startswith("#") and not module.lines[start - 2].startswith("#!"):
        start -= 1
    return start


def source_of(statement: Statement, edits: Iterable[Edit], *, comments: bool = True) -> str:
    """The statement's text with the edits made, moved to the left margin. Raises `CannotCut`."""
    module, node = statement.module, statement.node
    first = statement.first_line
    start = comments_above(module, first) if comments else first
    if _shares_line(statement, first):
        raise CannotCut
    lines = applied(module.lines[start - 1 : node.end_lineno], edits, start)
    if node.col_offset:
        if _has_long_string(node):
            raise CannotCut
        return textwrap.dedent("\n".join(lines))
    return "\n".join(lines)


def _shares_line(statement: Statement, first: int) -> bool:
    """Whether other statements stand on its first or last line (`a = 1; b = 2`, `if x: a = 1`)."""
    node = statement.node
    lines = statement.module.lines
    if lines[first - 1][: node.col_offset].strip():
        return True
    rest = lines[(node.end_lineno or node.lineno) - 1].encode("utf-8")[node.end_col_offset or 0 :].decode("utf-8", "replace").lstrip()
    return bool(rest) and not rest.startswith("#")


def _has_long_string(node: ast.stmt) -> bool:
    return any(
        isinstance(part, (ast.Constant, ast.JoinedStr))
        and part.lineno != part.end_lineno
        and not isinstance(getattr(part, "value", ""), (int, float))
        for part in ast.walk(node)
    )


def rewritten(node: ast.stmt, names: dict[int, tuple[int, str]], own: str | None, inner: dict[int, list[tuple[str, str]]]) -> str:
    """The statement unparsed: `names` gives, by a use's number, how many attributes go and the new name; `own` the new name of what it defines;
    `inner` what stands in for imports inside functions, by their line."""
    fresh = copy.deepcopy(node)
    uses = uses_of(fresh)
    replaced: dict[int, str] = {}
    global_names: dict[str, str] = {}
    for number, use in enumerate((*uses.reads, *uses.stores)):
        if number in names:
            taken, new = names[number]
            replaced[id(use.chain[taken - 1] if taken else use.node)] = new
            if not taken:
                global_names[use.node.id] = new
    if own is not None and isinstance(fresh, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        fresh.name = own
    changed = _Replacer(replaced, global_names, inner).visit(fresh)
    return ast.unparse(ast.fix_missing_locations(changed))


class _Replacer(ast.NodeTransformer):
    def __init__(self, replaced: dict[int, str], global_names: dict[str, str], inner: dict[int, list[tuple[str, str]]]) -> None:
        self._replaced, self._globals, self._inner = replaced, global_names, inner

    def visit_Name(self, node: ast.Name) -> ast.expr:
        new = self._replaced.get(id(node))
        return node if new is None else ast.Name(new, node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        new = self._replaced.get(id(node))
        if new is not None:
            return ast.Name(new, node.ctx)
        self.generic_visit(node)
        return node

    def visit_Global(self, node: ast.Global) -> ast.Global:
        node.names = [self._globals.get(name, name) for name in node.names]
        return node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.stmt | list[ast.stmt]:
        if node.lineno not in self._inner:
            return node
        return ast.parse("\n".join(f"{local} = {name}" for local, name in self._inner[node.lineno] if local != name) or "pass").body


def own_name_edit(statement: Statement, new: str) -> Edit:
    """The edit that renames what a `class` or `def` statement defines. Raises `CannotCut`."""
    node = statement.node
    old = getattr(node, "name", "")
    line = statement.module.lines[node.lineno - 1]
    match = re.compile(r"(?:async[ \t]+)?(?:class|def)[ \t]+").match(line.encode("utf-8")[node.col_offset :].decode("utf-8", "replace"))
    if match is None:
        raise CannotCut
    column = node.col_offset + match.end()
    return Edit(node.lineno, column, node.lineno, column + len(old.encode("utf-8")), old, new)
