"""What a learner asks to see, read by code from the words of the request: the numbers on the screen are those that were typed.

A small model draws "a trapezoid with parallel sides 8 and 5" wrongly or not at all; patterns read it. Each reader knows one kind of picture, with the
calculation that goes with it, and answers nothing unless all that it needs is there. What no reader knows is left to the model.
"""

from __future__ import annotations

from collections.abc import Callable

from agents.animation.asked import (
    circles,
    data,
    figures,
    fractions,
    graphs,
    motion,
    number_line,
    percent,
    products,
    sequences,
    triangles,
)
from agents.animation.asked.additions import addition_in, may_add, without_addition
from agents.animation.asked.solving import by_formula, completed_square, inequality_steps, problem_in
from agents.animation.asked.words import MAX_CHARS
from agents.animation.kinds import Kind

__all__ = ["addition_in", "asked_for", "is_described", "may_add", "problem_in"]

Reader = Callable[[str], list[Kind]]
_READERS: tuple[Reader, ...] = (
    data.tree,
    data.venn,
    data.histogram,
    data.scatter,
    fractions.part_bars,
    motion.motion,
    percent.change,
    percent.rate,
    circles.unit_circle,
    products.area_model,
    figures.solid,
    number_line.inequality,
    circles.circle,
    graphs.graph,
    triangles.triangle,
    figures.quadrilateral,
    figures.coordinates,
    percent.growth,
    sequences.sequence,
    data.bars,
    number_line.number_points,
)
"""The narrow before the wide: what says `tree` or `histogram` is nothing else, while a formula or a number occurs in many requests."""


def asked_for(request: str) -> list[Kind]:
    """The beats that the request describes completely: what is solved, the picture, what is worked out from it. Empty where no reader is sure."""
    if len(request) > MAX_CHARS:
        return []
    whole = _read(request)
    if (
        addition_in(request)
        and (bare := _read(without_addition(request)))
        and [kind.kind for kind in bare] != [kind.kind for kind in whole]
    ):
        return bare
    return whole


def _read(request: str) -> list[Kind]:
    solved = [kind for kind in (inequality_steps(request), completed_square(request), by_formula(request)) if kind is not None]
    return solved + next((kinds for read in _READERS if (kinds := read(request))), [])


def is_described(request: str) -> bool:
    """Whether the request itself says all that is to be seen or solved."""
    return bool(problem_in(request) or asked_for(request))
