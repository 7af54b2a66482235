"""`self.play(mob.shift, UP)` of the first Manims as `self.play(mob.animate.shift(UP))`: only for methods of mobjects whose arguments can be told apart."""

from __future__ import annotations

import ast
import itertools
import re

from retrieval.preprocess.edits import Edit

ARGUMENTS = {
    "to_edge": (1, 2), "to_corner": (1, 2), "shift": (1, 1), "move_to": (1, 2), "next_to": (1, 3), "align_to": (1, 2), "scale": (1, 1), "rotate": (1, 2),
    "flip": (0, 1), "stretch": (2, 2), "set_color": (1, 1), "set_fill": (1, 2), "set_stroke": (1, 2), "set_opacity": (1, 1), "fade": (0, 1),
    "center": (0, 0), "arrange": (1, 2), "become": (1, 1), "restore": (0, 0), "match_color": (1, 1), "put_start_and_end_on": (2, 2),
}  # fmt: skip
"""Methods that mean the same in Manim Community, with the fewest and the most arguments that they are given by place."""
_METHOD = re.compile(rf"\.(?:{'|'.join(ARGUMENTS)})[ \t]*[,)\n]")
_PLAY = re.compile(r"\.play\(")
REACH = 400
"""Characters after `play(` in which a method is looked for."""
REASON = "play(mob.method, ...) -> play(mob.animate.method(...))"
_APART = re.compile(r"\s*,\s*")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")


def may_play_methods(code: str) -> bool:
    """Whether a method without its call stands near a `play`."""
    return any(_METHOD.search(code, match.end(), match.end() + REACH) for match in _PLAY.finditer(code))


def played_methods(call: ast.Call, lines: list[str]) -> list[Edit]:
    """The edits of one call of `play`; none where an argument could be a method's or an animation of its own."""
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return []
    edits: list[Edit] = []
    rest = list(call.args)
    while rest:
        first = rest.pop(0)
        if not (isinstance(first, ast.Attribute) and first.attr in ARGUMENTS and _is_mobject(first.value)):
            continue
        least, most = ARGUMENTS[first.attr]
        given: list[ast.expr] = []
        while rest and len(given) < most and (_is_value(rest[0]) if len(given) < least else _is_plain_value(rest[0])):
            given.append(rest.pop(0))
        options = rest.pop(0) if rest and isinstance(rest[0], ast.Dict) else None
        # What follows must be the next method or a call of a class, or it may belong to this one.
        if len(given) < least or (rest and not _begins_another(rest[0])):
            return []
        made = _edits(first, [*given, *([options] if options else [])], options, lines)
        if made is None:
            return []
        edits += made
    return edits


def _edits(method: ast.Attribute, given: list[ast.expr], options: ast.expr | None, lines: list[str]) -> list[Edit] | None:
    """None where the text between them is more than commas."""
    value_line, value_end = method.value.end_lineno or 0, method.value.end_col_offset or 0
    line, end = method.end_lineno or 0, method.end_col_offset or 0
    edits = [Edit(value_line, value_end, value_line, value_end, "", ".animate")]
    if not given:
        return [*edits, Edit(line, end, line, end, "", "()")]
    places: list[ast.expr] = [method, *given]
    for left, right in itertools.pairwise(places):
        if not _APART.fullmatch(_between(left, right, lines)):
            return None
    last = given[-1]
    edits.append(Edit(line, end, given[0].lineno, given[0].col_offset, "", "(" + ("**" if given[0] is options else "")))
    if options is not None and given[0] is not options:
        edits.append(Edit(options.lineno, options.col_offset, options.lineno, options.col_offset, "", "**"))
    return [*edits, Edit(last.end_lineno or 0, last.end_col_offset or 0, last.end_lineno or 0, last.end_col_offset or 0, "", ")")]


def _between(left: ast.expr, right: ast.expr, lines: list[str]) -> str:
    first, last = (left.end_lineno or 0) - 1, right.lineno - 1
    if first == last:
        return lines[first].encode("utf-8")[left.end_col_offset or 0 : right.col_offset].decode("utf-8", "replace")
    head = lines[first].encode("utf-8")[left.end_col_offset or 0 :].decode("utf-8", "replace")
    tail = lines[last].encode("utf-8")[: right.col_offset].decode("utf-8", "replace")
    return "\n".join((head, *lines[first + 1 : last], tail))


def _is_mobject(node: ast.expr) -> bool:
    """A name or an attribute of one, and not the scene itself."""
    if isinstance(node, ast.Name):
        return node.id != "self"
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _is_value(node: ast.expr) -> bool:
    """What may stand where an argument must: no method, no call of what looks like a class of animations."""
    if isinstance(node, ast.Attribute):
        return node.attr not in ARGUMENTS
    if isinstance(node, ast.Call):
        # `mob.get_center()`, `np.array(...)`; a class may be an animation.
        return isinstance(node.func, (ast.Name, ast.Attribute)) and not _called(node.func)[:1].isupper()
    return isinstance(node, (ast.Name, ast.Constant, ast.UnaryOp, ast.BinOp, ast.Tuple, ast.List, ast.Subscript))


def _is_plain_value(node: ast.expr) -> bool:
    """What can be no animation: numbers, strings, constants (`UP`) and arithmetic with them."""
    if isinstance(node, ast.Name):
        return _CONSTANT.fullmatch(node.id) is not None
    return isinstance(node, (ast.Constant, ast.UnaryOp, ast.BinOp))


def _begins_another(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, (ast.Name, ast.Attribute)) and _called(node.func)[:1].isupper()
    return isinstance(node, ast.Attribute) and node.attr in ARGUMENTS and _is_mobject(node.value)


def _called(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr
