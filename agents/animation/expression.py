"""Functions of x, read from what a model or a problem wrote, without ever evaluating that text as code.

The text becomes a small tree of our own over an allow-list (arithmetic, a few functions, pi, e); Python source and values come from the tree only.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MAX_CHARS = 120
MAX_NODES = 60
FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "exp": math.exp,
    "log": math.log,
    "abs": abs,
}
_SPELLINGS = {"ln": "log", "Abs": "abs", "root": "sqrt"}
_CONSTANTS = {"pi": math.pi, "e": math.e}
_OPERATORS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}
_UNICODE = str.maketrans(
    {"−": "-", "–": "-", "·": "*", "×": "*", "÷": "/", "π": " pi ", "²": "^2", "³": "^3", "⁴": "^4", "√": " sqrt ", "\u00a0": " "}
)
_SIMPLE = re.compile(r"[\w.]+|\\pi")
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?|\.\d+)|([A-Za-z]+)|(\*\*|[-+*/^()|,]))")


@dataclass(frozen=True, slots=True)
class Expression:
    """A function of x (and of y, where it was allowed). `source` is Python over `math` and the variables, made from the tree, never the given text."""

    tree: ast.expr
    variables: frozenset[str]

    @property
    def source(self) -> str:
        return _python(self.tree)

    def __call__(self, x: float, y: float = 0.0) -> float:
        """The value, or nan where the function has no finite real value."""
        try:
            value = _value(self.tree, {"x": x, "y": y})
        except (ValueError, OverflowError, ZeroDivisionError):
            return math.nan
        return value if math.isfinite(value) else math.nan

    def latex(self) -> str:
        return _latex(self.tree, 0)


def parse(text: str, variables: tuple[str, ...] = ("x",)) -> Expression:
    """The function that `text` describes: `x^2 - 4x + 3`, `\\frac{1}{2}x`, `2sin(x)`, with an optional `y =` or `f(x) =` in front.

    `variables` are the letters that play x and y. Raises ValueError for anything outside the allow-list.
    """
    if len(text) > MAX_CHARS:
        raise ValueError(f"an expression of {len(text)} characters is too long (at most {MAX_CHARS})")
    bare = _from_latex(text).translate(_UNICODE)
    bare = re.sub(r"^\s*(?:y|[fgh]\s*\(\s*[a-zA-Z]\s*\))\s*=(?!=)", "", bare)
    names = dict(zip(variables, "xy", strict=False))
    python = _explicit(bare, names)
    try:
        tree = ast.parse(python, mode="eval").body
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"cannot read {text!r} as a function of {variables[0]}") from error
    if sum(1 for _ in ast.walk(tree)) > 4 * MAX_NODES:
        raise ValueError("the expression is too complicated")
    checked = _checked(tree)
    found = frozenset(node.id for node in ast.walk(checked) if isinstance(node, ast.Name) and node.id in ("x", "y"))
    return Expression(checked, found)


def _from_latex(text: str) -> str:
    """LaTeX arithmetic as plain arithmetic; other commands stay and are refused later."""
    text = text.strip().strip("$").replace("\\left", "").replace("\\right", "").replace("\\,", " ").replace("\\!", "").replace("\\;", " ")
    text = (
        text.replace("\\cdot", "*")
        .replace("\\times", "*")
        .replace("\\div", "/")
        .replace("\\pi", " pi ")
        .replace("\\dfrac", "\\frac")
        .replace("\\tfrac", "\\frac")
    )
    for _ in range(8):
        again = re.sub(r"\\frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"((\1)/(\2))", text)
        again = re.sub(r"\\sqrt\s*\{([^{}]*)\}", r" sqrt(\1) ", again)
        again = re.sub(r"\^\s*\{([^{}]*)\}", r"^(\1)", again)
        again = re.sub(r"\\frac\s*(\d)\s*(\d)", r"((\1)/(\2))", again)
        if again == text:
            break
        text = again
    return re.sub(r"\\(sin|cos|tan|exp|log|ln)\b", r" \1 ", text)


def _explicit(text: str, names: Mapping[str, str]) -> str:
    """Python arithmetic with every implied multiplication written out, and `sin 2x` bracketed."""
    tokens: list[str] = []
    at = 0
    bars = 0
    while at < len(text):
        if not text[at:].strip():
            break
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"{text[at : at + 1]!r} has no place in a function")
        at = found.end()
        number, word, sign = found.groups()
        if number:
            tokens.append(f"{float(number)!r}")
        elif word:
            tokens.extend(_words(word, names))
        elif sign == "|":
            opens = bars % 2 == 0
            tokens.extend(["abs", "("] if opens else [")"])
            bars += 1
        else:
            tokens.append("**" if sign == "^" else sign)
    if bars % 2:
        raise ValueError("an absolute value bar is not closed")
    out: list[str] = []
    for token in _with_arguments(tokens):
        if out and _ends_value(out[-1]) and _starts_value(token):
            out.append("*")
        out.append(token)
    return "".join(out)


def _words(word: str, names: Mapping[str, str]) -> list[str]:
    """A run of letters as function names, constants and variables: `xsin` is x times sin."""
    parts: list[str] = []
    while word:
        for name in ("sqrt", "root", "sin", "cos", "tan", "exp", "log", "abs", "Abs", "ln", "pi"):
            if word.startswith(name):
                parts.append(_SPELLINGS.get(name, name))
                word = word[len(name) :]
                break
        else:
            letter = word[0]
            if letter in names:
                parts.append(names[letter])
            elif letter == "e":
                parts.append("e")
            else:
                raise ValueError(f"unknown name {word!r}")
            word = word[1:]
    return parts


def _with_arguments(tokens: list[str]) -> list[str]:
    """Brackets for functions written without them, as in `sin 2x`: the argument reaches to the next sign."""
    out: list[str] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        out.append(token)
        at += 1
        if token in FUNCTIONS and at < len(tokens) and tokens[at] != "(":
            if tokens[at] == "**":
                raise ValueError("write a power of a function with brackets, as (sin(x))^2")
            end = at
            while (
                end < len(tokens)
                and (_starts_value(tokens[end]) or tokens[end] == "**")
                and tokens[end] not in FUNCTIONS
                and tokens[end] != "("
            ):
                end += 1
            out.extend(["(", *_multiplied(tokens[at:end]), ")"])
            at = end
    return out


def _multiplied(tokens: list[str]) -> list[str]:
    out: list[str] = []
    for token in tokens:
        if out and _ends_value(out[-1]) and _starts_value(token):
            out.append("*")
        out.append(token)
    return out


def _ends_value(piece: str) -> bool:
    return piece == ")" or piece in ("x", "y") or piece in _CONSTANTS or piece[0].isdigit()


def _starts_value(piece: str) -> bool:
    return piece == "(" or piece in ("x", "y") or piece in _CONSTANTS or piece in FUNCTIONS or piece[0].isdigit()


def _checked(tree: ast.expr) -> ast.expr:
    """The same tree, rebuilt from allowed nodes only. Raises ValueError at the first other one."""
    match tree:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return ast.BinOp(_checked(left), op, _checked(right))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return ast.UnaryOp(ast.USub(), _checked(operand))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _checked(operand)
        case ast.Constant(value=value) if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= 1e9:
            return ast.Constant(float(value))
        case ast.Name(id=name) if name in ("x", "y") or name in _CONSTANTS:
            return ast.Name(name, ast.Load())
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
            return ast.Call(ast.Name(name, ast.Load()), [_checked(argument)], [])
    raise ValueError("only + - * / ^, brackets, numbers, x, pi, e and sqrt sin cos tan exp log abs may stand in a function")


def _value(tree: ast.expr, at: Mapping[str, float]) -> float:
    match tree:
        case ast.Constant(value=float(value)):
            return value
        case ast.Name(id=name):
            return _CONSTANTS[name] if name in _CONSTANTS else at[name]
        case ast.UnaryOp(operand=operand):
            return -_value(operand, at)
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return FUNCTIONS[name](_value(argument, at))
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _value(left, at), _value(right, at)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
            # math.pow raises on a negative base with a broken exponent, where ** would give a complex number
            return math.pow(a, b)
    raise ValueError("not a function")


def _python(tree: ast.expr) -> str:
    match tree:
        case ast.Constant(value=float(value)):
            return repr(value)
        case ast.Name(id=name):
            return f"math.{name}" if name in _CONSTANTS else name
        case ast.UnaryOp(operand=operand):
            return f"(-{_python(operand)})"
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return f"{'abs' if name == 'abs' else f'math.{name}'}({_python(argument)})"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"math.pow({_python(left)}, {_python(right)})"
        case ast.BinOp(left=left, op=op, right=right):
            return f"({_python(left)} {_OPERATORS[type(op)]} {_python(right)})"
    raise ValueError("not a function")


def number_text(value: float) -> str:
    """A number as people write it: 3, not 3.0; at most three decimals."""
    rounded = round(value, 3)
    return str(int(rounded)) if rounded == int(rounded) and abs(rounded) < 1e15 else f"{rounded:g}"


def _latex(tree: ast.expr, level: int) -> str:
    """Levels: 0 sum, 1 product, 2 factor that must be one piece."""
    match tree:
        case ast.Constant(value=float(value)):
            return number_text(value)
        case ast.Name(id=name):
            return "\\pi" if name == "pi" else name
        case ast.UnaryOp(operand=operand):
            inner = f"-{_latex(operand, 1)}"
            return _bracketed(inner) if level else inner
        case ast.Call(func=ast.Name(id="sqrt"), args=[argument]):
            return f"\\sqrt{{{_latex(argument, 0)}}}"
        case ast.Call(func=ast.Name(id="abs"), args=[argument]):
            return f"\\left|{_latex(argument, 0)}\\right|"
        case ast.Call(func=ast.Name(id="exp"), args=[argument]):
            return f"e^{{{_latex(argument, 0)}}}"
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            inner = _latex(argument, 0)
            return f"\\{'ln' if name == 'log' else name}" + (f" {inner}" if inner in ("x", "y") else _bracketed(inner))
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"\\frac{{{_latex(left, 0)}}}{{{_latex(right, 0)}}}"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            base = _latex(left, 2)
            whole = base if _SIMPLE.fullmatch(base) else _bracketed(_latex(left, 0))
            return f"{whole}^{{{_latex(right, 0)}}}"
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            a, b = _latex(left, 1), _latex(right, 1)
            inner = f"{a} \\cdot {b}" if b[:1].isdigit() else f"{a}{b}" if not re.search(r"[A-Za-z]$", a) else f"{a} {b}"
            return _bracketed(inner) if level == 2 else inner
        case ast.BinOp(left=left, op=op, right=right):
            b = _latex(right, 1 if isinstance(op, ast.Sub) else 0)
            inner = f"{_latex(left, 0)} {_OPERATORS[type(op)]} {b}"
            return _bracketed(inner) if level else inner
    raise ValueError("not a function")


def _bracketed(text: str) -> str:
    return f"\\left({text}\\right)" if "frac" in text else f"({text})"
