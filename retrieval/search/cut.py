"""Cuts a scene to what fits a prompt: the statements that were asked for, and what these need. Comments and docstrings go in any case.

What is left is Python that can be read and mostly run: a statement stays only together with all that defines the names it uses.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from retrieval.words import words_of_names

MOST_CODE = 100_000
"""Characters from which a scene is not taken apart: no example is that long."""
INDENT = 4


def cut(code: str, asked: Sequence[str], chars: int) -> str:
    """At most `chars` characters of a module: all of it where it fits, else the scene with the statements nearest to the words `asked` (see
    `retrieval.words`). "" where nothing fits, or for what is not Python."""
    if len(code) > MOST_CODE:
        return ""
    try:
        tree = ast.parse(code)
        _strip(tree)
        whole = ast.unparse(tree)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""
    if len(whole) <= chars:
        return whole
    pieces = _pieces(tree)
    chosen = _choose(pieces, frozenset(asked), chars)
    if not any(piece.depth == 2 for piece in chosen):
        return ""
    fitting = ast.unparse(_module(tree, {id(piece.node) for piece in chosen}))
    return fitting if len(fitting) <= chars else ""


def _strip(tree: ast.Module) -> None:
    """Takes docstrings and other bare strings out; comments are no part of the tree."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
                kept = [item for item in body if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))]
                setattr(node, name, kept or ([ast.Pass()] if name == "body" and not isinstance(node, ast.Module) else []))


@dataclass
class _Piece:
    """A statement of the module (`depth` 0), of a class (1) or of a class's `construct` (2), in order. `holder` is the class that it stands in."""

    node: ast.stmt
    depth: int
    holder: ast.ClassDef | None
    size: int
    words: frozenset[str]
    defines: set[str] = field(default_factory=set)
    needs: set[str] = field(default_factory=set)


def _pieces(tree: ast.Module) -> list[_Piece]:
    found: list[_Piece] = []
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or _construct(node) is None:
            found.append(_piece(node, 0, None))
            continue
        for member in node.body:
            if member is not _construct(node):
                found.append(_piece(member, 1, node))
        found += [_piece(statement, 2, node) for statement in _body(node)]
    return found


def _construct(node: ast.ClassDef) -> ast.FunctionDef | None:
    return next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "construct"), None)


def _body(node: ast.ClassDef) -> list[ast.stmt]:
    construct = _construct(node)
    return construct.body if construct is not None else []


def _piece(node: ast.stmt, depth: int, holder: ast.ClassDef | None) -> _Piece:
    text = ast.unparse(node)
    lines = text.count("\n") + 1
    piece = _Piece(node, depth, holder, len(text) + lines * (depth * INDENT + 1), frozenset(words_of_names([text])))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        piece.defines.add(f"self.{node.name}" if depth == 1 else node.name)
    for base in holder.bases if holder is not None else ():
        piece.needs.update(part.id for part in ast.walk(base) if isinstance(part, ast.Name))
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            (piece.needs if isinstance(part.ctx, ast.Load) else piece.defines).add(part.id)
            if depth == 1 and not isinstance(part.ctx, ast.Load):
                piece.defines.add(f"self.{part.id}")
        elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "self":
            (piece.needs if isinstance(part.ctx, ast.Load) else piece.defines).add(f"self.{part.attr}")
        elif isinstance(part, ast.alias):
            piece.defines.add((part.asname or part.name).split(".")[0])
    return piece


def _choose(pieces: Sequence[_Piece], asked: frozenset[str], chars: int) -> list[_Piece]:
    """The pieces that fit, those nearest to what was asked first, each with what it needs."""
    always = {index for index, piece in enumerate(pieces) if isinstance(piece.node, ast.Import | ast.ImportFrom)}
    chosen: set[int] = set()
    wanted = [index for index, piece in enumerate(pieces) if piece.depth == 2]
    wanted.sort(key=lambda index: (-len(pieces[index].words & asked), index))
    for index in wanted:
        more = _closure(pieces, index) | chosen
        if _size(pieces[at] for at in more | always) <= chars:
            chosen = more
    return [pieces[index] for index in sorted(chosen | always)]


def _closure(pieces: Sequence[_Piece], start: int) -> set[int]:
    """The piece and, again and again, every earlier one that defines a name that it needs. A class's own members may stand in any order."""
    found, todo = {start}, [start]
    while todo:
        at = todo.pop()
        for index, piece in enumerate(pieces):
            before = index < at or piece.depth < pieces[at].depth
            if before and index not in found and piece.defines & pieces[at].needs and piece.holder in (None, pieces[at].holder):
                found.add(index)
                todo.append(index)
    return found


def _size(pieces: Iterable[_Piece]) -> int:
    """Characters of the pieces together with the heads of their classes."""
    total, heads = 0, {}
    for piece in pieces:
        total += piece.size
        if piece.holder is not None:
            heads[id(piece.holder)] = piece.holder
    for holder in heads.values():
        bases = ", ".join(ast.unparse(base) for base in (*holder.bases, *holder.keywords))
        total += len(holder.name) + len(bases) + len("\n\nclass ():\n\n    def construct(self):\n") + INDENT
    return total


def _module(tree: ast.Module, kept: set[int]) -> ast.Module:
    """The module with the kept statements; a class without one in its `construct` goes."""
    body: list[ast.stmt] = []
    for node in tree.body:
        if not isinstance(node, ast.ClassDef) or _construct(node) is None:
            if id(node) in kept:
                body.append(node)
            continue
        construct = _construct(node)
        inside = [statement for statement in _body(node) if id(statement) in kept]
        if construct is None or not inside:
            continue
        construct.body = inside
        node.body = [member for member in node.body if member is construct or id(member) in kept]
        body.append(node)
    tree.body = body
    return tree
