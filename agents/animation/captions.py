"""Subtitles and chapters of an animation as WebVTT, timed by what was really on screen."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from agents.animation.schema import BeatPlan
from agents.animation.state import MadeBeat, lasting
from agents.rendering.report import Shown

_NAMES = {
    "title": "The problem",
    "recap": "Summary",
    "plain": "In words",
    "equation_steps": "Steps",
    "function_graph": "Graph",
    "scene": "Animation",
}
_LEAST_S = 0.4
_FORMULAS = frozenset({"MathTex", "Typst"})
MOST_CHARS = 60
"""Of what a step's chapter says of it."""


def sentences(data: dict[str, Any]) -> list[str]:
    """What a beat says, in order: of a derivation the words of each line, else its caption."""
    lines = [str(line.get("say") or "") for line in data.get("lines") or [] if isinstance(line, dict)]
    said = [str(data.get("say") or ""), *lines] if not any(lines) else lines
    return [text for text in said if text.strip()]


def subtitles(plans: Sequence[BeatPlan], beats: Sequence[MadeBeat]) -> str:
    """A cue for every sentence: while the voice says it where there is one, else as long as its words were in the picture, else for its share of
    the beat."""
    data = {plan["id"]: plan["data"] for plan in plans}
    cues: list[tuple[float, float, str]] = []
    start = 0.0
    for beat in beats:
        if not beat["video"]:
            continue
        cues += [(start + spoken["from_s"], start + spoken["to_s"], spoken["text"]) for spoken in beat.get("spoken", [])]
        said = [] if "spoken" in beat else said_in(data, beat)
        share = beat["seconds"] / max(1, len(said))
        for place, text in enumerate(said):
            shown = seen(text, beat["shown"]) or (place * share, (place + 1) * share)
            cues.append((start + shown[0], start + min(shown[1], beat["seconds"]), text))
        start += lasting(beat)
    return _vtt(cues)


def said_in(data: Mapping[str, dict[str, Any]], beat: MadeBeat) -> list[str]:
    """The sentences of a beat, by its plan's data."""
    return sentences(data.get(beat["id"], {})) or ([beat["say"]] if beat["say"] else [])


def chapters(plans: Sequence[BeatPlan], beats: Sequence[MadeBeat]) -> str:
    """A chapter for every step of a solution that a derivation shows, and for every other beat that was rendered, by its title or its kind."""
    data = {plan["id"]: plan["data"] for plan in plans}
    cues: list[tuple[float, float, str]] = []
    start = 0.0
    for beat in beats:
        if beat["video"]:
            about = data.get(beat["id"], {})
            title = str(about.get("title") or "") or _NAMES.get(beat["kind"], beat["kind"].replace("_", " ").capitalize())
            begun = _steps_seen(about, beat) or [(0.0, title)]
            ends = [*(at for at, _ in begun[1:]), lasting(beat)]
            cues += [(start + at, start + end, name) for (at, name), end in zip(begun, ends, strict=True)]
            start += lasting(beat)
    return _vtt(cues)


def _steps_seen(data: Mapping[str, Any], beat: MadeBeat) -> list[tuple[float, str]]:
    """When each step of a derivation begins, in seconds from the start of its beat, and its name: with the first of its lines that came into the
    picture. Empty for what is no derivation, or was shown as a card of text in its place."""
    lines = [line for line in data.get("lines") or [] if isinstance(line, dict)]
    if beat.get("source") == "plain" or not any(line.get("steps") for line in lines):
        return []
    begun: list[tuple[float, str]] = []
    before: list[int] = []
    for place, line in enumerate(lines):
        steps = list(line.get("steps") or before)
        if steps == before:
            continue
        at = _line_said(line, beat) if "spoken" in beat else _line_seen(line, beat["shown"])
        # the first one has the heading too; of a line that was not recognised only its place among the others is known
        at = 0.0 if not begun else at if at is not None else beat["seconds"] * place / len(lines)
        if begun and at < begun[-1][0] + _LEAST_S:
            at = begun[-1][0] + _LEAST_S
        if at > lasting(beat) - _LEAST_S and begun:
            break
        begun.append((at, _step_name(steps, str(line.get("say") or ""))))
        before = steps
    return begun


def _line_said(line: Mapping[str, Any], beat: MadeBeat) -> float | None:
    """When the voice begins with the words of a line: as the subtitles, a chapter follows the voice where there is one."""
    words = str(line.get("say") or "")
    return next((spoken["from_s"] for spoken in beat.get("spoken", []) if words and spoken["text"] == words), None)


def _line_seen(line: Mapping[str, Any], shown: Sequence[Shown]) -> float | None:
    """When the words or the formula of a line came into the picture, whichever was first."""
    formula = "".join(str(line.get("latex") or "").split())
    times = [item["from_s"] for item in shown if item["kind"] in _FORMULAS and formula and "".join((item["text"] or "").split()) == formula]
    words = str(line.get("say") or "")
    if words and (found := seen(words, shown)) is not None:
        times.append(found[0])
    return min(times, default=None)


def _step_name(steps: Sequence[int], words: str) -> str:
    """`Step 2: Add 4 to both sides`."""
    numbers = " and ".join(map(str, steps)) if len(steps) < 3 else f"{steps[0]} to {steps[-1]}"
    said = _short(words)
    return f"Step{'s' if len(steps) > 1 else ''} {numbers}" + (f": {said}" if said else "")


def _short(words: str) -> str:
    """The words of a step as a title: without the full stop, cut between two words where they are too many."""
    return textwrap.shorten(words, MOST_CHARS, placeholder=" …").removesuffix(".").strip()


def seen(text: str, shown: Sequence[Shown]) -> tuple[float, float] | None:
    """When the words of a sentence were on screen; they may be set in several lines."""
    wanted = _bare(text)
    pieces = [item for item in shown if item["kind"] == "Text" and item["text"] and len(bare := _bare(item["text"])) > 3 and bare in wanted]
    if sum(len(_bare(item["text"] or "")) for item in pieces) < 0.6 * len(wanted):
        return None
    return min(item["from_s"] for item in pieces), max(item["to_s"] for item in pieces)


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


def _vtt(cues: Sequence[tuple[float, float, str]]) -> str:
    """The cues in order, none shorter than can be seen. `-->` and angle brackets would end or style a cue."""
    blocks = ["WEBVTT"]
    for start, end, text in sorted(cues):
        clean = re.sub(r"\s+", " ", text).replace("-->", "→").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").strip()
        blocks.append(f"{_time(start)} --> {_time(max(end, start + _LEAST_S))}\n{clean}")
    return "\n\n".join(blocks) + "\n"


def _time(seconds: float) -> str:
    whole = round(seconds * 1000)
    minutes, rest = divmod(whole, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"
