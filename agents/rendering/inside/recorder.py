"""Watches a scene while it renders: what was on screen when, which faults its resting pictures have, and when it is too long."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from types import FrameType
from typing import Any

import manim
from manim.mobject.text.tex_mobject import MathTexPart

from agents.rendering.inside.inventory import TEXTS, Key, Labels, Walk, manim_kind, source_text
from agents.rendering.inside.layout import Frame, faults, overlaps

_LOOKS_INSIDE = (1 / 3, 2 / 3)
"""Looks into an animation besides its start and its end."""
_GAP = 0.25
"""Seconds that a thing may be gone and still count as shown throughout."""
_TEXTS_KEPT = 2000
_FINDINGS_KEPT = 60


class TooLong(Exception):
    """The scene would make a longer video than is allowed."""


@dataclass(slots=True)
class _Shown:
    kind: str
    text: str | None
    spans: list[list[float]] = field(default_factory=list)
    lines: list[int | None] = field(default_factory=list)
    """For each span the line of the scene's file whose play or wait brought it."""
    look: int = -1


class Recorder:
    """Hooks into Manim with `install`; `shown` and `layout` give what it saw."""

    def __init__(self, scene_file: str, fps: int, max_seconds: float) -> None:
        self._file, self._fps, self._max = scene_file, fps, max_seconds
        self.frames = 0
        self.plays = 0
        self._playing = 0
        self._looks = 0
        self._line: int | None = None
        self._brought: int | None = None
        self._labels = Labels()
        self._made: list[tuple[Any, int | None]] = []
        self._owners: dict[int, Any] = {}
        self._owned = 0
        self._shown: dict[Key, _Shown] = {}
        self._kept: dict[int, Any] = {}
        self._faults: dict[tuple[str, frozenset[str]], dict[str, Any]] = {}
        self._away: dict[Key, tuple[str, float, int | None]] = {}
        self._play_frames: set[int] = set()
        self._frame_of_play = 0

    @property
    def now(self) -> float:
        """Seconds of video so far."""
        return self.frames / self._fps

    def line_of(self, frame: FrameType | None) -> int | None:
        """The line of the scene's file from which this was called."""
        while frame is not None:
            if frame.f_code.co_filename == self._file:
                return frame.f_lineno
            frame = frame.f_back
        return None

    def played_by(self, scene: Any, frame: FrameType | None) -> int | None:
        """The line that says what is played: that of the call where the scene's own helper methods do the playing."""
        nearest = None
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self._file:
                nearest = nearest or frame.f_lineno
                helper = code.co_name != "construct" and code.co_argcount > 0 and callable(getattr(type(scene), code.co_name, None))
                if not (helper and frame.f_locals.get(code.co_varnames[0]) is scene):
                    return frame.f_lineno
            frame = frame.f_back
        return nearest

    # --- hooks -------------------------------------------------------------------------------------------------------------------

    def install(self) -> None:
        """Puts the recorder between Manim's parts. Only class attributes change, so scenes with methods of their own are seen as well."""
        self._hook(manim.SceneFileWriter, "write_frame", self._on_frame)
        self._hook(manim.CairoRenderer, "play", self._on_play)
        self._hook(manim.CairoRenderer, "render", self._on_render)
        self._hook(manim.Scene, "begin_animations", self._on_begin)
        self._hook(manim.Mobject, "become", self._on_become)
        for cls in (*TEXTS, manim.MathTex):
            if cls is not MathTexPart and "__init__" in vars(cls):
                self._hook(cls, "__init__", self._on_text)

    @staticmethod
    def _hook(cls: type, name: str, around: Callable[..., Any]) -> None:
        original = getattr(cls, name)

        @wraps(original)
        def hooked(*args: Any, **kwargs: Any) -> Any:
            return around(original, *args, **kwargs)

        setattr(cls, name, hooked)

    def _on_frame(self, original: Callable[..., Any], writer: Any, pixels: Any, *, repeat: int = 1) -> Any:
        self._check_length(repeat)
        self.frames += repeat
        return original(writer, pixels, repeat=repeat)

    def _check_length(self, more_frames: float) -> None:
        if (self.frames + more_frames) / self._fps > self._max + 0.5:
            raise TooLong(f"the video would be longer than {self._max:g} s")

    def _on_play(self, original: Callable[..., Any], renderer: Any, scene: Any, *args: Any, **kwargs: Any) -> Any:
        self._line, self._brought = self.line_of(sys._getframe()), self.played_by(scene, sys._getframe())
        self._playing += 1
        self._frame_of_play = 0
        self._play_frames = set()
        try:
            done = original(renderer, scene, *args, **kwargs)
        finally:
            self._playing -= 1
        for animation in _leaves(scene.animations or []):
            target = getattr(animation, "target_mobject", None)
            if isinstance(animation, manim.Transform) and target is not None and not animation.replace_mobject_with_target_in_scene:
                self._labels.pair(animation.mobject, target)
        self.plays += 1
        self.look(scene, resting=True)
        return done

    def _on_begin(self, original: Callable[..., Any], scene: Any) -> Any:
        if scene.stop_condition is None:
            self._check_length(scene.duration * self._fps)
        manim.config.frame_rate = self._fps  # the step of the render loop; a scene may have changed it meanwhile
        done = original(scene)
        frames = int(scene.duration * self._fps)
        if frames >= 6 and not scene.is_current_animation_frozen_frame():
            self._play_frames = {int(frames * part) for part in _LOOKS_INSIDE}
        self.look(scene)
        return done

    def _on_render(self, original: Callable[..., Any], renderer: Any, scene: Any, *args: Any, **kwargs: Any) -> Any:
        self._frame_of_play += 1
        if self._frame_of_play in self._play_frames:
            self.look(scene)
        return original(renderer, scene, *args, **kwargs)

    def _on_become(self, original: Callable[..., Any], mobject: Any, other: Any, *args: Any, **kwargs: Any) -> Any:
        done = original(mobject, other, *args, **kwargs)
        self._labels.pair(mobject, other)
        return done

    def _on_text(self, original: Callable[..., Any], mobject: Any, *args: Any, **kwargs: Any) -> Any:
        original(mobject, *args, **kwargs)
        if self._playing or len(self._made) >= _TEXTS_KEPT or (self._made and self._made[-1][0] is mobject):
            return
        caller = sys._getframe(2)
        while caller.f_code.co_name in ("__init__", "hooked", "_on_text") and caller.f_code.co_filename != self._file and caller.f_back:
            caller = caller.f_back
        direct = caller.f_code.co_filename == self._file
        self._made.append((mobject, caller.f_lineno if direct else None))

    # --- looking -----------------------------------------------------------------------------------------------------------------

    def _own(self) -> None:
        """Remembers which letters belong to which text, so that letters shown by themselves are known."""
        for mobject, _ in self._made[self._owned :]:
            for part in mobject.get_family():
                if part is not mobject:
                    self._owners[id(part)] = mobject
        self._owned = len(self._made)

    def _walk(self, scene: Any) -> Walk:
        self._own()
        roots = list(dict.fromkeys([*scene.mobjects, *scene.foreground_mobjects]))
        return Walk(roots, self._labels, self._owners)

    def look(self, scene: Any, *, resting: bool = False) -> None:
        """Takes down what is on screen now; `resting` says that nothing moves, so that the layout can be judged."""
        now, last = self.now, self._looks
        self._looks += 1
        frame, flat = _frame(scene.camera)
        items = self._walk(scene).items
        fixed = set() if flat else {id(part) for part in scene.camera.fixed_in_frame_mobjects}
        judged = []
        for item in items:
            in_frame = overlaps(item.box, frame.box) if flat or id(item.mobject) in fixed else True
            if not in_frame:
                if frame.still and resting:
                    self._away.setdefault(item.key, (item.name, now, self._line))
                continue
            self._note(item.key, item.kind, item.text, now, last)
            self._kept[id(item.mobject)] = item.mobject  # so that no later mobject gets its identity
            if flat or id(item.mobject) in fixed:
                judged.append(item)
        if resting:
            for fault in faults(judged, frame):
                self._find(fault.kind, fault.severity, fault.objects, now, self._line)

    def _note(self, key: Key, kind: str, text: str | None, now: float, last: int) -> None:
        known = self._shown.setdefault(key, _Shown(kind, text))
        if known.spans and (known.look >= last - 1 or now - known.spans[-1][1] <= _GAP):
            known.spans[-1][1] = now
        else:
            known.spans.append([now, now])
            known.lines.append(self._brought)
        known.look = last

    def _find(self, kind: str, severity: str, objects: tuple[str, ...], at_s: float, line: int | None) -> None:
        known = self._faults.setdefault(
            (kind, frozenset(objects)), {"kind": kind, "severity": severity, "objects": list(objects), "at_s": round(at_s, 3), "line": line}
        )
        if severity == "error":
            known["severity"] = "error"

    # --- what came of it ---------------------------------------------------------------------------------------------------------

    def finish(self, scene: Any, unused: list[tuple[str, int]]) -> None:
        """Draws the conclusions that need the whole scene. `unused` are variables that hold a mobject and are never read: class and line."""
        for key, (name, at_s, line) in self._away.items():
            if key not in self._shown:
                self._find("off_frame", "warning", (name,), at_s, line)
        seen = [shown.text for shown in self._shown.values() if shown.text]
        reported: set[int | None] = set()
        for mobject, line in self._made:
            text = source_text(mobject)
            if line is None or not text or any(text in other for other in seen) or self._away_by(text):
                continue
            reported.add(line)
            short = " ".join(text.split())[:60]
            self._find("never_shown", "warning", (f"{manim_kind(mobject)} {short}",), self.now, line)
        for kind, line in unused:
            if line not in reported:
                self._find("never_shown", "warning", (kind,), self.now, line)
        for item in self._walk(scene).items:  # added after the last frame
            if item.key not in self._shown and item.key not in self._away and item.text is None:
                self._find("never_shown", "warning", (item.name,), self.now, None)

    def _away_by(self, text: str) -> bool:
        return any(key[1] == text for key in self._away)

    def shown(self) -> list[dict[str, Any]]:
        """The inventory in order of appearance."""
        shortest = 1 / self._fps
        rows = [
            {"kind": shown.kind, "text": shown.text, "from_s": round(start, 3), "to_s": round(max(end, start + shortest), 3), "line": line}
            for shown in self._shown.values()
            for (start, end), line in zip(shown.spans, shown.lines, strict=True)
        ]
        return sorted(rows, key=lambda row: (row["from_s"], row["to_s"]))

    def layout(self) -> list[dict[str, Any]]:
        """The findings, faults before warnings, each kind and its objects once."""
        found = sorted(self._faults.values(), key=lambda finding: (finding["severity"] != "error", finding["at_s"]))
        return found[:_FINDINGS_KEPT]


def _leaves(animations: list[Any]) -> list[Any]:
    found, stack = [], list(animations)
    while stack:
        animation = stack.pop(0)
        found.append(animation)
        if isinstance(animation, manim.AnimationGroup):
            stack[:0] = list(animation.animations)
    return found


def _frame(camera: Any) -> tuple[Frame, bool]:
    """What the camera sees, and whether it looks at the plane straight on."""
    flat = not isinstance(camera, manim.ThreeDCamera)
    wide, high = float(manim.config.frame_width), float(manim.config.frame_height)
    x, y = 0.0, 0.0
    if isinstance(camera, manim.MovingCamera):
        x, y = float(camera.frame_center[0]), float(camera.frame_center[1])
        wide, high = float(camera.frame.width), float(camera.frame.height)
    elif flat:
        x, y = float(camera.frame_center[0]), float(camera.frame_center[1])
        wide, high = float(camera.frame_width), float(camera.frame_height)
    usual = abs(x) < 0.01 and abs(y) < 0.01 and abs(high - manim.config.frame_height) < 0.01
    return Frame((x - wide / 2, y - high / 2, x + wide / 2, y + high / 2), usual), flat
