"""What is said of a scene beside its code: what it uses, whether it needs LaTeX or a third dimension, and its description."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass

from retrieval.extract import plain_text, words_of
from retrieval.preprocess.edits import comments_above
from retrieval.preprocess.modules import Statement

LATEX = frozenset({
    "MathTex", "Tex", "SingleStringMathTex", "TexTemplate", "Title", "BulletedList", "DecimalNumber", "Integer", "Variable", "Matrix", "IntegerMatrix",
    "DecimalMatrix", "MathTable", "DecimalTable", "IntegerTable", "BraceLabel", "LabeledDot", "LabeledLine", "LabeledArrow", "LabeledPolygram", "BarChart",
    "TexMobject", "TextMobject", "TexText", "OldTex", "OldTexText", "OldTitle", "get_tex", "get_axis_labels", "get_x_axis_label", "get_y_axis_label",
    "get_z_axis_label", "get_graph_label", "get_bar_labels", "coordinate_label", "add_coordinates", "add_numbers", "include_numbers", "get_number_mobject", "get_number_mobjects",
    "numbers_to_include", "numbers_with_elongated_ticks", "x_axis_label", "y_axis_label", "CountInFrom", "ChangeDecimalToValue", "Code2Tex",
})  # fmt: skip
"""Names whose use compiles LaTeX: classes, and methods and arguments that make such objects."""
THREE_D = frozenset({
    "ThreeDScene", "SpecialThreeDScene", "ThreeDSlide", "ThreeDAxes", "ThreeDVMobject", "Sphere", "Cube", "Prism", "Cone", "Cylinder", "Torus", "Dot3D", "Line3D",
    "Arrow3D", "Surface", "ParametricSurface", "Polyhedron", "Tetrahedron", "Octahedron", "Icosahedron", "Dodecahedron", "ConvexHull3D", "set_camera_orientation",
    "move_camera", "begin_ambient_camera_rotation", "begin_3dillusion_camera_rotation", "TexturedSurface", "SurfaceMesh", "SGroup", "ParametricFunction3D",
})  # fmt: skip
MARKUP = re.compile(r"^\s*#+[:!\s]*|\s*#+\s*$")
NOT_PROSE = re.compile(
    r"^[-=*#_~\s]*$|^(noqa|type:|pylint|pragma|fmt:|isort|TODO|FIXME|region|endregion|%%|In\[)|[;{}]|\w\(.*\)\s*$|^\w+\s*=\s*\S|^self\.|^@|coding[:=]",
    re.IGNORECASE,
)
LONGEST_DESCRIPTION = 600


@dataclass(frozen=True, slots=True)
class Traits:
    """`uses` are Manim's classes and functions, each once, in order."""

    uses: tuple[str, ...]
    needs_latex: bool
    three_d: bool


def traits_of(words: Iterable[str], callables: frozenset[str]) -> Traits:
    """Of code with these identifiers; `callables` are the names of Manim's classes and functions."""
    known = dict.fromkeys(words)
    return Traits(tuple(word for word in known if word in callables), not LATEX.isdisjoint(known), not THREE_D.isdisjoint(known))


def description_of(scene: Statement, *, alone: bool) -> str:
    """Words of the name, then docstrings of the class and its `construct`, then comments above; the file's docstring where it has but one scene."""
    node = scene.node
    assert isinstance(node, ast.ClassDef)  # noqa: S101 - a scene is a class
    docstrings = [ast.get_docstring(node, clean=False)]
    docstrings += [
        ast.get_docstring(child, clean=False) for child in node.body if isinstance(child, ast.FunctionDef) and child.name == "construct"
    ]
    parts = [words_of(node.name), *(_prose(docstring) for docstring in docstrings if docstring), _comments(scene)]
    if not any(parts[1:]) and alone and (docstring := ast.get_docstring(scene.module.tree, clean=False)):
        parts.append(_prose(docstring))
    return sentences(parts)


def sentences(parts: Iterable[str]) -> str:
    """For instance "plot example. Generates a curve based on a function."."""
    kept = dict.fromkeys(part.strip() for part in parts if part and part.strip())
    text = " ".join(part if part.endswith((".", "!", "?", ":")) else part + "." for part in kept)
    return text if len(text) <= LONGEST_DESCRIPTION else text[:LONGEST_DESCRIPTION].rsplit(" ", 1)[0] + " ..."


def _prose(docstring: str) -> str:
    """The paragraphs of a docstring up to its first heading or directive."""
    kept: list[str] = []
    for paragraph in re.split(r"\n\s*\n", inspect.cleandoc(docstring)):
        lines = paragraph.strip().split("\n")
        if lines[0].startswith((".. ", ">>>", ":param")) or (len(lines) > 1 and re.fullmatch(r"([-=~^])\1{2,}", lines[1].strip())):
            break
        kept.append(plain_text(paragraph))
    return " ".join(kept)


def _comments(scene: Statement) -> str:
    """The comments directly above the class, and those that open its `construct`, where they are prose."""
    lines = scene.module.lines
    first = scene.first_line
    found = [_words(line) for line in lines[comments_above(scene.module, first) - 1 : first - 1]]
    node = scene.node
    for child in getattr(node, "body", ()):
        if isinstance(child, ast.FunctionDef) and child.name == "construct":
            first_code = next((part.lineno for part in child.body if not _is_docstring(part)), child.lineno)
            found += [_words(line) for line in lines[child.lineno : first_code - 1] if line.lstrip().startswith("#")]
    return " ".join(words for words in found if words)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _words(comment: str) -> str:
    text = MARKUP.sub("", comment).strip()
    return "" if NOT_PROSE.search(text) or not re.search(r"[^\W\d_]{3}", text) else plain_text(text)
