"""Mends names, attributes and keywords that the installed Manim does not have."""

from __future__ import annotations

import ast
import builtins
import re
from typing import Any

from agents.rendering.inside.mending.api import nearest, parameters
from agents.rendering.inside.mending.place import swap
from agents.rendering.inside.mending.trial import Failure
from agents.rendering.inside.renamed import KEYWORDS, METHODS, NAMES

_KEYWORD = re.compile(r"got an unexpected keyword argument '(\w+)'")
_GETTER = re.compile(r"(?:getter|setter)\(\) |object has no attribute")


def mend_name(failure: Failure) -> str | None:
    """A name that does not exist becomes its new name, or the one that was surely meant."""
    import manim

    error, node = failure.error, failure.node
    if not isinstance(error, NameError) or not isinstance(node, ast.Name) or not error.name:
        return None
    mine = [name for name in failure.names if not hasattr(builtins, name) and not hasattr(manim, name)]
    # a variable of the scene is not meant to be a function of Manim's that happens to be called much the same
    known = [*vars(manim), *mine] if error.name[0].isupper() else mine
    better = NAMES.get(error.name) or nearest(error.name, known, 0.8)
    if better is None and error.name.isupper() and _colours(manim):
        better = nearest(error.name, _colours(manim), 0.6) or "WHITE"
    if better is None or better == error.name:
        return None
    swap(failure.path, ast.Name(better, ast.Load()))
    return f"{error.name} is {better}"


def _colours(manim: Any) -> list[str]:
    return [name for name, value in vars(manim).items() if isinstance(value, manim.ManimColor)]


def mend_attribute(failure: Failure) -> str | None:
    """A method that does not exist becomes the one that was surely meant; a call of it that only changed the look is left out."""
    node = failure.node
    attribute, path = _attribute(failure)
    if attribute is None:
        return None
    try:
        owner = failure.value_of(attribute.value)
    except Exception:  # noqa: BLE001 — the scene's own code, which may raise anything
        return None
    if _has(owner, attribute.attr):
        return None
    methods = [name for name in dir(type(owner)) if callable(getattr(type(owner), name, None))] + list(getattr(owner, "__dict__", {}))
    better = METHODS.get(attribute.attr)
    if better not in methods:
        better = nearest(attribute.attr, methods, 0.8)
    if better is not None and better != attribute.attr:
        wrong, attribute.attr = attribute.attr, better
        return f"{type(owner).__name__}.{wrong} is {better}"
    if attribute.attr.startswith(("get_", "is_", "find_", "compute_", "calculate_", "add_")):
        return None  # something else was wanted than the thing itself
    # `circle.glow().shift(UP)`: what was called on still is what it was
    if isinstance(node, ast.Call) and node.func is attribute:
        swap(path, attribute.value)
        return f"{type(owner).__name__} has no {attribute.attr}"
    if len(path) > 1 and isinstance(path[-2], ast.Call) and path[-2].func is node:
        swap(path[:-1], attribute.value)
        return f"{type(owner).__name__} has no {attribute.attr}"
    return None


def _attribute(failure: Failure) -> tuple[ast.Attribute | None, tuple[ast.AST, ...]]:
    """The attribute that failed: Manim answers an unknown get_x and set_x with a method of its own, which fails when it is called only."""
    node, path = failure.node, failure.path
    if isinstance(node, ast.Attribute) and isinstance(failure.error, AttributeError):
        return node, path
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _GETTER.search(failure.text):
        return node.func, path
    return None, path


def _has(owner: Any, name: str) -> bool:
    """Whether an object really has an attribute, Manim's readiness to make one up left aside."""
    return hasattr(type(owner), name) or name in getattr(owner, "__dict__", {})


def mend_keyword(failure: Failure) -> str | None:
    """An argument that is not taken gets its right name, becomes a call, or is left out."""
    match = _KEYWORD.search(failure.text)
    call = failure.node
    if match is None or not isinstance(call, ast.Call) or _GETTER.search(failure.text):
        return None
    key = match[1]
    found = next((keyword for keyword in call.keywords if keyword.arg == key), None)
    if found is None:
        return _from_dictionary(call, key)
    call.keywords.remove(found)
    taken = _taken(failure, call)
    better = KEYWORDS.get(key)
    if better and better in taken and not any(keyword.arg == better for keyword in call.keywords):
        call.keywords.append(ast.keyword(better, found.value))
        return f"{_called(call)} takes {better}, not {key}"
    if key in ("x_min", "x_max", "y_min", "y_max") and f"{key[0]}_range" in taken:
        return _range(call, key, found.value)
    if key in ("center", "position", "pos", "location", "point", "coords", "coordinates") and _makes_mobject(failure, call):
        swap(failure.path, ast.Call(ast.Attribute(call, "move_to", ast.Load()), [found.value], []))
        return f"{_called(call)} takes no {key}: it is moved there"
    if key in ("points", "vertices") and _called(call) in ("Polygon", "Polyline"):
        call.args.append(ast.Starred(found.value, ast.Load()))
        return f"{_called(call)} takes its points one by one"
    if key in ("scale", "scale_factor") and _makes_mobject(failure, call):
        swap(failure.path, ast.Call(ast.Attribute(call, "scale", ast.Load()), [found.value], []))
        return f"{_called(call)} takes no {key}: it is scaled"
    return f"{_called(call)} takes no {key}"


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else "the call"


def _target(failure: Failure, call: ast.Call) -> Any:
    try:
        return failure.value_of(call.func)
    except Exception:  # noqa: BLE001 — the scene's own code
        return None


def _taken(failure: Failure, call: ast.Call) -> set[str]:
    target = _target(failure, call)
    return set(parameters(target)[0]) if callable(target) else set()


def _makes_mobject(failure: Failure, call: ast.Call) -> bool:
    import manim

    target = _target(failure, call)
    return isinstance(target, type) and issubclass(target, manim.Mobject)


def _range(call: ast.Call, key: str, value: ast.expr) -> str:
    """`x_min=-3, x_max=5` become `x_range=[-3, 5]`."""
    axis, low = key[0], key.endswith("_min")
    name, other = f"{axis}_range", f"{axis}_{'max' if low else 'min'}"
    there = next((keyword for keyword in call.keywords if keyword.arg == name), None)
    if there is None:
        pair = next((keyword for keyword in call.keywords if keyword.arg == other), None)
        if pair is not None:
            call.keywords.remove(pair)
        limit = pair.value if pair is not None else ast.UnaryOp(ast.USub(), ast.Constant(10)) if not low else ast.Constant(10)
        call.keywords.append(ast.keyword(name, ast.List([value, limit] if low else [limit, value], ast.Load())))
    return f"{_called(call)} takes {name}, not {key}"


def _from_dictionary(call: ast.Call, key: str) -> str | None:
    """Takes `key` out of a dictionary among the arguments, such as axis_config={...}, or out of a call inside this one."""
    for node in ast.walk(call):
        if isinstance(node, ast.Dict):
            for index, name in enumerate(node.keys):
                if isinstance(name, ast.Constant) and name.value == key:
                    del node.keys[index], node.values[index]
                    return f"{key} is not taken"
        elif isinstance(node, ast.Call) and any(keyword.arg == key for keyword in node.keywords):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != key]
            return f"{_called(node)} takes no {key}"
    return None
