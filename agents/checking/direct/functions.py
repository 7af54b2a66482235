"""Functions: values at a point (by formula or table), and how far and where a quadratic goes up or down."""

from __future__ import annotations

import re
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.direct.frames import STORY, unexplained
from agents.checking.direct.reading import Direct, Given, is_condition
from agents.checking.direct.solving import distinct, symbols_of, values_of
from agents.checking.direct.tables import columns

_ASKED = re.compile(
    r"(?:\bvalues? of|\bwhat is|\bfind|\bevaluate|\bcompute|\bdetermine|\bequal to|\bequals|\brepresents)\s+⟦(\d+)⟧", re.IGNORECASE
)
_FOR_WHICH = re.compile(r"\b(?:for|at) (?:which|what)(?: of the following)?(?: \w+)? values? of ⟦", re.IGNORECASE)
_EXTREMUM = re.compile(r"\b(minimum|maximum|least|greatest|smallest|largest|highest|lowest)\b", re.IGNORECASE)
_WHERE = re.compile(
    r"\b(?:for|at) (?:which|what)(?: of the following)?(?: values?(?: of)?)? ⟦(\d+)⟧|\bvalues? of ⟦(\d+)⟧ (?:does|do|is|gives|at|for|where|when|that)",
    re.IGNORECASE,
)
_HOW_FAR = re.compile(
    r"\b(?:minimum|maximum|least|greatest|smallest|largest)(?: possible)? value (?:of|for)(?: the)?(?: function| quadratic| expression)? ⟦(\d+)⟧",
    re.IGNORECASE,
)
_HOW_FAR_OF = re.compile(r"\b(?:minimum|maximum) value of (?:the )?(?:function|quadratic)", re.IGNORECASE)
_CROSSING = re.compile(
    r"\b(?:zeros?|roots?|solutions?|cross\w*|axis|intercepts?|ground|intervals?|domain|from \S+ to)\b"
    r"|\b(?:minimum|maximum|least|greatest|smallest|largest)(?: possible)? value of ⟦\d+⟧ (?:at|for|that|such)",
    re.IGNORECASE,
)
"""Another place than the vertex, or only a part of the parabola."""
_VERTEX = re.compile(r"\bvertex\b", re.IGNORECASE)


def answer(given: Given) -> Direct | None:
    if unexplained(given):
        return None
    if given.unread:
        return None
    if _EXTREMUM.search(given.question) or _VERTEX.search(given.frame):
        return _extremum(given)
    if given.qualifiers - {"real", "not"} or given.says(
        r"\bfor all\b|\bgraph(?:ed)? (?:above|shown)|\binverse\b|\btranslat|\bshift|\breflect"
    ):
        return None
    return _value(given)


def _value(given: Given) -> Direct | None:
    """`f(4)`, `f(g(2))`, `f(a)` where other facts fix the letters of the formula, and values read off a table."""
    asked = _call(given)
    if asked is None:
        return None
    target, conditions = asked
    if not target.free_symbols:
        return Direct(sympy.simplify(target), None, "evaluating the function")
    if conditions and target.free_symbols <= set(symbols_of(conditions)):
        values = values_of(target, conditions)
        return Direct(values[0], None, "evaluating the function") if len(values) == 1 else None
    if given.options and not conditions and any(getattr(option.value, "free_symbols", None) for option in given.options):
        return Direct(sympy.expand(target), None, "evaluating the function")
    return None


def stated_value(given: Given) -> Any:
    """The number that `f(4)` is by the printed definition, where the problem asks for just that; None otherwise."""
    if (
        given.unread
        or unexplained(given)
        or given.qualifiers
        or given.facts
        or given.says(r"\bfor all\b|\binverse\b|\btranslat|\bshift|\breflect|\bmust\b|\bhow (?:many|much)\b")
    ):
        return None
    asked = _call(given)
    return asked[0] if asked is not None and not asked[0].free_symbols else None


def _call(given: Given) -> tuple[Any, list[Any]] | None:
    """The call that is asked for with formulas and table values put in, and the conditions on its letters."""
    asked = _ASKED.findall(given.question)
    target = given.at(asked[-1]) if asked and not _FOR_WHICH.search(given.question) else None
    if not isinstance(target, sympy.Expr) or not target.atoms(AppliedUndef) or given.inequalities:
        return None
    target = given.apply(_looked_up(given.apply(target), given))
    if target.atoms(AppliedUndef) or (STORY.search(given.frame) and not given.tables and not given.definitions):
        return None
    facts = [fact for fact in (given.apply(fact) for fact in given.facts) if isinstance(fact, sympy.Eq)]
    if any(fact.atoms(AppliedUndef) for fact in facts):
        return None
    return target, [*facts, *given.equations]


def _looked_up(value: Any, given: Given) -> Any:
    """The value with calls such as `f(3)` replaced by what the table shows for them."""
    known = {(head.func, x): y for head, rows in columns(given) if isinstance(head, AppliedUndef) for x, y in rows}
    for _ in range(3):
        for call in value.atoms(AppliedUndef):
            if len(call.args) == 1 and (call.func, call.args[0]) in known:
                value = value.subs(call, known[(call.func, call.args[0])])
    return value


def _quadratic(given: Given) -> tuple[Any, Any, Any] | None:
    """The argument, the body and the name (`f(x)` or `y`) of the one quadratic that the problem defines."""
    found = [(argument, given.apply(body), name(argument)) for name, (argument, body) in given.definitions.items()]
    found += [
        (next(iter(equation.rhs.free_symbols - given.constants)), equation.rhs, equation.lhs)
        for equation in given.equations
        if equation.lhs.is_Symbol
        and len(equation.rhs.free_symbols - given.constants) == 1
        and equation.lhs not in equation.rhs.free_symbols
    ]
    quadratics = [
        (argument, body, head) for argument, body, head in found if body.is_polynomial(argument) and sympy.degree(body, argument) == 2
    ]
    return quadratics[0] if len(quadratics) == 1 and len(found) == 1 else None


def _extremum_of(given: Given) -> tuple[Any, Any, Any] | None:
    """The one quadratic of a problem that asks where or how far it goes, and that nothing else restricts."""
    if STORY.search(given.frame) or given.qualifiers - {
        "minimum",
        "maximum",
        "least",
        "greatest",
        "smallest",
        "largest",
        "positive",
        "negative",
        "real",
    }:
        return None
    if given.inequalities or given.facts or len(given.equations) > 1 or given.says(r"\bequivalent\b|\bforms?\b"):
        return None
    return _quadratic(given)


def _extremum(given: Given) -> Direct | None:
    quadratic = _extremum_of(given)
    if quadratic is None:
        return None
    argument, body, head = quadratic
    at = sympy.simplify(sympy.solve(sympy.diff(body, argument), argument)[0])
    height = sympy.simplify(body.subs(argument, at))
    if _VERTEX.search(given.frame):
        asked = vertex_asked(given)
        if asked is None:
            return None
        value = sympy.simplify(asked[2].subs({AT: at, HEIGHT: height}))
        return _in_options(given, value, argument) if asked[2] == AT else Direct(value, None, "finding the vertex")
    leading = sympy.LC(sympy.expand(body), argument)
    word = _EXTREMUM.search(given.question)
    if word is None or not leading.is_number or _CROSSING.search(given.frame):
        return None
    opens_up = bool(leading > 0)
    if (word[1].lower() in ("minimum", "least", "smallest", "lowest")) != opens_up:
        return None
    if (where := _WHERE.search(given.question)) is not None:
        return Direct(at, None, "finding the vertex") if given.at(where[1] or where[2]) == argument else None
    far = _HOW_FAR.search(given.question)
    if (
        far is not None
        and given.at(far[1])
        in (head, head.func if isinstance(head, AppliedUndef) else head, sympy.Symbol(str(getattr(head, "func", head))))
    ) or (far is None and _HOW_FAR_OF.search(given.question)):
        return Direct(height, None, "finding the vertex")
    return None


AT, HEIGHT = sympy.symbols("at height", cls=sympy.Dummy)
"""What a question about a vertex is told in: its coordinates along the argument and the value."""


def vertex_asked(given: Given) -> tuple[Any, Any, Any] | None:
    """Argument and body of the parabola and what is asked about its vertex, in `AT` and `HEIGHT`; None where it is not asked about."""
    quadratic = _extremum_of(given)
    if quadratic is None or not _VERTEX.search(given.frame) or unexplained(given):
        return None
    argument, body, _ = quadratic
    question = given.question
    if match := re.search(r"⟦(\d+)⟧ ?-?coordinate of the vertex", question, re.IGNORECASE):
        target = {argument: AT, sympy.Symbol("y"): HEIGHT}.get(given.at(match[1]))
        return (argument, body, target) if target is not None else None
    if (
        re.search(
            r"\b(?:what|which)\b[^?]*\b(?:is|are|gives)\b[^?]*\b(?:the )?(?:coordinates of the )?vertex\b(?! form)", question, re.IGNORECASE
        )
        and not given.constants
    ):
        return argument, body, sympy.Tuple(AT, HEIGHT)
    named = re.search(r"vertex(?: is| at)?(?: the point)? ⟦(\d+)⟧", given.frame, re.IGNORECASE)
    asked = re.search(r"(?:equal to|value of|equivalent to|what is) ⟦(\d+)⟧", question, re.IGNORECASE)
    pair = given.at(named[1]) if named else None
    target = given.at(asked[1]) if asked else None
    if (
        isinstance(pair, sympy.Tuple)
        and len(pair) == 2
        and all(part.is_Symbol for part in pair)
        and isinstance(target, sympy.Expr)
        and target.free_symbols <= set(pair)
    ):
        return argument, body, target.subs(dict(zip(pair, (AT, HEIGHT), strict=True)))
    return None


def _in_options(given: Given, value: Any, symbol: Any) -> Direct | None:
    """The value itself, or the one offered interval that holds it."""
    if given.options and all(is_condition(option.value) for option in given.options):
        fitting = [
            option for option in given.options if option.value.free_symbols == {symbol} and option.value.subs(symbol, value) == sympy.true
        ]
        return Direct(fitting[0].value, fitting[0].letter, "finding the vertex") if len(fitting) == 1 else None
    return Direct(value, None, "finding the vertex")


def zeros(body: Any, argument: Any) -> list[Any] | None:
    """All real zeros of a polynomial with numbers for coefficients."""
    if body.free_symbols != {argument} or not body.is_polynomial(argument):
        return None
    return distinct(sympy.real_roots(sympy.Poly(body, argument))) if sympy.degree(body, argument) > 0 else None
