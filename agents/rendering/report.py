"""The render report: the public contract of `hisolver render --json`."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Quality = Literal["l", "m", "h"]
"""480p15, 720p30, 1080p60: manim's own letters."""
ErrorKind = Literal["syntax", "policy", "api", "latex", "runtime", "timeout", "memory", "none_rendered"]
FindingKind = Literal["off_frame", "overlap", "text_crossed", "tiny_text", "never_shown", "early_highlight", "missing_glyphs"]


class SceneError(TypedDict):
    """Why a scene did not render. `line` is in the scene's own file; `hint` is advice for the next attempt."""

    kind: ErrorKind
    message: str
    line: int | None
    hint: str


class Finding(TypedDict):
    """One fault of the layout, `at_s` seconds into the video, caused around `line` of the scene's file."""

    kind: FindingKind
    severity: Literal["error", "warning"]
    objects: list[str]
    at_s: float
    line: int | None


class Shown(TypedDict):
    """One thing that was on screen: its Manim class, its text or TeX source where there is some, when, and the `line` of the scene's file that
    played it (None where that is not known)."""

    kind: str
    text: str | None
    from_s: float
    to_s: float
    line: int | None


class DrawnCurve(TypedDict):
    """A curve or line that rested on axes: `points` of it (x, y) in the numbers of its axes, as far as they were in the frame, and the ranges of these.

    `function` is whether it was made as the graph of something; every other line is there because a graph may be drawn with it too.
    """

    kind: str
    function: bool
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    points: list[tuple[float, float]]
    at_s: float
    line: int | None


class Formulas(TypedDict):
    """The formulas of a scene: what set them, how many there are, and the TeX of those that Typst could only show as plain text."""

    setter: Literal["latex", "typst"]
    count: int
    as_text: list[str]


class RenderReport(TypedDict):
    ok: bool
    video: str | None
    seconds: float
    wall_s: float
    sandbox: str
    error: SceneError | None
    layout: list[Finding]
    shown: list[Shown]
    curves: NotRequired[list[DrawnCurve]]
    formulas: Formulas


class TakenOut(TypedDict):
    """A piece of a program that could not be mended: its text, the statement that it stood in and that one's line in the program (as `ast.unparse`
    writes it), whether the piece is the whole statement, and the error."""

    code: str
    statement: str
    line: int | None
    whole: bool
    message: str
    hint: str


class Mended(TypedDict):
    """A program as far as it runs. `fixes` are words for what was changed; `error` is why it still fails, None where it comes to its end."""

    source: str
    fixes: list[str]
    taken_out: list[TakenOut]
    error: SceneError | None
    wall_s: float
