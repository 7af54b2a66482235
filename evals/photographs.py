"""Pictures of problems as a phone takes them: typeset with TeX (or drawn in a screen's font), then tilted, lit unevenly, blurred, made noisy, and
packed as JPEG. The same text, look and seed give the same picture.

    python -m evals.photographs FOLDER        # writes the forty pictures of the suite `pictures`, to look at
"""

from __future__ import annotations

import io
import math
import random
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.errors import DatasetError

DPI = 170
FONTS = {
    "computer modern": "",
    "times": r"\usepackage{mathptmx}",
    "palatino": r"\usepackage{mathpazo}",
    "century": r"\usepackage{newcent}",
    "charter": r"\usepackage{charter}",
    "helvetica": r"\usepackage{helvet}\renewcommand{\familydefault}{\sfdefault}",
}
"""TeX's fonts that every installation of ours has, by the package that sets them."""
SCREEN_FONTS = {"dejavu sans": "DejaVuSans.ttf", "dejavu serif": "DejaVuSerif.ttf", "dejavu mono": "DejaVuSansMono.ttf"}
_PAGE = r"""\documentclass[12pt]{article}
\usepackage[T1]{fontenc}
\usepackage{amsmath,amssymb}
%s
\usepackage[active,tightpage]{preview}
\begin{document}
\begin{preview}\begin{minipage}{11.5cm}\raggedright\parindent0pt\parskip6pt\lineskiplimit2pt\lineskip3pt\relax
%s
\end{minipage}\end{preview}
\end{document}
"""


@dataclass(frozen=True, slots=True)
class Look:
    """How a picture was taken. `tilt` in degrees, `blur` and `noise` as standard deviations (pixels, grey levels), `shade` the share of light
    that the darkest corner loses, `quality` JPEG's."""

    font: str
    tilt: float
    blur: float
    noise: float
    shade: float
    quality: int
    scale: float
    paper: tuple[int, int, int]


def look_of(seed: int, font: str | None = None) -> Look:
    """A look drawn from the seed. `font` settles the font and leaves the rest as it would have been."""
    dice = random.Random(seed)  # noqa: S311 - pictures, no secrets
    drawn = dice.choice([*FONTS, *SCREEN_FONTS])
    return Look(
        font=font or drawn,
        tilt=dice.uniform(-3, 3),
        blur=dice.uniform(0.3, 1.1),
        noise=dice.uniform(2, 9),
        shade=dice.uniform(0.1, 0.45),
        quality=dice.randrange(40, 81),
        scale=dice.uniform(0.85, 1.25),
        paper=(dice.randrange(226, 256), dice.randrange(224, 252), dice.randrange(208, 246)),
    )


def photograph(text: str, look: Look, seed: int) -> bytes:
    """The JPEG of `text`: lines of text with formulas in `$...$`. Raises `DatasetError` where TeX refuses it or a font is missing."""
    page = _drawn(text, look.font) if look.font in SCREEN_FONTS else _typeset(text, FONTS[look.font])
    return _taken(page, look, seed)


def _typeset(text: str, packages: str) -> Any:
    """Ink from 0 to 255 as a Pillow image, by latex and dvisvgm, which the renderer needs anyway."""
    body = "\\par\n".join(text.splitlines())
    with tempfile.TemporaryDirectory(prefix="hisolver-evals-") as folder:
        Path(folder, "page.tex").write_text(_PAGE % (packages, body), encoding="utf-8")
        for command in (
            ["latex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
            ["dvisvgm", "--no-fonts", "--exact-bbox", "page.dvi"],
        ):
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603
            if done.returncode != 0:
                raise DatasetError(f"{command[0]} cannot set {text[:60]!r}: {done.stdout[-300:] or done.stderr[-300:]}")
        return _rasterised(next(Path(folder).glob("*.svg")))


def _rasterised(path: Path) -> Any:
    import cairo
    from PIL import Image
    from svgelements import SVG, Arc, Close, CubicBezier, Line, Move, QuadraticBezier, Rect
    from svgelements import Path as Outline

    zoom = DPI / 96  # svgelements works in CSS pixels
    drawing = SVG.parse(str(path))
    shapes = [Outline(shape) for shape in drawing.elements() if isinstance(shape, (Outline, Rect))]
    boxes = [box for box in (shape.bbox() for shape in shapes) if box is not None]
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    width, height = (max(box[2] for box in boxes) - left) * zoom, (max(box[3] for box in boxes) - top) * zoom
    surface = cairo.ImageSurface(cairo.FORMAT_A8, math.ceil(width) + 4, math.ceil(height) + 4)
    pen = cairo.Context(surface)
    pen.translate(2, 2)
    pen.scale(zoom, zoom)
    pen.translate(-left, -top)
    for shape in shapes:
        for segment in shape:
            match segment:
                case Move():
                    pen.move_to(segment.end.x, segment.end.y)
                case Close():
                    pen.close_path()
                case Line():
                    pen.line_to(segment.end.x, segment.end.y)
                case QuadraticBezier():
                    for cubic in Outline(Move(segment.start), segment).approximate_arcs_with_cubics() or ():
                        pen.curve_to(*cubic.control1, *cubic.control2, *cubic.end)
                case CubicBezier():
                    pen.curve_to(*segment.control1, *segment.control2, *segment.end)
                case Arc():
                    for cubic in segment.as_cubic_curves():
                        pen.curve_to(*cubic.control1, *cubic.control2, *cubic.end)
        pen.fill()
    surface.flush()
    return Image.frombuffer(
        "L", (surface.get_width(), surface.get_height()), bytes(surface.get_data()), "raw", "L", surface.get_stride(), 1
    ).copy()


def _drawn(text: str, font: str) -> Any:
    from PIL import Image, ImageDraw, ImageFont

    size = round(12 * DPI / 72)
    try:
        face = ImageFont.truetype(SCREEN_FONTS[font], size)
    except OSError as error:
        raise DatasetError(f"the font {font} is not here: apt-get install fonts-dejavu-core") from error
    columns = 46 if font == "dejavu mono" else 54
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, columns) or [""]]
    page = Image.new("L", (round(max(face.getlength(line) for line in lines)) + 4, round(len(lines) * size * 1.45) + 8))
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        pen.text((2, 2 + number * size * 1.45), line, font=face, fill=255)
    return page


def _taken(ink: Any, look: Look, seed: int) -> bytes:
    import numpy as np
    from PIL import Image, ImageFilter

    chance = np.random.default_rng(seed)
    margin = [int(value) for value in chance.integers(30, 120, 4)]
    page = Image.new("L", (ink.width + margin[0] + margin[2], ink.height + margin[1] + margin[3]))
    page.paste(ink, (margin[0], margin[1]))
    page = page.resize((round(page.width * look.scale), round(page.height * look.scale)), Image.Resampling.LANCZOS)
    page = page.rotate(look.tilt, Image.Resampling.BICUBIC, expand=True)
    page = page.filter(ImageFilter.GaussianBlur(look.blur))
    alpha = np.asarray(page, dtype=np.float64)[..., None] / 255
    colour = np.array(look.paper, dtype=np.float64) * (1 - alpha) + np.array([38.0, 36.0, 42.0]) * alpha
    height, width = alpha.shape[:2]
    angle = chance.uniform(0, 2 * math.pi)
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    ramp = (across * math.cos(angle) + down * math.sin(angle)) / math.sqrt(2)
    light = 1 - look.shade * (0.5 + 0.5 * ramp) - 0.06 * (across**2 + down**2)
    colour = colour * light[..., None] + chance.normal(0, look.noise, (height, width, 1)) + chance.normal(0, look.noise / 3, colour.shape)
    picture = Image.fromarray(np.clip(colour, 0, 255).astype(np.uint8), "RGB")
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=look.quality)
    return packed.getvalue()


def main() -> None:
    from evals.suites.pictures import PicturesSuite, picture_of

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for item in PicturesSuite().items(Path(__file__).parent / "datasets"):
        (folder / f"{item.id}.jpg").write_bytes(picture_of(item))


if __name__ == "__main__":
    main()
