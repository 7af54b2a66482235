"""Text to SymPy values. Runs inside the sandbox only: SymPy's parsers may hang on, or be fooled by, what a stranger wrote.

A value is a SymPy expression, relation, `Tuple` (a point, or several values in order), `FiniteSet`, interval, or a tuple of relations (a system).
LaTeX goes through math-verify and latex2sympy2-extended (both by Hugging Face); the text of a Python value through an allow-list over its syntax tree.
"""

from __future__ import annotations

import ast
import re
from typing import Any

import sympy
from latex2sympy2_extended import latex2sympy
from latex2sympy2_extended.latex2sympy2 import ConversionConfig
from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse
from sympy.core.relational import Relational
from sympy.logic.boolalg import BooleanFunction
from sympy.printing.str import StrPrinter

MAX_CHARS = 600
_UNITS = (
    r"(?:meters?|metres?|feet|foot|ft|inch(?:es)?|in|miles?|mi|km|kilomet(?:er|re)s?|cm|mm|centimet(?:er|re)s?|yards?|seconds?|sec|minutes?|min|hours?|hrs?|days?|weeks?|months?|years?|"
    r"dollars?|cents?|pounds?|ounces?|grams?|kg|kilograms?|lit(?:er|re)s?|gallons?|degrees?|radians?|units?|square|cubic|per|people|students?|calories|kilojoules?|points?|percent|mph)"
)
WORD_NUMBERS = {
    word: number
    for number, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
    )
} | {"none": 0}
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TEENS = ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_PARTS = {
    "one half": (1, 2),
    "one third": (1, 3),
    "two thirds": (2, 3),
    "one quarter": (1, 4),
    "one fourth": (1, 4),
    "three quarters": (3, 4),
}
_FUNCTIONS = {
    name: getattr(sympy, name)
    for name in (
        "sqrt",
        "cbrt",
        "root",
        "Rational",
        "Integer",
        "Float",
        "Abs",
        "sin",
        "cos",
        "tan",
        "asin",
        "acos",
        "atan",
        "exp",
        "log",
        "Eq",
        "Ne",
        "Lt",
        "Le",
        "Gt",
        "Ge",
        "FiniteSet",
        "Interval",
        "Union",
        "Tuple",
        "And",
        "Or",
        "Min",
        "Max",
        "Mod",
        "floor",
        "ceiling",
        "factorial",
        "binomial",
    )
} | {"ln": sympy.log, "abs": sympy.Abs}
# no E and I: the runner prints those constants as exp(1) and sqrt(-1), so that these letters are always the problem's own symbols
_CONSTANTS = {
    "pi": sympy.pi,
    "oo": sympy.oo,
    "True": sympy.true,
    "False": sympy.false,
    "EmptySet": sympy.S.EmptySet,
    "zoo": sympy.zoo,
    "nan": sympy.nan,
}
_RELATIONS = {ast.Eq: sympy.Eq, ast.Lt: sympy.Lt, ast.LtE: sympy.Le, ast.Gt: sympy.Gt, ast.GtE: sympy.Ge, ast.NotEq: sympy.Ne}


class Unreadable(ValueError):
    """The text is no value that can be compared."""


class _Printer(StrPrinter):  # type: ignore[misc]
    """Tells the constants e and i from symbols of the same letters."""

    def _print_Exp1(self, value: Any) -> str:
        return "exp(1)"

    def _print_ImaginaryUnit(self, value: Any) -> str:
        return "sqrt(-1)"


def to_python(value: Any) -> str:
    """The printed form that `from_python` reads back."""
    return str(_Printer().doprint(value))


def from_python(text: str) -> Any:
    """Reads the printed form of a SymPy or Python value, for instance `[Eq(x, 3)]` or `{x: 1/2}`. Raises `Unreadable`."""
    if len(text) > MAX_CHARS:
        raise Unreadable("too long")
    try:
        return _build(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise Unreadable(str(error)) from error


def _build(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=bool() as value):
            return sympy.true if value else sympy.false
        case ast.Constant(value=int() as value):
            return sympy.Integer(value)
        case ast.Constant(value=float() as value):
            return sympy.Float(value)
        case ast.Constant(value=str() as value):
            return from_latex(value)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Name(id=name):
            return sympy.Symbol(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_build(operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _build(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return _operate(op, _build(left), _build(right))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_build(argument) for argument in args))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return sympy.Function(name)(*(_build(argument) for argument in args))
        case ast.List(elts=[]):
            return sympy.S.EmptySet  # what `solve` prints where nothing solves
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            values = [_build(element) for element in elements]
            return values[0] if len(values) == 1 else _several(values)
        case ast.Set(elts=elements):
            return sympy.FiniteSet(*(_build(element) for element in elements))
        case ast.Dict(keys=keys, values=values):
            pairs = [
                sympy.Eq(_build(key), _build(value), evaluate=False) for key, value in zip(keys, values, strict=True) if key is not None
            ]
            return pairs[0].rhs if len(pairs) == 1 else _several(pairs)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _RELATIONS:
            return _RELATIONS[type(op)](_build(left), _build(right))
    raise Unreadable(f"not a value: {ast.dump(node)[:60]}")


def _operate(op: ast.operator, left: Any, right: Any) -> Any:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.Mod():
            return sympy.Mod(left, right)
        case ast.FloorDiv():
            return sympy.floor(left / right)
        case ast.Pow():
            # a tower such as 9**9**9**9 would hang inside C code, where no time limit reaches
            if right.is_number and abs(right) > 200 and not (left.is_number and abs(left) == 1):
                raise Unreadable("exponent too large")
            return left**right
        case ast.BitOr():
            return sympy.Or(left, right)
        case ast.BitAnd():
            return sympy.And(left, right)
    raise Unreadable("operator")


def _several(values: list[Any]) -> Any:
    """Equations together are a system, expressions together a tuple in order."""
    if any(isinstance(value, sympy.logic.boolalg.Boolean) for value in values):
        return tuple(values)
    return sympy.Tuple(*values)


def _tidy(text: str) -> str:
    text = re.sub(r"\\(?:left|right|displaystyle|quad|qquad|,|;|!|:)(?![a-zA-Z])", " ", text)
    text = text.replace("\\$", "").replace("\\(", "$").replace("\\)", "$").replace("\\[", "$").replace("\\]", "$")
    text = re.sub(r"(?<=[\d}°])[ ~]*\\(?:text|mathrm)\s*\{[ ~]*(?!(?:and|or)\b)[A-Za-z.]+[ ~]*\}(?:\^\{?\d\}?)?", " ", text)  # a unit
    text = re.sub(r"\\(?:text|mathrm|textbf|mathbf|operatorname)\s*\{([^{}]*)\}", r" \1 ", text)
    if re.search(r"\\(?:sin|cos|tan)\b", text):
        text = re.sub(r"\(([^()]*)\)\s*(?:\^\{?\\circ\}?|°)", r"((\1) \\cdot \\frac{\\pi}{180})", text)
        text = re.sub(r"(\w+)\s*(?:\^\{?\\circ\}?|°)", r"\1 \\cdot \\frac{\\pi}{180}", text)
    text = re.sub(r"\^\{?\\circ\}?|°", "", text).replace("−", "-").replace("–", "-").replace("\\boxed", "")
    text = re.sub(r"(?<=\d),\s?(?=\d{3}(?!\d))", "", text)
    text = re.sub(r"(?<![\d.])\d{1,3}(?: \d{3})+(?!\d)", lambda match: match[0].replace(" ", ""), text)
    text = re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([-+]?\d{1,3})(?!\w)", r"\1 \\cdot 10^{\2}", text)
    # without a sign between them the parser adds 2(3), (3)(4) and 2(\frac{1}{3}), as if they were mixed numbers; after a letter, as in
    # \sin^2(3) and \log_2(8), a bracket is no factor
    text = re.sub(r"(?<![A-Za-z_.^\d])(\d+(?:\.\d+)?(?:\^(?:\d|\{\d+\}))?)\s*(?=[(\[])", r"\1 \\cdot ", text)
    text = re.sub(r"(\)|\\pi\b)\s*(?=\()", r"\1 \\cdot ", text)
    # a mixed number such as 2 1/2 or 11 \frac{2}{3}, which the parser would multiply
    text = re.sub(r"(?<![\w.}/^])(\d+)\s+(\d+/\d+)(?![\d/])", r"(\1+\2)", text)
    # typed on a keyboard, 2/3x is two thirds of x and 1/2(a + b)h half of a product; the parser would put all that follows below the line
    text = re.sub(r"(?<![\w.}/^)])(\d+)/(\d+)(?=\s*(?:[a-zA-Z(]|\\left\b|\\sqrt\b|\\pi\b))", r"\\frac{\1}{\2} ", text)
    return re.sub(r"(?<![\w.}/^])(\d+)\s*(\\[dt]?frac\s*\{\s*\d+\s*\}\s*\{\s*\d+\s*\})(?!\s*[a-zA-Z(\\])", r"(\1+\2)", text)


def from_latex(text: str) -> Any:
    """Reads an answer as people write it: LaTeX or plain, with or without dollars, units, currency. Raises `Unreadable`."""
    if len(text) > MAX_CHARS:
        raise Unreadable("too long")
    if re.search(r"\^\s*\{?\s*[\d\s]*\^|\d{5,}\s*\}?\s*!|\^\s*\{?\s*\d{4,}", text):
        raise Unreadable("a power tower")
    tidy = _tidy(text).strip().rstrip(".")
    if (spelled := _spelled(tidy)) is not None:
        return spelled
    if re.search(r"\d\s*(?:\.\.\.|\\l?dots|…)", text):
        raise Unreadable("a number that goes on")
    if recurring := re.fullmatch(r"\$?(\d*)\.(\d*)\\overline\s*\{(\d+)\}\$?", tidy.replace(" ", "")):
        whole, fixed, period = recurring.groups()
        shift = sympy.Integer(10) ** len(fixed)
        return sympy.Rational(int((whole or "0") + fixed), shift) + sympy.Rational(int(period), shift * (10 ** len(period) - 1))
    if described := re.fullmatch(r"\$?\s*\\?\{\s*[a-z]\s*(?:\\mid|\||:)(.+?)\\?\}\s*\$?", tidy):
        return from_latex(described[1])  # the set of all x such that
    if named := re.fullmatch(r"\$?\s*\(\s*x\s*,\s*y\s*\)\s*=\s*(\(.+\))\s*\$?", tidy):
        return from_latex(named[1])
    chunks = [chunk.strip() for chunk in re.findall(r"\$([^$]+)\$", tidy)]
    if len(chunks) > 1 and all(re.search(r"[=<>]|\\leq?|\\geq?", chunk) for chunk in chunks):
        parts = [from_latex(chunk) for chunk in chunks]
        if re.search(r"\$\s*(?:,|and|or)\s*\$", tidy) and all(isinstance(part, sympy.Eq) and part.lhs.is_Symbol for part in parts):
            return _gather(parts)
        if re.search(r"\$\s*,?\s*or\s*\$", tidy) and all(_is_inequality(part) for part in parts):
            return sympy.Or(*parts)
        if (
            re.search(r"\$\s*,?\s*and\s*\$", tidy)
            and all(map(_is_inequality, parts))
            and len({symbol for part in parts for symbol in part.free_symbols}) == 1
        ):
            return sympy.And(*parts)
        return tuple(parts)
    if counted := re.fullmatch(r"\$([^$]+)\$\s+(?!and\b|or\b)[a-zA-Z][a-zA-Z ]*", tidy):
        tidy = counted[1]  # `$200$ packages`
    bare = re.sub(r"\s+", " ", tidy.replace("$", " ")).strip()
    bare = re.sub(rf"(?<=[\d}})a-zA-Z])\s+{_UNITS}(?:\s+{_UNITS})*(?:\^\{{?\d\}}?)?\s*$", "", bare, flags=re.IGNORECASE).strip()
    if re.search(r"\b(?:I|II|III|IV)\b.*\b(?:only|and|or)\b|\bI{2,3}\b", bare):
        raise Unreadable("statements by number")
    if re.fullmatch(r"[a-zA-Z]\s*=[^=,]+(?:,\s*[a-zA-Z]\s*=[^=,]+)+", bare):
        return _gather([from_latex(part) for part in bare.split(",")])  # `x = 3, x = -1`, or `x = 3, y = -1`
    pieces = re.split(r"\s+(?:and|or)\s+|\s*,\s*(?:and|or)\s+|\s*\\text\{\s*(?:and|or)\s*\}\s*", bare)
    if len(pieces) > 1:
        values = [from_latex(piece) for piece in pieces if piece]
        if re.search(r"\bor\b", bare) and all(map(_is_inequality, values)):
            return sympy.Or(*values)
        if all(map(_is_inequality, values)) and len({symbol for value in values for symbol in value.free_symbols}) == 1:
            return sympy.And(*values)
        return _gather(values)
    if point := re.fullmatch(r"\(([^(),]+(?:\([^()]*\))?[^(),]*),([^()]+)\)", bare):
        ends = from_latex(point[1]), from_latex(point[2])
        if any(isinstance(end, sympy.Expr) and end.is_infinite for end in ends):
            return sympy.Interval.open(*ends)
        return sympy.Tuple(*ends)
    if "\\pm" in bare:
        return _gather(
            [from_latex(bare.replace("\\pm", "+").replace("\\mp", "-")), from_latex(bare.replace("\\pm", "-").replace("\\mp", "+"))]
        )
    if re.search(r"[A-Za-z]{4,}", re.sub(r"\\[a-zA-Z]+", "", bare)):
        raise Unreadable("words")
    return _parse(bare)


def _spelled(text: str) -> Any:
    """A number in words, up to ninety-nine, or a common fraction."""
    words = " ".join(re.findall(r"[a-z]+|\S", text.lower().replace("-", " ")))
    numbers = (
        WORD_NUMBERS | {word: index + 13 for index, word in enumerate(_TEENS)} | {word: 10 * index + 20 for index, word in enumerate(_TENS)}
    )
    if words in numbers:
        return sympy.Integer(numbers[words])
    tens, _, ones = words.partition(" ")
    if tens in _TENS and 0 < numbers.get(ones, 0) < 10:
        return sympy.Integer(numbers[tens] + numbers[ones])
    return sympy.Rational(*_PARTS[words]) if words in _PARTS else None


def _is_inequality(value: Any) -> bool:
    return isinstance(value, BooleanFunction | Relational) and not isinstance(value, sympy.Eq)


def _gather(values: list[Any]) -> Any:
    """Several answers: `x = 1, x = -3` and `1, -3` alike become the set of values."""
    named = [value.lhs for value in values if isinstance(value, sympy.Eq) and value.lhs.is_Symbol]
    if len(named) == len(values) == len(set(named)) > 1:
        return tuple(values)  # `x = 3 and y = -1` is a point, whose coordinates must not be exchanged
    plain = [value.rhs if isinstance(value, sympy.Eq) and value.lhs.is_Symbol else value for value in values]
    plain = [part for value in plain for part in (value if isinstance(value, sympy.FiniteSet) else [value])]
    if any(isinstance(value, (tuple, sympy.logic.boolalg.Boolean)) for value in plain):
        return tuple(plain)
    return sympy.FiniteSet(*plain)


def _parse(bare: str) -> Any:
    if re.fullmatch(r"-?\d+(?:\.\d+)?", bare):
        return sympy.Rational(bare)
    if re.search(r"\d\s+\d", bare):
        raise Unreadable("numbers side by side")
    # a chain such as `k = 2 \cdot 3 = 6` stands for its last value
    if bare.count("=") > 1 and not re.search(r"[<>]|\\[lg]eq?", bare):
        bare = bare.rsplit("=", 1)[1].strip()
    try:
        value = latex2sympy(re.sub(r"\\?%", "", bare), conversion_config=ConversionConfig(lowercase_symbols=False))
    except Exception as error:  # the parser raises nearly anything on odd input, its own generated code among it
        # math-verify's own extraction repairs malformed LaTeX, but drops letters that look like units: second choice
        found = parse(
            f"${bare}$", extraction_config=[LatexExtractionConfig(), ExprExtractionConfig()], parsing_timeout=2, raise_on_error=False
        )
        value = next((item for item in found if not isinstance(item, str)), None)
        if value is None:
            raise Unreadable(str(error)[:120]) from error
    if isinstance(value, sympy.Interval) and re.fullmatch(r"\(.*,.*\)", bare):
        return sympy.Tuple(value.start, value.end)
    return value
