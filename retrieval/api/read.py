"""Reads classes, methods and functions of a package from its source."""

from __future__ import annotations

import ast
import inspect
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retrieval.extract import plain_text

logger = logging.getLogger(__name__)

Kind = Literal["class", "method", "function"]
LEFT_OUT = frozenset({"opengl", "cli", "_config", "templates", "docbuild", "testing", "plugins", "renderer"})
"""Folders of what a scene for the Cairo renderer does not use."""
SECTION = re.compile(r"^(?P<title>[A-Z][\w ]+)\n-{3,}$", re.MULTILINE)
NAMES = re.compile(r"^(?P<names>\*{0,2}\w+(?: *, *\*{0,2}\w+)*) *(?::.*)?$")
DEFAULT_CHARS = 24


@dataclass(frozen=True, slots=True)
class Parameter:
    """`default` is its source, "" where it must be given; `doc` one line."""

    name: str
    default: str
    doc: str
    required: bool


@dataclass(frozen=True, slots=True)
class Callable:
    """A class, method or function. `name` is `Class.method` for a method; `bases` are a class's; `open` tells that it passes other keywords on."""

    name: str
    kind: Kind
    module: str
    summary: str
    parameters: tuple[Parameter, ...]
    open: bool
    bases: tuple[str, ...] = ()


def read_package(folder: Path, package: str) -> list[Callable]:
    """Everything public that is defined in the package, in order. Files that are not Python are left out."""
    found: list[Callable] = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if LEFT_OUT & set(parts) or any("opengl" in part for part in parts):
            continue
        module = ".".join((package, *parts)).removesuffix(".__init__")
        try:
            found += read_module(path.read_text(encoding="utf-8"), module)
        except (SyntaxError, ValueError, OSError) as error:
            logger.warning("%s was left out: %s", path, error)
    return found


def read_module(source: str, module: str) -> Iterator[Callable]:
    """The public callables of one module: those of `__all__` where it has one, else those without an underscore. Raises `SyntaxError`."""
    tree = ast.parse(source)
    exported = _exported(tree)
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or not _public(node.name):
            continue
        if exported is not None and node.name not in exported:
            continue
        if isinstance(node, ast.FunctionDef):
            yield _function(node, node.name, "function", module)
        else:
            yield _class(node, module)
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and _public(member.name) and not _is_setter(member):
                    yield _function(member, f"{node.name}.{member.name}", "method", module)


def _class(node: ast.ClassDef, module: str) -> Callable:
    own = next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
    docstring = ast.get_docstring(node) or ""
    docs = parameter_docs(docstring) | parameter_docs(ast.get_docstring(own) or "" if own else "")
    parameters, passes_on = _parameters(own, docs) if own else ((), True)
    bases = tuple(_last(base) for base in node.bases)
    return Callable(node.name, "class", module, summary_of(docstring), parameters, passes_on, bases)


def _function(node: ast.FunctionDef, name: str, kind: Kind, module: str) -> Callable:
    docstring = ast.get_docstring(node) or ""
    parameters, passes_on = _parameters(node, parameter_docs(docstring))
    return Callable(name, kind, module, summary_of(docstring), parameters, passes_on)


def _parameters(node: ast.FunctionDef, docs: dict[str, str]) -> tuple[tuple[Parameter, ...], bool]:
    taken = node.args
    positional = [*taken.posonlyargs, *taken.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(taken.defaults)) + list(taken.defaults)
    pairs = [*zip(positional, defaults, strict=True)]
    if taken.vararg:
        pairs.append((ast.arg(f"*{taken.vararg.arg}"), ast.Constant(...)))
    pairs += zip(taken.kwonlyargs, taken.kw_defaults, strict=True)
    found = []
    for argument, default in pairs:
        if argument.arg in ("self", "cls"):
            continue
        starred = argument.arg.startswith("*")
        shown = "" if default is None or starred else _short(ast.unparse(default))
        found.append(Parameter(argument.arg, shown, docs.get(argument.arg.lstrip("*"), ""), default is None))
    return tuple(found), taken.kwarg is not None


def summary_of(docstring: str) -> str:
    """The first paragraph as one line."""
    return plain_text(docstring.strip().split("\n\n", 1)[0])


def parameter_docs(docstring: str) -> dict[str, str]:
    """What a docstring in numpy's style says of each parameter, as one line: the first sentence."""
    text = inspect.cleandoc(docstring)
    sections = list(SECTION.finditer(text))
    found: dict[str, str] = {}
    for index, section in enumerate(sections):
        if section["title"] not in ("Parameters", "Other Parameters"):
            continue
        end = sections[index + 1].start() if index + 1 < len(sections) else len(text)
        names: list[str] = []
        told: dict[str, list[str]] = {}
        for line in text[section.end() : end].splitlines():
            if line and not line[0].isspace():
                match = NAMES.match(line.strip().replace("`", ""))
                names = [name.strip().lstrip("*") for name in match["names"].split(",")] if match else []
            elif line.strip():
                for name in names:
                    told.setdefault(name, []).append(line.strip())
        for name, lines in told.items():
            found.setdefault(name, re.split(r"(?<=[.!?])\s", plain_text(" ".join(lines)), maxsplit=1)[0])
    return found


def _exported(tree: ast.Module) -> set[str] | None:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets):
            return {item.value for item in ast.walk(node.value) if isinstance(item, ast.Constant) and isinstance(item.value, str)}
    return None


def _public(name: str) -> bool:
    return not name.startswith("_")


def _is_setter(node: ast.FunctionDef) -> bool:
    return any(isinstance(mark, ast.Attribute) and mark.attr in ("setter", "deleter") for mark in node.decorator_list)


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        node = node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _short(text: str) -> str:
    return text if len(text) <= DEFAULT_CHARS else "..."
