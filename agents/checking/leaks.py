"""The leak gate: whether a hint gives the answer away. Runs inside the sandbox only (it parses formulas a model wrote).

A hint leaks when it names the option's letter or text; when it holds a value equal to the answer in any form (0.5, 1/2, 50 %, "one half", a
computation such as 30 + 1); or when it shows the last equation, from which one arithmetic move reads the answer off (5b = 15). What the
problem itself prints may be repeated, but not as a result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sympy

from agents.checking.answers import read_answer
from agents.checking.equality import equal, plain
from agents.checking.prose import RELATION, formulas, plain_maths, spelled_numbers, spoken_as_signs, without_formulas
from agents.checking.values import Unreadable, from_latex

_PLAIN_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*(?:\.\d+)?(?:\s*/\s*\d+(?:\.\d+)?)?\s*\\?%?")
_NAMED = re.compile(
    r"(?:^|[^\w])(?:=|is|(?<!there )are|equals?|gives?|gets?|get to|makes?|becomes?|leaves|comes to|reach(?:es)?|answer:?)\s*(?:exactly\s+|just\s+)?\$?\s*$",
    re.IGNORECASE,
)
SENTENCE, NEARLY = 5, 0.8
"""An answer of so many words is a sentence, and so much of its words is as good as the whole."""
_CLAIMS = (
    re.compile(
        r"\bno (?:(?:real|such|possible|other|two) )?(?:solutions?|values?|numbers?|answers?|roots?|points?)\b|\bnone\b|\bdo(?:es)? not exist\b|\bimpossible\b"
        r"|\bcan(?:not| not|'t| never) (?:be true|equal|happen|hold)\b|\bnever (?:equal|true|zero|holds?)|\b(?:has|have) (?:no|zero) (?:real )?solutions?\b|\\(?:emptyset|varnothing)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\binfinite(?:ly many)?\b|\ball (?:real )?(?:numbers|values)\b|\balways (?:true|equal|holds?)|\bany (?:real )?number\b",
        re.IGNORECASE,
    ),
)
"""How it is said that there is no such thing, and that everything is one: an answer of this kind is given away in other words, too."""
_EVERYDAY = 10
"""Number words up to this one are ordinary English ("the two amounts") and count only where they are stated as a result."""


def _squeeze(text: str) -> str:
    return re.sub(r"[\s${}\\]|left|right|,(?=\d{3})", "", text.replace("\\cdot", "*").replace("\\times", "*"))


def _text_form(text: str) -> str:
    plain = re.sub(r"\\(?:text|math|operatorname)(?:rm|bf|it|sf|tt)?\s*\{([^{}]*)\}", r"\1", text)
    return re.sub(r"[^a-z0-9+\-*/^=<>.,()]+", " ", re.sub(r"[${}\\]", "", plain.lower())).strip()


def read(text: str) -> Any:
    """The value of a piece of LaTeX, None where it is none."""
    try:
        return plain(from_latex(text))
    except Unreadable:
        return None


def _with_words(text: str) -> Any:
    """The value in an answer that says in several words what it counts (`70 \\text{ gold coins}`), None where there is none."""
    try:
        return read_answer("latex", text).value
    except Unreadable:
        return None


def _percent_forms(text: str) -> list[Any]:
    """`40 %` may stand for 40 and for 2/5."""
    number = read(re.sub(r"\\?%", "", text))
    return [] if number is None else ([number, number / 100] if "%" in text and isinstance(number, sympy.Expr) else [number])


def _same(left: Any, right: Any) -> bool:
    """`equal`, where SymPy's refusal to compare means that the two are not the same in any plain way."""
    try:
        return equal(left, right)
    except (NotImplementedError, TypeError, ValueError, AttributeError):
        return False


@dataclass(frozen=True)
class Secret:
    """What a hint must not give away, and the problem that it belongs to."""

    answer: str
    choice: str | None
    choice_text: str
    problem: str

    @classmethod
    def of(cls, request: Mapping[str, Any]) -> Secret:
        return cls(str(request["answer"]), request.get("choice"), str(request.get("choice_text") or ""), str(request["problem"]))

    @cached_property
    def stem(self) -> str:
        return re.split(r"\n\s*\(?A\)", self.problem)[0]

    @cached_property
    def values(self) -> list[Any]:
        forms: list[Any] = []
        texts = [text for text in (self.answer, self.choice_text) if text]
        both = [re.sub(r"\\pm(?![a-zA-Z])|±", sign, text) for text in texts if re.search(r"\\pm(?![a-zA-Z])|±", text) for sign in "+-"]
        for text in [*texts, *both]:
            value = read(text)
            if value is None:
                value = _with_words(text)
            if value is None:
                continue
            forms.append(value)
            if isinstance(value, sympy.Eq) and value.lhs.is_Symbol:
                forms.append(value.rhs)
            if "%" in text and isinstance(value, sympy.Expr):
                forms.append(value / 100)
        return forms

    @cached_property
    def parts(self) -> list[Any]:
        """The coordinates of a point, or the several solutions."""
        return next((list(value) for value in self.values if isinstance(value, (sympy.Tuple, sympy.FiniteSet)) and len(value) > 1), [])

    @cached_property
    def terms(self) -> list[Any]:
        """The terms of an answer that is a sum in letters."""
        sums = [value for value in self.values if isinstance(value, sympy.Add) and len(value.free_symbols) > 0]
        return list(sums[0].args) if sums and not all(term.is_Atom for term in sums[0].args) else []

    @cached_property
    def given(self) -> list[Any]:
        """The numbers that the problem prints or spells."""
        printed = [value for number in _PLAIN_NUMBER.findall(self.stem) for value in _percent_forms(number)]
        inside = [value for number in re.findall(r"\d+(?:\.\d+)?", self.stem) if (value := read(number)) is not None]
        return printed + inside + [sympy.Rational(number.numerator, number.denominator) for _, _, number in spelled_numbers(self.stem)]

    @cached_property
    def printed(self) -> str:
        return _squeeze(self.stem)

    @cached_property
    def offered(self) -> set[str]:
        """The formulas to choose from, squeezed. Numbers are none: any of them may come up on the way."""
        options = re.findall(r"^\s*\(?[A-H]\)\s*(.+)$", self.problem, re.MULTILINE)
        found = {_squeeze(formula) for option in options for formula in re.findall(r"\$([^$]+)\$", option)}
        return {formula for formula in found if not re.fullmatch(r"-?[\d./]+", formula) and formula not in _squeeze(self.stem)}

    @cached_property
    def counted(self) -> str:
        """What "how many" asks about: "books"; "" where nothing is counted."""
        found = re.findall(r"how (?:many|much) (?:more |of the |of these )?([a-z]+)", self.stem, re.IGNORECASE)
        return str(found[-1]).lower() if found else ""

    @cached_property
    def asked(self) -> Any:
        """The expression whose value is asked for, None where it is a quantity in words."""
        found = re.findall(r"(?:values? of|what is|find)\s+(?:the expression\s+)?\$([^$=<>]+)\$", self.stem, re.IGNORECASE)
        return read(re.sub(r"[?.\s]+$", "", found[-1])) if found else None

    def is_answer(self, value: Any) -> bool:
        return any(_same(value, answer) for answer in self.values)

    def is_given(self, value: Any) -> bool:
        return any(_same(value, number) for number in self.given)

    def prints(self, formula: str) -> bool:
        """Whether the problem itself writes this formula out (more than a lone number)."""
        bare = _squeeze(formula)
        return len(bare) > 2 and not re.fullmatch(r"-?[\d.]+", bare) and bare in self.printed


def leaks(hint: str, request: Mapping[str, Any]) -> list[str]:
    """The reasons why `hint` leaks; `request` holds `answer`, `choice`, `choice_text` and `problem`, and optionally `others`: where other ways end,
    any of which may be right where nothing is verified."""
    reasons = _told(hint, Secret.of(request), request)
    for other in request.get("others") or ():
        secret = Secret.of({**request, "answer": other, "choice": None, "choice_text": ""})
        if not reasons and not any(secret.is_given(value) for value in secret.values) and _told(hint, secret, request):
            reasons = ["another way ends with that"]
    return reasons


def _told(hint: str, secret: Secret, request: Mapping[str, Any]) -> list[str]:
    """Why `hint` tells this one secret."""
    reasons = [*_letters(hint, secret, str(request["problem"])), *_text(hint, secret), *_claims(hint, secret)]
    solved: list[Any] = []
    spoken = spoken_as_signs(hint)
    for piece in [*formulas(spoken), *plain_maths(spoken)]:
        named = bool(_NAMED.search(spoken[: piece.start]))
        reasons += _formula(piece.latex, secret, named=named, solved=solved)
    reasons += _numbers(spoken, secret, solved)
    standing = [value for piece in formulas(spoken) if not RELATION.search(piece.latex) and (value := read(piece.latex)) is not None]
    if secret.terms and all(any(_same(value, term) for value in standing) for term in secret.terms):
        reasons.append("it holds every term of the answer")
    known = [any(_same(value, part) for value in solved) for part in secret.parts]
    if known and all(known):
        reasons.append("it holds every part of the answer")
    elif secret.choice and any(known):
        reasons.append("it holds a part of the answer, which may well single out the option")
    return list(dict.fromkeys(reasons))[:4]


def _letters(hint: str, secret: Secret, problem: str) -> list[str]:
    choice = secret.choice
    if not choice:
        return []
    bare = without_formulas(hint)
    named = rf"\({choice}\)|\b(?i:option|choice|letter)s?\s*(?i:is\s*|:\s*)?\**\(?(?:{choice}|{choice.lower()})\b(?!\s+[a-z])|\b(?i:option|choice|letter)\s+{choice}\b"
    if re.search(named, bare) or re.search(rf"\b(?i:answer)\s*(?i:is|:)?\s*\**\(?{choice}\b(?!\s[a-z])", bare):
        return ["it names the option"]
    if re.search(rf"\$\s*\\?(?:text|mathrm|mathbf)?\{{?\(?{choice}\)?\}}?\s*\$", hint) and re.search(
        r"\b(?:option|choice|answer)\b", bare, re.IGNORECASE
    ):
        return ["it names the option"]
    others = set(re.findall(r"(?:^|\n)\s*\(?([A-H])\)", problem)) - {choice}
    named_letters = {letter for pair in re.findall(r"\(([A-H])\)|(?<![\w'])([B-H])(?![\w'])", bare) for letter in pair if letter}
    if len(others) >= 2 and others <= named_letters:
        return ["it rules out every other option"]
    return []


def _text(hint: str, secret: Secret) -> list[str]:
    said = _text_form(hint)
    for text in (secret.choice_text, secret.answer):
        wanted = _text_form(text)
        if len(wanted) >= 4 and not re.fullmatch(r"[\d.,\-]+", wanted) and wanted not in _text_form(secret.stem) and wanted in said:
            return ["it holds the text of the answer"]
        prose = re.findall(r"[A-Za-z]{2,}", re.sub(r"\$[^$]*\$|\\[A-Za-z]+", " ", text))
        if len(prose) >= SENTENCE and _says(hint, wanted) and not _says(secret.stem, wanted):
            return ["it says nearly what the answer says"]
    return []


def _claims(hint: str, secret: Secret) -> list[str]:
    """Whether the hint says in other words that there is no answer, or that everything is one, and the problem does not."""
    answers = (secret.answer, secret.choice_text)
    told = any(any(map(claim.search, answers)) and claim.search(hint) and not claim.search(secret.stem) for claim in _CLAIMS)
    return ["it says in other words what the answer says"] if told else []


def _says(text: str, wanted: str) -> bool:
    """Whether one sentence of `text` has nearly all words of the sentence `wanted`, in its order."""
    words = re.findall(r"[a-z0-9]+", wanted)
    return any(
        _in_order(words, re.findall(r"[a-z0-9]+", _text_form(part))) >= NEARLY * len(words) for part in re.split(r"[.;?!]\s|\n", text)
    )


def _in_order(words: Sequence[str], others: Sequence[str]) -> int:
    """The length of the longest sequence of words that both have in this order."""
    best = [0] * (len(others) + 1)
    for word in words:
        before = 0
        for at, other in enumerate(others, 1):
            before, best[at] = best[at], before + 1 if word == other else max(best[at], best[at - 1])
    return best[-1]


def _formula(formula: str, secret: Secret, *, named: bool, solved: list[Any]) -> list[str]:
    """What one formula gives away: a side, the whole, or an equation that one move solves. Values it settles are added to `solved`."""
    if _squeeze(formula) in secret.offered:
        return [f"it writes out {formula}, which is one of the options"]
    if secret.prints(formula):
        return []
    sides = [side for side in (part.strip(" .,;") for part in RELATION.split(formula)) if side]
    values = [(side, _percent_forms(side)) for side in sides]
    whole = read(formula)
    if (
        whole is not None
        and secret.is_answer(whole)
        and not (isinstance(whole, sympy.Expr) and secret.is_given(whole) and not _is_work(formula, whole))
    ):
        return [f"it holds {formula}, which equals the answer"]
    for place, (side, forms) in enumerate(values):
        others = [form for index, (_, forms) in enumerate(values) if index != place for form in forms]
        stated = (named and len(sides) == 1) or (len(sides) > 1 and _states(others, secret, readable=all(value for _, value in values)))
        if stated:
            solved.extend(forms)
        for value in forms:
            if secret.is_answer(value) and not secret.prints(side) and (stated or _is_work(side, value) or not secret.is_given(value)):
                return [f"it holds {side}, which equals the answer"]
    if len(sides) == 2 and (off := read_off(_of_the_asked(whole, secret.asked))):
        solved.extend(off)
        if any(secret.is_answer(value) for value in off) or (len(off) > 1 and secret.is_answer(sympy.FiniteSet(*off))):
            return [f"the answer can be read off {formula}"]
    # a number inside a formula that the problem does not print
    for number in _PLAIN_NUMBER.findall(formula):
        if any(secret.is_answer(value) and not secret.is_given(value) for value in _percent_forms(number)):
            return [f"it holds {number.strip()}, which equals the answer"]
    return []


def _is_work(text: str, value: Any) -> bool:
    """Whether the text computes its value rather than naming it."""
    bare = re.sub(r"\\(?:text|mathrm)\{[^{}]*\}|\\?%", "", text).strip(" $")
    return (
        isinstance(value, sympy.Expr)
        and not value.free_symbols
        and not re.fullmatch(r"-?[\d.,]+|-?\\[dt]?frac\{?\d+\}?\{?\d+\}?|-?\d+\s*/\s*\d+", bare)
    )


def _states(others: list[Any], secret: Secret, *, readable: bool) -> bool:
    """Whether an equation names a result: its other side is one unknown, a computation, words, or just what is asked for."""
    if not readable or not others:
        return True
    return any(
        isinstance(other, sympy.Expr)
        and (
            other.is_Symbol
            or not other.free_symbols
            or isinstance(other, sympy.core.function.AppliedUndef)
            or (secret.asked is not None and _same(other, secret.asked))
        )
        for other in others
    )


_UNKNOWN = sympy.Symbol("asked")


def read_off(equation: Any) -> list[Any]:
    """The solutions of an equation in one unknown that one arithmetic move solves (or each factor of a product that is zero), the bounds of such an
    inequality; none otherwise."""
    if isinstance(equation, (sympy.Le, sympy.Lt, sympy.Ge, sympy.Gt)):
        equation = sympy.Eq(equation.lhs, equation.rhs, evaluate=False)
    if not isinstance(equation, sympy.Eq) or len(equation.free_symbols) != 1:
        return []
    unknown = next(iter(equation.free_symbols))
    if not unknown.is_Symbol or equation.atoms(sympy.core.function.AppliedUndef):
        return []
    side, value = (equation.lhs, equation.rhs) if equation.lhs.free_symbols else (equation.rhs, equation.lhs)
    if value.free_symbols:
        return []
    value = sympy.nsimplify(sympy.simplify(value)) if value.is_number else value
    if isinstance(side, sympy.Mul) and value == 0:
        factors = [factor.base if isinstance(factor, sympy.Pow) else factor for factor in side.args if factor.free_symbols]
        roots = [root for factor in factors for root in read_off(sympy.Eq(factor, 0, evaluate=False))]
        return roots if factors and all(read_off(sympy.Eq(factor, 0, evaluate=False)) for factor in factors) else []
    if _moves(side, unknown) > 1:
        return []
    return [sympy.simplify(root) for root in sympy.solve(side - value, unknown)]


def _of_the_asked(equation: Any, asked: Any) -> Any:
    """`9(ax + b) = 27` as an equation of one unknown where `ax + b` is asked for; any other equation as it is."""
    if not isinstance(equation, sympy.Eq) or not isinstance(asked, sympy.Expr) or asked.is_Symbol or len(equation.free_symbols) < 2:
        return equation
    side, value = (equation.lhs, equation.rhs) if equation.lhs.free_symbols else (equation.rhs, equation.lhs)
    side, asked = sympy.expand(side), sympy.expand(asked)
    if value.free_symbols or side.free_symbols != asked.free_symbols:
        return equation
    factor, term = next(part for part in sympy.Add.make_args(asked) if part.free_symbols).as_coeff_Mul()
    slope = side.coeff(term) / factor
    rest = sympy.expand(side - slope * asked)
    return equation if rest.free_symbols or not slope.is_number else sympy.Eq(slope * _UNKNOWN + rest, value, evaluate=False)


def _moves(side: Any, unknown: Any) -> int:
    """How many arithmetic moves stand between the side and its unknown; many where the unknown occurs twice."""
    side = side.doit() if hasattr(side, "doit") else side
    if side == unknown:
        return 0
    if sum(node == unknown for node in sympy.preorder_traversal(side)) != 1:
        return 9
    if side.is_polynomial(unknown) and sympy.degree(side, unknown) == 1:
        slope, rest = side.coeff(unknown, 1), side.subs(unknown, 0)
        slope = sympy.diff(side, unknown) if slope == 0 else slope
        return int(slope not in (1, -1)) + int(rest != 0)
    if isinstance(side, sympy.Pow):
        return 1 if unknown in (side.base, side.exp) else 9
    if isinstance(side, sympy.Mul):  # a number over the unknown
        return 1 if sympy.simplify(side * unknown).is_number else 9
    return 9


def _numbers(spoken: str, secret: Secret, solved: list[Any]) -> list[str]:
    """Bare numbers, in digits or words."""
    reasons: list[str] = []
    bare = without_formulas(spoken)
    found = [(match[0], match.start(), _percent_forms(match[0]), False) for match in _PLAIN_NUMBER.finditer(bare)]
    found += [
        (words, start, [sympy.Rational(number.numerator, number.denominator)], number <= _EVERYDAY and number.denominator == 1)
        for words, start, number in spelled_numbers(bare)
    ]
    for text, start, values, everyday in found:
        counts = bool(secret.counted) and bool(re.match(rf"\s+(?:\w+\s+)?{secret.counted}\b", bare[start + len(text) :], re.IGNORECASE))
        stated = bool(_NAMED.search(bare[:start])) or (everyday and counts)
        if stated:
            solved.extend(values)
        for value in values:
            if secret.is_answer(value) and (stated or not (everyday or secret.is_given(value))):
                reasons.append(f"it holds {text.strip()}, which equals the answer")
                break
    return reasons
