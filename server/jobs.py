"""The jobs behind the commands: the same runtime as the server's, driven from a terminal."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from agents import rendering
from agents.errors import ConfigurationError, InputError, StorageError, TutorError
from agents.rendering.report import Quality
from server.artifacts import storage_error
from server.settings import load_settings
from server.terminal import Screen, plain, print_json

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage

    from agents.state import Skill
    from server.runtime import FinalEvent, Runtime

MAX_INPUT_BYTES = 1_000_000


def read_problem(text: str) -> str:
    """The problem's text, from standard input for "-". Raises `InputError`."""
    if text == "-":
        text = read_input("-")
    if not text.strip():
        raise InputError("the problem is empty")
    limit = load_settings().limits.problem_chars
    if len(text) > limit:
        raise InputError(f"the problem has {len(text)} characters; at most {limit} can be worked on")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InputError("the problem is not valid UTF-8") from None
    return text


def read_input(name: str) -> str:
    """A text file, or standard input for "-". Raises `InputError`."""
    try:
        if name == "-":
            content = sys.stdin.buffer.read(MAX_INPUT_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(MAX_INPUT_BYTES + 1)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}") from error
    if len(content) > MAX_INPUT_BYTES:
        raise InputError(f"the input is larger than {MAX_INPUT_BYTES} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InputError("the input is not valid UTF-8") from None


async def take_turn(
    runtime: Runtime,
    messages: list[AnyMessage],
    *,
    skill: Skill,
    screen: Screen,
    thread_id: str | None = None,
    hint_level: int | None = None,
    quality: Quality | None = None,
) -> FinalEvent:
    """One turn, shown on the screen. Raises `TutorError`s."""
    async with aclosing(runtime.turn(messages, skill=skill, thread_id=thread_id, hint_level=hint_level, quality=quality)) as events:
        async for event in events:
            if event["type"] == "final":
                return event
            screen.show(event)
    raise TutorError("the run ended without an answer")


async def _one_turn(
    text: str, *, skill: Skill, as_json: bool, hint_level: int | None = None, quality: Quality | None = None, out: Path | None = None
) -> FinalEvent:
    from langchain_core.messages import HumanMessage

    from server.runtime import open_runtime

    with Screen(quiet=as_json) as screen:
        async with open_runtime(load_settings(), service=False) as runtime:
            final = await take_turn(runtime, [HumanMessage(text)], skill=skill, screen=screen, hint_level=hint_level, quality=quality)
            if out is not None:
                await deliver(runtime, final, out)
    return final


async def solve_job(text: str, *, as_json: bool) -> int:
    final = await _one_turn(text, skill="solve", as_json=as_json)
    return _finish(final, as_json, done=final["result"]["solution"] is not None)


async def hint_job(text: str, *, level: int | None, as_json: bool) -> int:
    final = await _one_turn(text, skill="hint", as_json=as_json, hint_level=level)
    return _finish(final, as_json, done=final["result"]["hint"] is not None)


FORMS = {".mp4": "video", ".gif": "GIF", ".png": "still"}
"""What an animation is delivered as, by the extension of the file that is asked for."""


def read_quality(name: str) -> Quality:
    """Raises `InputError` for a name that is none."""
    if name not in get_args(Quality):
        raise InputError("the quality is l, m or h")
    return cast("Quality", name)


async def animate_job(text: str, *, out: Path, quality: str | None, as_json: bool) -> int:
    """Renders the animation of a problem or a topic to `out`. Raises `InputError` for a quality, or an extension, that there is none of."""
    chosen = read_quality(quality) if quality is not None else None
    check_writable(out)
    if out.suffix.lower() not in FORMS:
        raise InputError(f"{out.name}: an animation is written as {', '.join(FORMS)}; name a file that ends so")
    final = await _one_turn(text, skill="animate", as_json=as_json, quality=chosen, out=out)
    animation = final["result"]["animation"]
    done = animation is not None and animation["status"] != "failed"
    if done and not as_json:
        sys.stderr.write(f"the {FORMS[out.suffix.lower()]} is in {out}\n")
    return _finish(final, as_json, done=done)


def _finish(final: FinalEvent, as_json: bool, *, done: bool) -> int:
    if as_json:
        print_json(final["result"])
    return 0 if done else 1


def check_writable(out: Path) -> None:
    """Raises `ConfigurationError` before any work is done for a file that could not be written."""
    if out.is_dir():
        raise ConfigurationError(f"{out} is a folder; name a file")
    if not out.absolute().parent.is_dir():
        raise ConfigurationError(f"the folder {out.absolute().parent} does not exist")
    if not os.access(out.absolute().parent, os.W_OK):
        raise ConfigurationError(f"the folder {out.absolute().parent} cannot be written to")


async def deliver(runtime: Runtime, final: FinalEvent, out: Path) -> None:
    """Writes the run's video, its still or a GIF of it, as the extension of `out` says, and lets the result point to files, since no server need be
    running. Raises `StorageError`, and for a GIF `RenderError` and `SandboxError`."""
    animation, store = final["result"]["animation"], runtime.artifacts
    if animation is None or store is None or not final["artifact_id"]:
        return
    video = store.find(final["artifact_id"], owner=None)
    if video is None:
        raise StorageError("the rendered video has gone from the store")
    stored: dict[str, Path] = {}
    for field in ("url", "manifest_url", "poster_url", "gif_url", "subtitles_url", "chapters_url"):
        if url := animation.get(field):
            found = store.find(str(url).rpartition("/")[2], owner=None)
            animation[field] = found.path.as_uri() if found else None
            stored |= {field: found.path} if found else {}
    match out.suffix.lower():
        case ".gif":
            made = runtime.context.work_dir / f"{final['artifact_id']}.gif"
            await rendering.gif(runtime.context.sandbox, video.path, made)
            await asyncio.to_thread(copy_whole, made, out)
            animation["gif_url"] = _uri(out)
        case ".png":
            if "poster_url" not in stored:
                raise StorageError("no still of the animation could be taken")
            await asyncio.to_thread(copy_whole, stored["poster_url"], out)
            animation["poster_url"] = _uri(out)
        case _:
            await asyncio.to_thread(copy_whole, video.path, out)
            animation["url"] = _uri(out)


def _uri(path: Path) -> str:
    return path.absolute().as_uri()


def copy_whole(source: Path, target: Path) -> None:
    """Copies so that `target` is the old file or the whole new one, never half of it. Raises `StorageError`."""
    handle, name = -1, ""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.absolute().parent)
        with os.fdopen(handle, "wb") as copy, source.open("rb") as content:
            shutil.copyfileobj(content, copy)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise storage_error(error, f"{target} could not be written") from error


async def render_job(file: str, *, scene: str | None, out: Path | None, quality: str, as_json: bool) -> int:
    """Renders one scene of a file and prints the render report."""
    chosen = read_quality(quality)
    source = read_input(file)
    out = (out or Path(Path(file).stem if file != "-" else "scene").with_suffix(".mp4")).absolute()
    check_writable(out)
    from agents.rendering import ManimRenderer
    from agents.rendering.formulas import choose
    from agents.sandbox import probe

    settings = load_settings()
    sandbox = await asyncio.to_thread(probe, settings.sandbox_tier)
    with Screen(quiet=as_json) as screen:
        screen.wait("rendering")
        limit = settings.limits.render_seconds
        report = await ManimRenderer(sandbox, choose(settings.formulas)).render(
            source, scene=scene, quality=chosen, out=out, timeout_s=limit
        )
    if as_json:
        print_json(report)
    else:
        _show_report(cast("dict[str, Any]", report))
    return 0 if report["ok"] else 1


def _show_report(report: dict[str, Any]) -> None:
    lines: list[str] = []
    if report["ok"]:
        lines.append(f"{report['video']}: {report['seconds']:.1f} s of video in {report['wall_s']:.1f} s")
    if error := report["error"]:
        where = f" in line {error['line']}" if error["line"] else ""
        lines.append(f"{error['kind']} error{where}: {error['message']}")
        lines += [f"hint: {error['hint']}"] if error["hint"] else []
    for finding in report["layout"]:
        lines.append(f"{finding['severity']}: {finding['kind']} at {finding['at_s']:.1f} s: {', '.join(finding['objects'])}")
    if (formulas := report["formulas"])["setter"] == "typst" and formulas["count"]:
        lines.append("the formulas are set with Typst" + "".join(f"; as plain text: {tex}" for tex in formulas["as_text"]))
    sys.stdout.write(plain("\n".join(lines)) + "\n")
