"""The unit circle with a point that moves to an angle, its cosine and its sine."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal

from pydantic import Field

from agents.animation.kinds.base import Formula, Kind, Number, typeset
from agents.animation.kinds.curves import shown_number

_EXACT = {0: "0", 30: r"\frac{1}{2}", 45: r"\frac{\sqrt{2}}{2}", 60: r"\frac{\sqrt{3}}{2}", 90: "1"}
"""The sine of these angles in degrees."""


class UnitCircle(Kind):
    """`angle` in degrees, `radians` shows it as a multiple of pi beside. Exact values are written for multiples of 30 and 45 degrees."""

    stage: ClassVar[str] = "unit_circle"
    kind: Literal["unit_circle"] = "unit_circle"
    angle: Number = Field(ge=-720, le=720)
    radians: bool = True
    formula: Formula = ""

    def on_stage(self) -> dict[str, str]:
        return {"circle": "the Circle", "dot": "the Dot on it", "arm": "the radius to that dot"}

    def data(self) -> dict[str, Any]:
        turn = math.radians(self.angle)
        name = f"{shown_number(self.angle)}°"
        pieces = _multiple_of_pi(self.angle) if self.radians else ""
        return {
            "angle": self.angle,
            "name": f"{name} = {pieces}" if pieces else name,
            "cos": math.cos(turn),
            "sin": math.sin(turn),
            "cos_latex": _exact(self.angle + 90),
            "sin_latex": _exact(self.angle),
        } | typeset(self.formula)


def _exact(degrees: float) -> str:
    """The sine as LaTeX."""
    turned = degrees % 360
    sign = "-" if turned > 180 else ""
    folded = min(turned % 180, 180 - turned % 180)
    found = next((text for angle, text in _EXACT.items() if abs(folded - angle) < 1e-9), "")
    if found:
        return found if found == "0" else sign + found
    return f"{math.sin(math.radians(degrees)):.2f}"


def _multiple_of_pi(degrees: float) -> str:
    """`2π/3`; "" where it is no simple fraction of pi."""
    twelfths = degrees / 15
    if abs(twelfths - round(twelfths)) > 1e-9 or not twelfths:
        return ""
    top, bottom = round(twelfths), 12
    common = math.gcd(top, bottom)
    top, bottom = top // common, bottom // common
    head = {1: "π", -1: "−π"}.get(top, f"{top}π".replace("-", "−"))
    return head if bottom == 1 else f"{head}/{bottom}"
