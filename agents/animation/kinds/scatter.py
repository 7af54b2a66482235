"""Points of data and the line that fits them."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from agents.animation.kinds.base import Kind, Label, Number
from agents.animation.kinds.curves import shown_number
from agents.animation.kinds.plane import axis


class Scatter(Kind):
    """Three to forty points. The line of fit is `slope` and `intercept` where both are given, else that of least squares; `at` is an x for which
    the line's value is read off. `connect` joins the points in order instead (a table of a function)."""

    stage: ClassVar[str] = "scatter"
    kind: Literal["scatter"] = "scatter"
    points: list[tuple[Number, Number]] = Field(min_length=2, max_length=40)
    x_name: Label = ""
    y_name: Label = ""
    fit: bool = True
    slope: Number | None = None
    intercept: Number | None = None
    at: Number | None = None
    table: bool = False

    @model_validator(mode="after")
    def _drawable(self) -> Scatter:
        xs = [x for x, _ in self.points]
        if self.fit and max(xs) == min(xs):
            raise ValueError("points above one another have no line of fit")
        if self.table and len(self.points) > 7:
            raise ValueError("a table of more than seven rows cannot be read in a video")
        if self.at is not None and not self.fit:
            raise ValueError("a value is read off a line of fit")
        return self

    def line(self) -> tuple[float, float] | None:
        """Slope and intercept of the line of fit; None without one."""
        if not self.fit:
            return None
        if self.slope is not None and self.intercept is not None:
            return self.slope, self.intercept
        n = len(self.points)
        mean_x, mean_y = sum(x for x, _ in self.points) / n, sum(y for _, y in self.points) / n
        slope = sum((x - mean_x) * (y - mean_y) for x, y in self.points) / sum((x - mean_x) ** 2 for x, _ in self.points)
        return slope, mean_y - slope * mean_x

    def on_stage(self) -> dict[str, str]:
        return {"axes": "the Axes", "dots": "the points in their order, a list of Dot"}

    def data(self) -> dict[str, Any]:
        line = self.line()
        xs, ys = [x for x, _ in self.points], [y for _, y in self.points]
        read = None
        if line is not None and self.at is not None:
            read = (self.at, line[0] * self.at + line[1])
            xs, ys = [*xs, read[0]], [*ys, read[1]]
        x = axis(xs)
        label = ""
        if line is not None:
            first, second = shown_number(line[0]), shown_number(abs(line[1]))
            slope = {"1": "x", "−1": "−x"}.get(first, f"{first}x")
            label = f"y = {slope}" + (f" {'+' if line[1] > 0 else '−'} {second}" if second != "0" else "")
        return {
            "points": [(a, b) for a, b in self.points],
            "rows": [(shown_number(a), shown_number(b)) for a, b in self.points] if self.table else [],
            "x": x,
            "y": axis(ys, 6),
            "x_name": self.x_name,
            "y_name": self.y_name,
            "line": line,
            "line_label": label,
            "read": read,
            "read_label": f"({shown_number(read[0])}, {shown_number(read[1])})" if read else "",
        }
