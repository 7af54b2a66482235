"""Curves on axes: points of what is drawn, in the numbers of the axes that it is drawn on."""

from __future__ import annotations

import math
from typing import Any

import manim
import numpy as np
import numpy.typing as npt

from agents.rendering.inside.inventory import Box, Item
from agents.rendering.inside.layout import SCALES

PLOTS = ("plot", "plot_implicit_curve", "plot_parametric_curve", "plot_derivative_graph", "plot_antiderivative_graph")
"""Methods of axes that draw on them."""
MOST = 40
POINTS = 48
_FEWEST = 5
_NOTED = 300
_SMOOTH = 8
"""Pieces from which a path by itself is a curve and no outline of a few strokes."""
_GRAPHS = {"ParametricFunction", "FunctionGraph", "ImplicitFunction", "DashedVMobject"}
_LINES = {
    "Line",
    "DashedLine",
    "TangentLine",
    "VMobject",
    "CurvesAsSubmobjects",
    "Circle",
    "Ellipse",
    "Arc",
    "ArcBetweenPoints",
    "CubicBezier",
}
"""What a graph may be drawn with as well: a straight one as a line, a circle as one."""

Points = npt.NDArray[np.float64]


class Curves:
    """Takes down each curve once; `drawn` is what a report tells of them."""

    def __init__(self) -> None:
        self.drawn: list[dict[str, Any]] = []
        # each with what it is told of, so that no later mobject gets its identity
        self._axes: dict[int, tuple[Any, Any]] = {}
        self._looks_like: dict[int, tuple[Any, Any]] = {}
        self._known: set[bytes] = set()

    def note(self, graph: Any, axes: Any) -> None:
        """`graph` was plotted on `axes`. Of graphs that are plotted anew in every frame the last ones are known."""
        self._axes[id(graph)] = (graph, axes)
        while len(self._axes) > _NOTED:
            del self._axes[next(iter(self._axes))]

    def pair(self, mobject: Any, target: Any) -> None:
        """From now on `mobject` looks like `target`, whose numbers are then those on its ticks: `Transform` moves points only."""
        for mine, other in zip(mobject.get_family(), target.get_family(), strict=False):
            if isinstance(mine, manim.CoordinateSystem):
                self._looks_like[id(mine)] = (mine, self._seen_as(other) if isinstance(other, manim.CoordinateSystem) else None)
            if id(other) in self._axes:
                self.note(mine, self._axes[id(other)][1])
            elif mine is mobject:
                self._axes.pop(id(mine), None)

    def _seen_as(self, axes: Any) -> Any:
        return self._looks_like.get(id(axes), (axes, axes))[1]

    def look(self, items: list[Item], frame: Box, now: float, line: int | None) -> None:
        """Takes down what is on axes in a resting picture. `frame` is what the camera sees."""
        there = [
            (axes, item.box) for item in items if isinstance(item.mobject, manim.CoordinateSystem) and (axes := self._seen_as(item.mobject))
        ]
        if not there and not self._axes:
            return
        for item in items:
            if item.is_text or item.kind not in _GRAPHS | _LINES or SCALES & set(item.inside_kinds):
                continue
            graph = _is_graph(item)
            if len(self.drawn) >= (MOST if graph else MOST // 2):
                continue
            axes = self._axes_of(item, there)
            points = _sampled(item, frame) if axes is not None else None
            if points is not None and (told := _told(points, axes)) is not None:
                key = repr((told["points"], told["x_range"], told["y_range"])).encode()
                if key not in self._known:
                    self._known.add(key)
                    self.drawn.append({"kind": item.kind, "function": graph, **told, "at_s": round(now, 3), "line": line})

    def _axes_of(self, item: Item, there: list[tuple[Any, Box]]) -> Any:
        """The axes that it was plotted on, else those around its middle; None where that is not one."""
        if id(item.mobject) in self._axes:
            return self._seen_as(self._axes[id(item.mobject)][1])
        if len(there) == 1:
            return there[0][0]
        left, bottom, right, top = item.box
        x, y = (left + right) / 2, (bottom + top) / 2
        around = [axes for axes, box in there if box[0] <= x <= box[2] and box[1] <= y <= box[3]]
        return around[0] if len(around) == 1 else None


def _is_graph(item: Item) -> bool:
    if item.kind in _GRAPHS:
        return True
    return item.kind == "VMobject" and len(item.leaves) == 1 and len(item.mobject.points) >= 4 * _SMOOTH and item.leaves[0].fill < 0.05


def _sampled(item: Item, frame: Box) -> Points | None:
    """At most `POINTS` points of its strokes that are in the frame, shape (n, 2); None where there are too few."""
    pieces = [np.asarray(leaf.mobject.points, dtype=np.float64) for leaf in item.leaves if leaf.stroke]
    pieces = [points[: len(points) // 4 * 4].reshape(-1, 4, 3)[:, :, :2] for points in pieces]
    count = sum(len(points) for points in pieces)
    if count == 0:
        return None
    # the ends of a piece are points of the function itself, what lies between is drawn by Manim
    at = np.linspace(0, 1, max(2, math.ceil(POINTS / count)), endpoint=False)[None, :, None]
    found = []
    for points in pieces:
        a, b, c, d = (points[:, place, None, :] for place in range(4))
        inner = (1 - at) ** 3 * a + 3 * (1 - at) ** 2 * at * b + 3 * (1 - at) * at**2 * c + at**3 * d
        found.append(np.concatenate([inner.reshape(-1, 2), points[-1:, 3]]))
    every = np.concatenate(found)
    every = every[np.isfinite(every).all(axis=1)]
    left, bottom, right, top = frame
    seen = every[(every[:, 0] >= left) & (every[:, 0] <= right) & (every[:, 1] >= bottom) & (every[:, 1] <= top)]
    if len(seen) < _FEWEST:
        return None
    picked: Points = seen[np.unique(np.linspace(0, len(seen) - 1, min(POINTS, len(seen))).astype(int))]
    return picked


def _told(points: Points, axes: Any) -> dict[str, Any] | None:
    """The points in the numbers of the axes; None where these have no straight, evenly divided scales."""
    if isinstance(axes, manim.PolarPlane | manim.ThreeDAxes) or not all(_is_even(axis) for axis in (axes.x_axis, axes.y_axis)):
        return None
    x_range, y_range = ([float(end) for end in found[:2]] for found in (axes.x_range, axes.y_range))
    if not (x_range[0] < x_range[1] and y_range[0] < y_range[1]):
        return None
    corner, right, up = (
        np.asarray(axes.c2p(*place), dtype=np.float64)[:2]
        for place in ((x_range[0], y_range[0]), (x_range[1], y_range[0]), (x_range[0], y_range[1]))
    )
    along = np.array([right - corner, up - corner])
    if not np.isfinite(along).all() or abs(np.linalg.det(along)) < 1e-6:
        return None
    shares = (points - corner) @ np.linalg.inv(along)
    sizes = np.array([x_range[1] - x_range[0], y_range[1] - y_range[0]])
    values = shares * sizes + np.array([x_range[0], y_range[0]])
    if not np.isfinite(values).all() or np.abs(values).max() > 1e9:
        return None
    return {"x_range": x_range, "y_range": y_range, "points": [[float(f"{x:.6g}"), float(f"{y:.6g}")] for x, y in values]}


def _is_even(axis: Any) -> bool:
    return isinstance(axis.scaling, manim.LinearBase)
