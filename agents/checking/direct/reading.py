"""Takes a problem's text apart into its formulas and the English frame around them. Runs inside the sandbox only.

Every formula is read by a real parser and stands in the frame as `⟦3⟧`, so that the frame can be searched by patterns that never touch the
mathematics. What the reader cannot read is None: families then stay silent instead of guessing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction

from agents.checking.direct.plaintext import delimit
from agents.checking.equality import plain
from agents.checking.tables import TABULAR
from agents.checking.values import Unreadable, from_latex

_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$([^$]+?)\$|\\\[(.+?)\\\]|\\\((.+?)\\\)", re.DOTALL)
_FUNCTION_NAME = re.compile(r"(?<![\\A-Za-z])([A-Za-z])\s*(?:\\left)?\(\s*[a-z]\s*(?:\\right)?\)\s*=")
_NAMED_FUNCTION = re.compile(r"\b(?:functions?|polynomials?)\s+⟦(\d+)⟧(?:\s+and\s+⟦(\d+)⟧)?")
_QUALIFIER = re.compile(
    r"\b(positive|negative|nonnegative|integers?|whole|even|odd|primes?|distinct|different|consecutive|multiples?|divisible|greatest|least|largest|smallest"
    r"|maximum|minimum|at least|at most|no more|no less|between|greater|smaller|larger|lesser|nearest|imaginary|complex|real|never|except|not|cannot|other)\b",
    re.IGNORECASE,
)
_CONSTANTS = re.compile(
    r"((?:⟦\d+⟧(?:\s*,\s*(?:and\s+)?|\s+and\s+)?)+)\s*(?:is|are)\s+(?:both\s+|each\s+)?(?:a\s+)?(?:positive |negative |nonzero |real |integer |unknown )?constants?",
    re.IGNORECASE,
)
_SIGN = re.compile(
    r"⟦(\d+)⟧ (?:is|be) (?:an? )?(positive|negative)(?: real)?(?: number| value| quantity)?(?=\s*(?:[,.?;]|and\b|$))", re.IGNORECASE
)
_NEGATED = re.compile(
    r"\bNOT\b|\b(?i:except|false|incorrect|untrue|outside|fails?|impossible|excluded)\b|\b(?i:wh(?:ich|at))\b[^?]*\b(?i:is|are|could|can|must|does|do|would) ?(?:not\b|n[’']t)|\b(?i:wh(?:ich|at))\b[^?]*\bcannot\b"
)
_UNITS = [
    [{f"{unit}", f"{unit}s"} for unit in ("inche", "yard", "mile", "meter", "centimeter", "millimeter", "kilometer")]
    + [{"foot", "feet"}, {"inch"}],
    [{f"{unit}", f"{unit}s"} for unit in ("minute", "hour", "day", "week", "month", "year")] + [{"seconds"}],
    [{f"{unit}", f"{unit}s"} for unit in ("dollar", "cent")],
    [{f"{unit}", f"{unit}s"} for unit in ("ounce", "pound", "ton", "gram", "kilogram", "milligram")],
    [{f"{unit}", f"{unit}s"} for unit in ("cup", "pint", "quart", "gallon", "liter", "milliliter")],
]
_SENTENCE = re.compile(r"(?<=[.?!])(?:\s+|(?=[A-Z⟦]))")
_IMAGINARY_UNIT = sympy.Eq(sympy.Symbol("i"), sympy.sqrt(-1))


@dataclass(frozen=True, slots=True)
class Direct:
    """`value` is a SymPy value; `letter` the option it is where trying the options gave it away; `method` names the way for the learner."""

    value: Any
    letter: str | None
    method: str


@dataclass(frozen=True, slots=True)
class Option:
    letter: str
    text: str
    value: Any


@dataclass(frozen=True)
class Given:
    """A problem, read. `frame` is the text with `⟦i⟧` for formula i; `values[i]` is that formula, None where it cannot be read."""

    stem: str
    frame: str
    texts: list[str]
    values: list[Any]
    tables: list[str]
    options: list[Option]
    functions: frozenset[str] = field(default_factory=frozenset)

    @cached_property
    def question(self) -> str:
        """The sentence that asks: the last with a question mark, else the last that commands."""
        sentences = [sentence.strip() for sentence in _SENTENCE.split(self.frame) if sentence.strip()]
        asking = [sentence for sentence in sentences if "?" in sentence] or [
            sentence
            for sentence in sentences
            if re.match(r"(?:find|solve|determine|compute|calculate|evaluate|simplify|expand|factor)\b", sentence, re.IGNORECASE)
        ]
        return asking[-1] if asking else (sentences[-1] if sentences else "")

    @cached_property
    def questions(self) -> int:
        return self.frame.count("?")

    @cached_property
    def unread(self) -> list[str]:
        return [text for text, value in zip(self.texts, self.values, strict=True) if value is None]

    @cached_property
    def conditions(self) -> list[Any]:
        """All relations printed in the problem, in order."""
        return [value for value in self.values if is_condition(value)]

    @cached_property
    def equations(self) -> list[Any]:
        """Equations between plain unknowns: no definitions of functions."""
        return [
            value for value in self.conditions if isinstance(value, sympy.Eq) and not value.atoms(AppliedUndef) and value != _IMAGINARY_UNIT
        ]

    @cached_property
    def inequalities(self) -> list[Any]:
        """Printed ones, and what is said of a letter's sign: `⟦2⟧ is a positive number`."""
        said = [(self.at(match[1]), match[2].lower()) for match in _SIGN.finditer(self.frame)]
        signs = [
            sympy.Gt(letter, 0) if word == "positive" else sympy.Lt(letter, 0) for letter, word in said if isinstance(letter, sympy.Symbol)
        ]
        return [value for value in self.conditions if not isinstance(value, sympy.Eq)] + signs

    @cached_property
    def _defining(self) -> list[Any]:
        """The equations that define a function; `p(a) = 11` beside `p(x) = 3x - 4` is none."""
        calls = [
            value
            for value in dict.fromkeys(self.conditions)
            if isinstance(value, sympy.Eq)
            and isinstance(value.lhs, AppliedUndef)
            and len(value.lhs.args) == 1
            and value.lhs.args[0].is_Symbol
            and not any(inner.func == value.lhs.func for inner in value.rhs.atoms(AppliedUndef))
        ]
        varying = [value for value in calls if value.rhs.has(value.lhs.args[0]) or value.rhs.atoms(AppliedUndef)]
        functions = {value.lhs.func for value in varying}
        return varying + [value for value in calls if value.lhs.func not in functions and value.lhs.args[0].name in ("x", "t", "n")]

    @cached_property
    def definitions(self) -> dict[Any, tuple[Any, Any]]:
        """`f(x) = x^2 + 1` by function, as (argument, body)."""
        rules = [value.lhs.func for value in self._defining]
        # two rules for one function: which holds where is told in words
        return {value.lhs.func: (value.lhs.args[0], value.rhs) for value in self._defining if rules.count(value.lhs.func) == 1}

    @cached_property
    def facts(self) -> list[Any]:
        """Equations about functions that define none: `p(3) = -2`."""
        return [
            value for value in self.conditions if isinstance(value, sympy.Eq) and value.atoms(AppliedUndef) and value not in self._defining
        ]

    @cached_property
    def constants(self) -> set[Any]:
        """The letters that the problem calls constants."""
        return {
            self.values[int(index)]
            for match in _CONSTANTS.finditer(self.frame)
            for index in re.findall(r"⟦(\d+)⟧", match[1])
            if isinstance(self.values[int(index)], sympy.Symbol)
        }

    @cached_property
    def qualifiers(self) -> set[str]:
        """Words that restrict the answer; a family that does not know one of them must stay silent."""
        return {match[1].lower() for match in _QUALIFIER.finditer(_SIGN.sub(" ", _CONSTANTS.sub(" ", self.frame)))}

    @cached_property
    def mixed_units(self) -> bool:
        """Whether two units of one kind occur, so that a value may be wanted in another unit than the formulas have."""
        words = set(re.findall(r"[a-z]+", self.frame.lower()))
        return any(sum(bool(words & unit) for unit in units) > 1 for units in _UNITS)

    @cached_property
    def negated(self) -> bool:
        """Whether the question asks for what does not hold."""
        return _NEGATED.search(self.question) is not None

    @cached_property
    def complex(self) -> bool:
        return _IMAGINARY_UNIT in self.conditions or bool(re.search(r"\b(?:imaginary|complex)\b", self.frame, re.IGNORECASE))

    def wants(self, sign: str) -> bool:
        """Whether the question is for a `positive` or `negative` value; a sign that it gives to a letter is none of the answer's."""
        return re.search(rf"\b{sign} (?:value|solution|root|zero|number)", _SIGN.sub(" ", self.question), re.IGNORECASE) is not None

    def at(self, index: str | int) -> Any:
        return self.values[int(index)]

    def says(self, pattern: str) -> bool:
        return re.search(pattern, self.frame, re.IGNORECASE) is not None

    def with_products(self, value: Any) -> Any:
        """The value with `d(3)` as a product, where the problem has d as a letter by itself and not as a function."""
        return _as_products(value, _lone_letters(self.texts) - self.functions)

    def apply(self, value: Any) -> Any:
        """The value with every function that the problem defines put in."""
        for _ in range(4):
            applied = [call for call in value.atoms(AppliedUndef) if call.func in self.definitions]
            if not applied:
                return value
            for call in applied:
                argument, body = self.definitions[call.func]
                value = value.subs(call, body.subs(argument, call.args[0]))
        return value


def is_condition(value: Any) -> bool:
    """Whether it is an equation, inequality or a chain of them (for SymPy, a bare symbol is a Boolean too)."""
    return isinstance(value, (Relational, BooleanFunction))


def _rows(formula: str) -> list[str]:
    body = re.sub(r"\\(?:begin|end)\{(?:aligned|array|gathered|cases|align\*?|split|matrix)\}(?:\{[a-z|]+\})?", " ", formula).replace(
        "&", " "
    )
    return [row for row in (part.strip() for part in re.split(r"\\\\(?:\[[^\]]*\])?", body)) if row]


def _applications(text: str, functions: frozenset[str]) -> tuple[str, dict[str, tuple[str, str]]]:
    """`f(2a)` with a stand-in for every call of a known function, since the parser reads `f(2a)` as a product."""
    calls: dict[str, tuple[str, str]] = {}
    position = 0
    while functions and (match := re.compile(rf"(?<![\\A-Za-z])({'|'.join(sorted(functions))})\s*\(").search(text, position)):
        depth, end = 1, match.end()
        while end < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        if depth:
            return text, {}
        # the stand-in is a subscripted letter, which the parser takes for one symbol
        name = f"Z_{{{900 + len(calls)}}}"
        calls[name] = (match[1], text[match.end() : end - 1])
        text = f"{text[: match.start()]} {name} {text[end:]}"
        position = match.start() + len(name)
    return text, calls


def read_formula(text: str, functions: frozenset[str] = frozenset()) -> Any:
    """The value of a formula with exact decimals, or None where it cannot be read."""
    cleaned = re.sub(r"\\(?:left|right)(?![a-zA-Z])", "", text).strip().strip(" ,;?").rstrip(".")
    body, calls = _applications(cleaned, functions)
    try:
        value = plain(from_latex(body))
    except Unreadable:
        return None
    if isinstance(value, tuple):
        return None
    for name, (function, argument) in calls.items():
        inner = read_formula(argument, functions)
        if inner is None or not isinstance(inner, sympy.Expr):
            return None
        value = value.subs(sympy.Symbol(name), sympy.Function(function)(inner))
    return exact(value)


def exact(value: Any) -> Any:
    """Decimals are the fractions that they spell."""
    floats = value.atoms(sympy.Float) if hasattr(value, "atoms") else set()
    value = value.xreplace({number: sympy.Rational(str(number)) for number in floats}) if floats else value
    # the parser leaves `-1*3*y` unevaluated
    return value.doit() if isinstance(value, (sympy.Expr, Relational)) and not value.has(sympy.Integral, sympy.Derivative) else value


def read(stem: str, options: list[dict[str, str]], known: frozenset[str] = frozenset()) -> Given:
    """Reads the whole problem once for all families; `known` are letters that name functions whatever the text says."""
    tables: list[str] = []

    def _keep(match: re.Match[str]) -> str:
        tables.append(match[1])
        return " ⟪table⟫ "

    text = TABULAR.sub(_keep, delimit(stem)).replace("\\$", " ")
    functions = known | frozenset(_FUNCTION_NAME.findall(" ".join(match[0] for match in _FORMULA.finditer(text))))
    texts: list[str] = []
    pieces: list[str] = []
    end = 0
    for match in _FORMULA.finditer(text):
        pieces.append(text[end : match.start()])
        for row in _rows(next(group for group in match.groups() if group)):
            tail = re.search(r"[\s,;?.]*$", row)
            texts.append(row[: tail.start()] if tail else row)
            pieces.append(f" ⟦{len(texts) - 1}⟧{(tail[0] if tail else '').strip()} ")
        end = match.end()
    pieces.append(text[end:])
    frame = re.sub(r"\s+([,.?;:])", r"\1", re.sub(r"\s+", " ", "".join(pieces))).strip()
    named = {texts[int(index)].strip() for match in _NAMED_FUNCTION.finditer(frame) for index in match.groups() if index}
    functions |= frozenset(name for name in named if re.fullmatch(r"[A-Za-z]", name))
    functions |= frozenset(name[0] for name in named if re.fullmatch(r"[A-Za-z]\s*\(\s*[a-z]\s*\)", name))
    letters = _lone_letters(texts) - functions
    return Given(
        stem=stem,
        frame=frame,
        texts=texts,
        values=[read_formula(formula, functions) for formula in texts],
        tables=tables,
        options=[Option(option["letter"], option["text"], _option_value(option["text"], functions, letters)) for option in options],
        functions=functions,
    )


def _option_value(text: str, functions: frozenset[str], letters: frozenset[str]) -> Any:
    bare = text.strip()
    if bare.count("$") == 2 and bare.startswith("$") and bare.rstrip(".").endswith("$"):
        value = read_formula(bare.rstrip(".")[1:-1], functions)
        if value is not None:
            return _as_products(value, letters)
    try:
        value = plain(from_latex(text))
    except Unreadable:
        return None
    return value if isinstance(value, tuple) else exact(_as_products(value, letters))


def _lone_letters(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(text.strip() for text in texts if re.fullmatch(r"\s*[A-Za-z]\s*", text))


def _as_products(value: Any, letters: frozenset[str]) -> Any:
    """The value with `d(3)` as a product where d is one of the letters. In print, `d(3)^x` is d times a power of 3."""
    products = {call for call in value.atoms(AppliedUndef) if call.func.__name__ in letters and len(call.args) == 1}
    powers = [power for power in value.atoms(sympy.Pow) if power.base in products]
    for whole, call, exponent in [*((power, power.base, power.exp) for power in powers), *((call, call, 1) for call in products)]:
        value = value.xreplace({whole: sympy.Symbol(call.func.__name__) * call.args[0] ** exponent})
    return value
