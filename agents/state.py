"""The graph's state: plain JSON-able dictionaries, so that any checkpoint can be read by any version.

The shapes under `solution`, `hint` and `animation` are the public contract: they go into the `hisolver` field of a response as they are.
"""

from __future__ import annotations

from operator import add
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages

from agents.rendering.report import Quality

Skill = Literal["solve", "hint", "animate"]
"""What a caller may ask for by name."""
TurnKind = Literal["solve", "hint", "animate", "explain", "assess", "variant", "picture"]
"""What a turn of the chat turned out to be."""
VerificationStatus = Literal["verified", "unverified", "refuted"]
AnimationStatus = Literal["rendered", "partial", "failed"]
BeatSource = Literal["code", "storyboard", "plain"]
AnimateBy = Literal["code"]


class Option(TypedDict):
    """One offered answer: its letter, and its text as Markdown with LaTeX."""

    letter: str
    text: str


class Problem(TypedDict):
    """What the learner asked, taken apart. `id` is a hash of the normalised text, so the same problem is never solved twice in a chat."""

    id: str
    text: str
    stem: str
    options: list[Option]


class Step(TypedDict):
    """One move of a solution: what is said, and the formula it leads to (LaTeX without delimiters, may be empty)."""

    say: str
    latex: str


class Verification(TypedDict):
    status: VerificationStatus
    method: str
    detail: str


class Solution(TypedDict):
    """`answer` is LaTeX or plain text without delimiters; `choice` is the option letter, or None where there are no options or none fits."""

    answer: str
    choice: str | None
    steps: list[Step]
    verification: Verification
    idea: NotRequired[str]
    """What the steps set out to do, in one line."""
    problem_id: NotRequired[str]


class Hint(TypedDict):
    level: int
    of: int
    text: str
    leak_checked: bool


class Beat(TypedDict):
    """How one beat of an animation came to be. `attempts` counts renders, `errors` holds one line for each failed one."""

    id: str
    source: BeatSource
    attempts: int
    errors: list[str]


class Animation(TypedDict):
    status: AnimationStatus
    url: str | None
    manifest_url: str | None
    seconds: float
    beats: list[Beat]
    quality: NotRequired[Quality]
    artifact_id: NotRequired[str]
    manifest_id: NotRequired[str]
    poster_url: NotRequired[str]
    gif_url: NotRequired[str]
    """A small animated GIF for places that play no video; it is made when it is first fetched."""
    subtitles_url: NotRequired[str]
    chapters_url: NotRequired[str]
    narrated: NotRequired[bool]
    """Whether the video has a voice; absent where none is configured."""
    warnings: NotRequired[list[str]]
    """What is lacking though the video is there, in words for people: a narration that could not be made."""
    reason: NotRequired[str]
    """Why there is no video, where `status` is "failed"."""


class Asked(TypedDict):
    """What the learner's last words point at: a step of the solution (-1: the last one, None: no step by number), whether they want it said in other
    words, and how a further problem should compare with this one."""

    step: int | None
    differently: bool
    difficulty: Literal["same", "harder", "easier"]


class Retake(TypedDict):
    """What is wanted of an animation that is there: with `quality` all of it at that quality ("better": one step up), without the beats that failed."""

    quality: Quality | Literal["better"] | None


class Film(TypedDict):
    """The latest animation of the problem `problem_id`, for whoever goes on with it. `manifest_id` names its manifest in the artifact store."""

    problem_id: str
    manifest_id: str


class Variant(TypedDict):
    """A problem that the tutor posed, with the answer that was computed before it did: `text` is its printed form, `method` how it was found."""

    problem_id: str
    kind: Literal["direct", "program"]
    text: str
    latex: str
    method: str


class Usage(TypedDict):
    """Tokens over all model calls of a run."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    calls: int


def no_usage() -> Usage:
    return {"prompt_tokens": 0, "completion_tokens": 0, "cached_tokens": 0, "calls": 0}


def add_usage(left: Usage, right: Usage) -> Usage:
    """Reducer: sums two usages field by field. LangGraph starts the channel with an empty dictionary."""
    return {
        "prompt_tokens": left.get("prompt_tokens", 0) + right.get("prompt_tokens", 0),
        "completion_tokens": left.get("completion_tokens", 0) + right.get("completion_tokens", 0),
        "cached_tokens": left.get("cached_tokens", 0) + right.get("cached_tokens", 0),
        "calls": left.get("calls", 0) + right.get("calls", 0),
    }


class TutorInput(TypedDict):
    """What a caller sends: the chat so far, and the skill it asks for (absent: the graph routes by itself)."""

    messages: Annotated[list[AnyMessage], add_messages]
    skill: NotRequired[Skill | None]
    hint_level: NotRequired[int | None]
    animate_by: NotRequired[AnimateBy | None]
    quality: NotRequired[Quality | None]


class TutorState(TypedDict, total=False):
    """The whole of a chat. Everything but `messages` belongs to the problem that `problem` names."""

    messages: Annotated[list[AnyMessage], add_messages]
    skill: Skill | None
    """The skill the caller asked for; None lets `route` decide."""
    hint_level: int | None
    """The rung the caller asked for; None gives the next one after those already in `messages`."""
    animate_by: AnimateBy | None
    """"code": the coder writes the whole scene; None lets the storyboard decide."""
    quality: Quality | None
    """The quality the caller asked an animation for; None takes that of the animation that is there, or `Limits.quality`."""
    routed: TurnKind
    """What `route` found this turn to be."""
    asked: Asked
    shown: bool
    """Whether the learner has already been shown the answer of this problem, so that it need not be kept from them."""
    variant: Variant | None
    """The latest problem that the tutor posed, so that its own answer counts when it is solved."""
    problem: Problem
    solution: Solution | None
    ladder: list[str]
    """The hints of this problem, made once and handed out one by one."""
    ladder_asks: dict[str, str]
    """What the model asked for `ladder`, by `relation` and the places of steps, where all of it passed the gate; otherwise empty."""
    attempt: str
    """The learner's own lines on this problem, "" where there are none."""
    claim: str
    """The answer that the learner proposes and asks about, "" where there is none."""
    hint: Hint | None
    animation: Animation | None
    film: Film | None
    """Where the latest animation stands, kept from turn to turn."""
    retake: Retake | None
    """What this turn wants of it."""
    since: float
    """When work on the problem began in this run, seconds since the epoch."""
    attempts: int
    """Solver rounds used for this problem in this run; the bound is `Limits.solve_attempts`."""
    candidates: list[dict[str, str]]
    """Prose and program of each round, for `check` and for Studio: see `agents.nodes.solve`."""
    trial: dict[str, Any] | None
    """How the options can be tried on numbers: see `agents.checking.trial.Trial`. None where they cannot."""
    holding: int
    """How many of the solution's steps hold, where `mend` has to redo the rest."""
    show_options: bool
    """Whether the next round must see the options, because no value found so far is one of them."""
    usage: Annotated[Usage, add_usage]
    reply: Annotated[list[str], add]
    """Parts of the visible answer in the order in which they were streamed; their concatenation is the assistant's message."""
