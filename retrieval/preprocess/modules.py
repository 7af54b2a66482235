"""A parsed file: its top-level statements, what each binds, and its imports."""

from __future__ import annotations

import ast
import itertools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from retrieval.preprocess.decoding import Unreadable
from retrieval.preprocess.scopes import Uses, names_read, uses_of

Kind = Literal["import", "definition", "assignment", "effect", "block", "main"]
PYTHON_2 = re.compile(
    r"^[ \t]*(?:print[ \t]+[\"'\w]|print[ \t]*$|exec[ \t]+[\"'\w]|except[ \t]+[\w.]+[ \t]*,[ \t]*\w+[ \t]*:|raise[ \t]+\w+[ \t]*,)|<>|\b0[0-7]+\b(?!\.)|\bur[\"']|\d[lL]\b",
    re.MULTILINE,
)
INNER_IMPORT = re.compile(r"^[ \t]+(?:from|import)\b|:[ \t]*(?:from|import)\b|;[ \t]*(?:from|import)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Alias:
    """One name of an import statement: `from ..dotted import name as local` (`level` dots), or `import dotted as local` where `name` is "".

    `local` is "*" for a star; for a plain `import a.b` it is `a`, and `plain` is true.
    """

    dotted: str
    level: int
    name: str
    local: str
    plain: bool = False


@dataclass(slots=True, eq=False)
class Statement:
    """A statement of a module's body, or one lifted out of a class or a block (`owner` is what holds it)."""

    module: Module
    index: int
    node: ast.stmt
    kind: Kind
    binds: tuple[str, ...] = ()
    mutates: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    owner: Statement | None = None
    _uses: Uses | None = None
    _names: tuple[tuple[str, bool], ...] | Literal[False] | None = False

    @property
    def names(self) -> tuple[tuple[str, bool], ...] | None:
        """The names that it reads, without their places, and whether each only when a function is called; None where only `uses` tells."""
        if self._names is False:
            text = None if self.owner is not None or self.node.col_offset else self.text
            names = None if text is None or INNER_IMPORT.search(text) else names_read(text)
            self._names = None if names is None else tuple(names)
        return self._names

    @property
    def text(self) -> str | None:
        """Its lines from its first decorator on; None where it shares one with another statement."""
        lines = self.module.lines
        end = self.node.end_lineno or self.node.lineno
        last = lines[end - 1].encode("utf-8")[self.node.end_col_offset or 0 :].lstrip()
        if last and not last.startswith(b"#"):
            return None
        return "\n".join(lines[self.first_line - 1 : end])

    @property
    def size(self) -> int:
        """How many characters it has, line ends included."""
        ends = self.module.ends
        return ends[self.node.end_lineno or self.node.lineno] - ends[self.first_line - 1]

    @property
    def uses(self) -> Uses:
        if self._uses is None:
            self._uses = uses_of(self.node)
        return self._uses

    @property
    def first_line(self) -> int:
        """The line it begins on, decorators included; counts from 1."""
        decorators: list[ast.expr] = getattr(self.node, "decorator_list", [])
        return min([self.node.lineno, *(decorator.lineno for decorator in decorators)])


@dataclass(slots=True, eq=False)
class Module:
    """`package` are the folders it lies in, `notebook` where its cells ran in order."""

    path: str
    text: str
    tree: ast.Module
    package: tuple[str, ...]
    notebook: bool = False
    lines: list[str] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    bindings: dict[str, list[Statement]] = field(default_factory=dict)
    stars: list[Statement] = field(default_factory=list)
    lifted: dict[tuple[int, int], Statement] = field(default_factory=dict)
    exported: frozenset[str] | None = None
    _ends: list[int] = field(default_factory=list)
    future: bool = False
    """Whether it has `from __future__ import annotations`."""

    @property
    def stem(self) -> str:
        return re.sub(r"\W", "_", self.path.rsplit("/", 1)[-1].rsplit(".", 1)[0])

    @property
    def ends(self) -> list[int]:
        """How many characters stand before the end of each line, from line 0 on."""
        if not self._ends:
            self._ends = list(itertools.accumulate((len(line) + 1 for line in self.lines), initial=0))
        return self._ends

    def clear(self) -> None:
        for held in (self.statements, self.bindings, self.stars, self.lifted, self.tree.body):
            held.clear()

    def lift(self, owner: Statement, node: ast.stmt) -> Statement:
        """A statement inside `owner` as one that can stand in a module's body."""
        key = (node.lineno, node.col_offset)
        if key not in self.lifted:
            kind: Kind = "definition" if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) else "assignment"
            self.lifted[key] = Statement(self, owner.index, node, kind, _bound(node), owner=owner)
        return self.lifted[key]


def parse(text: str) -> ast.Module:
    """Raises `Unreadable`: `python2`, `syntax`, `too_deep`, `null_bytes`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (RecursionError, MemoryError):
        raise Unreadable("too_deep") from None
    except SyntaxError as error:
        if "too many nested" in str(error.msg) or "too many statically nested" in str(error.msg):
            raise Unreadable("too_deep") from None
        raise Unreadable("python2" if PYTHON_2.search(text) else "syntax") from None
    except ValueError:
        raise Unreadable("null_bytes" if "\0" in text else "syntax") from None


def module_from(path: str, text: str, *, notebook: bool = False) -> Module:
    """Raises `Unreadable` as `parse` does."""
    module = Module(path, text, parse(text), tuple(path.split("/")[:-1]), notebook)
    module.lines = text.split("\n")
    try:
        for node in module.tree.body:
            for statement in _statements(module, node):
                statement.index = len(module.statements)
                module.statements.append(statement)
                for alias in statement.aliases:
                    if alias.local == "*":
                        module.stars.append(statement)
                    else:
                        module.bindings.setdefault(alias.local, []).append(statement)
                for name in statement.binds:
                    module.bindings.setdefault(name, []).append(statement)
    except RecursionError:
        raise Unreadable("too_deep") from None
    module.exported = _exported(module)
    module.future = any(alias.dotted == "__future__" for statement in module.bindings.get("annotations", ()) for alias in statement.aliases)
    return module


def _statements(module: Module, node: ast.stmt) -> Iterator[Statement]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield Statement(module, 0, node, "import", aliases=tuple(aliases_of(node)))
    elif isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        yield Statement(module, 0, node, "definition", (node.name,))
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Delete)):
        binds, mutates = _bound(node), tuple(dict.fromkeys(_mutated(node)))
        yield Statement(module, 0, node, "assignment" if binds else "effect", binds, mutates)
    elif _is_main(node):
        yield Statement(module, 0, node, "main")
    else:
        # The imports of a block (`try: from manim import * except ImportError: ...`) count as the module's own.
        imports = [child for child in _block_children(node) if isinstance(child, (ast.Import, ast.ImportFrom))]
        if imports and all(isinstance(child, (ast.Import, ast.ImportFrom, ast.Pass)) for child in _block_children(node)):
            for child in _first_branch(node):
                if isinstance(child, (ast.Import, ast.ImportFrom)):
                    yield Statement(module, 0, child, "import", aliases=tuple(aliases_of(child)))
            return
        for child in imports:
            if any(alias.name == "*" for alias in child.names):
                yield Statement(module, 0, child, "import", aliases=tuple(aliases_of(child)))
        yield Statement(module, 0, node, "block", _bound(node), tuple(dict.fromkeys(_mutated(node))))


def aliases_of(node: ast.Import | ast.ImportFrom) -> Iterator[Alias]:
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield Alias(node.module or "", node.level, alias.name, "*" if alias.name == "*" else alias.asname or alias.name)
        elif alias.asname:
            yield Alias(alias.name, 0, "", alias.asname)
        else:
            yield Alias(alias.name, 0, "", alias.name.split(".")[0], plain=True)


def _is_main(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    sides = [node.test.left, *node.test.comparators]
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)


def _block_children(node: ast.stmt) -> Iterator[ast.stmt]:
    """The statements inside a block and its blocks, not those inside functions and classes."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for child in getattr(node, name, None) or ():
            if isinstance(child, (ast.ExceptHandler, ast.match_case)):
                for inner in child.body:
                    yield inner
                    yield from _nested(inner)
            elif isinstance(child, ast.stmt):
                yield child
                yield from _nested(child)


def _nested(node: ast.stmt) -> Iterator[ast.stmt]:
    if not isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from _block_children(node)


def _first_branch(node: ast.stmt) -> list[ast.stmt]:
    body: list[ast.stmt] = getattr(node, "body", [])
    return body


def _bound(node: ast.stmt) -> tuple[str, ...]:
    """The names that a statement binds where it stands."""
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return (node.name,)
    names: dict[str, None] = {}
    stack: list[ast.AST] = [node]
    while stack:
        child = stack.pop()
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            names[child.name] = None
            continue
        if isinstance(child, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        if isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Load):
            names[child.id] = None
        elif isinstance(child, (ast.Import, ast.ImportFrom)):
            names.update(dict.fromkeys(alias.local for alias in aliases_of(child) if alias.local != "*"))
        elif isinstance(child, ast.expr) and not isinstance(child, (ast.Tuple, ast.List, ast.Starred, ast.NamedExpr)):
            # Below an expression only a walrus binds.
            stack.extend(part for part in ast.walk(child) if isinstance(part, ast.NamedExpr))
            continue
        stack.extend(ast.iter_child_nodes(child))
    return tuple(names)


def _mutated(node: ast.stmt) -> Iterator[str]:
    """The names whose objects a statement changes: `X.a = 1`, `X[0] += 1`, `X.append(1)`."""
    for child in (node, *_block_children(node)):
        if isinstance(child, (ast.Assign, ast.Delete)):
            targets: list[ast.expr] = child.targets
        elif isinstance(child, (ast.AugAssign, ast.AnnAssign)):
            targets = [child.target]
        elif isinstance(child, ast.Expr) and isinstance(child.value, ast.Call) and isinstance(child.value.func, ast.Attribute):
            targets = [child.value.func]
        else:
            continue
        for target in targets:
            root: ast.expr = target
            while isinstance(root, (ast.Attribute, ast.Subscript)):
                root = root.value
            if isinstance(root, ast.Name) and root is not target:
                yield root.id


def _exported(module: Module) -> frozenset[str] | None:
    """`__all__` where it is a list of strings."""
    names: set[str] | None = None
    for statement in module.bindings.get("__all__", ()):
        value = getattr(statement.node, "value", None)
        try:
            listed = ast.literal_eval(value) if isinstance(value, (ast.List, ast.Tuple)) else None
        except ValueError:
            return None
        if listed is None:
            return None
        names = (names or set()) | {name for name in listed if isinstance(name, str)}
    return None if names is None else frozenset(names)
