"""The axes that a set of values needs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from agents.animation.expression import number_text
from agents.animation.kinds.curves import nice_step


def axis(values: Sequence[float], count: int = 8, *, zero: bool = False) -> dict[str, Any]:
    """`range` (low, high, step) and `ticks` (value, text) of an axis with about `count` steps that holds all `values`, and zero where it is near
    (or wherever it is with `zero`)."""
    low, high = min(values), max(values)
    span = (high - low) or max(abs(low), 1.0)
    if zero or 0 < low < 1.2 * span:
        low = min(low, 0.0)
    if zero or -1.2 * span < high < 0:
        high = max(high, 0.0)
    step = nice_step((high - low) or span, count)
    if all(value == round(value) for value in values):
        step = max(step, 1.0)
    # a value on the rim would sit on the arrow's tip
    first = step * math.floor(low / step - (0.0 if low == 0 else 0.25))
    last = step * math.ceil(high / step + (0.0 if high == 0 else 0.25))
    ticks = [(k * step, number_text(k * step).replace("-", "−")) for k in range(round(first / step), round(last / step) + 1)]
    return {"range": (first, last, step), "ticks": [(value, text) for value, text in ticks if first <= value < last or value == 0]}
