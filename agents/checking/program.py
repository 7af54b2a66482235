"""Solver programs: what counts as a computation, and the runner that carries one out inside the sandbox."""

from __future__ import annotations

import ast
import math
import re

from agents.checking.tables import readable

_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
_BARRED = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)
_DIGITS = r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
"""A number as it is printed; the comma of `(1,2)` is none of its own."""
_NUMBER = re.compile(_DIGITS)
_PRINTED = re.compile(rf"({_DIGITS})(?:/(\d+))?(?!\w)")

_PRELUDE = '''
import builtins, json, signal, sys
sys.set_int_max_str_digits(5000)
import sympy
from sympy.printing.str import StrPrinter


class Names(dict):
    """A name that the program forgot to declare is a symbol of the problem."""

    def __missing__(self, name):
        if not hasattr(builtins, name) and name != "answer":
            return self.setdefault(name, sympy.Symbol(name))
        raise KeyError(name)


class Solved(dict):
    """The one solution of a linear system, where `solve` gives a plain dictionary: many take it for a list of solutions and write `[0]`."""

    def __getitem__(self, key):
        if isinstance(key, int) and not dict.__contains__(self, key):
            return self
        return dict.__getitem__(self, key)


def solve(equations, *symbols, **flags):
    found = plain_solve(equations, *symbols, **flags)
    if type(found) is not dict or not found:
        return found
    solved = Solved(found)
    wanted = symbols[0] if len(symbols) == 1 and isinstance(symbols[0], (list, tuple)) else symbols
    solved.order = [symbol for symbol in wanted if symbol in found] or list(found)
    return solved


plain_solve, sympy.solve = sympy.solve, solve
POINT = False


class Printer(StrPrinter):
    """Tells the constants e and i from symbols of the same letters."""

    def _print_Exp1(self, value):
        return "exp(1)"

    def _print_ImaginaryUnit(self, value):
        return "sqrt(-1)"


def run(code):
    names = Names(__name__="program", __builtins__=builtins)
    exec(compile(code, "program.py", "exec"), names)
    if "answer" not in names:
        raise NameError("the program set no variable `answer`")
    value = names["answer"]
    if POINT and isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        value = value[0]
    if POINT and isinstance(value, dict) and not isinstance(value, Solved):
        value = sympy.Tuple(*(value[key] for key in sorted(value, key=str)))
    if isinstance(value, Solved):
        values = [value[symbol] for symbol in value.order]
        value = sympy.Tuple(*values) if POINT and len(values) > 1 else values[0]
    if hasattr(value, "item") and not isinstance(value, sympy.Basic):
        value = value.item()
    return value, value if isinstance(value, str) else Printer().doprint(value)
'''

RUNNER = f'''
"""Runs program.py and leaves the printed form of its `answer` in answer.json. Everything here happens inside the sandbox."""
{_PRELUDE}
POINT = ASKS_FOR_A_POINT
signal.alarm(SECONDS)
value, text = run(open("program.py", encoding="utf-8").read())
try:
    latex = value if isinstance(value, str) else sympy.latex(sympy.sympify(value))
except (TypeError, ValueError, AttributeError, sympy.SympifyError):
    latex = text
with open("answer.json", "w", encoding="utf-8") as out:
    json.dump({{"text": text[:2000], "latex": latex[:2000]}}, out)
'''

BATCH_RUNNER = f'''
"""Runs every program of programs.json, each within two seconds, and leaves the printed forms of their `answer`s in answers.json."""
{_PRELUDE}

class TookTooLong(BaseException):
    """No `Exception`: a program or a parser that catches everything would swallow it."""


def ring(signum, frame):
    raise TookTooLong


signal.signal(signal.SIGALRM, ring)
answers = []
for code in json.load(open("programs.json", encoding="utf-8")):
    signal.alarm(2)
    try:
        answers.append(run(code)[1])
    except (Exception, SystemExit, TookTooLong):  # a program may fail in any way, and costs no other its answer
        answers.append("")
    finally:
        signal.alarm(0)
with open("answers.json", "w", encoding="utf-8") as out:
    json.dump([answer[:2000] for answer in answers], out)
'''


def extract_code(reply: str) -> str:
    """The first fenced block of a model's reply, or the whole reply where it is bare code; its last result becomes `answer` where it sets none."""
    fenced = _FENCE.search(reply)
    return _with_answer((fenced[1] if fenced else reply).strip() + "\n")


def _with_answer(code: str) -> str:
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError):
        return code
    if not tree.body or _assignments(tree, "answer"):
        return code
    match tree.body[-1]:
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AugAssign(target=ast.Name(id=name)):
            return f"{code}answer = {name}\n"
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"), args=[*_, value])) | ast.Expr(value=value):
            before = [ast.unparse(statement) for statement in tree.body[:-1]]
            return "\n".join([*before, f"answer = {ast.unparse(value)}"]) + "\n"
    return code


def _assignments(tree: ast.Module, name: str) -> list[ast.Assign | ast.AnnAssign | ast.AugAssign]:
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and name in _targets(node)]


def objection(code: str, problem: str) -> str | None:
    """Why this program is no computation of the problem's answer, or None.

    A program that states its answer as a literal, or uses none of the problem's numbers and symbols, proves nothing: `verified` must not rest on it.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError) as error:
        return f"it does not parse: {error}"
    assignments = _assignments(tree, "answer")
    if not assignments:
        return "it sets no variable `answer`"
    value = assignments[-1].value
    if isinstance(value, ast.Name) and (named := _assignments(tree, value.id)):
        value = named[-1].value
    if value is None or _is_literal(value):
        return "it states the answer instead of computing it"
    given = {float(number.replace(",", "")) for number in _NUMBER.findall(problem)}
    used = {
        float(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    }
    strange = {number for number in used if number > 12 and number not in given and not _derived(number, given)}
    if strange:
        return f"it uses {min(strange):g}, which is not in the problem"
    return None


def leaves_out(code: str, stem: str) -> list[str]:
    """The numbers that the story prints and the program does not use, as often as they are printed. What is left out was often overlooked. A number that
    is named and then not needed for the answer is not used.

    Years, ones, and what stands in tables may be left out. A percentage counts as used where its share, or one more or less than that, is.
    """
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return []
    used = [
        float(node.value)
        for statement in _needed(tree)
        for node in ast.walk(statement)
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool)
    ]
    missing: list[str] = []
    for match in _PRINTED.finditer(_BARRED.sub(" ", readable(stem))):
        value = float(match[1].replace(",", ""))
        whole, part = match[1], match[2]
        if part:
            wanted = [[value / float(part)], [value, float(part)]] if float(part) else []
        else:
            wanted = [[number] for number in (value, value / 100, 1 + value / 100, 1 - value / 100)]
        if not part and (value == 1 or re.fullmatch(r"(?:19|20)\d\d", whole)):
            continue
        way = next((way for way in wanted if all(any(math.isclose(number, other) for other in used) for number in way)), None)
        if way is None:
            missing.append(match[0])
            continue
        for number in way:
            used.remove(next(other for other in used if math.isclose(number, other)))
    return missing


def _needed(tree: ast.Module) -> list[ast.stmt]:
    """The statements without those that only name a value which nothing on the way to `answer` uses."""
    naming = {line: line.targets[0].id for line in tree.body if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)}
    names = {"answer"}
    while True:
        needed = [line for line in tree.body if line not in naming or naming[line] in names]
        grown = names | {node.id for line in needed for node in ast.walk(line) if isinstance(node, ast.Name)}
        if grown == names:
            return needed
        names = grown


def _derived(number: float, given: set[float]) -> bool:
    """Percent, unit and angle constants that a problem need not print."""
    return number in {24.0, 52.0, 60.0, 90.0, 100.0, 180.0, 270.0, 360.0, 365.0, 1000.0, 3600.0} or any(
        number in (value * 100, value / 100, value + 100) for value in given
    )


def _targets(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


def _is_literal(node: ast.expr) -> bool:
    """Whether the value names or calls nothing and combines no two numbers: `8`, `-8`, `Rational(1, 2)`, `"B"`."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return _is_literal(operand)
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return all(_is_literal(element) for element in elements)
        case ast.Call(func=ast.Name(id="Rational" | "Integer" | "Float" | "sympify" | "S"), args=arguments):
            return all(_is_literal(argument) for argument in arguments)
    return False
