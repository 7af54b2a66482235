"""What a scene needs to run alone: the statements, over all files of its repository, that it reads directly or through others."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable
from dataclasses import dataclass, field

from retrieval.preprocess.finding import definitions_of, in_header, sibling_of
from retrieval.preprocess.library import LOOKS_LIKE_MANIM
from retrieval.preprocess.modules import Alias, Module, Statement, aliases_of
from retrieval.preprocess.scopes import Use, walk
from retrieval.preprocess.tree import Defined, External, Inside, Target, Tree

BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__"}
SCENE_SETTINGS = frozenset(
    {
        "background_color",
        "background_opacity",
        "frame_width",
        "frame_height",
        "frame_x_radius",
        "frame_y_radius",
        "tex_template",
        "tex_compiler",
    }
)
"""What of Manim's `config` belongs to a picture; the rest is where and how finely it is rendered."""


LARGEST_NEEDS = 60_000
"""Characters that a scene may take from elsewhere: more is a library, and no example of anything."""


class NotAlone(Exception):
    """The scene cannot be taken out of its repository; `reason` is what is counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a statement that reads or binds something of a module's scope. `taken` attributes belong to the name (`consts.RED`)."""

    use: Use
    target: Defined | External
    taken: int
    number: int
    """Where among the statement's uses it stands: reads first, then stores."""


@dataclass(slots=True)
class Needs:
    """`inner` are the imports inside functions, with what they bring; `free` the names that come from builtins or a library's star import, by file."""

    scene: Statement
    statements: set[Statement] = field(default_factory=set)
    named: dict[Statement, dict[str, Defined | External]] = field(default_factory=dict)
    """What a statement's names mean, where no more than a name is read of anything."""
    references: dict[Statement, list[Reference]] = field(default_factory=dict)
    """What is read where; made of `named` only for statements in which a name must change."""
    inner: dict[Statement, list[tuple[ast.ImportFrom, list[tuple[str, Defined | External]]]]] = field(default_factory=dict)
    free: dict[Module, dict[str, None]] = field(default_factory=dict)
    externals: dict[Module, dict[str, External]] = field(default_factory=dict)
    edges: dict[Module, dict[Module, None]] = field(default_factory=dict)
    immediate: dict[Statement, dict[Statement, None]] = field(default_factory=dict)

    def places(self, statement: Statement) -> list[Reference]:
        """The references of a statement. Raises `RecursionError`."""
        if statement not in self.references:
            named = self.named[statement]
            uses = statement.uses
            self.references[statement] = [
                Reference(use, named[use.node.id], 0, number)
                for number, use in enumerate((*uses.reads, *uses.stores))
                if use.node.id in named
            ]
        return self.references[statement]


def needs_of(tree: Tree, scene: Statement) -> Needs:
    """Raises `NotAlone`: `closure`, `module_object`, `missing_import`, `too_much_needed`; and `RecursionError` where code nests too deep."""
    return _Collector(tree, scene).collect()


class _Collector:
    def __init__(self, tree: Tree, scene: Statement) -> None:
        self.tree = tree
        self.needs = Needs(scene)
        self._open: list[Statement] = []
        self._size = 0

    def collect(self) -> Needs:
        self._check_closure(self.needs.scene)
        self._add(self.needs.scene)
        while True:
            while self._open:
                self._process(self._open.pop())
            if not self._effects():
                return self.needs

    def _check_closure(self, scene: Statement) -> None:
        """A class inside a function may read that function's variables; it cannot be lifted out then."""
        outer = scene.owner
        if outer is None:
            return
        bound: set[str] = set()
        for node in walk(outer.node):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.lineno <= scene.node.lineno <= (node.end_lineno or 0):
                inside = [part for child in node.body for part in walk(child)]
                bound.update(argument.arg for argument in walk(node.args) if isinstance(argument, ast.arg))
                bound.update(part.id for part in inside if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
                bound.update(part.name for part in inside if isinstance(part, (ast.ClassDef, ast.FunctionDef)) and part is not scene.node)
        if any(use.node.id in bound for use in scene.uses.reads):
            raise NotAlone("closure")

    def _add(self, statement: Statement) -> None:
        if statement not in self.needs.statements:
            self.needs.statements.add(statement)
            self._open.append(statement)
            if statement is not self.needs.scene:
                self._size += statement.size
                if self._size > LARGEST_NEEDS:
                    raise NotAlone("too_much_needed")

    def _process(self, statement: Statement) -> None:
        if not self._by_names(statement):
            self._by_places(statement)

    def _by_names(self, statement: Statement) -> bool:
        """The quick way, which most statements go; whether this one does."""
        names = statement.names
        if names is None:
            return False
        module = statement.module
        meanings = [
            (name, deferred, self.tree.meaning(module, name)) for name, deferred in (*names, *((name, True) for name in statement.binds))
        ]
        if any(isinstance(target, Inside) for _, _, target in meanings):
            return False
        named = self.needs.named[statement] = {}
        for name, deferred, target in meanings:
            if target is None:
                self.needs.free.setdefault(module, {})[name] = None
            elif not isinstance(target, Inside):
                named[name] = target
                self._need(statement, target, deferred=deferred)
        return True

    def _by_places(self, statement: Statement) -> None:
        uses = statement.uses
        self.needs.references[statement] = []
        for number, use in enumerate((*uses.reads, *uses.stores)):
            self._use(statement, use, number)
        if uses.inner_imports:
            self._inner(statement, uses.inner_imports)

    def _use(self, statement: Statement, use: Use, number: int) -> None:
        name = use.node.id
        target: Target | None
        lifted_itself = statement.owner is not None and name in statement.binds
        if lifted_itself or (in_header(statement, use.node) and sibling_of(statement, name) is not None):
            target = Defined(statement.module, name, statement.owner)
        else:
            target = self.tree.meaning(statement.module, name)
        taken = 0
        while isinstance(target, Inside):
            if taken == len(use.chain):
                raise NotAlone("module_object")
            attribute = use.chain[taken]
            if not isinstance(attribute.ctx, ast.Load):
                raise NotAlone("module_object")
            taken += 1
            found = self.tree.attribute(target, attribute.attr)
            target = self._from_star(target, attribute.attr) if found is None else found
        if target is None:
            self.needs.free.setdefault(statement.module, {})[name] = None
            return
        self.needs.references[statement].append(Reference(use, target, taken, number))
        self._need(statement, target, deferred=use.deferred)

    def _from_star(self, inside: Inside, name: str) -> External:
        """`helpers.Circle`, where helpers has it from a library's star import."""
        module = self.tree.module(inside.path) if inside.path else None
        star = next((alias for alias in self.tree.library_stars(module) if LOOKS_LIKE_MANIM.search(alias.dotted)), None)
        if star is None:
            raise NotAlone("missing_import")
        return External(star.dotted, name, name, star.level)

    def _need(self, user: Statement, target: Defined | External, *, deferred: bool) -> None:
        if isinstance(target, External):
            if target.level:
                raise NotAlone("missing_import")
            self.needs.externals.setdefault(user.module, {}).setdefault(target.local, target)
            return
        scene = self.needs.scene
        if target.module is scene.module and target.name in scene.binds and target.owner is scene.owner:
            found = [scene] if user is scene or scene.owner is not None else self._with_scene(target, user, deferred=deferred)
        elif user.kind == "definition" and target.module is user.module and target.name in user.binds and target.owner is user.owner:
            found = [user]
        else:
            found = definitions_of(target, user, deferred=deferred)
        if target.module is not user.module:
            self.needs.edges.setdefault(user.module, {})[target.module] = None
        for statement in found:
            self._add(statement)
            if not deferred and statement is not user:
                self.needs.immediate.setdefault(user, {})[statement] = None

    def _with_scene(self, target: Defined, user: Statement, *, deferred: bool) -> list[Statement]:
        """Another class of the scene's name that comes first may be what a base means; one that comes later would take the name away."""
        return [found for found in definitions_of(target, user, deferred=deferred) if found.index <= self.needs.scene.index] or [
            self.needs.scene
        ]

    def _inner(self, statement: Statement, imports: Iterable[ast.Import | ast.ImportFrom]) -> None:
        for node in imports:
            brought: list[tuple[str, Defined | External]] = []
            for alias in aliases_of(node):
                if not self._is_inside(statement.module, alias):
                    if alias.level:
                        raise NotAlone("missing_import")
                    continue
                target = self.tree.imported(statement.module, alias)
                if alias.local == "*" or isinstance(target, Inside) or target is None or isinstance(node, ast.Import):
                    raise NotAlone("module_object")
                brought.append((alias.local, target))
                self._need(statement, target, deferred=True)
            if brought and isinstance(node, ast.ImportFrom):
                self.needs.inner.setdefault(statement, []).append((node, brought))

    def _is_inside(self, module: Module, alias: Alias) -> bool:
        return (
            self.tree.path_of(module, alias.dotted, alias.level) is not None
            or self.tree.folder_of(module, alias.dotted, alias.level) is not None
        )

    def _effects(self) -> bool:
        """Adds the statements that change what is needed (`PALETTE["red"] = ...`); whether there were any."""
        before = len(self.needs.statements)
        for module in {statement.module for statement in self.needs.statements}:
            for statement in module.statements:
                if statement.mutates and statement not in self.needs.statements and self._changes_something(statement):
                    self._add(statement)
        return len(self.needs.statements) > before

    def _changes_something(self, statement: Statement) -> bool:
        for name in statement.mutates:
            target = self.tree.meaning(statement.module, name)
            if isinstance(target, Defined):
                if target.name in statement.binds:
                    continue
                if any(found in self.needs.statements for found in definitions_of(target, statement)):
                    return True
            elif not isinstance(target, Inside) and statement.kind != "block" and _sets_the_scene(statement.node):
                return True
        return False


def _sets_the_scene(node: ast.stmt) -> bool:
    """`config.background_color = ...`, `Text.set_default(...)`, `random.seed(...)`: what changes a picture though no name says so."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        return node.value.func.attr in ("set_default", "seed")
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
        if isinstance(target, ast.Attribute):
            return target.attr in SCENE_SETTINGS and _is_config(target.value)
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
            return target.slice.value in SCENE_SETTINGS and _is_config(target.value)
    return False


def _is_config(node: ast.expr) -> bool:
    return (node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else "") == "config"
