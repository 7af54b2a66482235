"""The real ports, each opened when it is first needed: nothing slow stands between a request and its first model call."""

from __future__ import annotations

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from agents.context import ChatMessage, Context, ModelClient, ModelReply, Role, Sandbox
from agents.errors import NoSandbox, SandboxError
from agents.sandbox.job import Job, Outcome
from server.artifacts import FileArtifactStore
from server.fixes import FileFixMemory
from server.hosting import ModelHost
from server.scenes import LazyReference, LazySearcher
from server.settings import Settings

if TYPE_CHECKING:
    from agents.rendering.across.client import DaskRenderer
    from agents.rendering.kept_formulas import KeptFormulas
    from agents.sandbox import WarmSandbox

logger = logging.getLogger(__name__)


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
        self.host = ModelHost(settings)
        self._sandbox: Sandbox | None = None
        self._warm: WarmSandbox | None = None
        self._across: DaskRenderer | None = None
        self._formulas: KeptFormulas | None = None
        self._first_check: asyncio.Task[None] | None = None
        self._searcher = LazySearcher(settings.cache_dir)
        self._work_dir: Path | None = None

    def start(self, *, warm: bool) -> None:
        """Begins to open the model, and to warm it up if told so; returns at once."""
        self.host.start(warm=warm)

    async def ready(self) -> None:
        """Waits until the model can answer. Raises `ModelUnavailable` or `ConfigurationError`."""
        await self.host.ready()

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
        return await self.host.model()

    def status(self) -> PortStatus:
        from agents.rendering.formulas import choose

        settings = self._settings
        tier = self._sandbox.tier if self._sandbox is not None else "unknown"
        return {
            "model": self.host.status(),
            "sandbox": {"tier": tier},
            "index": self._searcher.status(),
            "formulas": {"setter": choose(settings.formulas)},
        }

    async def aclose(self) -> None:
        """Ends the engine and removes the work folder."""
        if self._first_check is not None:
            self._first_check.cancel()
            await asyncio.wait({self._first_check})
        await self.host.aclose()
        if self._across is not None:
            await self._across.aclose()
        if self._formulas is not None:
            await self._formulas.aclose()
        if self._warm is not None:
            await self._warm.aclose()
        await self._stack.aclose()
        if self._work_dir is not None:
            await asyncio.to_thread(shutil.rmtree, self._work_dir, ignore_errors=True)


async def _survey(sandbox: WarmSandbox) -> None:
    """A first check, so that from then on a checker waits for the first learner."""
    from agents.checking.judge import survey

    with suppress(SandboxError):
        await survey(sandbox, "", [])


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
