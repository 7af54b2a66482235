"""Mechanical changes from older Manims and ManimGL to Manim Community: only those that mean the same there, each by its name."""

from __future__ import annotations

import ast
import re
import warnings

from retrieval.preprocess.edits import CannotCut, Edit, applied, span
from retrieval.preprocess.library import LIBRARIES, Library
from retrieval.preprocess.playing import REASON, may_play_methods, played_methods
from retrieval.preprocess.scopes import bound_anywhere, imported_names, walk
from retrieval.records import Flavour

NAMES = {
    "TexMobject": "MathTex", "TextMobject": "Tex", "OldTex": "MathTex", "OldTexText": "Tex", "TexText": "Tex", "ShowCreation": "Create",
    "ShowCreationThenDestruction": "ShowPassingFlash", "ShowCreationThenFadeAround": "Circumscribe", "FRAME_WIDTH": "config.frame_width",
    "FRAME_HEIGHT": "config.frame_height", "FRAME_X_RADIUS": "config.frame_x_radius", "FRAME_Y_RADIUS": "config.frame_y_radius",
    "WiggleOutThenIn": "Wiggle", "FadeToColour": "FadeToColor",
}  # fmt: skip
"""Of Manim's changelog. They are changed only where the installed Manim has no such name and the code binds none."""
GL_NAMES = {"Tex": "MathTex"}
"""ManimGL's `Tex` is set in mathematics; Community's is not."""
METHODS = {"get_graph": "plot", "coord_to_point": "coords_to_point", "get_graph_point": "input_to_graph_point"}
"""Of axes. `self.get_graph` is `GraphScene`'s, which has no counterpart, and stays."""
FADES = {"FadeInFromDown": ("FadeIn", "shift", "UP"), "FadeInFrom": ("FadeIn", "shift", None), "FadeOutAndShift": ("FadeOut", "shift", "DOWN"),
         "FadeOutAndShiftDown": ("FadeOut", "shift", "DOWN"), "FadeInFromLarge": ("FadeIn", "scale", "2")}  # fmt: skip
WORDS = frozenset({*NAMES, *METHODS, *FADES})
OLD_IMPORT = re.compile(rf"^[ \t]*from[ \t]+(?:{'|'.join(sorted(LIBRARIES - {'manim'}))})\b", re.MULTILINE)


def may_migrate(code: str, words: list[str], flavour: Flavour) -> bool:
    """Whether code with these identifiers holds anything that could be changed."""
    return (
        not WORDS.isdisjoint(words)
        or (flavour == "manimgl" and "Tex" in words)
        or OLD_IMPORT.search(code) is not None
        or may_play_methods(code)
    )


def migrated(code: str, flavour: Flavour, library: Library) -> tuple[str, tuple[str, ...]]:
    """The code for Manim Community, and the names of the changes ("ShowCreation -> Create"). The code as it was where nothing is to be changed.
    Whether the changed code compiles is for the caller to see. Raises `SyntaxError` for what is not Python."""
    return _Migration(code, flavour, library).made()


class _Migration:
    def __init__(self, code: str, flavour: Flavour, library: Library) -> None:
        self.code, self.library = code, library
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(code)
        self.names = {
            old: new
            for old, new in {**NAMES, **(GL_NAMES if flavour == "manimgl" else {})}.items()
            if old not in library.names or old in GL_NAMES
        }
        self.edits: dict[Edit, str] = {}
        self.calls: dict[int, ast.Call] = {}
        self.bound: set[str] = set()

    def made(self) -> tuple[str, tuple[str, ...]]:
        nodes = walk(self.tree)
        lines = self.code.split("\n")
        # Before Python 3.12 what stands in a formatted string has no true place.
        formatted = {id(inner) for node in nodes if node.__class__ is ast.JoinedStr for inner in walk(node)}
        imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and _from_manim(node)]
        self.bound = bound_anywhere(self.code) - {name for node in imports for name in imported_names(node)}
        for statement in imports:
            self._import(statement)
        names: list[ast.Name] = []
        for node in nodes:
            if isinstance(node, ast.Name):
                names.append(node)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                self.calls[id(node.func)] = node
            elif isinstance(node, ast.Attribute):
                self._method(node)
            elif isinstance(node, ast.Call) and _is_play(node.func):
                self.edits.update((edit, REASON) for edit in played_methods(node, lines))
        for name in names:
            if name.id not in self.bound and id(name) not in formatted:
                self._name(name)
        try:
            return "\n".join(applied(lines, self.edits, 1)), tuple(dict.fromkeys(self.edits.values()))
        except CannotCut:
            return self.code, ()

    def _name(self, node: ast.Name) -> None:
        new = self.names.get(node.id)
        if new is not None:
            self.edits[span(node, node, node.id, new)] = f"{node.id} -> {new}"
        elif node.id in FADES and node.id not in self.library.names and id(node) in self.calls:
            self._fade(node, self.calls[id(node)])

    def _fade(self, name: ast.Name, call: ast.Call) -> None:
        """`FadeInFrom(x, LEFT)` as `FadeIn(x, shift=-LEFT)`; calls of other shapes stay as they are."""
        new, keyword, default = FADES[name.id]
        if any(isinstance(argument, ast.Starred) for argument in call.args) or any(
            given.arg in (None, "shift", "scale", "direction", "scale_factor") for given in call.keywords
        ):
            return
        own_argument = name.id in ("FadeInFrom", "FadeOutAndShift", "FadeInFromLarge")
        if not call.args or len(call.args) > (2 if own_argument else 1) or (len(call.args) == 1 and default is None):
            return
        reason = f"{name.id} -> {new}({keyword}=)"
        minus = "-" if name.id == "FadeInFrom" else ""
        if len(call.args) == 2:
            given = call.args[1]
            simple = isinstance(given, (ast.Name, ast.Attribute, ast.Constant, ast.Call))
            if minus and not simple:
                return
            self.edits[Edit(given.lineno, given.col_offset, given.lineno, given.col_offset, "", f"{keyword}={minus}")] = reason
        else:
            only = call.args[0]
            line, column = only.end_lineno or only.lineno, only.end_col_offset or 0
            if isinstance(only, (ast.GeneratorExp, ast.Tuple)):
                return
            self.edits[Edit(line, column, line, column, "", f", {keyword}={minus}{default}")] = reason
        self.edits[span(name, name, name.id, new)] = reason

    def _method(self, node: ast.Attribute) -> None:
        new = METHODS.get(node.attr)
        if new is None or (isinstance(node.value, ast.Name) and node.value.id == "self"):
            return
        line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        self.edits[Edit(line, end - len(node.attr), line, end, node.attr, new)] = f".{node.attr}() -> .{new}()"

    def _import(self, node: ast.ImportFrom) -> None:
        """`from manimlib.imports import *` as `from manim import *`; names one by one only where the installed Manim has all of them."""
        names = [(alias.name, alias.asname) for alias in node.names]
        top = (node.module or "").split(".")[0]
        if names[0][0] == "*":
            if top != "manim":
                self._replace(node, "from manim import *", f"from {node.module} import * -> from manim import *")
            return
        new = [(self.names.get(name, name), None if alias == name else alias) for name, alias in names]
        if new == names and top == "manim":
            return
        if any(name not in self.library.names and not name.startswith("config.") for name, _ in new):
            # The names stay too, or they would be read and not imported.
            if top != "manim":
                self.bound.update(alias or name for name, alias in names)
            return
        text = ", ".join(
            dict.fromkeys(("config" if name.startswith("config.") else name) + (f" as {alias}" if alias else "") for name, alias in new)
        )
        self._replace(node, f"from manim import {text}", f"from {node.module} import -> from manim import")
        # What is imported under a name of its own keeps it.
        self.bound.update(alias for _, alias in names if alias)

    def _replace(self, node: ast.ImportFrom, text: str, reason: str) -> None:
        self.edits[Edit(node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0, "", text)] = reason


def _is_play(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "play" and isinstance(node.value, ast.Name) and node.value.id == "self"


def _from_manim(node: ast.ImportFrom) -> bool:
    return not node.level and (node.module or "").split(".")[0] in LIBRARIES
