"""Renders one scene inside the sandbox, or tries it out and mends its program, and writes report and video into one file. Runs inside the sandbox only.

The scene shares this process, so everything that leaves here is untrusted: `agents.rendering.bundle` checks it again outside.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import signal
import struct
import sys
import time
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from agents.rendering.inside.sealed import FOLDER

PIXELS = {"l": (854, 480, 15), "m": (1280, 720, 30), "h": (1920, 1080, 60)}
STILL_SECONDS = 1.0
_RESERVE = 256 * 1024
"""Bytes of the work folder that are kept for the report of a scene that fills all the rest."""
KEPT = f"../opt/hisolver/{FOLDER}"
"""Where formulas of earlier jobs lie, from the working folder; nothing need be there."""


_MAKERS = {
    **dict.fromkeys(("plot", "plot_parametric_curve", "plot_derivative_graph"), "ParametricFunction"),
    **dict.fromkeys(("get_vertical_line", "get_horizontal_line"), "Line"),
    **dict.fromkeys(("get_graph_label", "get_tex", "get_x_axis_label", "get_y_axis_label"), "MathTex"),
    **dict.fromkeys(("get_riemann_rectangles", "get_axis_labels", "get_lines_to_point", "get_secant_slope_group"), "VGroup"),
    **{"get_area": "Polygon", "get_text": "Tex", "plot_line_graph": "VDict", "get_vertical_lines_to_graph": "VGroup"},
}
"""Methods of Manim's that make something to be drawn, and its class."""
_KEEPERS = ("next_to", "to_", "move_to", "shift", "scale", "rotate", "set_", "align_to", "arrange", "flip", "stretch", "center")
"""Beginnings of the names of methods that give back what they are called on."""


class Places(NamedTuple):
    """Where things lie, as absolute paths: a scene may change its folder."""

    scene: Path
    bundle: Path
    playable: Path
    media: Path
    reserve: Path
    kept: Path

    @classmethod
    def here(cls) -> Places:
        work = Path.cwd()
        kept = (work / KEPT).resolve()
        return cls(work / "scene.py", work / "bundle", work / "playable.mp4", work / "media", work / "reserve", kept)


class NothingShown(Exception):
    """The scene ran to its end and nothing was ever on screen."""


class TimeUp(BaseException):
    """The time for the scene is over. Not an `Exception`, so that a scene's own handlers do not swallow it."""


def _time_up(_signal: int, _frame: Any) -> None:
    raise TimeUp


def _ready() -> None:
    """Imports what every scene needs while nobody waits yet: this process may have been started ahead of need."""
    with contextlib.suppress(Exception):  # what is broken is told as the scene's error
        import manim  # noqa: F401

        from agents.rendering.inside import recorder, remux, tex  # noqa: F401


def main() -> None:
    places = Places.here()
    os.environ["TEXMFOUTPUT"] = str(places.media / "Tex")  # the one folder outside its own that a careful TeX writes to
    _ready()
    request = json.load(sys.stdin)
    # a lone surrogate is kept as an escape, and is a syntax error then
    places.scene.write_bytes(str(request["source"]).encode("utf-8", errors="backslashreplace"))
    with contextlib.suppress(OSError):
        places.reserve.write_bytes(bytes(_RESERVE))
    started = time.monotonic()
    mends = bool(request.get("mend"))
    report: dict[str, Any] = (
        {"error": None} if mends else {"ok": False, "seconds": 0.0, "error": None, "layout": [], "shown": [], "formulas": None}
    )
    video = b""
    signal.signal(signal.SIGALRM, _time_up)
    # A little earlier than the wall around us, so that there is a line to name.
    signal.setitimer(signal.ITIMER_REAL, float(request["deadline_s"]))
    try:
        if mends:
            report |= _mend(request, places)
        else:
            video = _render(request, report, places)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException as error:  # noqa: BLE001 - whatever the scene raised, SystemExit included, is the report
        signal.setitimer(signal.ITIMER_REAL, 0)
        from agents.rendering.inside import diagnose

        report["error"] = diagnose.explain(error, str(places.scene))
        traceback.print_exc(limit=-6)
    report["wall_s"] = time.monotonic() - started
    _leave(report, video, places)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that the scene left behind have no say any more


def _leave(report: dict[str, Any], video: bytes, places: Places) -> None:
    """Writes report and video. Where there is no room for both, the report says so and goes alone. Raises `OSError` where not even that fits."""
    places.reserve.unlink(missing_ok=True)
    try:
        _write(report, video, places.bundle)
    except OSError as error:
        from agents.rendering.inside import diagnose

        places.playable.unlink(missing_ok=True)
        shutil.rmtree(places.media, ignore_errors=True)
        _write(report | {"error": diagnose.explain(error, str(places.scene))}, b"", places.bundle)


def _write(report: dict[str, Any], video: bytes, bundle: Path) -> None:
    body = json.dumps(report, allow_nan=False).encode()
    bundle.write_bytes(struct.pack(">Q", len(body)) + body + video)


def _load(source: str, path: Path) -> types.ModuleType:
    """Runs the scene's file as a module named `scene`. Raises whatever it raises."""
    module = types.ModuleType("scene")
    module.__file__ = str(path)
    sys.modules["scene"] = module
    exec(compile(source, str(path), "exec"), vars(module))  # noqa: S102 — running the scene is what the sandbox is for
    return module


def _unused(source: str, module: types.ModuleType, scene: str) -> list[tuple[str, int]]:
    """Variables of the scene that get a new mobject and are never read: the mobject's class and the line."""
    found = []
    for cls in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef) and node.name == scene):
        for function in (node for node in cls.body if isinstance(node, ast.FunctionDef)):
            read = {node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
            for node in ast.walk(function):
                if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
                    continue
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                made = _made_by(node.value, module)
                if made and len(names) == len(node.targets) and not read & set(names):
                    found.append((made, node.lineno))
    return found


def _made_by(call: ast.Call, module: types.ModuleType) -> str:
    """The class of what a call makes to be drawn; "" for everything else."""
    import manim

    while isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call) and call.func.attr.startswith(_KEEPERS):
        call = call.func.value  # `Circle().shift(UP)` still makes a circle, `Circle().get_top()` does not
    words = next((node.value for node in call.args if isinstance(node, ast.Constant) and isinstance(node.value, str)), "")
    if isinstance(call.func, ast.Attribute):
        return f"{_MAKERS[call.func.attr]} {' '.join(words.split())[:60]}".strip() if call.func.attr in _MAKERS else ""
    made: Any = getattr(module, call.func.id, None) if isinstance(call.func, ast.Name) else None
    # a group shows nothing itself: its members may be shown one by one
    nothing = (manim.ValueTracker, manim.Group, manim.VGroup, manim.VDict)
    drawn = isinstance(made, type) and issubclass(made, manim.Mobject) and not issubclass(made, nothing)
    return made.__name__ if drawn else ""


def _configure(request: dict[str, Any], media: Path) -> None:
    from manim import config, logger

    width, height, rate = PIXELS[request["quality"]]
    config.media_dir = str(media)
    config.pixel_width, config.pixel_height, config.frame_rate = width, height, rate
    if abs(config.frame_width / config.frame_height - width / height) > 0.01:
        config.frame_height, config.frame_width = 8.0, 8.0 * width / height
    config.disable_caching = True
    config.progress_bar = "none"
    config.verbosity = "ERROR"
    config.no_latex_cleanup = True
    config.write_to_movie = True
    config.renderer = "cairo"
    config.format = "mp4"
    config.preview = config.transparent = config.save_sections = config.dry_run = False
    config.from_animation_number, config.upto_animation_number = 0, -1
    config.output_file = ""
    config.video_codec, config.pixel_format = "libx264", "yuv420p"
    config.video_encoder_options = {"crf": "20", "preset": "veryfast", "threads": "2"}
    config.plugins = []
    logger.setLevel("ERROR")


def _set_formulas(request: dict[str, Any], places: Places) -> Callable[[], dict[str, Any]]:
    """Puts what sets formulas in Manim's way; gives what tells of it afterwards."""
    if request["formulas"] == "typst":
        from agents.rendering.inside.typeset import setter

        setter.install()
        return setter.told
    from agents.rendering.inside import tex

    tex.install(places.kept)
    return tex.told


def _mend(request: dict[str, Any], places: Places) -> dict[str, Any]:
    from agents.rendering.inside.mending.main import mend

    formulas = _set_formulas(request, places)
    _configure(request, places.media)
    # half of the time for trials, so that the last of them can end
    until = time.monotonic() + float(request["deadline_s"]) / 2
    source = places.scene.read_text(encoding="utf-8")
    done = mend(source, request["scene"], str(places.scene), max_seconds=float(request["max_seconds"]), until=until)
    return done | {"formulas": formulas()}


def _render(request: dict[str, Any], report: dict[str, Any], places: Places) -> bytes:
    from agents.rendering.inside import recorder, remux

    rate = PIXELS[request["quality"]][2]
    watch = recorder.Recorder(str(places.scene), rate, float(request["max_seconds"]))
    formulas = _set_formulas(request, places)
    watch.install()
    _configure(request, places.media)
    source = places.scene.read_text(encoding="utf-8")
    try:
        module = _load(source, places.scene)
        _configure(request, places.media)  # again: a scene file may set sizes of its own while it is imported
        scene = getattr(module, request["scene"])()
        construct = scene.construct

        def construct_and_hold() -> None:
            construct()
            if watch.frames == 0 and scene.mobjects:
                scene.wait(STILL_SECONDS)
            if watch.frames == 0:
                raise NothingShown("the scene plays nothing and shows nothing")

        scene.construct = construct_and_hold
        scene.render()
        watch.finish(scene, _unused(source, module, request["scene"]))
    finally:
        report["layout"], report["shown"], report["curves"] = watch.layout(), watch.shown(), watch.curves()
        report["formulas"] = formulas()
    if not report["shown"]:
        raise NothingShown("nothing was ever to be seen in the picture")
    remux.join_files([Path(scene.renderer.file_writer.final_file_path)], places.playable)
    report["ok"] = True
    return places.playable.read_bytes()
