"""What a scene's module does not need to be the same scene: blocks for running it as a script, import paths, decorators for type checkers, unused imports."""

from __future__ import annotations

import ast
import re
import warnings

from retrieval.preprocess.library import LIBRARIES
from retrieval.preprocess.scopes import walk
from retrieval.preprocess.tokens import tokens_of

TRIMMED = "what is not used left out"
MAY_TRIM = re.compile(r"\boverride\b|__main__|\bsys\.path\b")
OVERRIDE = re.compile(r"^from typing(?:_extensions)? import (?:[\w, ]*, )?override(?:,|$)", re.MULTILINE)
_DECORATOR = re.compile(r"^[ \t]*@override[ \t]*\n", re.MULTILINE)
_EVAL = re.compile(r"\beval\(f([\"'])(\w+)\.\{(\w+)\}\1\)")
BY_NAME = "eval of an attribute -> getattr"
_NAME_AND_COMMA = re.compile(r", override\b|\boverride, ")
IMPORT = re.compile(r"^(?:from|import)[ \t]+(\w+)", re.MULTILINE)
HARMLESS = frozenset({*LIBRARIES, "numpy", "math", "__future__"})
_TYPING = ("typing", "typing_extensions")


def may_trim(code: str) -> bool:
    """Whether anything could be left out."""
    return MAY_TRIM.search(code) is not None or not HARMLESS.issuperset(IMPORT.findall(code))


def without_override(code: str, parts: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """The same for a module that was put together here of these parts, all of which are needed, its imports first: `@override` of `typing` does nothing,
    and older Pythons have none."""
    if OVERRIDE.search(parts[0]) is None:
        return code, parts
    return _without_override(code), (_without_override(parts[0]), *(_DECORATOR.sub("", part) for part in parts[1:]))


def attributes_by_name(code: str) -> str:
    """`eval(f"nx.{layout}")` as `getattr(nx, layout)`, which a sandbox lets through: the same for every name of an attribute."""
    return _EVAL.sub(r"getattr(\2, \3)", code) if "eval(f" in code else code


def _without_override(code: str) -> str:
    match = OVERRIDE.search(code)
    if match is None:
        return code
    start, end = match.start(), (code + "\n").index("\n", match.start())
    line = _NAME_AND_COMMA.sub("", code[start:end], count=1)
    rest = _DECORATOR.sub("", code[:start] + code[end:] if line == code[start:end] else code[:start] + line + code[end:])
    return rest.lstrip("\n")


def trimmed(code: str) -> str:
    """The code without what has no effect on its scenes; as it was where nothing is to be left out. Raises `SyntaxError` for what is not Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(code)
    lines = code.split("\n")
    gone: set[int] = set()
    for node in _decorators(tree) + [node for node in tree.body if _is_for_scripts(node)]:
        _take(node, lines, gone)
    words = _words(_without(lines, gone, [node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]))
    changed: dict[int, str] = {}
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            kept = [alias for alias in node.names if _is_used(node, alias, words)]
            if kept != node.names and _take(node, lines, gone) and kept:
                changed[node.lineno] = ast.unparse(_with(node, kept))
                gone.discard(node.lineno)
    if not gone and not changed:
        return code
    text = "\n".join(changed.get(number, line) for number, line in enumerate(lines, 1) if number not in gone)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n") + "\n"


def _decorators(tree: ast.Module) -> list[ast.AST]:
    """`@override`, where it is that of `typing`."""
    names = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module in _TYPING and not node.level
        for alias in node.names
        if alias.name == "override"
    }
    found: list[ast.AST] = []
    for node in walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for decorator in node.decorator_list:
                if (isinstance(decorator, ast.Name) and decorator.id in names) or (
                    isinstance(decorator, ast.Attribute)
                    and decorator.attr == "override"
                    and isinstance(decorator.value, ast.Name)
                    and decorator.value.id in _TYPING
                ):
                    found.append(decorator)
    return found


def _is_for_scripts(node: ast.stmt) -> bool:
    """`if __name__ == "__main__": ...`, `sys.path.insert(...)`."""
    if isinstance(node, ast.If) and not node.orelse and isinstance(node.test, ast.Compare) and len(node.test.ops) == 1:
        sides = (node.test.left, node.test.comparators[0])
        return (
            isinstance(node.test.ops[0], ast.Eq)
            and any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
            and any(isinstance(side, ast.Constant) and side.value == "__main__" for side in sides)
        )
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in ("sys.path.insert", "sys.path.append", "sys.path.extend")
    )


def _take(node: ast.AST, lines: list[str], gone: set[int]) -> bool:
    """Marks a node's lines as gone where nothing else stands on them; whether that was so."""
    first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    before = lines[first - 1].encode("utf-8")[: getattr(node, "col_offset", 0)].strip()
    after = lines[last - 1].encode("utf-8")[getattr(node, "end_col_offset", 0) :].strip()
    if before not in (b"", b"@") or (after and not after.startswith(b"#")):
        return False
    gone.update(range(first, last + 1))
    return True


def _without(lines: list[str], gone: set[int], imports: list[ast.Import | ast.ImportFrom]) -> str:
    taken = gone.union(*(range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in imports if not node.col_offset))
    # Where two statements share a line, it stays, and what it names counts as used.
    alone = {number for number in taken if ";" not in lines[number - 1]}
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in alone)


def _words(code: str) -> set[str]:
    """The words of the code and of its strings, which may be annotations; not those of comments and docstrings."""
    return set(re.findall(r"\w+", " ".join(tokens_of(code))))


def _is_used(node: ast.Import | ast.ImportFrom, alias: ast.alias, words: set[str]) -> bool:
    if alias.name == "*" or (
        isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").split(".")[0] in {*LIBRARIES, "__future__"})
    ):
        return True
    local = alias.asname or (alias.name.split(".")[0] if isinstance(node, ast.Import) else alias.name)
    return local in words


def _with(node: ast.Import | ast.ImportFrom, names: list[ast.alias]) -> ast.stmt:
    return ast.Import(names) if isinstance(node, ast.Import) else ast.ImportFrom(node.module, names, node.level)
