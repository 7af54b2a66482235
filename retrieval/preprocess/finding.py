"""Which classes of a repository are scenes. A test on the text comes first, so that most files are never parsed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from retrieval.preprocess.library import LIBRARIES, LOOKS_LIKE_MANIM, SCENES
from retrieval.preprocess.modules import Module, Statement
from retrieval.preprocess.tree import Defined, External, Inside, Target, Tree

CLASS = re.compile(r"^[ \t]*class[ \t]+(\w+)[ \t]*\(([^()]*(?:\([^()]*\)[^()]*)*)\)[ \t]*:", re.MULTILINE)
AS = re.compile(r"[ \t]as[ \t]+(\w+)")
LAST_WORD = re.compile(r"(\w+)[ \t]*$")
EQUALS = re.compile(r"^(\w+)[ \t]*=[ \t]*(?:\w+\.)*(\w+)[ \t]*$", re.MULTILINE)
LONGEST_NAME = 200
WORD = re.compile(r"\w+")
INDENTED_CLASS = re.compile(r"^[ \t]+class[ \t]+\w+[ \t]*\(", re.MULTILINE)
DIRECTIVE = ".. manim::"


def is_library_file(path: str, contents: Iterable[str]) -> bool:
    """Whether a file belongs to a copy of Manim itself, whose classes are what scenes are made from."""
    return any(part in LIBRARIES and f"{path.split(part + '/', 1)[0]}{part}/__init__.py" in contents for part in path.split("/")[:-1])


def candidates(texts: dict[str, str]) -> set[str]:
    """The files that may hold a scene, by the names of their classes and bases alone: none that holds one is missed, some that hold none are in."""
    users: dict[str, set[str]] = {}
    classes: dict[str, list[tuple[str, list[str]]]] = {}
    for path, text in texts.items():
        if "class" not in text:
            continue
        found = [(match[1], WORD.findall(match[2])) for match in CLASS.finditer(text)]
        if not found:
            continue
        classes[path] = found
        for name, bases in found:
            for base in bases:
                users.setdefault(base, set()).add(name)
        for old, new in _renamed(text):
            users.setdefault(old, set()).add(new)
    reached: set[str] = set()
    stack = [name for name in users if _sounds_like_scene(name)]
    while stack:
        name = stack.pop()
        if name not in reached:
            reached.add(name)
            stack.extend(users.get(name, ()))
    return {path for path, found in classes.items() if any(base in reached for _, bases in found for base in bases)}


def _renamed(text: str) -> Iterator[tuple[str, str]]:
    """What gets another name: `Scene as Base`, `Base = manim.Scene`; the old one and the new."""
    for match in AS.finditer(text):
        if (word := LAST_WORD.search(text[max(0, match.start() - LONGEST_NAME) : match.start()])) is not None:
            yield word[1], match[1]
    for match in EQUALS.finditer(text):
        yield match[2], match[1]


def _sounds_like_scene(name: str) -> bool:
    return name.endswith("Scene") or name in SCENES


class SceneFinder:
    """Answers for one tree, each class once."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._answers: dict[tuple[str, int, int], bool] = {}
        self._near_manim: dict[str, bool] = {}

    def scenes(self, module: Module) -> Iterator[Statement]:
        """The scenes of a module that have something to show, nested ones too, in order."""
        nested = INDENTED_CLASS.search(module.text) is not None
        for statement in module.statements:
            for found in self._classes(statement, nested):
                if self.is_scene(found):
                    yield found

    def _classes(self, statement: Statement, nested: bool) -> Iterator[Statement]:
        if statement.kind == "definition" and isinstance(statement.node, ast.ClassDef):
            yield statement
        if nested and statement.kind in ("definition", "block"):
            for node in _inner_classes(statement.node):
                yield statement.module.lift(statement, node)

    def is_scene(self, statement: Statement) -> bool:
        """Whether a class comes from Manim's `Scene` and has a `construct`, of its own or from a base in the repository."""
        return self._comes_from_scene(statement) and self.has_construct(statement)

    def has_construct(self, statement: Statement, seen: frozenset[int] = frozenset()) -> bool:
        node = statement.node
        if not isinstance(node, ast.ClassDef) or id(statement) in seen:
            return False
        if any(isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)) and child.name == "construct" for child in node.body):
            return True
        return any(self.has_construct(base, seen | {id(statement)}) for base in self.bases(statement))

    def bases(self, statement: Statement) -> Iterator[Statement]:
        """The bases that the repository itself defines."""
        for base in getattr(statement.node, "bases", ()):
            found = base_target(self._tree, statement, base)
            if isinstance(found, Defined):
                for definition in definitions_of(found, statement):
                    if definition is not statement:
                        yield definition

    def _comes_from_scene(self, statement: Statement) -> bool:
        key = (statement.module.path, statement.node.lineno, statement.node.col_offset)
        if key in self._answers:
            return self._answers[key]
        self._answers[key] = False  # what a circle of bases comes to
        answer = any(self._is_scene_base(statement, base) for base in getattr(statement.node, "bases", ()))
        self._answers[key] = answer
        return answer

    def _is_scene_base(self, statement: Statement, base: ast.expr) -> bool:
        if isinstance(base, ast.Subscript):
            base = base.value
        name = base.id if isinstance(base, ast.Name) else base.attr if isinstance(base, ast.Attribute) else ""
        if not name:
            return False
        found = base_target(self._tree, statement, base)
        if isinstance(found, Defined):
            return any(
                self._alias_of_scene(definition) or self._comes_from_scene(definition)
                for definition in definitions_of(found, statement)
                if definition is not statement
            )
        if isinstance(found, External):
            return _sounds_like_scene(found.name or name) and LOOKS_LIKE_MANIM.search(found.dotted or "scene.") is not None
        return _sounds_like_scene(name) and self._knows_manim(statement.module)

    def _alias_of_scene(self, statement: Statement) -> bool:
        """`Base = Scene`, and `Base = Scene if ... else ThreeDScene`."""
        value = getattr(statement.node, "value", None) if statement.kind == "assignment" else None
        options = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
        return any(isinstance(option, (ast.Name, ast.Attribute)) and self._is_scene_base(statement, option) for option in options)

    def _knows_manim(self, module: Module) -> bool:
        """Whether a name out of nowhere can be Manim's: by a star import, or where the file imports nothing (a fragment)."""
        if module.path not in self._near_manim:
            stars = list(self._tree.library_stars(module))
            imports = [statement for statement in module.statements if statement.kind == "import"]
            self._near_manim[module.path] = bool(stars) or not imports or "manim" in module.text
        return self._near_manim[module.path]


def base_target(tree: Tree, statement: Statement, base: ast.expr) -> Target | None:
    """What a base means where the class stands."""
    chain: list[str] = []
    while isinstance(base, ast.Attribute):
        chain.append(base.attr)
        base = base.value
    if not isinstance(base, ast.Name):
        return None
    sibling = sibling_of(statement, base.id)
    if sibling is not None and not chain:
        return Defined(statement.module, base.id, statement.owner)
    found = tree.meaning(statement.module, base.id)
    for name in reversed(chain):
        if isinstance(found, Inside):
            found = tree.attribute(found, name)
        elif isinstance(found, External):
            found = External(".".join(part for part in (found.dotted, found.name) if part), name, name, found.level)
        else:
            return None
    return found


def sibling_of(statement: Statement, name: str) -> Statement | None:
    """What a class's body binds beside a nested class, before it. The nested class's bases and decorators see that, its body does not."""
    owner = statement.owner
    if owner is None or not isinstance(owner.node, ast.ClassDef):
        return None
    found = None
    for child in owner.node.body:
        if child.lineno >= statement.node.lineno:
            break
        if getattr(child, "name", "") == name or (
            isinstance(child, ast.Assign) and any(isinstance(target, ast.Name) and target.id == name for target in child.targets)
        ):
            found = child
    return None if found is None else statement.module.lift(owner, found)


def in_header(statement: Statement, node: ast.expr) -> bool:
    """Whether a name is read where the statement stands, and not in the body of the class or function that it defines."""
    body = getattr(statement.node, "body", None)
    return not isinstance(body, list) or (node.lineno, node.col_offset) < (body[0].lineno, body[0].col_offset)


def definitions_of(target: Defined, user: Statement, *, deferred: bool = False) -> list[Statement]:
    """The statements that give a name its meaning for `user`: for classes and functions the one in force, else all, in order."""
    if target.owner is not None:
        sibling = sibling_of(user, target.name)
        return [] if sibling is None else [sibling]
    found = [statement for statement in target.module.bindings.get(target.name, ()) if statement.kind != "import"]
    if len(found) < 2 or any(statement.kind != "definition" for statement in found):
        return found
    # In a notebook a function is called where its cell runs, not at the end.
    if user.module is target.module and (not deferred or target.module.notebook):
        earlier = [statement for statement in found if statement.index < user.index]
        return earlier[-1:] or found[-1:]
    return found[-1:]


def _inner_classes(node: ast.stmt) -> Iterator[ast.ClassDef]:
    """The classes with bases below a statement; those inside classes and functions too."""
    stack: list[ast.AST] = [
        child for child in ast.iter_child_nodes(node) if isinstance(child, (ast.stmt, ast.ExceptHandler, ast.match_case))
    ]
    found: list[ast.ClassDef] = []
    while stack:
        child = stack.pop()
        if isinstance(child, ast.ClassDef) and child.bases:
            found.append(child)
        if isinstance(
            child,
            (
                ast.ClassDef,
                ast.FunctionDef,
                ast.AsyncFunctionDef,
                ast.If,
                ast.Try,
                ast.With,
                ast.For,
                ast.While,
                ast.ExceptHandler,
                ast.match_case,
                ast.Match,
            ),
        ):
            stack.extend(part for part in ast.iter_child_nodes(child) if isinstance(part, (ast.stmt, ast.ExceptHandler, ast.match_case)))
    return iter(sorted(found, key=lambda found_class: (found_class.lineno, found_class.col_offset)))
