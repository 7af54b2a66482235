"""Solids in oblique projection, and the nets of boxes and cylinders."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from agents.animation.kinds.base import Formula, Kind, Label, Number, typeset
from agents.animation.kinds.curves import shown_number

Body = Literal["box", "cube", "cylinder", "cone", "sphere", "pyramid"]
_NEEDS: dict[str, tuple[str, ...]] = {
    "box": ("width", "depth", "height"),
    "cube": ("width",),
    "cylinder": ("radius", "height"),
    "cone": ("radius", "height"),
    "sphere": ("radius",),
    "pyramid": ("width", "depth", "height"),
}
_HAVE_NETS = ("box", "cube", "cylinder")


class Solid(Kind):
    """A body with the lengths that fix it. `labels` replace the numbers written on them (in the order width, depth, height; or radius, height).
    `net` unfolds a box, a cube or a cylinder beside it."""

    stage: ClassVar[str] = "solid"
    kind: Literal["solid"] = "solid"
    body: Body
    width: Number | None = Field(default=None, gt=0)
    depth: Number | None = Field(default=None, gt=0)
    height: Number | None = Field(default=None, gt=0)
    radius: Number | None = Field(default=None, gt=0)
    labels: list[Label] = Field(default_factory=list, max_length=3)
    net: bool = False
    formula: Formula = ""

    @model_validator(mode="after")
    def _fixed(self) -> Solid:
        needed = _NEEDS[self.body]
        lengths = [getattr(self, name) for name in needed]
        if None in lengths:
            raise ValueError(f"a {self.body} needs {', '.join(needed)}")
        if max(lengths) > 12 * min(lengths):
            raise ValueError("one length is far too short to be drawn beside the others")
        if self.net and self.body not in _HAVE_NETS:
            raise ValueError(f"the net of a {self.body} is not drawn")
        return self

    def on_stage(self) -> dict[str, str]:
        return {"edges": "the visible edges", "labels": "the labels of the lengths"}

    def data(self) -> dict[str, Any]:
        needed = _NEEDS[self.body]
        lengths = {name: float(getattr(self, name)) for name in needed}
        if self.body == "cube":
            lengths |= {"depth": lengths["width"], "height": lengths["width"]}
        texts = {name: shown_number(lengths[name]) for name in needed}
        if self.body in ("cylinder", "cone", "sphere"):
            texts["radius"] = f"r = {texts['radius']}"
        texts |= dict(zip(needed, self.labels, strict=False))
        return {"body": "box" if self.body == "cube" else self.body, "lengths": lengths, "texts": texts, "net": self.net} | typeset(
            self.formula
        )
