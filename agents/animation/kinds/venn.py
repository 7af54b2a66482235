"""Two sets and how many lie in each part of them."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from agents.animation.kinds.base import Kind, Label, Number
from agents.animation.kinds.curves import shown_number

Region = Literal["left", "both", "right", "outside"]


class Venn(Kind):
    """How many are in the first set only (`left`), in `both`, in the second only (`right`), and in neither (`outside`). A part that is None shows
    "?" where `find` names it and is left empty otherwise."""

    stage: ClassVar[str] = "venn"
    kind: Literal["venn"] = "venn"
    names: tuple[Label, Label]
    left: Number | None = Field(default=None, ge=0)
    both: Number | None = Field(default=None, ge=0)
    right: Number | None = Field(default=None, ge=0)
    outside: Number | None = Field(default=None, ge=0)
    find: Region | None = None

    @model_validator(mode="after")
    def _something(self) -> Venn:
        if not all(name.strip() for name in self.names):
            raise ValueError("both sets need a name")
        if all(value is None for value in (self.left, self.both, self.right)):
            raise ValueError("at least one part of the sets needs a number")
        return self

    def on_stage(self) -> dict[str, str]:
        return {"circles": "the two circles, a list"}

    def data(self) -> dict[str, Any]:
        parts: dict[str, str] = {}
        for name in ("left", "both", "right", "outside"):
            value = getattr(self, name)
            parts[name] = "?" if self.find == name else "" if value is None else shown_number(value)
        return {
            "names": list(self.names),
            "parts": parts,
            "find": self.find or "",
            "framed": self.outside is not None or self.find == "outside",
        }
