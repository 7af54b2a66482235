"""Mends calls whose arguments have the right names and the wrong shape: too many, points with two coordinates, colours that no palette has, things to be played that are no animations."""

from __future__ import annotations

import ast
import difflib
import inspect
import numbers
import re
from typing import Any

from agents.rendering.inside.mending.place import swap
from agents.rendering.inside.mending.trial import Failure

_TOO_MANY = re.compile(
    r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:positional arguments )?(?:\(and \d+ keyword-only argument\w*\) )?w"
)
_POINTS = frozenset(
    {
        *(
            "Dot",
            "Line",
            "Arrow",
            "DashedLine",
            "DoubleArrow",
            "Polygon",
            "Vector",
            "LabeledDot",
            "Dot3D",
            "ArcBetweenPoints",
            "CurvedArrow",
        ),
        *(
            "move_to",
            "shift",
            "next_to",
            "Brace",
            "rotate",
            "put_start_and_end_on",
            "BraceBetweenPoints",
            "LabeledLine",
            "Polyline",
            "set_points_as_corners",
        ),
    }
)
_WORDS = ("Text", "Tex", "MathTex", "MarkupText", "Title", "Paragraph", "BulletedList", "DecimalNumber", "Integer")


def mend_count(failure: Failure) -> str | None:
    """Positional arguments that nobody takes are left out."""
    match = _TOO_MANY.search(failure.text)
    call = failure.node
    if match is None or not isinstance(call, ast.Call) or "etter() takes" in failure.text:
        return None  # Manim's own words for a method that it does not have
    surplus = int(match[2]) - int(match[1])
    if not 0 < surplus <= len(call.args):
        return None
    del call.args[-surplus:]
    return f"{ast.unparse(call.func)} takes fewer arguments"


def mend_points(failure: Failure) -> str | None:
    """Points with two coordinates get a third."""
    if not isinstance(failure.error, ValueError | TypeError | IndexError):
        return None
    changed = 0
    for call in (node for node in ast.walk(failure.node) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
        if name in _POINTS:
            changed += sum(_deepen(argument) for argument in [*call.args, *(keyword.value for keyword in call.keywords)])
    return "points have three coordinates" if changed else None


def mend_ends(failure: Failure) -> str | None:
    """`Line(0, 0, 3, 4)`: four numbers where two points are taken."""
    call = failure.node
    if (
        not isinstance(call, ast.Call)
        or not isinstance(call.func, ast.Name)
        or call.func.id not in ("Line", "Arrow", "DashedLine", "DoubleArrow")
    ):
        return None
    values = [_worth(failure, argument) for argument in call.args]
    if len(values) != 4 or not all(isinstance(value, numbers.Real) for value in values):
        return None
    call.args = [ast.List([*call.args[start : start + 2], ast.Constant(0)], ast.Load()) for start in (0, 2)]
    return f"{call.func.id} takes two points"


def _deepen(node: ast.expr) -> int:
    """Adds the third coordinate to each pair below; gives how many there were."""
    if isinstance(node, ast.List | ast.Tuple):
        if len(node.elts) == 2 and not any(isinstance(element, ast.List | ast.Tuple | ast.Call | ast.Starred) for element in node.elts):
            node.elts.append(ast.Constant(0))
            return 1
        return sum(_deepen(element) for element in node.elts)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.array", "numpy.array") and node.args:
        return _deepen(node.args[0])
    if isinstance(node, ast.Starred):
        return _deepen(node.value)
    return 0


def mend_colour(failure: Failure) -> str | None:
    """A colour's name that no palette has becomes the nearest of Manim's own."""
    import manim

    if not isinstance(failure.error, ValueError | KeyError | TypeError) or "olor" not in f"{type(failure.error).__name__} {failure.text}":
        return None
    palette = {name.lower(): name for name, value in vars(manim).items() if isinstance(value, manim.ManimColor)}
    for node in ast.walk(failure.node):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or node.value not in failure.text:
            continue
        word = node.value
        try:
            manim.ManimColor(word)
        except (ValueError, TypeError):
            plain = re.sub(r"light|dark|bright|pale|deep|[^a-z]", "", word.lower())
            near = difflib.get_close_matches(plain, palette, n=1, cutoff=0.7)
            node.value = palette[near[0]] if near else "WHITE"
            return f"{word} is {node.value}"
    return None


def mend_play(failure: Failure) -> str | None:
    """What is played and is no animation becomes one: a thing is created, a changed thing moves there."""
    import manim

    call = failure.node
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "play":
        return None
    done: list[str] = []
    kept: list[ast.expr] = []
    skip = 0
    for index, argument in enumerate(call.args):
        if skip:
            skip -= 1
            continue
        value = _worth(failure, argument)
        if inspect.ismethod(value) and isinstance(value.__self__, manim.Mobject) and isinstance(argument, ast.Attribute):
            following = _until_animation(failure, call.args[index + 1 :])
            skip = len(following)
            kept.append(ast.Call(_animate(argument), following, []))
            done.append(f"{ast.unparse(argument)} is played through animate")
        elif isinstance(value, manim.Mobject):
            kept.append(_moved(argument) or _made(argument, value))
            done.append(f"{ast.unparse(argument)[:60]} is no animation")
        elif value is not None and (isinstance(value, manim.Animation | list | tuple) or hasattr(value, "build")):
            kept.append(argument)
        elif value is None or isinstance(value, str | int | float | dict):
            done.append(f"{ast.unparse(argument)[:60]} cannot be played")
        else:
            kept.append(argument)
    if not done or not kept:
        return None
    call.args = kept
    return "; ".join(done)


def _worth(failure: Failure, node: ast.expr) -> Any:
    try:
        return failure.value_of(node.value if isinstance(node, ast.Starred) else node)
    except Exception:  # noqa: BLE001 — the scene's own code
        return ...


def _until_animation(failure: Failure, following: list[ast.expr]) -> list[ast.expr]:
    import manim

    taken = []
    for node in following:
        value = _worth(failure, node)
        if value is ... or inspect.ismethod(value) or isinstance(value, manim.Animation | manim.Mobject) or hasattr(value, "build"):
            break
        taken.append(node)
    return taken


def _animate(method: ast.Attribute) -> ast.Attribute:
    return ast.Attribute(ast.Attribute(method.value, "animate", ast.Load()), method.attr, ast.Load())


def _moved(argument: ast.expr) -> ast.expr | None:
    """`square.shift(UP)` as `square.animate.shift(UP)`; None where it is not a method of something that stands by its name."""
    match argument:
        case ast.Call(func=ast.Attribute(value=ast.Name() | ast.Subscript(), attr=name) as method) if name not in (
            "copy",
            "plot",
            "get_area",
        ):
            return None if name.startswith("get_") else ast.Call(_animate(method), argument.args, argument.keywords)
    return None


def _made(argument: ast.expr, value: Any) -> ast.expr:
    import manim

    name = type(value).__name__
    way = "Write" if name in _WORDS else "Create" if isinstance(value, manim.VMobject) and not isinstance(value, manim.VGroup) else "FadeIn"
    return ast.Call(ast.Name(way, ast.Load()), [argument], [])


def mend_pieces(failure: Failure) -> str | None:
    """A list of things where single things are taken is spread out: `VGroup([a, b])`."""
    call = failure.node
    if not isinstance(failure.error, TypeError | AttributeError) or not isinstance(call, ast.Call) or len(call.args) != 1:
        return None
    name = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
    value = _worth(failure, call.args[0])
    if name in ("VGroup", "Group", "add", "remove") and isinstance(value, list | tuple) and not isinstance(call.args[0], ast.Starred):
        call.args = [ast.Starred(call.args[0], ast.Load())]
        return f"{name} takes its members one by one"
    return None


def mend_expression(failure: Failure) -> str | None:
    """`axes.plot(x**2)`: an expression in x where a function is taken."""
    node = failure.node
    if not isinstance(failure.error, NameError) or not isinstance(node, ast.Name) or node.id not in ("x", "t"):
        return None
    for depth in range(len(failure.path) - 1, 0, -1):
        piece, parent = failure.path[depth], failure.path[depth - 1]
        if isinstance(parent, ast.Call) and isinstance(piece, ast.expr) and piece in parent.args:
            name = (
                parent.func.attr if isinstance(parent.func, ast.Attribute) else parent.func.id if isinstance(parent.func, ast.Name) else ""
            )
            if name in ("plot", "FunctionGraph", "ParametricFunction"):
                variable = ast.arguments(posonlyargs=[], args=[ast.arg(node.id)], kwonlyargs=[], kw_defaults=[], defaults=[])
                swap(failure.path[: depth + 1], ast.Lambda(variable, piece))
                return f"{name} takes a function of {node.id}"
    return None
