"""A formula of TeX as an SVG, set by Typst. Runs inside the sandbox only."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from agents.rendering.inside.tex import LatexError
from agents.rendering.inside.typeset import symbols
from agents.rendering.inside.typeset.pieces import joined, words
from agents.rendering.inside.typeset.prose import in_lines
from agents.rendering.inside.typeset.svg import regrouped
from agents.rendering.inside.typeset.tokens import Parts, Token, Untranslatable, tokens, without_marks
from agents.rendering.inside.typeset.translate import Mathematics

SCALE = 10
"""Typst rounds to hundredths of a point, so it sets ten times as large as TeX does."""
_TEXT_WIDTH = 345
"""Points of TeX's line, at which it breaks a text."""
_HEAD = """#let S = {scale}
#let M = "DejaVu Sans Mono"
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#set text(size: {size}pt, font: "New Computer Modern", fill: rgb("#000000"), hyphenate: false)
#set par(leading: 0.52em)
#show math.equation.where(block: true): set par(leading: 0.85em)
#let gone(body) = hide(body)
#let strong(body) = math.upright(math.bold(body))
#show math.equation: set text(font: "New Computer Modern Math")
"""
_made: set[str] = set()
_as_text: list[str] = []
"""Formulas of this process that could only be set as plain text."""


def translated(tex: str, environment: str | None) -> tuple[str, Parts]:
    """Typst's source for a formula, and its parts. Raises `Untranslatable`."""
    parts = Parts()
    row = tokens(tex, parts)
    if environment is not None and environment.split("}")[0].lstrip("{") in symbols.DISPLAYS:
        body = f"$ {joined(Mathematics(row, parts).whole(), 0)} $"
    else:
        place = "left" if environment is not None and "left" in environment else "center"
        body = _in_a_line(in_lines(row, parts), place)
    return body, parts


def _in_a_line(markup: str, place: str) -> str:
    width = _TEXT_WIDTH * SCALE
    return (
        f"#set align({place})\n#context {{ let body = [{markup}]\n"
        f"  if measure(body).width > {width}pt {{ block(width: {width}pt, body) }} else {{ body }} }}"
    )


def source_of(body: str, parts: Parts) -> str:
    colours = "".join(f'#let c{number}(body) = text(fill: rgb("#{number:06x}"), body)\n' for number in range(1, len(parts)))
    return _HEAD.format(scale=SCALE, size=10 * SCALE) + colours + body


def as_words(tex: str) -> tuple[str, Parts]:
    """The same as `translated` with every part as its plain text. Raises `LatexError` for characters that no font here has."""
    from agents.rendering.inside.mending.formulas import plain

    parts = Parts()
    texts: dict[int, str] = {}
    row = tokens(tex, parts)
    for token in row:
        texts[token.part] = texts.get(token.part, "") + _spelled(token)
    code = ""
    for part, text in texts.items():
        said = plain(text) + (" " if text.endswith(" ") else "")
        if missing := "".join(dict.fromkeys(char for char in said if not symbols.has_glyph(char))):
            raise LatexError(f"characters that the font does not have: {' '.join(missing[:8])}")
        code += f"#c{part}[#{words(said)}];" if part else f"#{words(said)};"
    return _in_a_line(code, "center"), parts


def _spelled(token: Token) -> str:
    return (
        f"\\{token.text} "
        if token.kind == "command" and token.text.isalpha()
        else f"\\{token.text}"
        if token.kind == "command"
        else token.text
    )


@functools.cache
def _compiler() -> Any:
    import typst

    return typst.Compiler(ignore_system_fonts=True)


def drawn(body: str, parts: Parts) -> str:
    """The SVG. Raises `Untranslatable` where Typst does not take what was translated."""
    import typst

    try:
        made = _compiler().compile(input=source_of(body, parts).encode(), format="svg")
    except typst.TypstError as error:
        raise Untranslatable(f"Typst says: {error.message}") from error
    try:
        return regrouped(made, parts, SCALE)
    except ValueError as error:
        raise Untranslatable(str(error)) from error


def set_formula(tex: str, environment: str | None) -> str:
    """The SVG of a formula; what cannot be translated is set as plain text and noted for `told`. Raises `LatexError` where that has no glyphs."""
    if not without_marks(tex).strip():
        raise LatexError("the formula is empty")
    try:
        return drawn(*translated(tex, environment))
    except Untranslatable as reason:
        try:
            made = drawn(*as_words(tex))
        except Untranslatable:
            raise LatexError(f"there is no LaTeX here, and Typst cannot set it: {reason}") from reason
        _as_text.append(without_marks(tex).strip())
        return made


def told() -> dict[str, Any]:
    """What the report says of the formulas."""
    return {"setter": "typst", "count": len(_made), "as_text": list(dict.fromkeys(_as_text))}


def install() -> None:
    """From now on Manim's formulas come from Typst."""
    from manim import config
    from manim.mobject.text import tex_mobject
    from manim.utils import tex_file_writing

    def tex_to_svg_file(expression: str, environment: str | None = None, tex_template: Any = None) -> Path:
        folder = Path(config.get_dir("tex_dir"))
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{tex_file_writing.tex_hash(f'typst {environment} {expression}')}.svg"
        _made.add(file.name)
        if not file.exists():
            file.write_text(set_formula(expression, environment), encoding="utf-8")
        return file

    tex_mobject.tex_to_svg_file = tex_file_writing.tex_to_svg_file = tex_to_svg_file
