"""The last step: the beats joined into one video, and the manifest that tells how each came to be."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from agents import rendering
from agents.animation import captions
from agents.animation.beat import video_of
from agents.animation.narration import narration
from agents.animation.schema import BeatPlan
from agents.animation.state import MadeBeat, Production, lasting
from agents.context import Artifact
from agents.errors import NoSandbox, RenderError, SandboxError, SpeechError, StorageError
from agents.state import Animation, AnimationStatus, Beat

log = logging.getLogger(__name__)
_TOLD = (
    "id",
    "kind",
    "scene",
    "source",
    "steps",
    "added",
    "attempts",
    "errors",
    "say",
    "retrieved",
    "helped",
    "calls",
    "left_out",
    "mended",
    "timings",
    "formulas",
    "code",
)
"""What the manifest tells of a beat as it is."""


async def assembled(production: Production, plans: Sequence[BeatPlan], made: Sequence[MadeBeat]) -> Animation:
    """Joins the rendered beats in the order of the storyboard and hands video and manifest to the artifact store.

    Status `rendered` when every beat has a video, `partial` when some have, `failed` (with `reason`, and without a video) when none has.
    Raises `StorageError` where the files cannot be written, and `NoSandbox`.
    """
    ports = production.ports
    beats = [await _ensured(production, beat) for beat in sorted(made, key=lambda beat: beat["number"])]
    with_video = [(beat, video) for beat in beats if (video := video_of(beat)) is not None]
    status: AnimationStatus = "failed" if not with_video else "rendered" if len(with_video) == len(plans) else "partial"
    seconds = 0.0
    url: str | None = None
    artifact_id = ""
    extras: dict[str, str] = {}
    reason = next((error for beat in reversed(beats) for error in reversed(beat["errors"])), "no beat was made")
    warnings: list[str] = []
    if with_video:
        joined = production.folder / "animation.mp4"
        try:
            seconds, voiced, warnings = await _joined(production, plans, with_video, joined)
        except NoSandbox:
            raise
        except (SandboxError, RenderError) as error:
            status, reason = "failed", f"the beats could not be joined: {error.message}"
        else:
            said = {beat["id"]: beat for beat in voiced}
            beats = [said.get(beat["id"], beat) for beat in beats]
            artifact = ports.artifacts.add(joined, media_type="video/mp4", owner=ports.owner)
            url, artifact_id = artifact.url, artifact.id
            if status == "partial":
                beats = [_with_clip(production, beat) for beat in beats]
            extras = await _extras(production, plans, voiced, artifact)
    manifest_path = production.folder / "manifest.json"
    try:
        manifest_path.write_text(
            json.dumps(
                manifest(status, seconds, plans, beats, quality=ports.limits.quality, files=_files(url, extras)),
                ensure_ascii=False,
                indent=1,
            ),
            encoding="utf-8",
        )
    except OSError as error:
        raise StorageError(f"the manifest could not be written: {error.strerror}") from error
    stored = ports.artifacts.add(manifest_path, media_type="application/json", owner=ports.owner)
    animation: Animation = {
        "status": status,
        "url": url,
        "manifest_url": stored.url,
        "manifest_id": stored.id,
        "quality": ports.limits.quality,
        "seconds": round(seconds, 2),
        "beats": [Beat(id=beat["id"], source=beat["source"], attempts=beat["attempts"], errors=beat["errors"]) for beat in beats],
    }
    if artifact_id:
        animation["artifact_id"] = artifact_id
        animation |= cast("Animation", extras)
    if ports.speech is not None:
        animation["narrated"] = any(beat.get("spoken") for beat in beats)
    if said_of_formulas := _typst_told([beat for beat, _ in with_video]):
        warnings = [*warnings, said_of_formulas]
    if warnings:
        animation["warnings"] = warnings
    if status == "failed":
        animation["reason"] = reason
    return animation


async def _joined(
    production: Production, plans: Sequence[BeatPlan], made: Sequence[tuple[MadeBeat, Path]], out: Path
) -> tuple[float, list[MadeBeat], list[str]]:
    """Joins the beats to `out`, with a voice where there is one; gives the seconds, the beats with what was said in them, and what is lacking."""
    ports, speech = production.ports, production.ports.speech
    warnings: list[str] = []
    if speech is not None:
        production.narrator.progress("narrate", "speaking")
        try:
            told = await narration(production, speech, plans, made)
            if told.spoken:
                return await production.narrate(ports.sandbox, told.parts, out), told.beats, []
        except NoSandbox:
            raise
        except (SpeechError, SandboxError, RenderError) as error:
            log.warning("no narration: %s", error.message)
            warnings = [f"There is no narration: {error.message}."]
    seconds = await production.join(ports.sandbox, [video for _, video in made], out)
    return seconds, [beat for beat, _ in made], warnings


def _typst_told(beats: Sequence[MadeBeat]) -> str:
    """A sentence where formulas look other than LaTeX's would; "" where there are none of that kind."""
    told = [formulas for beat in beats if (formulas := beat.get("formulas")) and formulas["setter"] == "typst" and formulas["count"]]
    if not told:
        return ""
    plain = list(dict.fromkeys(tex for formulas in told for tex in formulas["as_text"]))
    return "The formulas are set with Typst in place of LaTeX" + (f"; {len(plain)} of them only as plain text" if plain else "") + "."


def _with_clip(production: Production, beat: MadeBeat) -> MadeBeat:
    """The beat with its video in the store, so that it need not be made again when what is missing is."""
    video, ports = video_of(beat), production.ports
    if video is None or beat.get("clip"):
        return beat
    try:
        clip = ports.artifacts.add(video, media_type="video/mp4", owner=ports.owner)
    except StorageError as error:
        log.warning("the video of beat %s was not kept: %s", beat["id"], error.message)
        return beat
    return MadeBeat(**{**beat, "clip": clip.id, "video": str(clip.path)})


def _files(url: str | None, extras: Mapping[str, str]) -> dict[str, str]:
    """The addresses of what was delivered, by what it is: video, poster, gif, subtitles, chapters."""
    return ({"video": url} if url else {}) | {field.removesuffix("_url"): address for field, address in extras.items()}


async def _extras(production: Production, plans: Sequence[BeatPlan], beats: Sequence[MadeBeat], video: Artifact) -> dict[str, str]:
    """What goes with the video, by the field that names its address: a still, a GIF, subtitles, chapters. One that cannot be made is left out."""
    ports = production.ports
    made: dict[str, str] = {}
    for field, name, text in (
        ("subtitles_url", "subtitles.vtt", captions.subtitles(plans, beats)),
        ("chapters_url", "chapters.vtt", captions.chapters(plans, beats)),
    ):
        file = production.folder / name
        try:
            file.write_text(text, encoding="utf-8")
            made[field] = ports.artifacts.add(file, media_type="text/vtt", owner=ports.owner).url
        except (OSError, StorageError) as error:
            log.warning("no %s: %s", name, error)
    still = production.folder / "poster.png"
    try:
        await production.poster(ports.sandbox, video.path, still, at_s=_fullest(beats))
        made["poster_url"] = ports.artifacts.add(still, media_type="image/png", owner=ports.owner).url
    except NoSandbox:
        raise
    except (SandboxError, RenderError, StorageError) as error:
        log.warning("no poster: %s", error.message)
    try:
        made["gif_url"] = ports.artifacts.announce(video, media_type="image/gif", owner=ports.owner).url
    except StorageError as error:
        log.warning("no GIF: %s", error.message)
    return made


def _fullest(beats: Sequence[MadeBeat]) -> float:
    """The second at which the beat that shows most, cards aside, is nearly over."""
    ends: list[tuple[int, float]] = []
    start = 0.0
    for beat in beats:
        drawn = len(beat["shown"]) if beat["kind"] not in ("title", "recap", "plain") else 0
        ends.append((drawn, start + max(0.0, beat["seconds"] - 0.6)))
        start += lasting(beat)
    return max(ends, key=lambda item: item[0], default=(0, 0.0))[1]


async def _ensured(production: Production, beat: MadeBeat) -> MadeBeat:
    """The beat with its video there: a run that was resumed from a checkpoint has the program but not the file of the process before."""
    if beat["video"] is None or video_of(beat) is not None:
        return beat
    out = production.folder / f"beat-{beat['number']:02d}-again.mp4"
    async with production.gate:
        report = await production.ports.renderer.render(
            beat["code"],
            scene=beat["scene"],
            quality=production.ports.limits.quality,
            out=out,
            timeout_s=production.ports.limits.render_seconds,
        )
    return MadeBeat(**{**beat, "video": report["video"] if report["ok"] else None})


def manifest(
    status: AnimationStatus,
    seconds: float,
    plans: Sequence[BeatPlan],
    beats: Sequence[MadeBeat],
    *,
    quality: str = "",
    files: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What the video is made of, so that it can be made again where TeX and fonts are the same.

    Times are seconds from the start of the whole video, those under a beat's `spoken` from that of the beat. A `line` under `shown` and `layout` is one
    of the `code` of the beat that the entry names. A beat's `steps` are the numbers, from 1, of the solution's steps that it shows; `added`, where it is
    there, holds the statements of the coder in its parametric scene.
    """
    shown: list[dict[str, Any]] = []
    layout: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []
    start = 0.0
    for beat in beats:
        end = start + (lasting(beat) if beat["video"] else 0.0)
        told.append(
            {key: value for key, value in beat.items() if key in _TOLD}
            | {"from_s": round(start, 2), "to_s": round(end, 2), "seconds": beat["seconds"], "rendered": beat["video"] is not None}
            | {key: beat[key] for key in ("clip", "spoken") if key in beat}
        )
        if beat["video"]:
            shown += [
                dict(item) | {"beat": beat["id"], "from_s": round(item["from_s"] + start, 3), "to_s": round(item["to_s"] + start, 3)}
                for item in beat["shown"]
            ]
            layout += [dict(finding) | {"beat": beat["id"], "at_s": round(finding["at_s"] + start, 2)} for finding in beat["layout"]]
        start = end
    return {
        "version": 1,
        "status": status,
        "seconds": round(seconds, 2),
        "quality": quality,
        "files": dict(files or {}),
        "versions": rendering.versions(),
        "storyboard": list(plans),
        "beats": told,
        "shown": shown,
        "layout": layout,
    }
