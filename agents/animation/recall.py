"""Goes on with an animation that was delivered: its manifest in the artifact store holds every beat's plan and program, so no model is asked again."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from typing import Any, cast, get_args

from agents.animation.kinds import load
from agents.animation.schema import BeatPlan
from agents.animation.state import Helper, MadeBeat, Recalled, Replay
from agents.context import ArtifactStore, Limits
from agents.rendering.report import Finding, Quality, Shown
from agents.state import BeatSource, Retake

log = logging.getLogger(__name__)
_STEPS: tuple[Quality, ...] = get_args(Quality)
_COST: dict[Quality, float] = {"l": 1.0, "m": 3.0, "h": 8.0}
"""How much longer a render takes than a draft: 4.5 and 20 times the pixels a second, of which a part is Manim's own work for each frame."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An animation as its manifest tells it. `made` holds the beats in the order of `plans`, with a video where it was kept."""

    plans: list[BeatPlan]
    made: list[MadeBeat]
    rendered: frozenset[str]
    quality: Quality


def recall(store: ArtifactStore, manifest_id: str, owner: str) -> Earlier | None:
    """The animation of that manifest; None where it has been deleted, is not `owner`'s, or is of another version. Blocking."""
    found = store.find(manifest_id, owner=owner)
    if found is None:
        return None
    try:
        manifest = json.loads(found.path.read_bytes())
        if manifest["version"] != 1 or manifest["quality"] not in _STEPS:
            return None
        plans = [_plan(plan) for plan in manifest["storyboard"]]
        told = {str(beat["id"]): beat for beat in manifest["beats"]}
        made = [_made(store, owner, number, told[plan["id"]], manifest) for number, plan in enumerate(plans, 1)]
        rendered = frozenset(name for name, beat in told.items() if beat["rendered"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("the manifest of an earlier animation cannot be used: %s", error)
        return None
    return Earlier(plans, made, rendered, manifest["quality"]) if plans else None


def _plan(plan: dict[str, Any]) -> BeatPlan:
    """Raises ValueError where what the plan describes cannot be drawn."""
    load(plan["data"])
    load(plan["plain"])
    return BeatPlan(
        id=str(plan["id"]),
        data=plan["data"],
        plain=plan["plain"],
        draw=str(plan["draw"]),
        steps=_numbers(plan),
        add=str(plan.get("add") or ""),
    )


def _numbers(told: dict[str, Any]) -> list[int]:
    """The steps that a plan or a beat shows; manifests of before name none."""
    return [int(number) for number in told.get("steps", [])]


def _made(store: ArtifactStore, owner: str, number: int, beat: dict[str, Any], manifest: dict[str, Any]) -> MadeBeat:
    start = float(beat["from_s"])
    clip = store.find(str(beat["clip"]), owner=owner) if beat.get("clip") else None
    made = MadeBeat(
        number=number,
        id=str(beat["id"]),
        kind=str(beat["kind"]),
        say=str(beat["say"]),
        source=_source(beat["source"]),
        attempts=int(beat["attempts"]),
        errors=[str(error) for error in beat["errors"]],
        video=str(clip.path) if clip is not None else None,
        seconds=float(beat["seconds"]),
        code=str(beat["code"]),
        scene=beat["scene"],
        shown=cast("list[Shown]", [_own(item, "from_s", "to_s", start=start) for item in manifest["shown"] if item["beat"] == beat["id"]]),
        layout=cast("list[Finding]", [_own(item, "at_s", start=start) for item in manifest["layout"] if item["beat"] == beat["id"]]),
        retrieved=[str(name) for name in beat["retrieved"]],
        helped=[_helper(one) for one in beat.get("helped", [])],
        calls=int(beat.get("calls", 0)),
        left_out=int(beat.get("left_out", 0)),
        mended=[str(fix) for fix in beat.get("mended", [])],
        timings=dict(beat["timings"]),
        steps=_numbers(beat),
    )
    if beat.get("added"):
        made["added"] = str(beat["added"])
    if clip is not None:
        made["clip"] = str(beat["clip"])
    return made


def _helper(told: dict[str, Any]) -> Helper:
    return Helper(id=str(told["id"]), scene=str(told["scene"]), source=str(told["source"]), licence=str(told["licence"]))


def _own(item: dict[str, Any], *times: str, start: float) -> dict[str, Any]:
    """An entry of the manifest in its beat's own time."""
    return {key: value - start if key in times else value for key, value in item.items() if key != "beat"}


def _source(value: Any) -> BeatSource:
    if value not in get_args(BeatSource):
        raise ValueError(f"there is no source {value!r}")
    return cast("BeatSource", value)


def go_on(earlier: Earlier, quality: Quality) -> Recalled:
    """What is left to be done: at the same quality the beats that failed, at another one all of them, by the same programs."""
    same = quality == earlier.quality
    kept = [beat for beat in earlier.made if same and beat["video"] is not None]
    replays = {
        beat["id"]: _replay(beat) for beat in earlier.made if beat["id"] in earlier.rendered and not (same and beat["video"] is not None)
    }
    return Recalled(plans=earlier.plans, replays=replays, kept=kept)


def _replay(beat: MadeBeat) -> Replay:
    replay = Replay(
        way=beat["source"],
        code=beat["code"],
        scene=beat["scene"],
        retrieved=beat["retrieved"],
        helped=beat.get("helped", []),
        calls=beat["calls"],
        left_out=beat["left_out"],
        mended=beat["mended"],
    )
    if "added" in beat:
        replay["added"] = beat["added"]
    return replay


def wanted_quality(retake: Retake | None, asked: Quality | None, earlier: Earlier | None, usual: Quality) -> Quality:
    """The quality for this run: the words' own, else the one that the caller named, else that of the animation that is there, else the usual one."""
    before = earlier.quality if earlier is not None else usual
    wish = retake["quality"] if retake is not None else None
    if wish == "better":
        return _STEPS[min(_STEPS.index(before) + 1, len(_STEPS) - 1)]
    return wish or asked or before


def limits_at(limits: Limits, quality: Quality) -> Limits:
    """The limits for a run at `quality`: what the settings give for the usual quality, and more time for a better one."""
    factor = max(1.0, _COST[quality] / _COST[limits.quality])
    return replace(
        limits, quality=quality, render_seconds=limits.render_seconds * factor, animation_seconds=limits.animation_seconds * factor
    )
