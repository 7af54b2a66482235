"""A circle and its parts."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agents.animation.kinds.base import Formula, Kind, Label, Number, typeset
from agents.animation.kinds.curves import shown_number
from agents.animation.kinds.plane import axis

PartKind = Literal["radius", "diameter", "chord", "tangent", "sector", "point"]


class Part(BaseModel):
    """`angle` is where it starts, in degrees from the right; `to` is the other end of a chord or sector."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: PartKind
    label: Label = ""
    angle: Number | None = None
    to: Number | None = None

    @model_validator(mode="after")
    def _open(self) -> Part:
        if (
            self.kind in ("sector", "chord")
            and self.angle is not None
            and self.to is not None
            and not 5 <= abs(self.to - self.angle) <= 355
        ):
            raise ValueError("a sector or chord needs between 5 and 355 degrees")
        return self


_START = {"radius": 35.0, "diameter": 160.0, "chord": 210.0, "tangent": 60.0, "sector": 0.0, "point": 120.0}
_END = {"chord": 320.0, "sector": 60.0}


class Circle(Kind):
    """A circle of `radius`; axes are drawn when `center` is given. The radius is labelled with its length unless its part has a label;
    `show_radius` and `show_center` are whether their numbers are written."""

    stage: ClassVar[str] = "circle"
    kind: Literal["circle"] = "circle"
    radius: Number = Field(default=1.0, gt=0)
    center: tuple[Number, Number] | None = None
    parts: list[Part] = Field(default_factory=lambda: [Part(kind="radius")], max_length=4)
    show_radius: bool = True
    show_center: bool = True
    center_name: Label = ""
    formula: Formula = ""

    @model_validator(mode="after")
    def _in_sight(self) -> Circle:
        if self.center is not None and max(map(abs, self.center)) > 8 * self.radius:
            raise ValueError("the circle would be a dot beside the axes")
        return self

    def on_stage(self) -> dict[str, str]:
        return {"circle": "the Circle", "middle": "a Dot at its centre"}

    def data(self) -> dict[str, Any]:
        drawn = []
        for part in self.parts:
            label = part.label
            if not label and part.kind == "radius":
                label = f"r = {shown_number(self.radius)}" if self.show_radius else "r"
            start = part.angle if part.angle is not None else _START[part.kind]
            if part.kind == "radius" and part.angle is None and any(other.kind == "sector" for other in self.parts):
                start = 200.0
            end = part.to if part.to is not None else start + (_END.get(part.kind, start) - _START[part.kind])
            if not label and part.kind == "sector":
                label = f"{shown_number(end - start)}°"
            drawn.append({"kind": part.kind, "label": label, "from": start, "to": end})
        return {
            "radius": self.radius,
            "center": self.center or (0.0, 0.0),
            "axes": self._axes(),
            "center_label": f"{self.center_name} {self._place()}".strip(),
            "parts": drawn,
        } | typeset(self.formula)

    def _place(self) -> str:
        return f"({shown_number(self.center[0])}, {shown_number(self.center[1])})" if self.center and self.show_center else ""

    def _axes(self) -> dict[str, Any] | None:
        if self.center is None:
            return None
        (x, y), r = self.center, self.radius
        return {"x": axis([x - r, x + r], 6, zero=True), "y": axis([y - r, y + r], 6, zero=True)}
