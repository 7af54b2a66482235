"""The needs of a scene written as one module: imports first, then the files it takes from in the order in which they need each other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.preprocess.edits import CannotCut, Edit, own_name_edit, rewritten, source_of, span
from retrieval.preprocess.library import BROUGHT_BY_MANIMLIB, LIBRARIES
from retrieval.preprocess.modules import Alias, Module, Statement
from retrieval.preprocess.needs import BUILTINS, Needs, NotAlone, Reference
from retrieval.preprocess.tree import Defined, External, Tree

Identity = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Assembled:
    """`scene` is the class to render, `imported` what comes from outside; `verbatim` where every statement is as it was parsed. `parts` are the imports
    and the statements, which `code` joins."""

    code: str
    scene: str
    imported: list[Alias]
    verbatim: bool
    parts: tuple[str, ...]


def assemble(tree: Tree, needs: Needs) -> Assembled:
    """The module. Raises `NotAlone` (`unprintable`) where the names cannot be kept apart."""
    return _Assembler(tree, needs).assemble()


class _Assembler:
    def __init__(self, tree: Tree, needs: Needs) -> None:
        self.tree = tree
        self.needs = needs
        self.scene = needs.scene
        self.modules = self._module_order()
        self.verbatim = True
        self.names: dict[Identity, str] = {}
        self._spellings: dict[Identity, dict[Statement, set[tuple[str, bool]]]] = {}
        self.imports: dict[Identity, External] = {}

    def assemble(self) -> Assembled:
        self._choose_names()
        ordered = self._ordered()
        stars = self._stars()
        plain, imported = self._import_lines(stars)
        parts = [self._text(statement) for statement in ordered]
        code = _joined(plain, ordered, parts)
        scene = self.names[_identity(Defined(self.scene.module, self.scene.binds[0], self.scene.owner))]
        return Assembled(code, scene, imported, self.verbatim, ("\n".join(plain), *parts))

    def _module_order(self) -> list[Module]:
        """Files before those that need them; where they need each other in a circle, the scene's own last."""
        order: list[Module] = []
        seen: set[Module] = set()
        for statement in (self.scene, *self.needs.statements):
            self._visit_module(statement.module, order, seen)
        return order

    def _visit_module(self, module: Module, order: list[Module], seen: set[Module]) -> None:
        if module not in seen:
            seen.add(module)
            for other in self.needs.edges.get(module, ()):
                self._visit_module(other, order, seen)
            order.append(module)

    def _ordered(self) -> list[Statement]:
        rank = {module: number for number, module in enumerate(self.modules)}
        natural = sorted(
            self.needs.statements,
            key=lambda statement: (
                rank[statement.module],
                statement.index,
                statement.owner is None,
                statement.node.lineno,
                statement.node.col_offset,
            ),
        )
        place = {statement: number for number, statement in enumerate(natural)}
        if all(
            place[first] < place[second]
            for second, firsts in self.needs.immediate.items()
            for first in firsts
            if self._needed_first(first, second)
        ):
            return natural
        # A circle of files: each statement after those that it reads while it runs.
        order: dict[Statement, None] = {}
        for statement in natural:
            self._visit(statement, place, order, set())
        return list(order)

    def _visit(self, statement: Statement, place: dict[Statement, int], order: dict[Statement, None], visiting: set[Statement]) -> None:
        if statement in order or statement in visiting:
            return
        visiting.add(statement)
        for other in sorted(self.needs.immediate.get(statement, ()), key=place.__getitem__):
            self._visit(other, place, order, visiting)
        order[statement] = None

    def _needed_first(self, first: Statement, second: Statement) -> bool:
        return first.module is not second.module or first.kind == "definition"

    def _choose_names(self) -> None:
        """Every name that several files use for different things goes to one of them, the scene's own file first; the others get another."""
        taken: dict[str, Identity] = {name: ("free",) for names in self.needs.free.values() for name in names}
        own = _identity(Defined(self.scene.module, self.scene.binds[0], self.scene.owner))
        self.names[own] = self.scene.binds[0]
        taken[self.scene.binds[0]] = own
        words: set[str] | None = None
        for module in reversed(self.modules):
            for target in self._targets(module):
                identity = _identity(target)
                if isinstance(target, External):
                    self.imports.setdefault(identity, target)
                if identity in self.names:
                    continue
                name = target.name if isinstance(target, Defined) else target.local
                if taken.get(name, identity) != identity or self._captured(target, name):
                    if isinstance(target, External) and target.plain and "." in target.dotted:
                        raise NotAlone("unprintable")
                    words = words if words is not None else self._words()
                    stem = target.module.stem if isinstance(target, Defined) else re.sub(r"\W", "_", target.dotted.rsplit(".", 1)[-1])
                    name = _unused(f"{stem}_{name}", words | taken.keys())
                self.names[identity] = name
                taken[name] = identity

    def _targets(self, module: Module) -> Iterable[Defined | External]:
        """What the statements of a file define and read, in order."""
        mine = sorted(
            (statement for statement in self.needs.statements if statement.module is module), key=lambda statement: statement.node.lineno
        )
        for statement in mine:
            for name in statement.binds:
                yield Defined(module, name, statement.owner)
        for statement in mine:
            if statement in self.needs.named:
                yield from self.needs.named[statement].values()
            else:
                for reference in self.needs.references[statement]:
                    yield reference.target
            for _, brought in self.needs.inner.get(statement, ()):
                for _, target in brought:
                    yield target

    def _captured(self, target: Defined | External, name: str) -> bool:
        """Whether a statement that calls the target something else has a variable of its own of this name."""
        if not self._spellings:
            self._note_spellings()
        for statement, written in self._spellings.get(_identity(target), {}).items():
            otherwise = any(taken or spelled != name for spelled, taken in written)
            if otherwise and (name, False) not in written and _stands_alone(statement, name):
                return True
        return False

    def _note_spellings(self) -> None:
        """What each statement calls a target, and whether by an attribute (`consts.RED`)."""
        for statement in self.needs.statements:
            if statement in self.needs.named:
                spelled = [(other, name, False) for name, other in self.needs.named[statement].items()]
            else:
                spelled = [(one.target, one.use.node.id, one.taken > 0) for one in self.needs.references[statement]]
            for target, name, taken in spelled:
                self._spellings.setdefault(_identity(target), {}).setdefault(statement, set()).add((name, taken))

    def _words(self) -> set[str]:
        return {word for statement in self.needs.statements for word in re.findall(r"\w+", _raw(statement))}

    def _text(self, statement: Statement) -> str:
        own = None
        if statement.kind == "definition":
            chosen = self.names[_identity(Defined(statement.module, statement.binds[0], statement.owner))]
            own = chosen if chosen != statement.binds[0] else None
        changes: list[tuple[Reference, str]] = []
        if statement not in self.needs.named or any(
            self.names[_identity(target)] != name for name, target in self.needs.named[statement].items()
        ):
            changes = [
                (reference, self.names[_identity(reference.target)])
                for reference in self.needs.places(statement)
                if reference.taken or reference.use.node.id != self.names[_identity(reference.target)]
            ]
        inner = {
            node.lineno: [(local, self.names[_identity(target)]) for local, target in brought]
            for node, brought in self.needs.inner.get(statement, ())
        }
        try:
            edits = self._edits(statement, own, changes)
            self.verbatim &= not edits and statement.owner is None
            return source_of(statement, edits)
        except CannotCut:
            self.verbatim = False
            names = {reference.number: (reference.taken, new) for reference, new in changes}
            return rewritten(statement.node, names, own, inner)

    def _edits(self, statement: Statement, own: str | None, changes: list[tuple[Reference, str]]) -> list[Edit]:
        edits = [] if own is None else [own_name_edit(statement, own)]
        for reference, new in changes:
            use = reference.use
            if use.in_fstring or (not reference.taken and statement.kind == "definition" and "global " in _raw(statement)):
                raise CannotCut
            end: ast.expr = use.chain[reference.taken - 1] if reference.taken else use.node
            edits.append(span(end, use.node, "" if reference.taken else use.node.id, new))
        for node, brought in self.needs.inner.get(statement, ()):
            renamed = [(local, self.names[_identity(target)]) for local, target in brought]
            text = "; ".join(f"{local} = {name}" for local, name in renamed if local != name) or "pass"
            if len(brought) != len(node.names):
                raise CannotCut
            edits.append(Edit(node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0, "", text))
        return edits

    def _stars(self) -> list[Alias]:
        """The star imports from outside that give a name which nothing else does."""
        kept: dict[Alias, None] = {}
        for module in self.modules:
            missing = set(self.needs.free.get(module, ())) - BUILTINS
            if not missing:
                continue
            stars = list(self.tree.library_stars(module))
            brought = [(star, self.tree.library.brought_by_star(star.dotted) if not star.level else None) for star in stars]
            known = {name for _, names in brought if names is not None for name in names}
            for star, names in brought:
                library = star.dotted.split(".")[0] in LIBRARIES
                if (names is not None and missing & names) or (names is None and (library or missing - known)):
                    kept.setdefault(star)
        return list(kept)

    def _import_lines(self, stars: list[Alias]) -> tuple[list[str], list[Alias]]:
        lines: dict[str, None] = {}
        imported: dict[Alias, None] = dict.fromkeys(stars)
        if any(module.future for module in self.modules):
            lines["from __future__ import annotations"] = None
        grouped: dict[str, list[str]] = {}
        for star in stars:
            grouped.setdefault(star.dotted, []).append("*")
        for identity, external in self.imports.items():
            local = self.names[identity]
            imported.setdefault(Alias(external.dotted, external.level, external.name, local, external.plain))
            if external.dotted == "__future__":
                continue
            if not external.name:
                plain = external.plain and local == external.dotted.split(".")[0]
                lines[f"import {external.dotted}" if plain else f"import {external.dotted} as {local}"] = None
            else:
                grouped.setdefault(external.dotted, []).append(external.name if local == external.name else f"{external.name} as {local}")
        for dotted, names in grouped.items():
            if "*" in names:
                lines[f"from {dotted} import *"] = None
            if rest := sorted({name for name in names if name != "*"}):
                lines[f"from {dotted} import {', '.join(rest)}"] = None
        if any(star.dotted.split(".")[0] in LIBRARIES - {"manim", "manimce"} for star in stars):
            free = {name for names in self.needs.free.values() for name in names}
            lines.update((line, None) for name, line in BROUGHT_BY_MANIMLIB.items() if name in free)
        return _sorted_imports(list(lines)), list(imported)


def _sorted_imports(lines: list[str]) -> list[str]:
    """`__future__` first, star imports before the names that may take one back, else as they came."""
    return sorted(lines, key=lambda line: (not line.startswith("from __future__"), not line.endswith("import *")))


def _joined(imports: list[str], statements: list[Statement], parts: list[str]) -> str:
    text = "\n".join(imports)
    previous = "import"
    for statement, part in zip(statements, parts, strict=True):
        part = part.strip("\n").rstrip()
        wide = statement.kind == "definition" or previous == "definition"
        gap = "" if not text else "\n\n\n" if wide else "\n\n" if previous == "import" or part.startswith("#") else "\n"
        text += gap + part
        previous = statement.kind
    return text + "\n"


def _identity(target: Defined | External) -> Identity:
    if isinstance(target, External):
        return ("external", *target.identity)
    return ("defined", target.module.path, target.name, None if target.owner is None else target.owner.node.lineno)


def _raw(statement: Statement) -> str:
    return "\n".join(statement.module.lines[statement.first_line - 1 : statement.node.end_lineno])


def _stands_alone(statement: Statement, name: str) -> bool:
    """Whether a word stands somewhere without a dot before it, where it may be a variable."""
    return re.search(rf"(?<![\w.]){re.escape(name)}\b", _raw(statement)) is not None


def _unused(name: str, words: set[str]) -> str:
    number, tried = 2, name
    while tried in words:
        tried, number = f"{name}_{number}", number + 1
    return tried
