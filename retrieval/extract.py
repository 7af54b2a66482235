"""Scenes in docstrings: finds Manim's own `.. manim:: Name` directives in Python source. Nothing is imported or run."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

DIRECTIVE = re.compile(r"^(?P<indent> *)\.\. manim:: *(?P<name>\w+) *$")
OPTION = re.compile(r"^:[\w-]+:")
UNDERLINE = re.compile(r"^([-=~^\"'])\1{2,}$")
ROLE = re.compile(r":[\w:]+:`([^`]*)`")
LINK = re.compile(r"`([^`<]+?) *<[^>`]+>`__?")
EXPLICIT_MARKUP = re.compile(r"^\.\. ")
PROSE_SECTIONS = frozenset({"example", "examples", "notes", "note", "usage", "tip", "tips"})
IMPORT = "from manim import *"


@dataclass(frozen=True, slots=True)
class Example:
    """One directive: the scene's class, its code as a whole module, and the words around it. `owner` is the dotted path inside the module,
    `line` where that begins."""

    owner: str
    scene: str
    code: str
    summary: str
    prose: str
    line: int = 0


def examples_in(source: str) -> Iterator[Example]:
    """The examples in the docstrings of a module, its classes and functions, in order. Raises `SyntaxError` for what is not Python."""
    yield from examples_in_tree(ast.parse(source))


def examples_in_tree(tree: ast.Module) -> Iterator[Example]:
    """The same of a module that is parsed already."""
    for owner, docstring, line in _docstrings(tree, ""):
        yield from _examples_of(owner, docstring, line)


def words_of(name: str) -> str:
    """`PlotExample` as "plot example"."""
    return " ".join(re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)).lower()


def names_used(code: str) -> list[str]:
    """The classes and methods that `code` calls, each once, in order: what a reader would look for. Python's own are left out."""
    calls = [node.func for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    names = [func.id if isinstance(func, ast.Name) else func.attr for func in calls if isinstance(func, (ast.Name, ast.Attribute))]
    return [name for name in dict.fromkeys(names) if name not in {"play", "add", "wait", "super", "range", "self", "__init__", "lambda"}]


def _docstrings(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, path: str) -> Iterator[tuple[str, str, int]]:
    if (docstring := ast.get_docstring(node, clean=False)) and ".. manim::" in docstring:
        yield path, inspect.cleandoc(docstring), getattr(node, "lineno", 1)
    for child in node.body:
        if isinstance(child, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from _docstrings(child, f"{path}.{child.name}" if path else child.name)


def _examples_of(owner: str, docstring: str, line: int) -> Iterator[Example]:
    lines = docstring.splitlines()
    summary = plain_text(docstring.split("\n\n", 1)[0]) if lines and not DIRECTIVE.match(lines[0]) else ""
    before: list[str] = []
    index = 0
    while index < len(lines):
        match = DIRECTIVE.match(lines[index])
        if not match:
            before.append(lines[index])
            index += 1
            continue
        body, index = _block(lines, index + 1, len(match["indent"]))
        if (found := _module(body)) is not None:
            code, scene = found
            yield Example(owner, scene or match["name"], code, summary, _prose(before, summary), line)
        before = []


def _block(lines: list[str], start: int, indent: int) -> tuple[list[str], int]:
    """The lines of a directive that begins above `start`, and where they end."""
    end = start
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent):
        end += 1
    return lines[start:end], end


def _module(body: list[str]) -> tuple[str, str] | None:
    """The directive's code, importing manim, and its scene; None when it is not Python or holds no class."""
    while body and (not body[0].strip() or OPTION.match(body[0].strip())):
        body = body[1:]
    code = textwrap.dedent("\n".join(body)).strip() + "\n"
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    if not any(isinstance(node, ast.ClassDef) for node in tree.body):
        return None
    imports_all = any(isinstance(node, ast.ImportFrom) and node.module == "manim" and node.names[0].name == "*" for node in tree.body)
    return code if imports_all else f"{IMPORT}\n\n\n{code}", _scene_class(tree)


def _scene_class(tree: ast.Module) -> str:
    """The last class whose bases are called something with "Scene": helpers come first."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    scenes = [node.name for node in classes if any("Scene" in ast.unparse(base) for base in node.bases)]
    return (scenes or [""])[-1]


def _prose(lines: list[str], summary: str) -> str:
    """The paragraph that introduces an example, where there is one: the last before it that is not a parameter list or a heading."""
    headings = [index for index in range(1, len(lines)) if UNDERLINE.match(lines[index].strip()) and lines[index - 1].strip()]
    if headings:
        last = headings[-1]
        if lines[last - 1].strip().lower() not in PROSE_SECTIONS and "example" not in lines[last - 1].lower():
            return ""
        lines = lines[last + 1 :]
    paragraphs = [part for part in re.split(r"\n\s*\n", "\n".join(lines)) if part.strip() and not EXPLICIT_MARKUP.match(part.strip())]
    text = plain_text(paragraphs[-1]) if paragraphs else ""
    return "" if text == summary else text


def plain_text(text: str) -> str:
    """reStructuredText as one line of words: roles by their target's last name, literals bare."""
    text = ROLE.sub(lambda match: match[1].split("<")[0].strip().lstrip("~.!").rsplit(".", 1)[-1] or match[1], text)
    text = LINK.sub(r"\1", text)
    return " ".join(text.replace("``", "").replace("::", ":").split())
