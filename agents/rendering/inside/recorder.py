"""Watches a scene while it renders: what was on screen when, which faults its resting pictures have, and when it is too long."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from types import FrameType
from typing import Any

import manim
from manim.mobject.text.tex_mobject import MathTexPart

from agents.rendering.inside.curves import PLOTS, Curves
from agents.rendering.inside.glyphs import MissingGlyphsError, missing, says_nothing
from agents.rendering.inside.hidden import background_of, partly_covered, unreadable
from agents.rendering.inside.inventory import TEXTS, Item, Key, Labels, Walk, manim_kind, source_text
from agents.rendering.inside.layout import Fault, Frame, faults, overlaps, small
from agents.rendering.inside.moving import MOST_LOOKS, STEP_S, Midway, anything_moves, leaves
from agents.rendering.inside.pointing import ANIMATIONS, MARKS, Pointers

_FAR_S = 1.0
"""Seconds that a text may be too small to be read while the camera is far away."""
_GAP = 0.25
"""Seconds that a thing may be gone and still count as shown throughout."""
_TEXTS_KEPT = 2000
_FINDINGS_KEPT = 60


OnFault = Callable[[Fault, list[Item], Frame, int | None, Mapping[str, Any]], None]


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

    def __init__(self, scene_file: str, fps: int, max_seconds: float, *, drawn: bool = True, on_fault: OnFault | None = None) -> None:
        """`drawn` is whether frames are written; where they are not, the durations are counted instead. `on_fault` is called for every fault of a
        resting picture while its objects still stand there, with all that is visible, the frame, and the line and variables of the scene's own code.
        """
        self._on_fault = on_fault
        self._file, self._fps, self._max, self._drawn = scene_file, fps, max_seconds, drawn
        self._hooked: list[tuple[type, str, Any]] = []
        self.frames = 0
        self.plays = 0
        self._playing = 0
        self._looks = 0
        self._line: int | None = None
        self._names: Mapping[str, Any] = {}
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
        self._pointers = Pointers()
        self._present: set[int] = set()
        self._ever: set[int] = set()
        self._seen: list[Item] = []
        self._all: list[Item] = []
        self._midway = Midway()
        self._curves = Curves()
        self._tiny: dict[Key, float] = {}

    @property
    def now(self) -> float:
        """Seconds of video so far."""
        return self.frames / self._fps

    def _scene_frame(self, frame: FrameType | None) -> FrameType | None:
        """The frame of the scene's file from which this was called."""
        while frame is not None and frame.f_code.co_filename != self._file:
            frame = frame.f_back
        return frame

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
        for cls in (*ANIMATIONS, *MARKS):
            if "__init__" in vars(cls):
                self._hook(cls, "__init__", self._on_pointer)
        self._hook(manim.Circle, "surround", self._on_surround)
        for name in PLOTS:
            self._hook(manim.CoordinateSystem, name, self._on_plot)
        for cls in (*TEXTS, manim.MathTex):
            if cls is not MathTexPart and "__init__" in vars(cls):
                self._hook(cls, "__init__", self._on_text)

    def remove(self) -> None:
        """Takes the hooks out again."""
        for cls, name, original in reversed(self._hooked):
            setattr(cls, name, original)
        self._hooked.clear()

    def _hook(self, cls: type, name: str, around: Callable[..., Any]) -> None:
        original = getattr(cls, name)
        self._hooked.append((cls, name, original))

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

    def _on_pointer(self, original: Callable[..., Any], pointer: Any, *args: Any, **kwargs: Any) -> Any:
        original(pointer, *args, **kwargs)
        self._pointers.note(pointer, (*args, *kwargs.values()))

    def _on_surround(self, original: Callable[..., Any], circle: Any, target: Any, *args: Any, **kwargs: Any) -> Any:
        self._pointers.note(circle, (target,))
        return original(circle, target, *args, **kwargs)

    def _on_plot(self, original: Callable[..., Any], axes: Any, *args: Any, **kwargs: Any) -> Any:
        graph = original(axes, *args, **kwargs)
        self._curves.note(graph, axes)
        return graph

    def _on_play(self, original: Callable[..., Any], renderer: Any, scene: Any, *args: Any, **kwargs: Any) -> Any:
        caller = self._scene_frame(sys._getframe())
        self._line, self._names = (caller.f_lineno, caller.f_locals) if caller is not None else (None, {})
        self._brought = self.played_by(scene, sys._getframe())
        self._playing += 1
        self._frame_of_play = 0
        self._play_frames = set()
        self._present = _identities(scene)
        try:
            done = original(renderer, scene, *args, **kwargs)
        finally:
            self._playing -= 1
        for animation in leaves(scene.animations or []):
            target = getattr(animation, "target_mobject", None)
            if isinstance(animation, manim.Transform) and target is not None and not animation.replace_mobject_with_target_in_scene:
                self._pair(animation.mobject, target)
        self.plays += 1
        self.look(scene, resting=True)
        return done

    def _on_begin(self, original: Callable[..., Any], scene: Any) -> Any:
        if scene.stop_condition is None:
            self._check_length(scene.duration * self._fps)
        if not self._drawn:
            self.frames += round(scene.duration * self._fps)
        manim.config.frame_rate = self._fps  # the step of the render loop; a scene may have changed it meanwhile
        for fault in self._pointers.played(scene.animations or [], self._present, self._seen):
            self._find(fault.kind, fault.severity, fault.objects, self.now, self._line)
        done = original(scene)
        frames = int(scene.duration * self._fps)
        if frames >= 6 and not scene.is_current_animation_frozen_frame():
            moving = anything_moves(scene.mobjects, scene.animations or [])
            # where nothing moves, two looks tell what was shown when
            step = max(1, round(STEP_S * self._fps), math.ceil(frames / MOST_LOOKS)) if moving else math.ceil(frames / 3)
            self._play_frames = set(range(step, frames, step))
            self._midway.watch(moving)
        self.look(scene)
        self._midway.begin(self._all, _frame(scene.camera)[0])
        return done

    def _on_render(self, original: Callable[..., Any], renderer: Any, scene: Any, *args: Any, **kwargs: Any) -> Any:
        self._frame_of_play += 1
        if self._frame_of_play in self._play_frames:
            self.look(scene)
        return original(renderer, scene, *args, **kwargs)

    def _on_become(self, original: Callable[..., Any], mobject: Any, other: Any, *args: Any, **kwargs: Any) -> Any:
        done = original(mobject, other, *args, **kwargs)
        self._pair(mobject, other)
        return done

    def _pair(self, mobject: Any, target: Any) -> None:
        """From now on `mobject` looks like `target`."""
        self._labels.pair(mobject, target)
        self._curves.pair(mobject, target)

    def _on_text(self, original: Callable[..., Any], mobject: Any, *args: Any, **kwargs: Any) -> Any:
        original(mobject, *args, **kwargs)
        self._check_glyphs(mobject)
        if self._playing or len(self._made) >= _TEXTS_KEPT or (self._made and self._made[-1][0] is mobject):
            return
        caller = sys._getframe(2)
        # up through the constructors of the text itself, not through those of what it is a part of
        while caller.f_code.co_filename != self._file and caller.f_back and _is_constructor_of(mobject, caller):
            caller = caller.f_back
        direct = caller.f_code.co_filename == self._file
        self._made.append((mobject, caller.f_lineno if direct else None))

    def _check_glyphs(self, mobject: Any) -> None:
        """Raises `MissingGlyphsError` for a text of which nothing could be read; where some of it could, that is a finding."""
        text = source_text(mobject) if isinstance(mobject, manim.Text | manim.MarkupText) else None
        if text and (lost := missing(text)):
            if says_nothing(text, lost):
                raise MissingGlyphsError(lost)
            self._find("missing_glyphs", "error", (f"{manim_kind(mobject)} {' '.join(text.split())[:60]}", lost[:8]), self.now, self._line)

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
        judged: list[Item] = []
        unseen: set[int] = set()
        background = background_of(scene.camera)
        self._ever |= _identities(scene)
        for item in items:
            if item.is_text and flat and unreadable(item, items, background):
                unseen.add(id(item))  # it is there and nobody sees it
                continue
            in_frame = overlaps(item.box, frame.box) if flat or id(item.mobject) in fixed else True
            if not in_frame:
                if frame.still and resting:
                    self._away.setdefault(item.key, (item.name, now, self._line))
                    if self._on_fault is not None and item.key not in self._shown:
                        self._on_fault(Fault("off_frame", "warning", (item.name,), (item,)), items, frame, self._line, self._names)
                continue
            self._note(item.key, item.kind, item.text, now, last)
            self._kept[id(item.mobject)] = item.mobject  # so that no later mobject gets its identity
            if flat or id(item.mobject) in fixed:
                judged.append(item)
        self._seen, self._all = judged, [item for item in items if id(item) not in unseen]
        if resting:
            if flat and self._drawn:
                self._curves.look(self._all, frame.box, now, self._brought)
            texts = [item for item in judged if item.is_text]
            found = [*faults(judged, frame), *partly_covered(texts, judged), *self._pointers.resting(judged, self._ever)]
            for fault in [*found, *self._midway.end(self._all, frame), *self._from_afar(texts, frame)]:
                self._find(fault.kind, fault.severity, fault.objects, now, self._line)
                if self._on_fault is not None:
                    self._on_fault(fault, judged, frame, self._line, self._names)
        elif self._frame_of_play in self._play_frames:
            self._midway.look(self._all, frame, scene.animations or [])

    def _from_afar(self, texts: list[Item], frame: Frame) -> list[Fault]:
        """Texts that a camera has left too far behind for a while; a short look from afar may lose them."""
        far = [] if frame.still or frame.height < 1.2 * manim.config.frame_height else small(texts, frame)
        keys = {fault.items[0].key for fault in far}
        self._tiny = {key: since for key, since in self._tiny.items() if key in keys}
        return [fault for fault in far if self.now - self._tiny.setdefault(fault.items[0].key, self.now) >= _FAR_S]

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

    def curves(self) -> list[dict[str, Any]]:
        """What was drawn on axes, see `agents.rendering.report.DrawnCurve`."""
        return self._curves.drawn

    def layout(self) -> list[dict[str, Any]]:
        """The findings, faults before warnings, each kind and its objects once."""
        found = sorted(self._faults.values(), key=lambda finding: (finding["severity"] != "error", finding["at_s"]))
        return found[:_FINDINGS_KEPT]


def _is_constructor_of(mobject: Any, frame: FrameType) -> bool:
    """Whether a frame belongs to the making of this very mobject: its own `__init__`, one of its bases', or our hook around that."""
    name = frame.f_code.co_name
    if name in ("hooked", "_on_text"):
        arguments: tuple[Any, ...] = frame.f_locals.get("args") or ()
        return name == "_on_text" or (len(arguments) > 0 and arguments[0] is mobject)
    return name == "__init__" and frame.f_locals.get("self") is mobject


def _identities(scene: Any) -> set[int]:
    """Of everything that is on screen now, parts included."""
    return {id(part) for root in [*scene.mobjects, *scene.foreground_mobjects] for part in root.get_family()}


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
