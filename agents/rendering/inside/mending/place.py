"""Places in a program: the expression that failed, what stands around it, and taking the smallest sensible piece out."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_GATHER = frozenset(
    {
        *("play", "add", "remove", "bring_to_front", "bring_to_back", "add_foreground_mobjects", "VGroup", "Group", "VDict"),
        *("AnimationGroup", "LaggedStart", "Succession", "FadeIn", "FadeOut"),
    }
)
"""Calls that take any number of like things: one of them can go."""
MARK = "taken out: "
"""Begins a string that stands alone where a statement was taken out."""

Path = tuple[ast.AST, ...]
"""From the module down to the node in question."""
Position = tuple[int | None, int | None, int | None, int | None]
"""First and last line, first and last column in bytes, as in `types.CodeType.co_positions`."""


def locate(tree: ast.Module, position: Position) -> Path | None:
    """The way to the expression at exactly this position, else to the innermost statement on its line."""
    best: Path | None = None
    for path in _paths(tree, ()):
        node = path[-1]
        if not isinstance(node, ast.expr | ast.stmt):
            continue
        at = (node.lineno, node.end_lineno, node.col_offset, node.end_col_offset)
        if at == position and isinstance(node, ast.expr):
            return path
        line = position[0]
        if line is not None and isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno):
            best = path
    return best


def paths_in(tree: ast.Module) -> Iterator[Path]:
    """The ways to all nodes."""
    return _paths(tree, ())


def _paths(node: ast.AST, above: Path) -> Iterator[Path]:
    here = (*above, node)
    yield here
    for child in ast.iter_child_nodes(node):
        yield from _paths(child, here)


def statement_of(path: Path) -> ast.stmt:
    """The innermost statement of the path. Raises `LookupError` where there is none."""
    for node in reversed(path):
        if isinstance(node, ast.stmt):
            return node
    raise LookupError("no statement on the way")


def swap(path: Path, new: ast.expr) -> None:
    """Puts `new` in the place of the path's last node."""
    old, parent = path[-1], path[-2]
    for name, value in ast.iter_fields(parent):
        if value is old:
            setattr(parent, name, new)
        elif isinstance(value, list):
            value[:] = [new if item is old else item for item in value]


def take_out(path: Path) -> str:
    """Takes out the smallest thing around the path's end that can go by itself: one of several arguments, else the statement. Gives its text."""
    for depth in range(len(path) - 1, 0, -1):
        node, parent = path[depth], path[depth - 1]
        if isinstance(node, ast.stmt):
            break
        if isinstance(node, ast.expr) and (pieces := _pieces(parent, node)) is not None and len(pieces) > 1:
            pieces.remove(node)
            return ast.unparse(node)
    statement = statement_of(path)
    _replace_statement(path[: path.index(statement) + 1])
    return ast.unparse(statement)


def _pieces(parent: ast.AST, node: ast.expr) -> list[ast.expr] | None:
    """The list of like things that `node` is one of."""
    match parent:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in _GATHER and node in args:
            return args
        case ast.List(elts=elements) | ast.Tuple(elts=elements) if not any(_is_number(element) for element in elements):
            return elements
    return None


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _replace_statement(path: Path) -> None:
    statement, parent = path[-1], path[-2]
    marker = ast.Expr(ast.Constant(f"{MARK}{' '.join(ast.unparse(statement).split())[:200]}"))
    for _, value in ast.iter_fields(parent):
        if isinstance(value, list) and statement in value:
            value[value.index(statement)] = marker
            return
    raise LookupError("the statement stands in no list of statements")


def take_out_twins(tree: ast.Module, text: str) -> None:
    """Takes out the simple statements that are the same as one which failed: a model that ran away wrote it many times."""
    for path in list(_paths(tree, ())):
        node = path[-1]
        if isinstance(node, ast.Expr) and ast.unparse(node) == text:
            _replace_statement(path)


def is_mark(node: ast.AST) -> bool:
    """Whether a statement is what `take_out` left."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        and node.value.value.startswith(MARK)
    )


def without_marks(tree: ast.Module) -> ast.Module:
    """The program without marks and without statements that are only a name; a block that is left empty passes."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                left = [
                    item for item in block if not is_mark(item) and not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Name))
                ]
                setattr(node, name, left or ([ast.Pass()] if name == "body" else []))
    return tree
