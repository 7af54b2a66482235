"""Steps to the value of a function from its rule. Runs inside the sandbox only."""

from __future__ import annotations

import re

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.derivation.printing import tex
from agents.checking.direct.reading import Direct, Given
from agents.checking.equality import equal


def value(given: Given, found: Direct) -> list[str]:
    """`f(3)` from the rule of f."""
    calls = [call for call in given.values if isinstance(call, AppliedUndef) and call.func in given.definitions and call.args[0].is_number]
    if len(calls) != 1 or not isinstance(found.value, sympy.Expr):
        return []
    argument, body = given.definitions[calls[0].func]
    if given.apply(body) != body or not equal(body.subs(argument, calls[0].args[0]), found.value):
        return []
    name, put = calls[0].func.__name__, tex(calls[0].args[0])
    filled = re.sub(rf"(?<![\\a-zA-Z]){argument.name}(?![a-zA-Z])", f"({put})".replace("\\", "\\\\"), tex(body))
    return [
        f"Start from ${name}({argument.name}) = {tex(body)}$.",
        f"Put ${put}$ in for ${argument.name}$: ${name}({put}) = {filled}$.",
        f"Work it out: ${name}({put}) = {tex(body.subs(argument, calls[0].args[0]))}$.",
    ]
