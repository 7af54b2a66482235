"""The ports: everything the graph needs from outside, so that a test swaps one and patches nothing.

`server.runtime` builds the real ones from the settings; `tests/fakes.py` holds the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypedDict

from agents.errors import ConfigurationError
from agents.reading.result import ReadPicture
from agents.rendering.report import Mended, Quality, RenderReport
from agents.sandbox.job import Job, Outcome

Role = Literal["solver", "coder", "tutor", "vision"]


class ChatMessage(TypedDict):
    """One message in OpenAI's shape. `content` is text (or OpenAI content parts, for the vision role)."""

    role: Literal["system", "user", "assistant"]
    content: Any


@dataclass(frozen=True, slots=True)
class ModelReply:
    """What a model call gave. `finish_reason` is "stop" or "length"; token counts are the endpoint's own."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int
    seconds: float


class ModelClient(Protocol):
    """An OpenAI-compatible chat endpoint with a model name a role."""

    async def chat(
        self,
        role: Role,
        messages: Sequence[ChatMessage],
        *,
        max_tokens: int,
        temperature: float = 0.0,
        seed: int | None = None,
        schema: Mapping[str, Any] | None = None,
        stop: Sequence[str] = (),
        on_text: Callable[[str], None] | None = None,
    ) -> ModelReply:
        """One call. With `schema` the text is JSON constrained to it; `on_text` gets the text piece by piece as it is generated.

        Raises `ModelUnavailable` or `ModelError`. Cancelling the call closes the connection, which stops the generation.
        """
        ...

    async def sample(
        self, role: Role, messages: Sequence[ChatMessage], n: int, *, max_tokens: int, temperature: float, seed: int | None = None
    ) -> list[ModelReply]:
        """`n` completions of one prompt side by side: it is read once, and small batches decode nearly twice as fast as one after the other.

        Token counts of the prompt stand in the first reply only. Raises as `chat` does.
        """
        ...


@dataclass(frozen=True, slots=True)
class Scene:
    """A retrieved scene. `score` lies in [-1, 1]; `licence` is an SPDX identifier; `code` a whole module, or what of it was asked for."""

    id: str
    scene: str
    source: str
    licence: str
    score: float
    code: str


class SceneSearcher(Protocol):
    async def search(self, text: str, k: int = 5, *, chars: int | None = None) -> list[Scene]:
        """The `k` scenes nearest to `text`, best first; with `chars` the code of each is cut to that many characters. Raises `RetrievalError`."""
        ...


class ApiReference(Protocol):
    """Manim's documentation."""

    async def tell(self, names: Sequence[str], *, about: str, chars: int) -> str:
        """Signatures of the callables `names` and a line for each parameter that matters, those that stand in `about` first; at most `chars` characters.

        "" where nothing is known of them, or the documentation cannot be read: it is a help, not a need.
        """
        ...


class Sandbox(Protocol):
    """Runs untrusted code behind walls. `tier` is the public name, for instance "bubblewrap"."""

    tier: str

    async def run(self, job: Job) -> Outcome:
        """Runs one job to its end; a job that fails is an outcome, only broken walls raise `SandboxError`. Cancelling kills the whole process tree."""
        ...


class Renderer(Protocol):
    async def render(
        self, source: str, *, scene: str | None = None, quality: Quality = "l", out: Path, timeout_s: float = 60.0
    ) -> RenderReport:
        """Renders one scene of `source` to `out` (mp4). A scene that fails is a report with `error`; raises `SandboxError` or `RenderError` only."""
        ...

    async def mend(self, source: str, *, scene: str | None = None, timeout_s: float = 20.0) -> Mended:
        """Runs one scene of `source` without drawing it, mends what the installed Manim does not take, and takes out what cannot be mended."""
        ...


class Fix(TypedDict):
    """A statement that failed, and what ran in its place."""

    statement: str
    replacement: str


class FixMemory(Protocol):
    """What the coder mended before, by the error's words."""

    async def recall(self, error: str) -> Fix | None:
        """The latest fix for the same error, names and numbers in it left aside; None where there is none, or none can be read."""
        ...

    async def keep(self, error: str, statement: str, replacement: str) -> None:
        """Remembers a fix that was seen to work. Never raises for a full disk: it is a help, not a record."""
        ...


@dataclass(frozen=True, slots=True)
class Artifact:
    """A delivered file. `id` is unguessable; `url` is where the server gives it out."""

    id: str
    url: str
    media_type: str
    path: Path


class Stored(Protocol):
    """A delivered file that was found again."""

    @property
    def path(self) -> Path: ...


class ArtifactStore(Protocol):
    def add(self, path: Path, *, media_type: str, owner: str) -> Artifact:
        """Takes over the file at `path` (atomic rename into the store). Raises `StorageError`."""
        ...

    def find(self, artifact_id: str, *, owner: str) -> Stored | None:
        """The artifact of `owner`; None for anything else, and for one that has been deleted."""
        ...

    def announce(self, of: Artifact, *, media_type: str, owner: str) -> Artifact:
        """Another form of `of`, for instance a GIF of a video, that the server makes when it is first fetched. Raises `StorageError`."""
        ...


class Speech(Protocol):
    """A voice that reads an animation's captions aloud."""

    async def speak(self, text: str) -> bytes:
        """`text`, which holds words only, as a WAV file (PCM, 16 bits). Raises `SpeechError`. Cancelling ends the work on it."""
        ...


class PictureReader(Protocol):
    async def read(self, picture: bytes) -> ReadPicture:
        """What stands in a PNG, JPEG or WebP picture. Raises `InputError` for bytes that are none, `SandboxError` or `ModelError`."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets of one run. Seconds are wall clock; every loop of the graph is bounded by one of these."""

    solve_attempts: int = 5
    solve_seconds: float = 90.0
    """No round of solving begins that, going by those before it, would end later than this (twice this where there is no answer yet)."""
    solve_calls: int = 36
    solve_total_tokens: int = 8000
    solve_tokens: int = 300
    solve_samples: int = 2
    """Further ways to work a problem in each later round, beside its programs."""
    reason_tokens: int = 500
    """Of a solution in the model's own form, which is longer than our steps."""
    judged_samples: int = 4
    """Further ways where no program can help, because sentences are to be chosen from."""
    mend_samples: int = 2
    program_tokens: int = 220
    program_samples: int = 3
    program_seconds: float = 12.0
    hint_rewrites: int = 2
    hint_tokens: int = 320
    beats: int = 5
    code_repairs: int = 3
    code_beats: int = 1
    code_tokens: int = 600
    beat_seconds: float = 120.0
    render_seconds: float = 60.0
    animation_seconds: float = 240.0
    parallel_renders: int = 2
    narration_seconds: float = 60.0
    """For speaking all of an animation; where it takes longer, the animation stays silent."""
    retrieved_scenes: int = 2
    problem_chars: int = 12_000
    quality: Quality = "l"


@dataclass(frozen=True, slots=True)
class Context:
    """What every node gets as `runtime.context`."""

    model: ModelClient
    searcher: SceneSearcher
    sandbox: Sandbox
    renderer: Renderer
    artifacts: ArtifactStore
    work_dir: Path
    """A private folder for files in the making; emptied by whoever made it."""
    limits: Limits = field(default_factory=Limits)
    owner: str = "local"
    fixes: FixMemory | None = None
    reference: ApiReference | None = None
    """None where there is no documentation at hand."""
    reader: PictureReader | None = None
    """None where pictures cannot be read."""
    speech: Speech | None = None
    """None where animations are silent."""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    """The pictures of this turn's last message by their key there: the state holds keys only."""


_provider: Callable[[], Context] | None = None


def provide_context(provider: Callable[[], Context] | None) -> None:
    """Names where `context_of` gets a context when the caller of the graph cannot pass one (LangGraph Studio sends JSON only)."""
    global _provider
    _provider = provider


def context_of(runtime: Any) -> Context:
    """The run's context. Raises `ConfigurationError` when neither the caller nor a provider gave one."""
    if isinstance(runtime.context, Context):
        return runtime.context
    if _provider is None:
        raise ConfigurationError(
            "the graph was started without a context: pass context=Context(...), or run it through `hisolver` or `make studio`"
        )
    return _provider()
