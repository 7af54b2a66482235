"""Which names of the module's own scope a statement reads, and where: Python's scoping over its syntax tree, nothing run."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterable
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_LEAVES = frozenset(
    {"ctx", "id", "attr", "arg", "level", "type_comment", "kind", "op", "ops", "conversion", "simple", "is_async", "module", "value_type"}
)
_FIELDS: dict[type, tuple[str, ...]] = {}
"""By kind of node, the fields that can hold others."""
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Use:
    """A name of the module's scope. `chain` are the attributes read from it, inner first; `deferred` where a function must be called to read it."""

    node: ast.Name
    chain: tuple[ast.Attribute, ...] = ()
    deferred: bool = False
    in_fstring: bool = False


@dataclass(slots=True)
class Uses:
    """Of one statement: what it reads, what it binds in the module, and the imports inside its functions."""

    reads: list[Use] = field(default_factory=list)
    stores: list[Use] = field(default_factory=list)
    inner_imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)


class _Scope:
    __slots__ = ("bound", "globals", "kind", "parent")

    def __init__(self, kind: str, parent: _Scope | None, bound: set[str], global_names: set[str]) -> None:
        self.kind, self.parent, self.bound, self.globals = kind, parent, bound, global_names


def uses_of(node: ast.stmt) -> Uses:
    """The uses of a statement of a module's body. Raises `RecursionError` where it nests too deep."""
    walker = _Walker()
    walker.visit(node, _Scope("module", None, set(), set()), False)
    return walker.uses


class _Walker:
    def __init__(self) -> None:
        self.uses = Uses()
        self.fstring = 0

    def visit(self, node: ast.AST, scope: _Scope, deferred: bool) -> None:
        kind = node.__class__
        if kind is ast.Name:
            self._name(node, (), scope, deferred)  # type: ignore[arg-type]
        elif kind is ast.Attribute:
            self._attribute(node, scope, deferred)  # type: ignore[arg-type]
        elif kind is ast.Constant:
            return
        elif kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            self._function(node, scope, deferred)  # type: ignore[arg-type]
        elif kind is ast.ClassDef:
            self._class(node, scope, deferred)  # type: ignore[arg-type]
        elif kind is ast.Lambda:
            self._lambda(node, scope, deferred)  # type: ignore[arg-type]
        elif kind in COMPREHENSIONS:
            self._comprehension(node, scope, deferred)  # type: ignore[arg-type]
        elif kind is ast.Import or kind is ast.ImportFrom:
            self._import(node, scope)  # type: ignore[arg-type]
        elif kind is ast.ExceptHandler:
            self._bind(node.name, scope)  # type: ignore[attr-defined]
            self._children(node, scope, deferred)
        elif kind is ast.JoinedStr:
            self.fstring += 1
            self._children(node, scope, deferred)
            self.fstring -= 1
        elif kind is ast.MatchAs or kind is ast.MatchStar:
            self._bind(node.name, scope)  # type: ignore[attr-defined]
            self._children(node, scope, deferred)
        elif kind is ast.MatchMapping:
            self._bind(node.rest, scope)  # type: ignore[attr-defined]
            self._children(node, scope, deferred)
        elif kind is ast.Assign or kind is ast.AnnAssign:
            self._assignment(node, scope, deferred)  # type: ignore[arg-type]
        else:
            self._children(node, scope, deferred)

    def _children(self, node: ast.AST, scope: _Scope, deferred: bool) -> None:
        for child in children(node):
            self.visit(child, scope, deferred)

    def _assignment(self, node: ast.Assign | ast.AnnAssign, scope: _Scope, deferred: bool) -> None:
        # The value is read before the name is bound: `RED = RED` in a class reads the module's.
        if node.value is not None:
            self.visit(node.value, scope, deferred)
        if isinstance(node, ast.AnnAssign):
            self.visit(node.annotation, scope, deferred)
            self.visit(node.target, scope, deferred)
        else:
            for target in node.targets:
                self.visit(target, scope, deferred)

    def _name(self, node: ast.Name, chain: tuple[ast.Attribute, ...], scope: _Scope, deferred: bool) -> None:
        if isinstance(node.ctx, ast.Load):
            if _global(node.id, scope):
                self.uses.reads.append(Use(node, chain, deferred, self.fstring > 0))
        elif scope.kind == "class" and node.id not in scope.globals:
            scope.bound.add(node.id)
        elif _global(node.id, scope):
            self.uses.stores.append(Use(node, (), deferred))

    def _attribute(self, node: ast.Attribute, scope: _Scope, deferred: bool) -> None:
        chain = [node]
        inner: ast.expr = node.value
        while inner.__class__ is ast.Attribute:
            chain.append(inner)
            inner = inner.value
        if inner.__class__ is ast.Name:
            self._name(inner, tuple(reversed(chain)), scope, deferred)
        else:
            self.visit(inner, scope, deferred)

    def _bind(self, name: str | None, scope: _Scope) -> None:
        if name is not None and scope.kind == "class":
            scope.bound.add(name)

    def _function(self, node: Function, scope: _Scope, deferred: bool) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator, scope, deferred)
        self._defaults(node.args, scope, deferred)
        for argument in _arguments(node.args):
            if argument.annotation is not None:
                self.visit(argument.annotation, scope, deferred)
        if node.returns is not None:
            self.visit(node.returns, scope, deferred)
        self._bind(node.name, scope)
        bound, named_global = _bound_in(node.body)
        bound.update(argument.arg for argument in _arguments(node.args))
        inner = _Scope("function", scope, bound, named_global)
        for child in node.body:
            self.visit(child, inner, True)

    def _lambda(self, node: ast.Lambda, scope: _Scope, deferred: bool) -> None:
        self._defaults(node.args, scope, deferred)
        bound = {argument.arg for argument in _arguments(node.args)}
        self.visit(node.body, _Scope("function", scope, bound, set()), True)

    def _defaults(self, arguments: ast.arguments, scope: _Scope, deferred: bool) -> None:
        for default in (*arguments.defaults, *arguments.kw_defaults):
            if default is not None:
                self.visit(default, scope, deferred)

    def _class(self, node: ast.ClassDef, scope: _Scope, deferred: bool) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part, scope, deferred)
        self._bind(node.name, scope)
        named_global = {name for child in node.body if isinstance(child, ast.Global) for name in child.names}
        inner = _Scope("class", scope, set(), named_global)
        for child in node.body:
            self.visit(child, inner, deferred)

    def _comprehension(self, node: Comprehension, scope: _Scope, deferred: bool) -> None:
        bound: set[str] = set()
        for generator in node.generators:
            bound.update(part.id for part in ast.walk(generator.target) if isinstance(part, ast.Name))
        inner = _Scope("function", scope, bound, set())
        for index, generator in enumerate(node.generators):
            self.visit(generator.iter, scope if index == 0 else inner, deferred)
            self.visit(generator.target, inner, deferred)
            for condition in generator.ifs:
                self.visit(condition, inner, deferred)
        if isinstance(node, ast.DictComp):
            self.visit(node.key, inner, deferred)
            self.visit(node.value, inner, deferred)
        else:
            self.visit(node.elt, inner, deferred)

    def _import(self, node: ast.Import | ast.ImportFrom, scope: _Scope) -> None:
        if scope.kind != "module":
            self.uses.inner_imports.append(node)
            for name in imported_names(node):
                self._bind(name, scope)


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below one, in order. Some times faster than `ast.iter_child_nodes`, on which most of the time would go."""
    kind = node.__class__
    names = _FIELDS.get(kind)
    if names is None:
        names = _FIELDS[kind] = tuple(name for name in node._fields if name not in _LEAVES)
    found: list[ast.AST] = []
    for name in names:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += [child for child in value if isinstance(child, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk(node: ast.AST) -> list[ast.AST]:
    """A node and all below it, in no order to rely on."""
    found = [node]
    for one in found:
        found += children(one)
    return found


def names_read(text: str) -> list[tuple[str, bool]] | None:
    """The names of the module's scope that a statement's text reads or declares global, and whether only when a function is called: by Python's own
    symbol table. None where that does not tell: a class that reads a name which it also binds, or imports inside functions."""
    try:
        table = symtable.symtable(text, "", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    found: dict[str, bool] = {}
    for symbol in table.get_symbols():
        if symbol.is_referenced():
            found[symbol.get_name()] = False
    stack = [(child, False) for child in table.get_children()]
    while stack:
        inner, deferred = stack.pop()
        if isinstance(inner, symtable.Function):
            # A comprehension runs where it stands.
            deferred = deferred or inner.get_name() not in ("listcomp", "setcomp", "dictcomp", "genexpr")
            for name in inner.get_globals():
                found[name] = found.get(name, True) and deferred
        else:
            for symbol in inner.get_symbols():
                if symbol.is_global():
                    found[symbol.get_name()] = found.get(symbol.get_name(), True) and deferred
                elif symbol.is_local() and symbol.is_referenced():
                    return None
        stack += [(child, deferred) for child in inner.get_children()]
    return list(found.items())


def bound_anywhere(code: str) -> set[str]:
    """The names that any scope of a module binds: variables, arguments, imports, classes and functions. Empty where it does not compile."""
    try:
        stack = [symtable.symtable(code, "", "exec")]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    found: set[str] = set()
    while stack:
        table = stack.pop()
        found.update(
            symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_parameter() or symbol.is_imported()
        )
        stack += table.get_children()
    return found


def imported_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The names that an import binds, stars left out."""
    return [alias.asname or alias.name.split(".")[0] for alias in node.names if alias.name != "*"]


def _global(name: str, scope: _Scope) -> bool:
    if scope.kind == "class" and name in scope.bound:
        return False
    current: _Scope | None = scope
    while current is not None:
        if name in current.globals:
            return True
        if current.kind == "function" and name in current.bound:
            return False
        current = current.parent
    return True


def _arguments(arguments: ast.arguments) -> Iterable[ast.arg]:
    yield from arguments.posonlyargs
    yield from arguments.args
    yield from arguments.kwonlyargs
    if arguments.vararg is not None:
        yield arguments.vararg
    if arguments.kwarg is not None:
        yield arguments.kwarg


def _bound_in(body: list[ast.stmt]) -> tuple[set[str], set[str]]:
    """The names that a function's body binds, and those that it declares global."""
    bound, named_global, outer = set[str](), set[str](), set[str]()
    stack: list[ast.AST] = list(body)
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind is ast.Name:
            if node.ctx.__class__ is not ast.Load:  # type: ignore[attr-defined]
                bound.add(node.id)  # type: ignore[attr-defined]
            continue
        if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef or kind is ast.ClassDef:
            bound.add(node.name)  # type: ignore[attr-defined]
            continue
        if kind is ast.Lambda or kind is ast.Constant:
            continue
        if kind in COMPREHENSIONS:
            # Only a walrus inside binds out here.
            bound.update(part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr))
            continue
        if isinstance(node, ast.Global):
            named_global.update(node.names)
        elif isinstance(node, ast.Nonlocal):
            outer.update(node.names)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound.update(imported_names(node))
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name is not None:
            bound.add(node.name)
        elif isinstance(node, ast.MatchMapping) and node.rest is not None:
            bound.add(node.rest)
        stack.extend(children(node))
    return bound - named_global - outer, named_global
