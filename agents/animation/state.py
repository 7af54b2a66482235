"""The animation's own states: what goes in and out of the subgraph, and what one beat carries while it is being made."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from operator import add
from pathlib import Path
from typing import Annotated, Any, NotRequired, Protocol, TypedDict

from langchain_core.messages import AnyMessage

from agents.animation.schema import BeatPlan
from agents.context import Context, Sandbox
from agents.errors import ConfigurationError
from agents.events import Narrator
from agents.rendering.narrate import VoicedPart
from agents.rendering.report import Finding, Formulas, RenderReport, Shown, TakenOut
from agents.state import AnimateBy, Animation, BeatSource, Problem, Solution, Usage, add_usage

Join = Callable[[Sandbox, Sequence[Path], Path], Awaitable[float]]
"""Joins mp4 files into one and returns its seconds."""


class TakesStill(Protocol):
    """Writes the frame of a video at a second to a PNG file."""

    async def __call__(self, sandbox: Sandbox, video: Path, out: Path, *, at_s: float) -> None: ...


class Narrates(Protocol):
    """Joins mp4 files into one with a voice: for each its sounds and the least number of seconds that it lasts. Returns the seconds of the whole."""

    async def __call__(self, sandbox: Sandbox, parts: Sequence[VoicedPart], out: Path) -> float: ...


@dataclass(frozen=True, slots=True)
class Production:
    """What the nodes of one animation share besides their state: the ports, a temporary folder, and the brakes.

    `gate` bounds the renders at a time; `deadline` is on the monotonic clock. `narrator` is the parent node's: LangGraph drops what a nested graph
    writes itself unless the caller streams subgraphs.
    """

    ports: Context
    folder: Path
    gate: asyncio.Semaphore
    join: Join
    poster: TakesStill
    narrate: Narrates
    narrator: Narrator
    deadline: float
    known: tuple[str, ...] = ()
    """The texts of the problem and its solution where one is being shown: what is on screen must agree with them."""
    started: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        """Seconds until the deadline, possibly negative."""
        return self.deadline - time.monotonic()


def production_of(runtime: Any) -> Production:
    """The production that a node belongs to. Raises `ConfigurationError` for a node run outside of one."""
    if isinstance(runtime.context, Production):
        return runtime.context
    raise ConfigurationError("the nodes of the animation run inside `agents.animation.graph.animate` only")


class Spoken(TypedDict):
    """A sentence that the voice says, in seconds from the start of its beat."""

    text: str
    from_s: float
    to_s: float


class Helper(TypedDict):
    """A retrieved scene that the coder was shown."""

    id: str
    scene: str
    source: str
    licence: str


class Example(Helper):
    """The same with its code, as the coder sees it."""

    code: str


class MadeBeat(TypedDict):
    """A beat that is done, with or without a video. `code` is the whole scene file; times are seconds; `video` is a path in the production's folder."""

    number: int
    id: str
    kind: str
    say: str
    source: BeatSource
    attempts: int
    errors: list[str]
    video: str | None
    seconds: float
    code: str
    scene: str | None
    shown: list[Shown]
    layout: list[Finding]
    retrieved: list[str]
    helped: NotRequired[list[Helper]]
    """What `retrieved` names, told in full."""
    calls: int
    """Calls of the coder: one more than its repairs."""
    left_out: int
    """Pieces of the coder's program that could not be mended and are not in the scene."""
    mended: list[str]
    """What was mended in the coder's program without it, and what had to be left out."""
    timings: dict[str, float]
    steps: NotRequired[list[int]]
    """The solution's steps that the beat shows, as in its plan."""
    added: NotRequired[str]
    """The statements that the coder added to a parametric scene, where they are in it."""
    spoken: NotRequired[list[Spoken]]
    formulas: NotRequired[Formulas]
    """What set them; animations of before have none."""
    lasts: NotRequired[float]
    """How long the beat is in the video where a voice speaks longer than the picture moves; its last frame is held."""
    clip: NotRequired[str]
    """The artifact that holds the beat's own video, where the animation is not complete: what is there is not made again."""


def lasting(beat: MadeBeat) -> float:
    """Seconds that the beat takes of the whole video."""
    return max(beat["seconds"], beat.get("lasts", 0.0))


class Replay(TypedDict):
    """The program of a beat of an earlier animation, to be rendered as it is: no model is asked for it again."""

    way: BeatSource
    code: str
    scene: str | None
    retrieved: list[str]
    helped: NotRequired[list[Helper]]
    calls: int
    left_out: int
    mended: list[str]
    added: NotRequired[str]


class Recalled(TypedDict):
    """An earlier animation to go on with. `replays` by the beat's id; `kept` are beats whose video is there; all others are made from their plan."""

    plans: list[BeatPlan]
    replays: dict[str, Replay]
    kept: list[MadeBeat]


class AnimationInput(TypedDict, total=False):
    messages: list[AnyMessage]
    problem: Problem
    solution: Solution | None
    animate_by: AnimateBy | None
    recalled: Recalled | None


class AnimationOutput(TypedDict, total=False):
    animation: Animation
    usage: Usage


class AnimationState(TypedDict, total=False):
    messages: list[AnyMessage]
    problem: Problem
    solution: Solution | None
    animate_by: AnimateBy | None
    recalled: Recalled | None
    plans: list[BeatPlan]
    made: Annotated[list[MadeBeat], add]
    """Beats in the order in which they got done; `number` gives their place."""
    animation: Animation
    usage: Annotated[Usage, add_usage]


class BeatInput(TypedDict):
    number: int
    of: int
    plan: BeatPlan
    replay: Replay | None
    usage: Usage


class BeatOutput(TypedDict, total=False):
    made: Annotated[list[MadeBeat], add]
    usage: Annotated[Usage, add_usage]


class Attempt(TypedDict):
    """A program to be rendered, and how it is being made."""

    way: BeatSource
    code: str
    scene: str | None
    added: NotRequired[str]
    """The coder's statements in a parametric scene: such a program is read, tried and mended as the coder's own, but its `way` is "storyboard"."""


class Edit(TypedDict):
    """One statement that the coder wrote anew, until a trial has told whether that helped; and the program to go back to where it did not."""

    attempt: Attempt
    mended: list[str]
    taken_out: list[TakenOut]
    message: str
    statement: str
    replacement: str


class BeatState(TypedDict, total=False):
    number: int
    of: int
    plan: BeatPlan
    replay: Replay | None
    began: float
    """Wall clock, seconds since the epoch: a beat that is resumed in another process keeps its budget."""
    examples: list[Example]
    attempt: Attempt
    written: str
    """The coder's program before its trial."""
    taken_out: list[TakenOut]
    """What the trial had to take out of it; the first is where the coder is asked to write something else."""
    edit: Edit | None
    mended: list[str]
    problems: list[str]
    """What `lint`, the trial or the last render found wrong with the coder's program."""
    calls: int
    """Calls of the coder model; the bound is one more than `Limits.code_repairs`."""
    attempts: int
    errors: Annotated[list[str], add]
    report: RenderReport
    timings: dict[str, float]
    made: Annotated[list[MadeBeat], add]
    usage: Annotated[Usage, add_usage]
