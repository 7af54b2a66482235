"""Watches a scene while it renders: what is on screen and when, and where the layout is at fault. Runs inside the sandbox only.

The same pass renders and observes, so that what is reported is what was drawn. Boxes are read after every play and wait and in the middle of
each moving animation; findings come from resting frames only, since things may cross while they move.
"""

from __future__ import annotations

import sys
from typing import Any

import manim
import numpy as np
from manim import config

from agents.rendering.inside.layout import Box, Piece, inspect_frame

_TEXT = (manim.Text, manim.MarkupText, manim.SingleStringMathTex, manim.Paragraph, manim.DecimalNumber, manim.Integer, manim.Code)
_CARRIERS = (manim.CoordinateSystem, manim.NumberLine, manim.Table, manim.Matrix, manim.BraceLabel)
_MOST_PIECES = 400


def text_of(mobject: Any) -> str | None:
    """The text or TeX source of a text-like object."""
    if isinstance(mobject, manim.SingleStringMathTex):
        return str(mobject.get_tex_string())
    if isinstance(mobject, (manim.DecimalNumber, manim.Integer)):
        return str(round(float(mobject.get_value()), 6)).removesuffix(".0")
    if isinstance(mobject, manim.Paragraph):
        return "\n".join(str(line.text) for line in getattr(mobject, "lines_text", []) or [] if hasattr(line, "text")) or None
    return str(getattr(mobject, "original_text", getattr(mobject, "text", ""))) or None


def opaque_parts(mobject: Any) -> list[Any]:
    """The members of its family that leave ink on the frame."""
    parts = []
    for part in mobject.get_family():
        points = getattr(part, "points", None)
        if points is None or len(points) == 0:
            continue
        if isinstance(part, manim.VMobject):
            inked = (part.get_fill_opacity() or 0) > 0.05 or (
                (part.get_stroke_opacity() or 0) > 0.05 and (part.get_stroke_width() or 0) > 0.05
            )
            if not inked:
                continue
        parts.append(part)
    return parts


class Observer:
    """Attach to a scene before it renders; read `shown` and `findings` afterwards."""

    def __init__(self, *, max_seconds: float, scene_file: str) -> None:
        self._max_seconds = max_seconds
        self._file = scene_file
        self._seen: dict[int, dict[str, Any]] = {}
        self._kept: list[Any] = []
        self._used: set[int] = set()
        self._findings: dict[tuple[str, ...], dict[str, Any]] = {}
        self._scene: Any = None
        self._line: int | None = None

    def attach(self, scene: Any) -> None:
        from agents.rendering.inside.harness import TooLong

        self._scene = scene
        compile_animations, play = scene.compile_animation_data, scene.play

        def compiled(*animations: Any, **options: Any) -> Any:
            result = compile_animations(*animations, **options)
            if scene.duration > self._max_seconds or scene.time + scene.duration > self._max_seconds:
                raise TooLong(
                    f"the scene wants {scene.time + scene.duration:.0f} seconds of video; at most {self._max_seconds:.0f} are allowed"
                )
            for animation in scene.animations or ():
                for name in ("mobject", "target_mobject"):
                    target = getattr(animation, name, None)
                    if target is not None:
                        self._used.update(id(part) for part in target.get_family())
            return result

        def played(*animations: Any, **options: Any) -> None:
            self._line = self._scene_line()
            before = float(scene.time)
            self._note(before, before, resting=False)
            play(*animations, **options)
            self._note(float(scene.time), before, resting=True)

        scene.compile_animation_data = compiled
        scene.play = played

    def _scene_line(self) -> int | None:
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self._file:
                return frame.f_lineno
            frame = frame.f_back  # type: ignore[assignment]
        return None

    def _note(self, at: float, since: float, *, resting: bool) -> None:
        """What is on screen at `at`; what was not there before came in since `since`."""
        pieces: list[Piece] = []
        for mobject in [*self._scene.mobjects, *self._scene.foreground_mobjects]:
            self._collect(mobject, None, (), pieces)
        for piece in pieces[:_MOST_PIECES]:
            entry = self._seen.get(piece.key)
            if piece.carrier is not None and piece.carrier != piece.key and piece.text is None:
                continue  # ticks and lines of axes and tables: the carrier stands for them
            if entry is None:
                self._seen[piece.key] = {"kind": piece.kind, "text": piece.text, "from_s": since, "to_s": at}
            else:
                entry["to_s"] = at
        if resting and not isinstance(self._scene, manim.ThreeDScene) and not self._camera_moved():
            for finding in inspect_frame(
                pieces[:_MOST_PIECES], frame_width=float(config.frame_width), frame_height=float(config.frame_height)
            ):
                key = (finding["kind"], *finding["objects"])
                self._findings.setdefault(key, {**finding, "at_s": round(at, 3), "line": self._line})

    def _camera_moved(self) -> bool:
        frame = getattr(self._scene.camera, "frame", None)
        return frame is not None and (abs(frame.width - config.frame_width) > 0.01 or float(np.linalg.norm(frame.get_center())) > 0.01)

    def _collect(self, mobject: Any, carrier: int | None, group: tuple[int, ...], pieces: list[Piece]) -> None:
        if isinstance(mobject, _TEXT):
            self._add(mobject, text_of(mobject), carrier, group, pieces)
            return
        here = id(mobject) if isinstance(mobject, _CARRIERS) else carrier
        if isinstance(mobject, _CARRIERS) and opaque_parts(mobject):
            self._add(mobject, None, here, group, pieces, lines=False)
        elif len(getattr(mobject, "points", ())):
            self._add(mobject, None, here, group, pieces)
        for part in mobject.submobjects:
            self._collect(part, here, (*group, id(mobject)), pieces)

    def _add(
        self, mobject: Any, text: str | None, carrier: int | None, group: tuple[int, ...], pieces: list[Piece], *, lines: bool = True
    ) -> None:
        is_text = isinstance(mobject, _TEXT)
        parts = opaque_parts(mobject) if is_text or not lines else [part for part in [mobject] if part in opaque_parts(mobject)[:1]]
        if not parts:
            return
        boxes = np.array([[*part.points[:, :2].min(axis=0), *part.points[:, :2].max(axis=0)] for part in parts])
        box = Box(*(float(value) for value in (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0))))
        self._kept.append(mobject)  # keeps the id from being used again
        pieces.append(
            Piece(
                key=id(mobject),
                kind=type(mobject).__name__,
                text=text,
                box=box,
                glyphs=boxes if is_text else None,
                curve=None if is_text or not lines else _curve(mobject),
                filled=isinstance(mobject, manim.VMobject) and (mobject.get_fill_opacity() or 0) > 0.5,
                carrier=carrier,
                group=group,
                order=len(pieces),
            )
        )

    def finish(self, made: dict[str, Any]) -> None:
        """Objects that `construct` made and kept in variables but that never reached the screen, nor were a target of an animation."""
        for name, value in made.items():
            if name == "self" or not isinstance(value, manim.VMobject):
                continue
            family = {id(part) for part in value.get_family()}
            if not family & (self._seen.keys() | self._used) and opaque_parts(value):
                self._findings[("never_shown", name)] = {
                    "kind": "never_shown",
                    "severity": "warning",
                    "objects": [f"{name}: {type(value).__name__}"],
                    "at_s": round(float(self._scene.time), 3),
                    "line": None,
                }

    def shown(self) -> list[dict[str, Any]]:
        """The inventory, in the order of appearance. What was there for no time at all is left out."""
        entries = [{**entry, "from_s": round(entry["from_s"], 3), "to_s": round(entry["to_s"], 3)} for entry in self._seen.values()]
        return sorted(entries, key=lambda entry: entry["from_s"])[:_MOST_PIECES]

    def findings(self) -> list[dict[str, Any]]:
        return list(self._findings.values())[:60]


def _curve(mobject: Any) -> Any:
    """Points along the outline, close enough together to notice a glyph that it passes through; None for dots and other small marks."""
    if not isinstance(mobject, manim.VMobject) or isinstance(
        mobject, (manim.Dot, manim.BackgroundRectangle, manim.SurroundingRectangle, manim.Underline, manim.Cross, manim.Brace)
    ):
        return None
    if (mobject.get_stroke_width() or 0) <= 0.05 or (mobject.get_stroke_opacity() or 0) <= 0.05:
        return None
    points = mobject.points[:, :2]
    if len(points) < 4:
        return None
    quads = points[: len(points) // 4 * 4].reshape(-1, 4, 2)[:400]
    steps = np.linspace(0, 1, 24)[:, None]
    basis = [(1 - steps) ** 3, 3 * steps * (1 - steps) ** 2, 3 * steps**2 * (1 - steps), steps**3]
    return np.concatenate([sum(weight * quad[index] for index, weight in enumerate(basis)) for quad in quads])
