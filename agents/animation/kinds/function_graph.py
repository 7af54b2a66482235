"""One or two functions of x on axes, with the points worth seeing."""

from __future__ import annotations

import math
import re
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.animation.expression import Expression, number_text, parse
from agents.animation.kinds import curves
from agents.animation.kinds.base import Formula, Kind, Label, Number
from agents.animation.latex import as_text, parts

Mark = Literal["zeros", "vertex", "y_intercept", "crossing", "axis_of_symmetry", "asymptotes"]
_ROLES: dict[str, str] = {"zeros": "a zero", "vertex": "the vertex", "y_intercept": "the y-intercept", "crossing": "the crossing"}
MAX_POINTS = 6


class Point(BaseModel):
    """`label` defaults to its coordinates; one that is not `named` is a dot without any."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    x: Number
    y: Number
    label: Label = ""
    named: bool = True


class FunctionGraph(Kind):
    """Up to three functions of x. `marks` are computed from the functions; `points` are given ones. Without a domain a telling one is chosen. The
    axis of symmetry and asymptotes (upright and level ones) are dashed.

    `labels` are LaTeX names for the curves (default `y = ...`); `tangent_at` and `area` concern the first function.
    """

    stage: ClassVar[str] = "function_graph"
    kind: Literal["function_graph"] = "function_graph"
    functions: list[str] = Field(min_length=1, max_length=3)
    labels: list[Formula] = Field(default_factory=list, max_length=3)
    x_min: Number | None = None
    x_max: Number | None = None
    marks: list[Mark] = Field(default_factory=list, max_length=6)
    points: list[Point] = Field(default_factory=list, max_length=MAX_POINTS)
    tangent_at: Number | None = None
    area: tuple[Number, Number] | None = None
    x_name: str = Field(default="x", pattern=r"^[A-Za-z]$")
    y_name: str = Field(default="y", pattern=r"^[A-Za-z]$|^[a-zA-Z]\([a-z]\)$")

    @model_validator(mode="after")
    def _drawable(self) -> FunctionGraph:
        parsed = self.parsed()
        if all("x" not in function.variables and len(parsed) == 1 for function in parsed):
            raise ValueError("a constant alone makes no graph")
        if self.x_min is not None and self.x_max is not None and not 0.01 <= self.x_max - self.x_min <= 1e5:
            raise ValueError("the domain must run from a smaller to a larger number")
        if (self.x_min is None) != (self.x_max is None):
            raise ValueError("give both ends of the domain or neither")
        left, right = self._domain(parsed)
        for function in parsed:
            if sum(math.isfinite(function(x)) for x in curves.grid(left, right, 100)) < 10:
                raise ValueError("the function has hardly any real values on this domain")
        if self.tangent_at is not None and not (left < self.tangent_at < right and math.isfinite(parsed[0](self.tangent_at))):
            raise ValueError("the tangent touches outside the domain")
        if self.area is not None:
            a, b = self.area
            if not (left <= a < b <= right) or not all(math.isfinite(parsed[0](x)) for x in curves.grid(a, b, 50)):
                raise ValueError("the area must lie inside the domain")
        return self

    def parsed(self) -> list[Expression]:
        return [parse(text) for text in self.functions]

    def _domain(self, functions: list[Expression]) -> tuple[float, float]:
        if self.x_min is not None and self.x_max is not None:
            return self.x_min, self.x_max
        marks = [x for function in functions for x in curves.poles(function, -10.0, 10.0)] if "asymptotes" in self.marks else []
        marks += [point.x for point in self.points] + ([self.tangent_at] if self.tangent_at is not None else []) + list(self.area or ())
        for reach in (10.0, 100.0, 1000.0):
            telling = [x for function in functions for x in self._telling(function, -reach, reach)]
            crossings = self._crossings(functions, -reach, reach)
            if "crossing" in self.marks and not crossings and reach < 1000:
                continue
            telling = crossings if crossings and max(map(abs, crossings)) > 10 else telling + crossings
            if telling or any("x" in function.variables and not _straight(function) for function in functions):
                break
        # a wave has telling points without end: the ones near the origin are enough
        wave = len(telling) > 6
        telling = ([x for x in telling if abs(x) <= 6.5] or telling[:6]) if wave else telling
        spots = telling + marks + [0.0]
        left, right = min(spots), max(spots)
        room = max(0.8 if wave else 1.5, (0.05 if wave else 0.35) * (right - left))
        left, right = left - room, right + room
        if right - left < 6:
            left, right = left - (6 - right + left) / 2, right + (6 - right + left) / 2
        step = curves.nice_step(right - left)
        left, right = step * math.floor(left / step), step * math.ceil(right / step)
        if all(math.isnan(function(x)) for function in functions for x in curves.grid(left, -right / 50, 20)) and left < 0:
            left = -0.08 * right
        return left, right

    @staticmethod
    def _telling(function: Expression, left: float, right: float) -> list[float]:
        return curves.zeros(function, left, right) + curves.turning_points(function, left, right)

    @staticmethod
    def _crossings(functions: list[Expression], left: float, right: float) -> list[float]:
        """Where any two of the functions meet."""
        return [
            x
            for index, a in enumerate(functions)
            for b in functions[index + 1 :]
            for x in curves.zeros(lambda t, a=a, b=b: a(t) - b(t), left, right)  # type: ignore[misc]
        ]

    def domain(self) -> tuple[float, float]:
        """From where to where the graph is drawn."""
        return self._domain(self.parsed())

    def marked(self) -> list[tuple[Mark, float, float]]:
        """The points inside the domain that the marks ask for, each with its mark."""
        functions = self.parsed()
        left, right = self._domain(functions)
        found: list[tuple[Mark, float, float]] = []
        for function in functions:
            if "zeros" in self.marks:
                found += [("zeros", x, 0.0) for x in curves.zeros(function, left, right)]
            if "vertex" in self.marks:
                found += [("vertex", x, curves.snapped(function(x))) for x in curves.turning_points(function, left, right)]
            if "y_intercept" in self.marks and left <= 0 <= right and math.isfinite(function(0.0)):
                found.append(("y_intercept", 0.0, curves.snapped(function(0.0))))
        if "crossing" in self.marks:
            for x in self._crossings(functions, left, right):
                found += [("crossing", x, curves.snapped(function(x))) for function in functions if math.isfinite(function(x))]
        return found

    def found_points(self) -> list[tuple[float, float]]:
        """The given and the marked points, left to right, at most six."""
        points = [(point.x, point.y) for point in self.points] + [(x, y) for _, x, y in self.marked()]
        distinct: list[tuple[float, float]] = []
        for point in points:
            if not any(math.dist(point, other) < 1e-6 * (1 + abs(point[0]) + abs(point[1])) for other in distinct):
                distinct.append(point)
        return sorted(sorted(distinct, key=lambda point: abs(point[0]))[:MAX_POINTS])

    def head(self) -> str:
        bodies = ",\n    ".join(f"lambda x: {function.source}" for function in self.parsed())
        return f"FUNCTIONS = [\n    {bodies},\n]"

    def on_stage(self) -> dict[str, str]:
        roles = {(x, y): _ROLES[mark] for mark, x, y in reversed(self.marked()) if mark in _ROLES}
        roles |= {(point.x, point.y): f"the point {point.label}" for point in self.points if point.label}
        dots = [
            f"dots[{place}] is {roles.get((x, y), 'the point')} at ({x:.4g}, {y:.4g})" for place, (x, y) in enumerate(self.found_points())
        ]
        marked = {"dots": f"the marked points, a list of Dot: {', '.join(dots)}"} if dots else {}
        return {"axes": "the Axes", "curves": "the graphs, a list"} | marked

    def data(self) -> dict[str, Any]:
        functions = self.parsed()
        left, right = self._domain(functions)
        points = self.found_points()
        named = {(point.x, point.y): point.label for point in self.points}
        silent = {(point.x, point.y) for point in self.points if not point.named}
        heights = [y for _, y in points]
        if "asymptotes" in self.marks:
            heights += curves.levels(functions[0])
        if self.tangent_at is not None:
            heights.append(functions[0](self.tangent_at))
        if self.area:
            heights += [functions[0](x) for x in curves.grid(*self.area, 40)] + [0.0]
        bottom, top = curves.y_window(functions, (left, right), heights)
        y_step = curves.nice_step(top - bottom, 6)
        # a curve that never goes below zero needs no room under the axis
        bottom, top = bottom if -0.6 * y_step < bottom < 0 else y_step * math.floor(bottom / y_step), y_step * math.ceil(top / y_step)
        turns = right - left <= 8 * math.pi and any(name in function.source for function in functions for name in ("sin(", "cos(", "tan("))
        x_step = math.pi / 2 if turns else curves.nice_step(right - left, 9)
        drawn = []
        for index, function in enumerate(functions):
            pieces = curves.branches(function, (left, right), (bottom, top))
            if not pieces:
                continue
            label = (
                self.labels[index]
                if index < len(self.labels) and self.labels[index]
                else f"{self.y_name} = {_renamed(function.latex(), self.x_name)}"
            )
            drawn.append({"branches": pieces, "label": parts(label), "label_text": as_text(label)})
        return {
            "x_range": (left, right, x_step),
            "y_range": (bottom, top, y_step),
            "x_ticks": _turn_ticks(left, right) if turns else _ticks(left, right, x_step),
            "y_ticks": _ticks(bottom, top, y_step),
            "x_name": self.x_name,
            "y_name": self.y_name,
            "square": 0.5 < (right - left) / (top - bottom) < 3,
            "curves": drawn,
            "points": [
                (x, y, "" if (x, y) in silent else named.get((x, y)) or f"({curves.shown_number(x)}, {curves.shown_number(y)})")
                for x, y in points
            ],
            "tangent": self._tangent(functions[0], (left, right), (bottom, top)),
            "area": self.area,
            "dashed": self._dashed(functions[0], (left, right), (bottom, top)),
        }

    def _dashed(self, function: Expression, xs: tuple[float, float], ys: tuple[float, float]) -> list[dict[str, Any]]:
        """Upright and level guide lines of the first function, as far as they are in the frame: where they stand and what is written on them."""
        upright: list[float] = []
        level: list[float] = []
        if "axis_of_symmetry" in self.marks:
            turns = curves.turning_points(function, *xs)
            upright += turns if len(turns) == 1 and _mirrored(function, turns[0]) else []
        if "asymptotes" in self.marks:
            upright += curves.poles(function, *xs)
            level += curves.levels(function)
        names = self.x_name, self.y_name
        return [{"x": x, "label": f"{names[0]} = {curves.shown_number(x)}"} for x in upright if xs[0] < x < xs[1]] + [
            {"y": y, "label": f"{names[1]} = {curves.shown_number(y)}"} for y in level if ys[0] <= y <= ys[1]
        ]

    def _tangent(self, function: Expression, xs: tuple[float, float], ys: tuple[float, float]) -> dict[str, Any] | None:
        if self.tangent_at is None:
            return None
        at, small = self.tangent_at, 1e-5 * (xs[1] - xs[0])
        slope = (function(at + small) - function(at - small)) / (2 * small)
        height = function(at)
        if not math.isfinite(slope):
            return None
        inside = [x for x in curves.grid(*xs, 400) if ys[0] <= height + slope * (x - at) <= ys[1]]
        ends = [(x, height + slope * (x - at)) for x in (inside[0], inside[-1])] if len(inside) > 1 else [(at, ys[0]), (at, ys[1])]
        return {"at": (at, height), "ends": ends, "label": f"slope {curves.shown_number(round(slope, 6))}"}


def _renamed(latex: str, name: str) -> str:
    """The formula with its x called `name`; letters inside commands stay."""
    return re.sub(r"\\[A-Za-z]+|x", lambda match: name if match[0] == "x" else match[0], latex)


def _mirrored(function: Expression, axis: float) -> bool:
    return all(abs(function(axis + step) - function(axis - step)) < 1e-6 * max(1.0, abs(function(axis + step))) for step in (0.7, 1.3, 3.1))


def _straight(function: Expression) -> bool:
    middle = function(0.5) - function(-0.5)
    return (
        math.isfinite(middle)
        and abs((function(3.5) - function(2.5)) - middle) < 1e-9
        and abs((function(-2.5) - function(-3.5)) - middle) < 1e-9
    )


def _turn_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Quarter turns named in pi."""
    quarters = range(math.ceil(low / (math.pi / 2) + 0.2), math.floor(high / (math.pi / 2) - 0.2) + 1)
    names = {1: "π/2", 2: "π", 3: "3π/2", 4: "2π"} | {k: f"{k // 2}π" if k % 2 == 0 else f"{k}π/2" for k in range(5, 17)}
    every = 1 if len(quarters) <= 9 else 2
    return [(k * math.pi / 2, ("−" if k < 0 else "") + names.get(abs(k), "0")) for k in quarters if k % every == 0]


def _ticks(low: float, high: float, step: float) -> list[tuple[float, str]]:
    first = math.ceil(low / step + 0.3)
    return [(round(k * step, 10), number_text(k * step).replace("-", "−")) for k in range(first, math.floor(high / step - 0.3) + 1)]
