"""Renders one scene inside the sandbox and writes report and video into one file. Runs inside the sandbox only.

The scene shares this process, so everything that leaves here is untrusted: `agents.rendering.bundle` checks it again outside.
"""

from __future__ import annotations

import ast
import json
import os
import signal
import struct
import sys
import time
import traceback
from pathlib import Path
from typing import Any

SCENE = Path("/work/scene.py")
BUNDLE = Path("/work/bundle")
PLAYABLE = Path("/work/playable.mp4")
PIXELS = {"l": (854, 480, 15), "m": (1280, 720, 30), "h": (1920, 1080, 60)}
STILL_SECONDS = 1.0


class TooLong(Exception):
    """The scene asks for more video than a scene may have."""


class TimeUp(BaseException):
    """The time for the scene is over. Not an `Exception`, so that a scene's own handlers do not swallow it."""


def _time_up(_signal: int, _frame: Any) -> None:
    raise TimeUp


def main() -> None:
    request = json.load(sys.stdin)
    started = time.monotonic()
    report: dict[str, Any] = {"ok": False, "seconds": 0.0, "error": None, "layout": [], "shown": []}
    video = b""
    signal.signal(signal.SIGALRM, _time_up)
    # A little earlier than the wall around us, so that there is a line to name.
    signal.setitimer(signal.ITIMER_REAL, float(request["deadline_s"]))
    try:
        video = _render(request, report)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except BaseException as error:  # noqa: BLE001 - whatever the scene raised, SystemExit included, is the report
        signal.setitimer(signal.ITIMER_REAL, 0)
        from agents.rendering.inside import diagnose

        report["error"] = diagnose.explain(error, str(SCENE))
        traceback.print_exc(limit=-6)
    report["wall_s"] = time.monotonic() - started
    body = json.dumps(report, allow_nan=False).encode()
    BUNDLE.write_bytes(struct.pack(">Q", len(body)) + body + video)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # threads that the scene left behind have no say any more


def _load(source: str, name: str) -> Any:
    """The scene class. Its `construct` also leaves its local variables behind, so that objects that were made but never shown can be named."""
    tree = ast.parse(source, str(SCENE))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "construct" and node.args.args:
            this = node.args.args[0].arg
            keep = ast.parse(f"{this}._made_here = dict(locals())").body[0]
            for part in ast.walk(keep):
                if isinstance(part, (ast.stmt, ast.expr)):
                    part.lineno = part.end_lineno = node.body[-1].end_lineno or node.lineno
            node.body.append(keep)
    namespace: dict[str, Any] = {"__name__": "scene", "__file__": str(SCENE)}
    exec(compile(tree, str(SCENE), "exec"), namespace)  # noqa: S102 - running the scene is what the sandbox is for
    return namespace[name]


def _configure(request: dict[str, Any]) -> None:
    from manim import config, logger

    width, height, rate = PIXELS[request["quality"]]
    config.media_dir = "/work/media"
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


def _render(request: dict[str, Any], report: dict[str, Any]) -> bytes:
    from agents.rendering.inside import diagnose, observe, remux, tex

    tex.install()
    _configure(request)
    scene_class = _load(SCENE.read_text(encoding="utf-8"), request["scene"])
    _configure(request)  # again: a scene file may set sizes of its own while it is imported
    watch = observe.Observer(max_seconds=float(request["max_seconds"]), scene_file=str(SCENE))
    scene = scene_class()
    watch.attach(scene)
    construct = scene.construct

    def construct_and_hold() -> None:
        construct()
        if scene.renderer.num_plays == 0 and scene.mobjects:
            scene.wait(STILL_SECONDS)

    scene.construct = construct_and_hold
    scene.render()
    watch.finish(getattr(scene, "_made_here", {}))
    report["layout"], report["shown"] = watch.findings(), watch.shown()
    report["seconds"] = float(scene.time)
    movie = Path(scene.renderer.file_writer.movie_file_path)
    if scene.renderer.num_plays == 0 or not movie.is_file():
        report["error"] = diagnose.problem(
            "none_rendered", "the scene plays nothing and shows nothing", None, "Add objects with self.add or self.play(Create(...))."
        )
        return b""
    report["ok"] = True
    remux.join_files([movie], PLAYABLE)
    return PLAYABLE.read_bytes()
