"""Direct algebra: answers that follow from the formulas printed in the problem, without any model. Runs inside the sandbox only.

Each module is one family of problems and answers only what it reads for certain; the families are asked apart from each other, and where two give
different answers there is none. A wrong direct answer costs far more than a missing one.
"""

from __future__ import annotations

from typing import Any

import sympy

from agents.checking.direct import (
    choices,
    circles,
    conversions,
    equivalence,
    figures,
    functions,
    laws,
    lines,
    parameters,
    polynomials,
    quantities,
    rates,
    regions,
    solutions,
    statistics,
    triangles,
)
from agents.checking.direct.reading import Direct, Given, read
from agents.checking.equality import equal
from agents.checking.options import match_option

__all__ = ["Direct", "solve_directly"]

_FAMILIES = (
    equivalence.answer,
    parameters.answer,
    solutions.answer,
    functions.answer,
    polynomials.answer,
    lines.answer,
    circles.answer,
    statistics.answer,
    triangles.answer,
    quantities.answer,
    laws.answer,
    regions.answer,
    figures.answer,
    conversions.answer,
    rates.answer,
    choices.answer,
)


def solve_directly(stem: str, options: list[dict[str, str]]) -> Direct | None:
    """The answer where the problem's own formulas give it, None where they do not or the reading is doubtful."""
    given = read(stem, options)
    if given.questions > 1 or given.negated:
        return None
    found: list[Direct] = []
    for family in _FAMILIES if not given.mixed_units else (conversions.answer,):
        answer = family(given)
        if answer is not None and (settled := _settle(answer, given, options, stem)) is not None:
            found.append(settled)
    if not found or any(not _agree(found[0], other) for other in found[1:]):
        return None
    return found[0]


def _settle(answer: Direct, given: Given, options: list[dict[str, str]], stem: str) -> Direct | None:
    """Where there are options to compare with, an answer that is none of them was a misreading."""
    if not options or answer.letter is not None:
        return answer
    match = match_option(answer.value, options, stem)
    return Direct(answer.value, match.letter, answer.method) if match.letter else None


def _agree(left: Direct, right: Direct) -> bool:
    if left.letter is not None and right.letter is not None:
        return left.letter == right.letter
    return equal(_bare(left.value), _bare(right.value))


def _bare(value: Any) -> Any:
    return next(iter(value)) if isinstance(value, sympy.FiniteSet) and len(value) == 1 else value
