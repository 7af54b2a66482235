"""Whether the curves in a picture are those that the storyboard names."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

from agents.animation.named import Function, Named, Relation, named_by, named_in
from agents.rendering.bundle import MAX_CURVES
from agents.rendering.report import DrawnCurve

_NEAR_X, _NEAR_Y = 0.005, 0.015
"""Shares of the axes' ranges by which a point may lie beside its curve: less than can be seen."""
_AGREE = 0.9
"""Share of the points that must lie on it: between two branches a curve may be joined by a line, and corners are drawn round."""
_LONG = 0.03
"""Share of an axis that a curve must span to be one: any short piece lies on something."""


def wrong_curves(data: Mapping[str, Any], draw: str, curves: Sequence[DrawnCurve]) -> list[str]:
    """What is named and drawn as something else, a sentence each. `draw` is what the coder was asked for, "" for a parametric beat of this `data`.

    A curve too many is no fault (a tangent, an asymptote, the curve before it moves): there must be a graph that is none of those named, and a name
    that no curve has.
    """
    if len(curves) >= MAX_CURVES:
        return []  # not all of them are known
    named = named_in(draw) if draw else named_by(data)
    wrong = _unlike(named, curves)
    if not draw and named:
        told = named_in(str(data.get("say") or ""))
        if told and any(curve["function"] for curve in curves) and not any(_is(curve, one) for curve in curves for one in told):
            wrong += [f"the caption names {one.text}, which is not what is drawn" for one in told[:1]]
    return wrong


def _unlike(named: Sequence[Named], curves: Sequence[DrawnCurve]) -> list[str]:
    strangers = [curve for curve in curves if _is_drawn_as_graph(curve, named) and not any(_is(curve, one) for one in named)]
    missing = [one for one in named if not any(_is(curve, one) for curve in curves)]
    return [f"no drawn curve is {one.text}{_instead(one, strangers[0])}" for one in missing] if strangers else []


def _is_drawn_as_graph(curve: DrawnCurve, named: Sequence[Named]) -> bool:
    round_too = curve["kind"] in ("Circle", "Ellipse") and any(one.relation is not None for one in named)
    return (curve["function"] or round_too) and _spans(curve)


def _spans(curve: DrawnCurve) -> bool:
    xs, ys = [x for x, _ in curve["points"]], [y for _, y in curve["points"]]
    return max(xs) - min(xs) >= _LONG * _size(curve["x_range"]) or max(ys) - min(ys) >= _LONG * _size(curve["y_range"])


def _size(ends: tuple[float, float]) -> float:
    return ends[1] - ends[0]


def _is(curve: DrawnCurve, named: Named) -> bool:
    """Whether the curve lies on what is named, over all of its length."""
    if not _spans(curve):
        return False
    near = _NEAR_X * _size(curve["x_range"]), _NEAR_Y * _size(curve["y_range"])
    ways = [[_on_graph(function, point, near) for point in curve["points"]] for function in named.functions]
    if named.relation is not None:
        ways.append([_on_relation(named.relation, point, (3 * near[0], near[1])) for point in curve["points"]])
    return any(sum(way) >= _AGREE * len(way) for way in ways)


def _on_graph(function: Function, point: tuple[float, float], near: tuple[float, float]) -> bool:
    x, y = point
    values = [value for value in (function(x - near[0]), function(x), function(x + near[0])) if math.isfinite(value)]
    return bool(values) and min(values) - near[1] <= y <= max(values) + near[1]


def _on_relation(relation: Relation, point: tuple[float, float], near: tuple[float, float]) -> bool:
    values = [
        relation(point[0] + across * near[0], point[1] + up * near[1]) for across, up in itertools.product((-1, -0.5, 0, 0.5, 1), repeat=2)
    ]
    known = [value for value in values if math.isfinite(value)]
    return bool(known) and min(known) <= 0 <= max(known)


def _instead(named: Named, curve: DrawnCurve) -> str:
    """Where that is seen: the point of a curve that lies farthest off."""
    if not named.functions:
        return ""
    function = named.functions[0]
    off = [(abs(y - value), x, y, value) for x, y in curve["points"] if math.isfinite(value := function(x))]
    if not off:
        return ""
    _, x, y, value = max(off)
    return f": at x = {x:.3g} the {curve['kind']} has y = {y:.3g} instead of {value:.3g}"
