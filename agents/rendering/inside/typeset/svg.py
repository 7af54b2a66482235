"""What Typst drew, rewritten to what dvisvgm would have drawn: filled paths, in the groups that Manim looks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from agents.rendering.inside.typeset.tokens import Parts

_NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
_HREF = "{http://www.w3.org/1999/xlink}href"


@dataclass(slots=True)
class _Path:
    """One path in the coordinates of the page: `x`, `y` are where its origin lies; `bar` is the length of a horizontal line."""

    part: int
    x: float
    y: float
    code: str
    transform: str = ""
    colour: str = ""
    bar: float = 0.0


def regrouped(drawn: bytes, parts: Parts, scale: float) -> str:
    """The SVG with its paths in groups named as the parts are; `scale` points of Typst's are one of TeX's. Raises `ValueError` for an unknown form."""
    root = ElementTree.fromstring(drawn)  # noqa: S314 — our own compiler's
    glyphs = {
        symbol.get("id", ""): path.get("d", "")
        for symbol in root.iter()
        if _tag(symbol) == "symbol"
        for path in symbol
        if _tag(path) == "path"
    }
    paths: list[_Path] = []
    for path in _paths(root, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), glyphs):
        if not 0 < path.part < len(parts):  # what has no colour of ours goes with its neighbour
            path.part = paths[-1].part if paths else min(1, len(parts) - 1)
        _put(paths, path)
    width, height = (float(root.get(name, "0pt").removesuffix("pt")) / scale for name in ("width", "height"))
    head = f"<svg xmlns='http://www.w3.org/2000/svg' width='{width:.6f}pt' height='{height:.6f}pt' viewBox='0 0 {width:.6f} {height:.6f}'>"
    return f"{head}<g transform='scale({1 / scale:.6f})'>{_groups(paths, parts)}</g></svg>"


def _put(paths: list[_Path], path: _Path) -> None:
    """Behind the others; a fraction's bar before what is under it, where TeX draws it."""
    at = len(paths)
    if path.bar:
        while at and paths[at - 1].y > path.y and path.x - 1 <= paths[at - 1].x <= path.x + path.bar + 1:
            at -= 1
    paths.insert(at, path)


def _groups(paths: list[_Path], parts: Parts) -> str:
    def drawn(found: list[_Path]) -> str:
        return "".join(
            f"<path d='{path.code}'"
            + (f" transform='{path.transform}'" if path.transform else "")
            + (f" fill='{parts.colours[path.part] or path.colour}'" if parts.colours[path.part] or path.colour else "")
            + "/>"
            for path in found
        )

    def group(name: str, above: str) -> str:
        """The paths of a group and of those in it, in the order of drawing; a group stands where its first path does."""
        out, done = "", set[str]()
        for path in paths:
            line = lineage(path.part)
            if name not in line:
                continue
            inner = line[line.index(name) + 1] if line.index(name) + 1 < len(line) else ""
            if not inner:
                out += drawn([path])
            elif inner not in done:
                done.add(inner)
                out += group(inner, name)
        missing = [inner for inner, over in names.items() if over == name and inner not in done]
        return f"<g id='{name}'>{out}{''.join(group(inner, name) for inner in missing)}</g>"

    def lineage(part: int) -> list[str]:
        line: list[str] = []
        while part:
            if parts.names[part] and parts.names[part] not in line:
                line.insert(0, parts.names[part])
            part = parts.above[part]
        return line

    names = {line[-1]: line[-2] if len(line) > 1 else "" for part in range(1, len(parts)) if (line := lineage(part))}
    free = drawn([path for path in paths if not path.part or not lineage(path.part)])
    return "".join(group(name, "") for name, above in names.items() if not above) + free


Matrix = tuple[float, float, float, float, float, float]


def _paths(element: ElementTree.Element, matrix: Matrix, glyphs: dict[str, str]) -> Iterator[_Path]:
    for child in element:
        tag = _tag(child)
        if tag in ("defs", "symbol"):
            continue
        moved = _times(matrix, _matrix(child.get("transform", "")))
        if tag == "use":
            name = (child.get(_HREF) or child.get("href") or "").removeprefix("#")
            at = _times(moved, (1.0, 0.0, 0.0, 1.0, float(child.get("x", "0")), float(child.get("y", "0"))))
            if glyphs.get(name, "").strip():
                part, colour = _part(child.get("fill", ""))
                yield _Path(part, at[4], at[5], glyphs[name], f"matrix({' '.join(f'{value:.6g}' for value in at)})", colour)
        elif tag == "path":
            if (stroke := child.get("stroke", "none")) != "none":
                part, colour = _part(stroke)
                yield from _lines(child, moved, part, colour)
            if child.get("fill", "none") != "none":
                part, colour = _part(child.get("fill", ""))
                yield _Path(part, moved[4], moved[5], child.get("d", ""), f"matrix({' '.join(f'{value:.6g}' for value in moved)})", colour)
        elif tag == "g":
            yield from _paths(child, moved, glyphs)


def _lines(path: ElementTree.Element, matrix: Matrix, part: int, colour: str) -> Iterator[_Path]:
    """The straight lines of a stroked path as filled ones: Manim gives a formula no strokes."""
    half = float(path.get("stroke-width", "1")) / 2
    x = y = start_x = start_y = 0.0
    for letter, numbers in re.findall(r"([MmLlHhVvZz])([^A-Za-z]*)", path.get("d", "")):
        values = [float(value) for value in _NUMBER.findall(numbers)]
        relative = letter.islower()
        pairs = list(zip(values[::2], values[1::2], strict=False))
        if letter in "Hh":
            pairs = [(value, 0.0 if relative else y) for value in values]
        elif letter in "Vv":
            pairs = [(0.0 if relative else x, value) for value in values]
        elif letter in "Zz":
            pairs, relative = [(start_x, start_y)], False
        for number, (to_x, to_y) in enumerate(pairs):
            if relative:
                to_x, to_y = x + to_x, y + to_y
            if letter in "Mm" and number == 0:
                start_x, start_y = to_x, to_y
            elif (long := ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5) > 1e-6:
                ux, uy = (to_x - x) / long * half, (to_y - y) / long * half
                corners = [(x - uy, y + ux), (x + uy, y - ux), (to_x + uy, to_y - ux), (to_x - uy, to_y + ux)]
                code = " L".join(f"{a:.6g} {b:.6g}" for a, b in (_apply(matrix, corner) for corner in corners))
                left = _apply(matrix, (min(x, to_x), y))
                yield _Path(part, left[0], left[1], f"M{code}Z", "", colour, long if abs(to_y - y) < 1e-6 else 0.0)
            x, y = to_x, to_y


def _part(colour: str) -> tuple[int, str]:
    """The part that a colour stands for."""
    return (int(colour[1:7], 16), "") if re.fullmatch(r"#[0-9a-fA-F]{6}", colour) else (0, "")


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _matrix(text: str) -> Matrix:
    values = [float(value) for value in _NUMBER.findall(text)]
    if text.startswith("translate") and values:
        return (1.0, 0.0, 0.0, 1.0, values[0], values[1] if len(values) > 1 else 0.0)
    if text.startswith("matrix") and len(values) == 6:
        return (values[0], values[1], values[2], values[3], values[4], values[5])
    if text.startswith("scale") and values:
        return (values[0], 0.0, 0.0, values[-1], 0.0, 0.0)
    if text:
        raise ValueError(f"an unknown transform: {text[:40]}")
    return (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _times(a: Matrix, b: Matrix) -> Matrix:
    return (
        a[0] * b[0] + a[2] * b[1], a[1] * b[0] + a[3] * b[1], a[0] * b[2] + a[2] * b[3], a[1] * b[2] + a[3] * b[3],
        a[0] * b[4] + a[2] * b[5] + a[4], a[1] * b[4] + a[3] * b[5] + a[5],
    )  # fmt: skip


def _apply(matrix: Matrix, point: tuple[float, float]) -> tuple[float, float]:
    return (matrix[0] * point[0] + matrix[2] * point[1] + matrix[4], matrix[1] * point[0] + matrix[3] * point[1] + matrix[5])
