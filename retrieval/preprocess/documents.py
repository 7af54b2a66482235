"""The Python in a README or a page of documentation, as one module: its fenced blocks and directives in order, as a notebook's cells."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator

SUFFIXES = (".md", ".rst")
LANGUAGES = frozenset({"python", "py", "python3", "ipython", "ipython3"})
CODE_DIRECTIVES = frozenset({"code-block", "code", "sourcecode", "code-cell"})
SCENE_DIRECTIVES = frozenset({"manim", "manim-slides"})
"""Sphinx directives whose body is a scene; in MyST they stand in a fence (`{manim} Name`)."""
_FENCE = re.compile(r"^[ \t>]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`]*)$")
_DIRECTIVE = re.compile(r"^(?P<indent>[ \t]*)\.\.[ \t]+(?P<name>[\w-]+)::[ \t]*(?P<argument>[\w-]*)")
_OPTION = re.compile(r"^[ \t]*:[\w-]+:")
_QUOTE = re.compile(r"^[ \t]*>[ \t]?")
_STAR = re.compile(
    r"^from[ \t]+(?:manim|manimce|manimlib|manimgl|manim_imports_ext|big_ol_pile_of_manim_imports)\b[\w.]*[ \t]+import[ \t]+\*",
    re.MULTILINE,
)


def module_of(path: str, text: str) -> str:
    """The Python of a document, "" where there is none; a block that does not parse is left out alone. Where no block imports all of
    Manim, the first does: pages say so once, or take it for granted."""
    found = [block for block in (_blocks_of_rst(text) if path.endswith(".rst") else _blocks_of_markdown(text)) if _parses(block)]
    code = "\n\n".join(found)
    return f"from manim import *\n\n{code}" if "class " in code and not _STAR.search(code) else code


def _blocks_of_markdown(text: str) -> Iterator[str]:
    lines = iter(text.split("\n"))
    for line in lines:
        match = _FENCE.match(line)
        if match is None:
            continue
        fence = match["fence"]
        body: list[str] = []
        for inner in lines:
            bare = inner.lstrip(" \t>").rstrip()
            if len(bare) >= len(fence) and set(bare) == {fence[0]}:
                break
            body.append(inner)
        if _is_python(match["info"]):
            quoted = line.lstrip().startswith(">")
            yield _code([_QUOTE.sub("", inner) for inner in body] if quoted else body)


def _is_python(info: str) -> bool:
    words: list[str] = re.findall(r"[\w-]+", info.lower())
    if not words:
        return False
    if info.startswith("{") and words[0] in SCENE_DIRECTIVES:
        return True
    return words[0] in LANGUAGES or (words[0] in CODE_DIRECTIVES and len(words) > 1 and words[1] in LANGUAGES)


def _blocks_of_rst(text: str) -> Iterator[str]:
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        match = _DIRECTIVE.match(lines[index])
        index += 1
        if match is None or not (
            match["name"] in SCENE_DIRECTIVES or (match["name"] in CODE_DIRECTIVES and match["argument"].lower() in LANGUAGES)
        ):
            continue
        begin, indent = index, len(match["indent"])
        while index < len(lines) and (not lines[index].strip() or len(lines[index]) - len(lines[index].lstrip()) > indent):
            index += 1
        yield _code(lines[begin:index])


def _code(lines: list[str]) -> str:
    """The lines without options, moved to the left margin."""
    start = 0
    while start < len(lines) and (not lines[start].strip() or _OPTION.match(lines[start])):
        start += 1
    return textwrap.dedent("\n".join(lines[start:])).strip("\n")


def _parses(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return bool(ast.parse(code).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
