"""Direct algebra: answers that follow from the formulas printed in the problem, without any model. Runs inside the sandbox only.

Covers what a problem states outright: an expression to be rewritten, equations or a system with a value asked for, a formula to be solved for a
letter, a function to be evaluated, options to be tried in the conditions. Where the reading is not plain it stays silent: no answer is
better than a wrong one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.equality import equal, plain
from agents.checking.values import Unreadable, from_latex

_DISPLAY = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$|\\\[(.+?)\\\]|\\\((.+?)\\\)", re.DOTALL)
_EQUIVALENT = re.compile(
    r"(?:which of the following|which expression)\b[^.?]*?\b(?:is |are |correctly )?(?:equivalent|equal|an equivalent form|another form)\b[^.?$]*?(?:to|of)\s*(?:the\s+)?(?:\w+\s+)?(?:expression)?(?:\s+above)?[^.?$]*(\$[^$]+\$)?",
    re.IGNORECASE,
)
_VALUE = re.compile(r"(?:what is|find|determine|then)\s+(?:the\s+)?(?:value of\s+|solution to\s+)?\$([^$]+)\$", re.IGNORECASE)
_VALUE_OF = re.compile(r"values? of\s+(?:the expression\s+)?\$([^$=<>]+)\$", re.IGNORECASE)
_IN_TERMS = re.compile(
    r"(?:gives|expresses|shows|is|solve[sd]? for|find)\s+\$([A-Za-z](?:_\{?\w+\}?)?)\$,?\s*(?:in terms of|as a function of)", re.IGNORECASE
)
_SOLUTIONS = re.compile(
    r"\bsolutions?\s+(?:to|of)\b|\bsolution set\b|\bsatisf(?:y|ies)\b|\b(?:roots?|zeros?) of\b|^\s*solve\b", re.IGNORECASE
)
_EXTREMUM = re.compile(r"\b(?:minimum|maximum|least|greatest)\b", re.IGNORECASE)
_STORY = re.compile(r"\b(?:graph|figure|table|diagram|scatterplot|histogram|shown)\b", re.IGNORECASE)
_NEGATED = re.compile(
    r"\b(?:not|no solution|no value|never|except|infinitely|constant|for all|minimum|maximum|least|greatest|how many)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Direct:
    """`value` is a SymPy value; `letter` the option it is where trying the options gave it away; `method` names the way for the learner."""

    value: Any
    letter: str | None
    method: str


def _rows(formula: str) -> list[str]:
    body = re.sub(r"\\(?:begin|end)\{[a-z*]+\}(?:\{[a-z]+\})?", " ", formula).replace("&", " ")
    return [row.strip(" ,.;?") for row in re.split(r"\\\\(?:\[[^\]]*\])?", body) if row.strip(" ,.;?")]


def _formulas(stem: str) -> list[Any]:
    found: list[Any] = []
    for match in _DISPLAY.finditer(stem):
        for row in _rows(next(group for group in match.groups() if group)):
            try:
                found.append(plain(from_latex(row)))
            except Unreadable:
                continue
    return found


def _read(text: str) -> Any:
    try:
        return plain(from_latex(text.strip().rstrip("?.,")))
    except Unreadable:
        return None


def _conditions(formulas: list[Any]) -> tuple[list[sympy.Eq], list[Any]]:
    equations = [formula for formula in formulas if isinstance(formula, sympy.Eq)]
    others = [
        formula
        for formula in formulas
        if isinstance(formula, sympy.logic.boolalg.Boolean)
        and not isinstance(formula, sympy.Eq)
        and formula not in (sympy.true, sympy.false)
    ]
    return equations, others


def _functions(equations: list[sympy.Eq]) -> dict[Any, tuple[Any, Any]]:
    """`f(x) = x^2 + 1` by name."""
    return {
        equation.lhs.func: (equation.lhs.args[0], equation.rhs)
        for equation in equations
        if isinstance(equation.lhs, AppliedUndef)
        and len(equation.lhs.args) == 1
        and equation.lhs.args[0].is_Symbol
        and not equation.rhs.atoms(AppliedUndef)
    }


def _apply(expression: Any, functions: dict[Any, tuple[Any, Any]]) -> Any:
    for name, (argument, body) in functions.items():
        expression = expression.replace(name, lambda value, argument=argument, body=body: body.subs(argument, value))
    return expression


def _holds(equations: list[sympy.Eq], others: list[Any], at: dict[Any, Any]) -> bool:
    """Every condition is true at this point (extraneous roots fail here)."""
    for equation in equations:
        difference = sympy.simplify((equation.lhs - equation.rhs).subs(at))
        if difference.free_symbols or abs(complex(sympy.N(difference))) > 1e-7:
            return False
    for other in others:
        value = other.subs(at)
        if value not in (sympy.true, sympy.false):
            continue
        if value == sympy.false:
            return False
    return True


def _solved(target: Any, equations: list[sympy.Eq], others: list[Any]) -> list[Any]:
    """The values of `target` that the equations allow, free of unknowns."""
    symbols = sorted(set().union(*(equation.free_symbols for equation in equations)), key=lambda symbol: symbol.name)
    if not symbols or len(symbols) > 5 or not target.free_symbols <= set(symbols):
        return []
    values: list[Any] = []
    unknown = sympy.Dummy("t")
    for order in (symbols, None):
        try:
            solutions = (
                sympy.solve(equations, order, dict=True)
                if order
                else sympy.solve([*equations, sympy.Eq(unknown, target)], [unknown, *symbols], dict=True)
            )
        except (NotImplementedError, ValueError, TypeError):
            continue
        for solution in solutions:
            value = sympy.simplify(target.subs(solution) if order else solution.get(unknown, unknown))
            if value.free_symbols or not value.is_finite:
                continue
            if len(solution) >= len(symbols) and not _holds(equations, others, solution):
                continue
            if not any(equal(value, other) for other in values):
                values.append(value)
        if values:
            return values
    return values


def _try_options(options: list[tuple[str, Any]], equations: list[sympy.Eq], others: list[Any]) -> str | None:
    """The one option that satisfies all conditions when it is put in for the unknowns."""
    symbols = (
        sorted(set().union(*(condition.free_symbols for condition in [*equations, *others])), key=lambda symbol: symbol.name)
        if equations or others
        else []
    )
    fitting: list[str] = []
    for letter, value in options:
        values = list(value) if isinstance(value, sympy.Tuple) else [value]
        if len(values) != len(symbols):
            return None
        at = dict(zip(symbols, values, strict=True))
        if all(condition.subs(at) == sympy.true for condition in others) and _holds(equations, [], at):
            fitting.append(letter)
    return fitting[0] if len(fitting) == 1 else None


def solve_directly(stem: str, options: list[dict[str, str]]) -> Direct | None:
    """The answer where the problem's own formulas give it, None where they do not or the reading is doubtful."""
    readable = [(option["letter"], value) for option in options if (value := _read(option["text"])) is not None]
    formulas = _formulas(stem)
    expressions = [formula for formula in formulas if isinstance(formula, sympy.Expr) and not formula.is_Symbol and not formula.is_number]
    equations, others = _conditions(formulas)
    functions = _functions(equations)
    plain_equations = [equation for equation in equations if not equation.atoms(AppliedUndef)]
    if (match := _EQUIVALENT.search(stem)) and readable:
        return _equivalent(match, expressions, readable, others, plain_equations)
    if (extremum := _extremum(stem, functions)) is not None:
        return extremum
    if _NEGATED.search(stem) or _STORY.search(stem):
        return None
    if (match := _IN_TERMS.search(stem)) and len(plain_equations) == 1:
        letter = sympy.Symbol(match[1])
        found = sympy.solve(plain_equations[0], letter) if letter in plain_equations[0].free_symbols else []
        return Direct(sympy.Eq(letter, found[0], evaluate=False), None, "solving the formula") if len(found) == 1 else None
    targets = _VALUE_OF.findall(stem) or _VALUE.findall(stem)
    if targets and (target := _read(targets[-1])) is not None and isinstance(target, sympy.Expr):
        target = _apply(target, functions)
        if functions and not target.free_symbols and not target.atoms(AppliedUndef):
            return Direct(sympy.simplify(target), None, "evaluating the function")
        if plain_equations and not target.atoms(AppliedUndef):
            values = _solved(target, plain_equations, others)
            if len(values) == 1:
                return Direct(values[0], None, "solving the equations")
            if len(values) > 1:
                return Direct(sympy.FiniteSet(*values), None, "solving the equations")
    if (point := _point(stem, targets, plain_equations, others)) is not None:
        return point
    if _SOLUTIONS.search(stem):
        if len(plain_equations) == 1 and not others and len(plain_equations[0].free_symbols) == 1:
            unknown = next(iter(plain_equations[0].free_symbols))
            values = _solved(unknown, plain_equations, others)
            return Direct(sympy.FiniteSet(*values), None, "solving the equation") if values else None
        if (
            readable
            and len(readable) == len(options)
            and re.search(r"ordered pair|\bpoints?\b", stem, re.IGNORECASE)
            and (letter_found := _try_options(readable, plain_equations, others))
        ):
            value = dict(readable)[letter_found]
            return Direct(value, letter_found, "trying the options")
    return None


def _point(stem: str, targets: list[str], equations: list[sympy.Eq], others: list[Any]) -> Direct | None:
    """The one solution `(x, y)` of a system, where the problem asks for the pair itself."""
    asked = re.findall(r"(?:what is|find)\s+the (?:solution|ordered pair|point)[^$.?]*\$(\([^$]+\))\$", stem, re.IGNORECASE) or targets
    pair = _read(asked[-1]) if asked else None
    if not isinstance(pair, sympy.Tuple) or not all(part.is_Symbol for part in pair) or len(equations) < len(pair):
        return None
    found = [solution for solution in sympy.solve(equations, list(pair), dict=True) if set(solution) == set(pair)]
    values = [sympy.Tuple(*(solution[part] for part in pair)) for solution in found]
    values = [value for value in values if not value.free_symbols and _holds(equations, others, dict(zip(pair, value, strict=True)))]
    return Direct(values[0], None, "solving the system") if len(values) == 1 else None


def _extremum(stem: str, functions: dict[Any, tuple[Any, Any]]) -> Direct | None:
    """Where, or how far, the one quadratic function of the problem goes up or down."""
    if len(functions) != 1 or not _EXTREMUM.search(stem) or _STORY.search(stem):
        return None
    argument, body = next(iter(functions.values()))
    if body.free_symbols != {argument} or not body.is_polynomial(argument) or sympy.degree(body, argument) != 2:
        return None
    at = sympy.solve(sympy.diff(body, argument), argument)[0]
    if re.search(r"for (?:which|what) values? of|at (?:which|what)|value of \$" + re.escape(str(argument)) + r"\$", stem, re.IGNORECASE):
        return Direct(at, None, "finding the vertex")
    if re.search(r"(?:minimum|maximum|least|greatest) (?:possible )?value of", stem, re.IGNORECASE):
        return Direct(sympy.simplify(body.subs(argument, at)), None, "finding the vertex")
    return None


def _equivalent(
    match: re.Match[str], expressions: list[Any], readable: list[tuple[str, Any]], others: list[Any], equations: list[sympy.Eq]
) -> Direct | None:
    """The one option that is equal to the expression; side conditions such as `t = n + 2` are put in first."""
    named = _read(match[1].strip("$")) if match[1] else None
    source = named if isinstance(named, sympy.Expr) else (expressions[0] if len(expressions) == 1 else None)
    if source is None or equations:
        return None
    positive = {side for other in others for side in other.free_symbols if other in (sympy.Gt(side, number) for number in range(10))}
    strong = {symbol: sympy.Symbol(symbol.name, positive=True) for symbol in positive}
    fitting = [
        letter
        for letter, value in readable
        if isinstance(value, sympy.Expr) and (equal(source, value) or (strong and sympy.simplify((source - value).subs(strong)) == 0))
    ]
    return (
        Direct(source if len(fitting) != 1 else dict(readable)[fitting[0]], fitting[0], "comparing the expressions")
        if len(fitting) == 1
        else None
    )
