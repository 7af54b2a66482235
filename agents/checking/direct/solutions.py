"""Solutions: the value asked for from equations and systems, all solutions, their number, their sum, points tried in the conditions."""

from __future__ import annotations

import re
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.direct.frames import STORY, roman_choice, unexplained, word_equations
from agents.checking.direct.reading import Direct, Given, is_condition
from agents.checking.direct.solving import all_true, count_of, distinct, is_true, points, symbols_of, values_of

_TARGET = re.compile(
    r"(?:\b(?:possible )?values? (?:of|for)|\bsolutions? for|\bwhat (?:is|does|are)|\bfind|\bdetermine|\bsolve for|\bcould be|\bthen)\s+(?:(?:the )?(?:expression|value of|product|sum|quantity|unknown|variable|number)\s+)*⟦(\d+)⟧",
    re.IGNORECASE,
)
_FOR_WHAT = re.compile(r"\b(?:for|at) (?:what|which)(?: of the following)?(?: real| positive| negative)? values? of ⟦(\d+)⟧", re.IGNORECASE)
_COORDINATE = re.compile(
    r"\b(?:what is|find) the ⟦(\d+)⟧ ?-?coordinate of\b(?: the)?(?: point of)? ?(?:intersection|solution|the solution|point)", re.IGNORECASE
)
_SOLVE = re.compile(
    r"^(?:please )?solve(?: the)?(?: following)?(?: equation| system(?: of equations)?)?:?(?:[ ,]*⟦\d+⟧(?: and)?)+[.]?(?: for ⟦\d+⟧)?[.?]?$",
    re.IGNORECASE,
)
_SOLUTIONS = re.compile(r"\bsolutions?\s+(?:to|of)\b|\bsolution set\b|\bsatisf(?:y|ies)\b|\b(?:roots?|zeros?) of\b", re.IGNORECASE)
_TOTAL = re.compile(
    r"\b(sum|product)\s+of\s+(?:all\s+)?(?:the\s+)?(?:two\s+|possible\s+|distinct\s+|real\s+|different\s+)*(?:solutions?|roots?|zeros?|values? of ⟦\d+⟧)",
    re.IGNORECASE,
)
_COUNT = re.compile(
    r"\bhow many (?:distinct |different |real )*(?:solutions?|roots?|points of intersection|times|values? of ⟦\d+⟧)", re.IGNORECASE
)
_LAW = re.compile(r"\bvar(?:y|ies|ied)\b|\bproportional\b|\bwhen ⟦\d+⟧ is (?:⟦\d+⟧|-?\d)", re.IGNORECASE)
"""A relation told in words, or a value given in passing: the printed equations are not all."""
_HARMLESS = {"real", "distinct", "different", "positive", "negative", "not"}
_COMPARED = re.compile(
    r"\b(?:minimum|maximum|least|greatest|largest|smallest|meaning|represent|interpretation|infinitely|slope|remainder|divided|factor|percent|average|mean)\b",
    re.IGNORECASE,
)


def answer(given: Given) -> Direct | None:
    asked = asked_of(given)
    if asked is None:
        return None
    equations, kind, target = asked
    if kind == "count":
        return _count(given, equations)
    if kind in ("sum", "product"):
        return _total(given, equations, kind)
    if (chosen := _by_roman_numerals(given, equations)) is not None:
        return chosen
    if kind == "point":
        return _point(given, equations, target)
    return _values(given, equations, target) if kind == "value" else _all_solutions(given, equations)


def asked_of(given: Given) -> tuple[list[Any], str, Any] | None:
    """The equations that bind the answer, what kind of answer is asked for (count, sum, product, point, value, all), and the target of a point or value.

    None where the problem asks for something else, or restricts the answer by words that are not understood here.
    """
    if given.unread or _COMPARED.search(given.frame) or given.qualifiers - _HARMLESS:
        return None
    if _LAW.search(given.frame):
        return None
    if given.tables or (STORY.search(given.frame) and not given.equations) or unexplained(given, _TOTAL):
        return None
    equations = [*map(given.apply, given.equations), *_of_functions(given), *word_equations(given)]
    if any(equation.atoms(AppliedUndef) for equation in equations):
        return None
    if not equations:
        target = _target(given) if given.inequalities else None
        return (equations, "point", target) if isinstance(target, sympy.Tuple) else None
    if _COUNT.search(given.question):
        return equations, "count", None
    if (total := _TOTAL.search(given.question)) is not None:
        return equations, total[1].lower(), None
    if given.says(r"\bhow many\b|\bno (?:real )?solution|\bfor all (?:real )?values|\binfinite|\bequivalent\b|\bfor every\b|\bmust be\b"):
        return None
    target = _target(given)
    if isinstance(target, sympy.Tuple):
        return equations, "point", target
    if isinstance(target, sympy.Expr) and not target.is_number:
        return equations, "value", target
    if _SOLUTIONS.search(given.question) or _SOLVE.search(given.question):
        return equations, "all", None
    return None


def _of_functions(given: Given) -> list[Any]:
    """`f(a) = 7` with the formula of f put in."""
    return [fact for fact in map(given.apply, given.facts) if isinstance(fact, sympy.Eq) and not fact.atoms(AppliedUndef)]


def _target(given: Given) -> Any:
    question = given.question
    for pattern in (_COORDINATE, _FOR_WHAT):
        if match := pattern.search(question):
            return given.at(match[1])
    found = [index for index in _TARGET.findall(question) if not is_condition(given.at(index))]
    if found:
        return given.apply(given.at(found[-1])) if given.at(found[-1]) is not None else None
    pair = re.search(r"\b(?:solution|ordered pairs?|points?|intersection)\b[^⟦?]*⟦(\d+)⟧", question, re.IGNORECASE)
    value = given.at(pair[1]) if pair else None
    return value if isinstance(value, sympy.Tuple) else None


def restricted(given: Given, values: list[Any]) -> list[Any] | None:
    """Only the positive or negative values where the question says so; None where a restriction cannot be placed."""
    if not given.qualifiers - {"real", "distinct", "different"}:
        return values
    if given.wants("positive"):
        return [value for value in values if value.is_positive]
    if given.wants("negative"):
        return [value for value in values if value.is_negative]
    return values if len(values) == 1 else None


def _values(given: Given, equations: list[Any], target: Any) -> Direct | None:
    values = restricted(given, values_of(target, equations, given.inequalities))
    if not values:
        return _impossible(given, equations, target) if values == [] else None
    if len(values) == 1:
        return Direct(values[0], None, "solving the equations")
    if given.options or re.search(r"\b(?:values|solutions|possible|all|solve)\b", given.question, re.IGNORECASE):
        return Direct(sympy.FiniteSet(*values), None, "solving the equations")
    return None


def _impossible(given: Given, equations: list[Any], target: Any) -> Direct | None:
    """The option that says there is no such value, where one equation in one unknown has provably none."""
    sentences = [
        option
        for option in given.options
        if option.value is None and re.search(r"\bno (?:such |real )?(?:value|solution)", option.text, re.IGNORECASE)
    ]
    if len(sentences) != 1 or len(equations) != 1 or equations[0].free_symbols != {target} or given.inequalities:
        return None
    unknown = sympy.Dummy("x", real=True)
    try:
        found = sympy.solveset((equations[0].lhs - equations[0].rhs).subs(target, unknown), unknown, sympy.S.Reals)
    except (NotImplementedError, ValueError, TypeError):
        return None
    return Direct(sympy.S.EmptySet, sentences[0].letter, "solving the equation") if found == sympy.S.EmptySet else None


def _point(given: Given, equations: list[Any], pair: Any) -> Direct | None:
    """The one common point, or the one option that satisfies every condition."""
    if not all(part.is_Symbol for part in pair):
        return None
    conditions = [*equations, *given.inequalities]
    if not {symbol for condition in conditions for symbol in condition.free_symbols} <= set(pair):
        return None
    if given.options and all(isinstance(option.value, sympy.Tuple) and len(option.value) == len(pair) for option in given.options):
        fitting = [option for option in given.options if all_true(conditions, dict(zip(pair, option.value, strict=True)))]
        return Direct(fitting[0].value, fitting[0].letter, "trying the options") if len(fitting) == 1 else None
    if len(equations) < len(pair):
        return None
    found = points(equations, list(pair))
    kept = [point for point in found or [] if not any(is_true(condition, point) is False for condition in given.inequalities)]
    values = [sympy.Tuple(*(point[part] for part in pair)) for point in kept]
    return Direct(values[0], None, "solving the system") if len(values) == 1 else None


def _all_solutions(given: Given, equations: list[Any]) -> Direct | None:
    unknowns = symbols_of(equations)
    if given.constants & set(unknowns):
        return None
    if len(unknowns) == 1 and len(equations) == 1:
        values = restricted(given, values_of(unknowns[0], equations, given.inequalities))
        return Direct(sympy.FiniteSet(*values), None, "solving the equation") if values else None
    if len(unknowns) in (2, 3) and len(equations) == len(unknowns):
        found = points(equations, unknowns)
        if found is not None and len(found) == 1 and [symbol.name for symbol in unknowns] in (["x", "y"], ["x", "y", "z"], ["a", "b"]):
            return Direct(sympy.Tuple(*(found[0][symbol] for symbol in unknowns)), None, "solving the system")
    return None


def _total(given: Given, equations: list[Any], how: str) -> Direct | None:
    """The sum or product of all real solutions of one equation."""
    if len(equations) != 1 or len(equations[0].free_symbols) != 1 or given.qualifiers - {"real", "distinct", "different"}:
        return None
    values = distinct(values_of(next(iter(equations[0].free_symbols)), equations, given.inequalities))
    if len(values) < 2:
        return None
    return Direct(sympy.simplify(sympy.Add(*values) if how == "sum" else sympy.Mul(*values)), None, f"the {how} of the solutions")


def _count(given: Given, equations: list[Any]) -> Direct | None:
    unknowns = symbols_of(equations)
    if (
        given.inequalities
        or given.constants
        or len(unknowns) > 2
        or given.qualifiers - {"real", "distinct", "different"}
        or given.says(r"\bquadrant|\baxis\b")
    ):
        return None
    number = count_of(equations, unknowns)
    if number is None or (number == sympy.oo and not given.options):
        return None
    if not given.options or all(option.value is not None for option in given.options):
        return Direct(number, None, "counting the solutions") if number != sympy.oo else None
    fitting = [option for option in given.options if _says_count(option.text) == number]
    return Direct(number, fitting[0].letter, "counting the solutions") if len(fitting) == 1 else None


def _says_count(text: str) -> Any:
    """The number that an option such as `There are exactly 2 solutions.` states."""
    words = {"zero": 0, "no": 0, "none": 0, "neither": 0, "one": 1, "two": 2, "three": 3, "four": 4}
    plain = text.replace("$", " ").lower()
    if re.search(r"\binfinite", plain):
        return sympy.oo
    found = {words.get(word, word) for word in re.findall(r"\b(?:zero|no|none|one|two|three|four|\d+)\b", plain)}
    return (
        sympy.Integer(found.pop())
        if len(found) == 1 and not re.search(r"\bat (?:least|most)\b|\bmore\b|\bless\b|\bcannot\b", plain)
        else None
    )


def _by_roman_numerals(given: Given, equations: list[Any]) -> Direct | None:
    """`I. 1 II. 9` tried in the conditions, with options such as `II only`."""
    conditions = [*equations, *given.inequalities]
    unknowns = symbols_of(conditions)

    def _holds(value: Any) -> bool | None:
        parts = list(value) if isinstance(value, sympy.Tuple) else [value]
        if len(parts) != len(unknowns):
            return None
        at = dict(zip(unknowns, parts, strict=True))
        verdicts = [is_true(condition, at) for condition in conditions]
        return None if None in verdicts else all(verdicts)

    return roman_choice(given, _holds) if _SOLUTIONS.search(given.frame) else None
