"""Points, segments and figures in the coordinate plane."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.animation.kinds.base import Formula, Kind, Label, Number, typeset
from agents.animation.kinds.curves import shown_number
from agents.animation.kinds.plane import axis


class Spot(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    x: Number
    y: Number
    label: Label = ""


class Coordinates(Kind):
    """One to six points, joined in order where `joined` (and back to the first where `closed`). `show` looks at the first two: the `slope` triangle
    between them, their `midpoint`, or their `distance` by Pythagoras."""

    stage: ClassVar[str] = "coordinates"
    kind: Literal["coordinates"] = "coordinates"
    points: list[Spot] = Field(min_length=1, max_length=6)
    joined: bool = True
    closed: bool = False
    show: Literal["nothing", "slope", "midpoint", "distance"] = "nothing"
    formula: Formula = ""

    @model_validator(mode="after")
    def _apart(self) -> Coordinates:
        places = [(point.x, point.y) for point in self.points]
        if len(set(places)) < len(places):
            raise ValueError("two points at the same place cannot be told apart")
        if self.closed and len(places) < 3:
            raise ValueError("a figure needs three corners")
        if self.show != "nothing":
            if len(places) < 2:
                raise ValueError("it takes two points to look at what lies between them")
            (ax, ay), (bx, by) = places[:2]
            if self.show == "slope" and ax == bx:
                raise ValueError("an upright line has no slope")
            if self.show in ("slope", "distance") and (ax == bx or ay == by) and self.show == "distance":
                raise ValueError("the distance of points above or beside one another needs no triangle")
        return self

    def on_stage(self) -> dict[str, str]:
        return {"axes": "the Axes", "dots": "the points in their order, a list of Dot", "lines": "the segments between them, a list"}

    def data(self) -> dict[str, Any]:
        xs, ys = [point.x for point in self.points], [point.y for point in self.points]
        (ax, ay), (bx, by) = (xs[0], ys[0]), (xs[1], ys[1]) if len(xs) > 1 else (xs[0], ys[0])
        between: dict[str, Any] = {}
        if self.show == "midpoint":
            middle = ((ax + bx) / 2, (ay + by) / 2)
            between = {"at": middle, "label": f"M ({shown_number(middle[0])}, {shown_number(middle[1])})"}
        elif self.show in ("slope", "distance"):
            run, rise = bx - ax, by - ay
            square = run**2 + rise**2
            root = math.sqrt(square)
            long = shown_number(root) if abs(root - round(root)) < 1e-9 else f"√{shown_number(square)}"
            between = {
                "corner": (bx, ay),
                "run": shown_number(run if self.show == "slope" else abs(run)),
                "rise": shown_number(rise if self.show == "slope" else abs(rise)),
                "label": f"slope = {shown_number(rise / run)}" if self.show == "slope" else long,
            }
        return {
            "points": [
                (point.x, point.y, f"{point.label} ({shown_number(point.x)}, {shown_number(point.y)})".strip()) for point in self.points
            ],
            "x": axis([*xs, 0.0], 10, zero=True),
            "y": axis([*ys, 0.0], 7, zero=True),
            "joined": self.joined and len(self.points) > 1,
            "closed": self.closed,
            "show": self.show,
            "between": between,
        } | typeset(self.formula)
