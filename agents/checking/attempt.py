"""Reads a learner's own lines: which hold, which is the first that does not follow, and what kind of slip it is. Runs inside the sandbox only.

Each line is checked against what is known before it: the problem's printed equations and the lines already found right. Arithmetic must
hold, chains of equalities must hold link by link, and an equation must be true wherever the earlier ones are. A line that cannot be
parsed, or of which nothing can be said, is skipped and said to be unread: it is never called right or wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations, pairwise
from typing import Any, Literal

import sympy
from sympy.core.function import AppliedUndef

from agents.checking.equality import equal, plain
from agents.checking.guard import Guard, unguarded
from agents.checking.prose import formulas, formulas_of_line, plain_maths, split_lines
from agents.checking.slips import Slip, slip_between
from agents.checking.values import Unreadable, from_latex

Standing = Literal["right", "wrong", "unread"]


@dataclass(slots=True)
class Line:
    """One line of the attempt. `slip` is known for the first wrong line only; `of` is the line (from 0) that it should follow from."""

    text: str
    standing: Standing = "unread"
    slip: Slip | None = None
    of: int | None = None


@dataclass(slots=True)
class Analysis:
    """`first_wrong` counts from 0. `final` says whether the value the attempt ends with is the checked answer; None where it ends with none."""

    lines: list[Line]
    first_wrong: int | None = None
    final: bool | None = None
    other_quantity: bool = False


@dataclass(slots=True)
class _Known:
    """What is true so far: conditions, function definitions, the last expression, and what the checked solution passes through.

    `values` are results that its steps state, `passing` what comes up while those are worked out (16 - 3 on the way to 16 - 3 - 4).
    """

    equations: list[Any] = field(default_factory=list)
    last: tuple[Any, int | None] | None = None
    expression: Any = None
    values: list[Any] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    relations: list[Any] = field(default_factory=list)
    functions: dict[Any, tuple[Any, Any]] = field(default_factory=dict)
    passing: list[Any] = field(default_factory=list)
    asked: Any = None


def read(text: str) -> Any:
    """The value of a piece of LaTeX as it is written, brackets and all; None where it is none."""
    try:
        value = from_latex(text)
    except Unreadable:
        return None
    with sympy.evaluate(False):  # 3(x - 2) must not become 3x - 6: slips are looked for in what was written
        return plain(value)


def analyse(request: Mapping[str, Any], guard: Guard = unguarded) -> Analysis:
    """`request` holds `attempt`, `stem`, `answer`, `choice_text` and `steps` (the formulas of the checked solution).

    Whatever a line makes SymPy do runs under `guard`: a line that takes too long is unread, and the others still count.
    """
    known = guard(partial(_known, request), _Known())
    analysis = Analysis([Line(text) for text in split_lines(str(request["attempt"]))])
    last_value: Any = None
    for index, line in enumerate(analysis.lines):
        for piece in formulas_of_line(line.text):
            standing, slip = guard(partial(_judge, piece, known, index), ("unread", None))
            if standing == "wrong":
                line.standing, line.slip = "wrong", slip
                line.of = known.last[1] if known.last and slip and slip.kind != "arithmetic" else None
                if analysis.first_wrong is None:
                    analysis.first_wrong = index
            elif standing == "right" and line.standing == "unread":
                line.standing = "right"
            last_value = guard(partial(_latest, piece, last_value, known), last_value)
        if not formulas_of_line(line.text) and (named := re.search(r"(?:answer|is|=)\s*:?\s*\$?(-?[\d.,/]+)", line.text)):
            last_value = read(named[1].rstrip(".,"))
    guard(partial(_finish, analysis, known, last_value), None)
    return analysis


def _known(request: Mapping[str, Any]) -> _Known:
    known = _Known()
    for piece in [*formulas(request["stem"]), *plain_maths(request["stem"])]:
        value = read(piece.latex)
        if isinstance(value, sympy.Eq):
            if isinstance(value.lhs, AppliedUndef) and len(value.lhs.args) == 1 and value.lhs.args[0].is_Symbol:
                known.functions[value.lhs.func] = (value.lhs.args[0], value.rhs)
            else:
                known.equations.append(value)
        elif isinstance(value, sympy.core.relational.Relational):
            known.relations.append(value)
        elif isinstance(value, sympy.Expr) and value.free_symbols and not value.is_Symbol:
            known.expression = value
    if len(known.equations) == 1:
        known.last = (known.equations[0], None)
    elif len(known.relations) == 1 and not known.equations:
        known.last = (known.relations[0], None)
    asked = re.findall(r"(?:values? of|what is|find)\s+(?:the expression\s+)?\$([^$=<>]+)\$", request["stem"], re.IGNORECASE)
    known.asked = read(asked[-1]) if asked else None
    for text in (request["answer"], request.get("choice_text") or ""):
        value = read(text) if text else None
        if value is not None:
            known.answers.append(value.rhs if isinstance(value, sympy.Eq) and value.lhs.is_Symbol else value)
    for formula in request.get("steps", []):
        for side in re.split(r"=", formula):
            value = read(side)
            if isinstance(value, sympy.Expr) and value.is_number:
                known.values.append(value)
                known.passing.extend(_partial(value))
        relation = read(formula) if formula.count("=") == 1 else None
        if isinstance(relation, sympy.Eq):
            known.relations.append(relation)
    return known


def _judge(piece: str, known: _Known, index: int) -> tuple[Standing, Slip | None]:
    if re.search(r"[<>]|\\[lg]eq?(?![a-z])", piece):
        return _inequality(read(piece), known, index)
    sides = [side.strip() for side in piece.split("=")] if " or " not in piece else []
    if len(sides) > 2 or (len(sides) == 2 and not sides[0]):
        return _chain([read(side) for side in sides if side], known, index, continued=not sides[0])
    if len(sides) == 2:
        left, right = read(sides[0]), read(sides[1])
        if left is not None and right is not None and isinstance(left, sympy.Expr) and isinstance(right, sympy.Expr):
            return _pair(left, right, known, index)
        if isinstance(right, sympy.Expr) and right.is_number and left is None:
            return _settle(right, known)
        return "unread", None
    value = read(piece)
    if isinstance(value, sympy.FiniteSet) or (isinstance(value, tuple) and value):
        return _alternatives(value, piece, known)
    if isinstance(value, sympy.Expr) and value.free_symbols and known.expression is not None:
        return _expression(value, known, index)
    return "unread", None


def _chain(sides: Sequence[Any], known: _Known, index: int, *, continued: bool) -> tuple[Standing, Slip | None]:
    """`a = b = c`: every link must hold."""
    if any(side is None or not isinstance(side, sympy.Expr) for side in sides):
        return "unread", None
    if continued:
        if known.expression is None:
            return "unread", None
        return _expression(sides[0], known, index) if len(sides) == 1 else _chain([known.expression, *sides], known, index, continued=False)
    standing: Standing = "unread"
    for left, right in pairwise(sides):
        found, slip = _pair(left, right, known, index, chained=True)
        if found == "wrong":
            return found, slip
        standing = "right" if found == "right" else standing
    return standing, None


def _pair(left: Any, right: Any, known: _Known, index: int, *, chained: bool = False) -> tuple[Standing, Slip | None]:
    left, right = _apply(left, known), _apply(right, known)
    if not left.free_symbols and not right.free_symbols and not left.atoms(AppliedUndef) | right.atoms(AppliedUndef):
        if equal(left, right):
            return "right", None
        return "wrong", Slip("arithmetic")
    if left.atoms(AppliedUndef) or right.atoms(AppliedUndef):
        return "unread", None
    if equal(left, right):
        known.expression = right
        return "right", None
    if chained and left.free_symbols == right.free_symbols and not known.equations:
        return "wrong", slip_between(left, right)
    if known.expression is not None and not known.equations and equal(left, known.expression) and right.free_symbols:
        return "wrong", slip_between(left, right)
    return _equation(sympy.Eq(left, right, evaluate=False), known, index)


def _apply(expression: Any, known: _Known) -> Any:
    for name, (argument, body) in known.functions.items():
        expression = expression.replace(name, lambda value, argument=argument, body=body: body.subs(argument, value))
    return expression


def _equation(equation: Any, known: _Known, index: int) -> tuple[Standing, Slip | None]:
    if any(equal(equation, other) for other in [*known.equations, *known.relations] if isinstance(other, sympy.Eq)):
        return _accept(equation, known, index)
    fresh = equation.free_symbols - set().union(set(), *(other.free_symbols for other in known.equations))
    if known.equations and not fresh:
        follows = _follows(equation, known.equations)
        if follows is None:
            return "unread", None
        if follows:
            return _accept(equation, known, index)
        if (roots := _fewer(equation, known)) is not None:
            return ("wrong", Slip("lost_root")) if roots else _accept(equation, known, index)
        previous = known.last[0] if known.last else None
        return "wrong", slip_between(previous, equation) if previous is not None else Slip("unknown")
    if known.equations and equation.lhs in fresh and len(fresh) == 1:
        return _accept(equation, known, index)  # a name for something: `let d = 2x`
    return _setup(equation, fresh, known, index)


def _setup(equation: Any, fresh: set[Any], known: _Known, index: int) -> tuple[Standing, Slip | None]:
    """An equation in the learner's own letters: right where it leads to a value of the checked solution."""
    if len(equation.free_symbols) != 1:
        known.equations.append(equation)
        known.last = (equation, index)
        return "unread", None
    try:
        roots = sympy.solve(equation, next(iter(equation.free_symbols)))
    except NotImplementedError:
        return "unread", None
    wanted = [*known.answers, *known.values]
    if any(equal(root, value) for root in roots for value in wanted):
        return _accept(equation, known, index)
    if equation.lhs.is_Symbol and equation.rhs.is_number and known.equations == []:
        return _settle(equation.rhs, known)
    known.equations.append(equation)
    known.last = (equation, index)
    return "unread", None


def _settle(value: Any, known: _Known) -> tuple[Standing, Slip | None]:
    """A value the learner names: right where the checked solution passes through it, otherwise nothing can be said."""
    return ("right", None) if any(equal(value, other) for other in [*known.values, *known.answers]) else ("unread", None)


def _accept(equation: Any, known: _Known, index: int) -> tuple[Standing, Slip | None]:
    known.equations.append(equation)
    known.last = (equation, index)
    return "right", None


def _solutions(equations: Sequence[Any]) -> list[dict[Any, Any]] | None:
    symbols = sorted(set().union(*(equation.free_symbols for equation in equations)), key=lambda symbol: symbol.name)
    try:
        found = sympy.solve(list(equations), symbols, dict=True)
    except (NotImplementedError, ValueError, TypeError):
        return None
    return list(found) or None


def _follows(equation: Any, equations: Sequence[Any]) -> bool | None:
    """Whether the equation is true wherever all of `equations` are; None where that cannot be told."""
    solutions = _solutions(equations)
    if solutions is None:
        return None
    return all(_zero((equation.lhs - equation.rhs).subs(solution)) for solution in solutions)


def _zero(difference: Any) -> bool:
    return bool(equal(sympy.simplify(difference), sympy.Integer(0)))


def _fewer(equation: Any, known: _Known) -> list[Any] | None:
    """Where the equation keeps some of the solutions so far and drops others: the dropped ones that belong to the answer. None where it is not so.

    Dividing by the unknown does that, or a square root without its second sign.
    """
    if len(equation.free_symbols) != 1:
        return None
    unknown = next(iter(equation.free_symbols))
    before, after = _solutions(known.equations), _solutions([equation])
    if before is None or after is None:
        return None
    kept = [solution[unknown] for solution in after]
    roots = [solution.get(unknown) for solution in before]
    if not all(any(equal(root, other) for other in roots) for root in kept):
        return None
    answers = [item for value in known.answers for item in (value if isinstance(value, sympy.FiniteSet) else [value])]
    return [root for root in roots if not any(equal(root, other) for other in kept) and any(equal(root, answer) for answer in answers)]


def _alternatives(value: Any, piece: str, known: _Known) -> tuple[Standing, Slip | None]:
    roots = list(value)
    if not known.equations or not all(isinstance(root, sympy.Expr) for root in roots):
        return ("right", None) if any(equal(value, answer) for answer in known.answers) else ("unread", None)
    solutions = _solutions(known.equations)
    if solutions is None or any(len(solution) != 1 for solution in solutions):
        return "unread", None
    expected = [next(iter(solution.values())) for solution in solutions]
    if all(any(equal(root, other) for other in expected) for root in roots):
        return ("right", None) if len(roots) == len(expected) else ("wrong", Slip("lost_root"))
    if any(equal(-root, other) for root in roots for other in expected):
        return "wrong", Slip("sign")
    return "wrong", Slip("unknown")


def _expression(value: Any, known: _Known, index: int) -> tuple[Standing, Slip | None]:
    if equal(value, known.expression):
        known.expression, known.last = value, (value, index)
        return "right", None
    slip = slip_between(known.expression, value)
    # another expression of the problem may be meant: only what shares the letters can be called wrong
    return ("wrong", slip) if value.free_symbols == known.expression.free_symbols and not known.equations else ("unread", None)


def _inequality(relation: Any, known: _Known, index: int) -> tuple[Standing, Slip | None]:
    previous = known.last[0] if known.last else None
    if not isinstance(relation, sympy.core.relational.Relational) or len(relation.free_symbols) != 1 or previous is None:
        return "unread", None
    if isinstance(previous, sympy.Eq) or previous.free_symbols != relation.free_symbols:
        return "unread", None
    if relation.as_set() == previous.as_set():
        known.last = (relation, index)
        return "right", None
    if relation.reversed.func(relation.lhs, relation.rhs).as_set() == previous.as_set():
        return "wrong", Slip("flip")
    return "wrong", slip_between(sympy.Eq(previous.lhs, previous.rhs, evaluate=False), sympy.Eq(relation.lhs, relation.rhs, evaluate=False))


def _result(piece: str, known: _Known) -> Any:
    """The value that a piece states as a result: `x = 7`, `9 * 2 = 18`, `x > -3`, what is asked for; None for a mere equation."""
    if " or " in piece or "=" not in piece or re.search(r"[<>]|\\[lg]eq?(?![a-z])", piece):
        value = read(piece)
        return value if not isinstance(value, sympy.Eq) else None
    left, _, right = piece.rpartition("=")
    name, value = read(left.rpartition("=")[2]) if left.strip() else None, read(right)
    if not isinstance(value, (sympy.Expr, sympy.Tuple, sympy.FiniteSet)):
        return None
    if isinstance(name, sympy.Expr) and name.free_symbols and not (name.is_Symbol or isinstance(name, AppliedUndef)):
        return value if (known.asked is not None and equal(name, known.asked)) or not getattr(value, "is_number", False) else None
    return value


def _latest(piece: str, before: Any, known: _Known) -> Any:
    """What the attempt ends with so far. A line without letters after `x = 7` may be the learner's own test of it."""
    value = _result(piece, known)
    if value is None:
        return before
    tested = before is not None and not re.search(r"[A-Za-z]", re.sub(r"\\[a-zA-Z]+", "", piece)) and known.equations
    return before if tested and not any(equal(value, answer) for answer in known.answers) else value


def _finish(analysis: Analysis, known: _Known, value: Any) -> None:
    if value is not None and known.answers:
        analysis.final = any(equal(value, answer) for answer in known.answers)
        if analysis.final is False and analysis.first_wrong is None:
            analysis.other_quantity = any(equal(value, other) for other in known.values)
            if not analysis.other_quantity:
                _blame(analysis, known)


def _blame(analysis: Analysis, known: _Known) -> None:
    """The end is wrong although every readable line holds: the first line whose result the checked solution never meets is where the way parts."""
    on_the_way = [*known.values, *known.passing, *known.answers]
    for index, line in enumerate(analysis.lines):
        for piece in formulas_of_line(line.text):
            value = _result(piece, known)
            if isinstance(value, sympy.Expr) and value.is_number and not any(equal(value, other) for other in on_the_way):
                line.standing, line.slip = "wrong", Slip("relation")
                analysis.first_wrong = index
                return


def _partial(value: Any) -> list[Any]:
    """What comes up while a sum or product of numbers is worked out: every part of it."""
    found: list[Any] = []
    for node in sympy.preorder_traversal(value):
        if isinstance(node, (sympy.Add, sympy.Mul)) and not node.free_symbols and len(node.args) <= 6:
            found.extend(node.func(*part) for size in range(2, len(node.args) + 1) for part in combinations(node.args, size))
    return found


def report(analysis: Analysis) -> dict[str, Any]:
    """The analysis as JSON."""
    return {
        "lines": [
            {
                "text": line.text,
                "standing": line.standing,
                "slip": line.slip.kind if line.slip else None,
                "at": line.slip.at if line.slip else "",
                "of": line.of,
            }
            for line in analysis.lines
        ],
        "first_wrong": analysis.first_wrong,
        "final": analysis.final,
        "other_quantity": analysis.other_quantity,
    }
