"""The real ports, each opened when it is first needed: nothing slow stands between a request and its first model call."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

from agents.context import ChatMessage, Context, ModelClient, ModelReply, Role, Sandbox
from agents.errors import ConfigurationError, ModelError, ModelUnavailable, NoSandbox, SandboxError, TutorError
from agents.sandbox.job import Job, Outcome
from server.artifacts import FileArtifactStore
from server.fixes import FileFixMemory
from server.scenes import LazyReference, LazySearcher
from server.settings import Settings

if TYPE_CHECKING:
    from agents.rendering.across.client import DaskRenderer
    from agents.rendering.kept_formulas import KeptFormulas
    from agents.sandbox import WarmSandbox
    from server.engine.embedded import EmbeddedEngine
    from server.engine.prefixes import PrefixCache

logger = logging.getLogger(__name__)

WARM_UP = ("solve", "calculate", "program", "choose", "hint", "go_on", "storyboard", "coder")
"""The prompts whose stable beginnings are put into the engine's prefix cache before the first learner comes."""


class PortStatus(TypedDict):
    """What `/health` tells: the state and name of the model, the tier of the sandbox, the state of the index, what sets formulas."""

    model: dict[str, Any]
    sandbox: dict[str, Any]
    index: dict[str, Any]
    formulas: dict[str, Any]


class Ports:
    """Builds a `Context` for settings. `start` begins to open the model in the background; `aclose` ends what was started."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stack = AsyncExitStack()
        self._opening: asyncio.Task[ModelClient] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._engine: EmbeddedEngine | None = None
        self._prefixes: PrefixCache | None = None
        self._stable: list[list[ChatMessage]] = []
        self._unread: list[int] = []
        self._sandbox: Sandbox | None = None
        self._warm: WarmSandbox | None = None
        self._across: DaskRenderer | None = None
        self._formulas: KeptFormulas | None = None
        self._first_check: asyncio.Task[None] | None = None
        self._searcher = LazySearcher(settings.cache_dir)
        self._work_dir: Path | None = None

    def start(self, *, warm: bool) -> None:
        """Begins to open the model, and to warm it up if told so; returns at once."""
        self._model_task()
        if warm and self._warming is None:
            self._warming = asyncio.create_task(self._warm_up(), name="warm-up")

    async def ready(self) -> None:
        """Waits until the model can answer. Raises `ModelUnavailable` or `ConfigurationError`."""
        await self.model()
        if self._warming is not None:
            await asyncio.shield(self._warming)

    async def context(self) -> Context:
        """The context for a run. Raises `StorageError` when there is no room for a work folder."""
        context = await asyncio.to_thread(self.build_context)
        if self._warm is not None and self._settings.warm_sandboxes:
            self._first_check = asyncio.create_task(_survey(self._warm), name="first-check")
        return context

    def build_context(self) -> Context:
        """The same, blocking: probes the sandbox, makes the work folder. Needs no event loop."""
        from agents.reading.reader import OcrReader, VisionReader
        from agents.rendering import CachedRenderer
        from agents.rendering.formulas import choose
        from agents.sandbox import WarmSandbox, probe
        from server.renders import build_renderer, open_formulas
        from server.speech import HttpSpeech, open_speech

        settings = self._settings
        try:
            self._sandbox = self._warm = WarmSandbox(probe(settings.sandbox_tier), settings.warm_sandboxes)
        except NoSandbox as error:
            logger.error("nothing untrusted will be run: %s", error.message)
            self._sandbox = RefusingSandbox(error.message)
        self._work_dir = Path(tempfile.mkdtemp(prefix="hisolver-"))
        model, pixels = LazyModel(self.model), settings.picture_pixels
        self._formulas = open_formulas(settings)
        renderer, self._across = build_renderer(settings, self._sandbox, self._formulas)
        speech = open_speech(settings)
        if isinstance(speech, HttpSpeech):
            self._stack.push_async_callback(speech.aclose)
        return Context(
            model=model,
            searcher=self._searcher,
            sandbox=self._sandbox,
            renderer=CachedRenderer(renderer, settings.cache_dir / "renders", settings.render_cache_mib, choose(settings.formulas))
            if settings.render_cache_mib
            else renderer,
            artifacts=FileArtifactStore(settings.data_dir / "artifacts", base_url=settings.base_url),
            work_dir=self._work_dir,
            limits=settings.limits,
            fixes=FileFixMemory(settings.data_dir / "fixes.jsonl"),
            reference=LazyReference(settings.cache_dir),
            speech=speech,
            reader=VisionReader(model, max_pixels=pixels) if settings.vision_model else OcrReader(self._sandbox, max_pixels=pixels),
        )

    async def model(self) -> ModelClient:
        """The client once the endpoint is there. A failed start is tried again by the next caller."""
        task = self._model_task()
        try:
            return await asyncio.shield(task)
        except TutorError:
            if self._opening is task:
                self._opening = None
            raise

    def status(self) -> PortStatus:
        from agents.rendering.formulas import choose

        settings = self._settings
        model: dict[str, Any]
        if settings.model_url:
            model = {"state": "external", "url": settings.model_url, "name": settings.solver_model}
        else:
            state = self._engine.state if self._engine is not None else None
            model = {"state": state.status if state else self._opening_state(), "url": "", "name": settings.weights}
            if state is not None:
                model |= {"restarts": state.restarts, "detail": state.detail}
        tier = self._sandbox.tier if self._sandbox is not None else "unknown"
        return {
            "model": model,
            "sandbox": {"tier": tier},
            "index": self._searcher.status(),
            "formulas": {"setter": choose(settings.formulas)},
        }

    async def aclose(self) -> None:
        """Ends the engine and removes the work folder."""
        for task in (self._warming, self._opening, self._first_check):
            if task is not None:
                task.cancel()
                await asyncio.wait({task})
        if self._across is not None:
            await self._across.aclose()
        if self._formulas is not None:
            await self._formulas.aclose()
        if self._warm is not None:
            await self._warm.aclose()
        await self._stack.aclose()
        if self._work_dir is not None:
            await asyncio.to_thread(shutil.rmtree, self._work_dir, ignore_errors=True)

    def _model_task(self) -> asyncio.Task[ModelClient]:
        if self._opening is None:
            self._opening = asyncio.create_task(self._open_model(), name="open-model")
            self._opening.add_done_callback(_note_failure)
        return self._opening

    def _opening_state(self) -> str:
        if self._opening is None or not self._opening.done():
            return "starting"
        return "failed"

    async def _open_model(self) -> ModelClient:
        from server.engine.client import OpenAIModelClient

        settings = self._settings
        url, key = settings.model_url, settings.model_key.get_secret_value()
        if not url:
            from server.engine.embedded import EmbeddedEngine
            from server.engine.fetch import is_ready
            from server.engine.weights import pinned

            if not await asyncio.to_thread(is_ready, settings.weights, settings.cache_dir):
                raise ModelUnavailable(f"the weights {settings.weights} are not here; fetch them with `hisolver weights fetch`")
            states = settings.cache_dir / "states"
            await asyncio.to_thread(states.mkdir, parents=True, exist_ok=True)
            self._engine = engine = EmbeddedEngine(
                pinned(settings.weights).path(settings.cache_dir),
                slots=settings.engine_slots,
                threads=settings.engine_threads,
                context=settings.engine_context,
                state_dir=states,
            )
            await self._stack.enter_async_context(engine)
            await self._restore(engine)
            url, key = engine.base_url, engine.api_key
        return await self._stack.enter_async_context(
            OpenAIModelClient(
                url, key, models=settings.model_names, timeout_s=settings.model_timeout, reasoning_tokens=settings.reasoning_tokens
            )
        )

    async def _restore(self, engine: EmbeddedEngine) -> None:
        """Gives the engine back what it knew of our prompts, before the first call reaches it."""
        from agents.prompts import load
        from server.engine.prefixes import PrefixCache

        self._prefixes = PrefixCache(
            engine.base_url, engine.api_key, weights=self._settings.weights, folder=self._settings.cache_dir / "states"
        )
        self._stable = [_stable_prefix(load(name).turns) for name in WARM_UP[: self._settings.engine_slots]]
        self._unread = await self._prefixes.restore(self._stable)

    async def _warm_up(self) -> None:
        """Lets the embedded model read the prompts that no file holds. A shared endpoint's cache fills with its own users' requests."""
        started = time.monotonic()
        try:
            await self.model()
            if self._prefixes is not None and self._unread:
                await self._prefixes.read(self._stable, self._unread)
        except (ModelError, ConfigurationError) as error:
            logger.warning("the model was not warmed up: %s", error.message)
        else:
            logger.info("the model is warm after %.1f s, %d prompts read", time.monotonic() - started, len(self._unread))


async def _survey(sandbox: WarmSandbox) -> None:
    """A first check, so that from then on a checker waits for the first learner."""
    from agents.checking.judge import survey

    with suppress(SandboxError):
        await survey(sandbox, "", [])


def _note_failure(task: asyncio.Task[Any]) -> None:
    # Retrieves the exception, so that a start nobody waited for is not reported as a lost error.
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("the model could not be started: %s", error)


def _stable_prefix(turns: Sequence[tuple[str, str]]) -> list[ChatMessage]:
    """The turns up to where the first `{{field}}` varies."""
    messages: list[ChatMessage] = []
    for role, text in turns:
        stable, field, _ = text.partition("{{")
        messages.append(cast("ChatMessage", {"role": role, "content": stable}))
        if field:
            break
    return messages


class RefusingSandbox:
    """`agents.context.Sandbox` of a machine without walls: everything is refused, with the mend in the message."""

    tier = "none"

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def run(self, job: Job) -> Outcome:
        raise NoSandbox(self._reason)


class LazyModel:
    """`agents.context.ModelClient` that waits for the endpoint on each call until it is there."""

    def __init__(self, opened: Callable[[], Any]) -> None:
        self._opened = opened

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
        client: ModelClient = await self._opened()
        return await client.chat(
            role, messages, max_tokens=max_tokens, temperature=temperature, seed=seed, schema=schema, stop=stop, on_text=on_text
        )

    async def sample(
        self, role: Role, messages: Sequence[ChatMessage], n: int, *, max_tokens: int, temperature: float, seed: int | None = None
    ) -> list[ModelReply]:
        client: ModelClient = await self._opened()
        return await client.sample(role, messages, n, max_tokens=max_tokens, temperature=temperature, seed=seed)
