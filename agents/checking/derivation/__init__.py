"""Worked steps for an answer that algebra found, written by algebra too. Runs inside the sandbox only.

A model may work such a problem wrongly or not at all; what is shown, and what hints are made of, must hold. Each family writes the moves that a
teacher would write at the board, one a step with its formulas between dollars, and nothing where it knows no such moves or where they do not end in
the answer that was found.
"""

from __future__ import annotations

import re

from agents.checking.derivation import constants, equations, expressions, figures, functions, graphs, trials
from agents.checking.direct.reading import Direct, read

__all__ = ["derive"]

_MOST_STEPS = 8
_MOST_SIGNS = 110
"""Of the LaTeX of one formula, without the sizes of its brackets."""
_WAYS = (
    expressions.rewritten,
    equations.formula,
    trials.numbered,
    equations.without_solution,
    equations.solved,
    equations.unit,
    functions.value,
    graphs.vertex,
    graphs.related_line,
    graphs.signs_of_line,
    trials.tried_points,
    graphs.circle,
    graphs.region,
    trials.tried_data,
    trials.must_hold,
    trials.linear_factor,
    constants.coefficients,
    constants.parallel,
    constants.no_or_all,
    constants.counted,
    figures.measured,
    figures.scaled,
    figures.grown,
    figures.shared,
    figures.converted,
)


def derive(stem: str, options: list[dict[str, str]], found: Direct) -> list[str]:
    """The steps to the answer that algebra `found`, in words with their formulas between dollars; empty where no family knows the way, or where a
    line would be too long to be read."""
    given = read(stem, options)
    for way in _WAYS:
        steps = way(given, found)
        if steps:
            return steps if len(steps) <= _MOST_STEPS and all(map(_readable, steps)) else []
    return []


def _readable(step: str) -> bool:
    return all(len(re.sub(r"\\(?:left|right)(?![a-zA-Z])", "", formula)) <= _MOST_SIGNS for formula in step.split("$")[1::2])
