"""One way in which the models are served: an endpoint, the adapters of its roles, and the calls that are under way to it.

A change of adapters opens a second generation beside the first, checks it, moves the calls over, and ends the first when its last call is
done. Nothing is restarted that a learner would notice; for that time the embedded model is in memory twice.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, cast

from agents.context import ChatMessage, ModelReply, Role
from agents.errors import ModelUnavailable
from server.engine.adapters import BASE, ROLES, ServedAdapter, bodies, distinct
from server.settings import Settings

if TYPE_CHECKING:
    from server.engine.client import OpenAIModelClient
    from server.engine.embedded import EmbeddedEngine
    from server.engine.prefixes import PrefixCache

logger = logging.getLogger(__name__)

WARM_UP: tuple[tuple[str, Role], ...] = (
    ("solve", "solver"),
    ("calculate", "solver"),
    ("program", "solver"),
    ("choose", "solver"),
    ("hint", "tutor"),
    ("go_on", "solver"),
    ("storyboard", "tutor"),
    ("coder", "coder"),
)
"""The prompts whose stable beginnings are put into the engine's prefix cache before the first learner comes, each with the role that reads it."""


class Generation:
    """`agents.context.ModelClient` over one endpoint. Made by `open_generation`; `drain` ends it."""

    def __init__(self, settings: Settings, adapters: Mapping[Role, ServedAdapter]) -> None:
        self._settings = settings
        self.adapters = dict(adapters)
        self.engine: EmbeddedEngine | None = None
        self._client: OpenAIModelClient | None = None
        self._bare: OpenAIModelClient | None = None
        self._prefixes: PrefixCache | None = None
        self._stable: list[list[ChatMessage]] = []
        self.unread: list[int] = []
        self._stack = AsyncExitStack()
        self._calls = 0
        self._successor: Generation | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    async def open(self) -> None:
        """Starts the embedded model, or reaches for the endpoint. Raises `ModelUnavailable`, `ConfigurationError`."""
        try:
            await self._open()
        except BaseException:
            await self.aclose()
            raise

    async def _open(self) -> None:
        settings = self._settings
        url, key = settings.model_url, settings.model_key.get_secret_value()
        names: dict[Role, str] = dict(settings.model_names)
        extra: dict[Role, dict[str, Any]] = {}
        if not url:
            self.engine = engine = await self._start_engine()
            url, key = engine.base_url, engine.api_key
            extra = bodies(self.adapters)
            names |= dict.fromkeys(ROLES, BASE)  # the adapter is in the body, and this endpoint's name is one
        bare = dict(names)
        if settings.model_url:
            names |= {role: adapter.model_name for role, adapter in self.adapters.items()}
        self._client = await self._connect(url, key, names, extra)
        order = distinct(self.adapters)
        nothing = {"lora": [{"id": place, "scale": 0.0} for place in range(len(order))]} if order and self.engine is not None else {}
        self._bare = await self._connect(url, key, bare, dict.fromkeys(ROLES, nothing) if nothing else {})

    async def _connect(self, url: str, key: str, names: dict[Role, str], extra: dict[Role, dict[str, Any]]) -> OpenAIModelClient:
        from server.engine.client import OpenAIModelClient

        settings = self._settings
        return await self._stack.enter_async_context(
            OpenAIModelClient(
                url, key, models=names, timeout_s=settings.model_timeout, reasoning_tokens=settings.reasoning_tokens, bodies=extra
            )
        )

    async def _start_engine(self) -> EmbeddedEngine:
        from server.engine.embedded import EmbeddedEngine
        from server.engine.fetch import is_ready
        from server.engine.weights import pinned

        settings = self._settings
        if not await asyncio.to_thread(is_ready, settings.weights, settings.cache_dir):
            raise ModelUnavailable(f"the weights {settings.weights} are not here; fetch them with `hisolver weights fetch`")
        states = settings.cache_dir / "states"
        await asyncio.to_thread(states.mkdir, parents=True, exist_ok=True)
        engine = EmbeddedEngine(
            pinned(settings.weights).path(settings.cache_dir),
            slots=settings.engine_slots,
            threads=settings.engine_threads,
            context=settings.engine_context,
            state_dir=states,
            adapters=[adapter.gguf for adapter in distinct(self.adapters)],
        )
        await self._stack.enter_async_context(engine)
        await self._restore(engine)
        return engine

    async def _restore(self, engine: EmbeddedEngine) -> None:
        """Gives the engine back what it knew of our prompts, before the first call reaches it."""
        from agents.prompts import load
        from server.engine.prefixes import PrefixCache

        prompts = WARM_UP[: self._settings.engine_slots]
        extra = bodies(self.adapters)
        readers = [self.adapters[role].digest if role in self.adapters else "" for _, role in prompts]
        self._prefixes = PrefixCache(
            engine.base_url,
            engine.api_key,
            weights=self._settings.weights,
            folder=self._settings.cache_dir / "states",
            bodies=[extra[role] for _, role in prompts] if extra else (),
            readers=readers if extra else (),
        )
        self._stable = [_stable_prefix(load(name).turns) for name, _ in prompts]
        self.unread = await self._prefixes.restore(self._stable)

    async def warm(self) -> None:
        """Lets the embedded model read the prompts that no file holds. A shared endpoint's cache fills with its own users' requests."""
        if self._prefixes is not None and self.unread:
            await self._prefixes.read(self._stable, self.unread)

    @property
    def bare(self) -> OpenAIModelClient:
        """The same endpoint without any adapter, for comparison."""
        assert self._bare is not None  # noqa: S101 - opened
        return self._bare

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
        """See `agents.context.ModelClient.chat`."""
        if self._successor is not None:
            return await self._successor.chat(
                role, messages, max_tokens=max_tokens, temperature=temperature, seed=seed, schema=schema, stop=stop, on_text=on_text
            )
        client = self._begin()

        async def call() -> ModelReply:
            return await client.chat(
                role, messages, max_tokens=max_tokens, temperature=temperature, seed=seed, schema=schema, stop=stop, on_text=on_text
            )

        try:
            try:
                return await call()
            except ModelUnavailable:
                if not await self._loaded_again(role):
                    raise
                return await call()
        finally:
            self._end()

    async def sample(
        self, role: Role, messages: Sequence[ChatMessage], n: int, *, max_tokens: int, temperature: float, seed: int | None = None
    ) -> list[ModelReply]:
        """See `agents.context.ModelClient.sample`."""
        if self._successor is not None:
            return await self._successor.sample(role, messages, n, max_tokens=max_tokens, temperature=temperature, seed=seed)
        client = self._begin()

        async def call() -> list[ModelReply]:
            return await client.sample(role, messages, n, max_tokens=max_tokens, temperature=temperature, seed=seed)

        try:
            try:
                return await call()
            except ModelUnavailable:
                if not await self._loaded_again(role):
                    raise
                return await call()
        finally:
            self._end()

    async def _loaded_again(self, role: Role) -> bool:
        """Whether the endpoint had lost the role's adapter, as vLLM does when it is restarted, and has it again. Raises `ModelUnavailable`."""
        adapter = self.adapters.get(role)
        if adapter is None or not self._settings.model_url:
            return False
        from server.engine import remote

        return await remote.load(self._settings, adapter)

    def _begin(self) -> OpenAIModelClient:
        if self._client is None:
            raise ModelUnavailable("the model was replaced while the call was on its way; ask again")
        self._calls += 1
        self._idle.clear()
        return self._client

    def _end(self) -> None:
        self._calls -= 1
        if not self._calls:
            self._idle.set()

    def replaced_by(self, successor: Generation) -> None:
        """From now on calls go to `successor`: a turn that began here makes several, and between two of them nothing holds this generation."""
        self._successor = successor

    async def drain(self, patience_s: float) -> None:
        """Waits for the calls under way, at most so long, and ends the generation. New calls must go elsewhere already (`replaced_by`)."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(patience_s):
                await self._idle.wait()
        except TimeoutError:
            logger.warning("%d calls to the former model are cut off after %.0f s", self._calls, patience_s)
        finally:
            await self.aclose()  # when the server stops meanwhile, too
        logger.info("the former model is ended after %.1f s", time.monotonic() - started)

    async def aclose(self) -> None:
        """Ends the engine and the connections. Harmless when repeated."""
        self._client = None
        await self._stack.aclose()


async def open_generation(settings: Settings, adapters: Mapping[Role, ServedAdapter]) -> Generation:
    """An endpoint that answers, with these adapters. Raises `ModelUnavailable`, `ConfigurationError`."""
    generation = Generation(settings, adapters)
    await generation.open()
    return generation


def _stable_prefix(turns: Sequence[tuple[str, str]]) -> list[ChatMessage]:
    """The turns up to where the first `{{field}}` varies."""
    messages: list[ChatMessage] = []
    for role, text in turns:
        stable, field, _ = text.partition("{{")
        messages.append(cast("ChatMessage", {"role": role, "content": stable}))
        if field:
            break
    return messages
