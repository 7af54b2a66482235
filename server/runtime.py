"""One running tutor: the ports, the checkpoints and the compiled graph. The API and the command line both work through `Runtime.turn`."""

from __future__ import annotations

import asyncio
import errno
import logging
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any, Literal, TypedDict, cast

from langchain_core.messages import AnyMessage, HumanMessage, RemoveMessage
from langgraph.errors import GraphRecursionError
from langgraph.graph.message import REMOVE_ALL_MESSAGES
from langgraph.graph.state import CompiledStateGraph, StateGraph

from agents.context import Context
from agents.errors import InputError, StorageError, TutorError
from agents.events import ProgressEvent, TextEvent
from agents.rendering.formulas import choose
from agents.rendering.report import Quality
from agents.state import AnimateBy, Animation, Hint, Skill, Solution, TurnKind, TutorState, Usage, no_usage
from server.artifacts import FileArtifactStore
from server.control import listening
from server.late import LateArtifacts
from server.ports import Ports, PortStatus
from server.settings import Settings
from server.threads import ThreadLocks, claim_id, delete_old_threads, open_checkpointer, stored_thread_id

logger = logging.getLogger(__name__)

RECURSION_LIMIT = 60
MAINTENANCE_S = 3600.0
DAY_S = 86_400.0
_INTERNAL = ("artifact_id", "manifest_id")


class Result(TypedDict):
    """The public `hisolver` object. What does not belong to the skill that ran is None: a hint never carries the solution."""

    skill: TurnKind | None
    thread_id: str
    solution: Solution | None
    hint: Hint | None
    animation: Animation | None


class StartedEvent(TypedDict):
    """The first event of a turn: the chat it runs in."""

    type: Literal["started"]
    thread_id: str


class FinalEvent(TypedDict):
    """The last event of a turn that ended well. `text` is the whole visible answer; `artifact_id` is that of the video."""

    type: Literal["final"]
    text: str
    result: Result
    usage: Usage
    artifact_id: str | None


Event = StartedEvent | TextEvent | ProgressEvent | FinalEvent


class Runtime:
    """What `open_runtime` gives. `context` is shared by all turns; each turn gets its own owner in it."""

    def __init__(
        self, settings: Settings, context: Context, graph: CompiledStateGraph[Any, Any, Any, Any], saver: Any, ports: Ports | None
    ) -> None:
        self.settings = settings
        self.context = context
        self._graph = graph
        self._saver = saver
        self._ports = ports
        self._locks = ThreadLocks()
        self.late = LateArtifacts(self.artifacts, context.sandbox, context.work_dir) if self.artifacts is not None else None

    @property
    def artifacts(self) -> FileArtifactStore | None:
        return self.context.artifacts if isinstance(self.context.artifacts, FileArtifactStore) else None

    def status(self) -> PortStatus:
        """The state of the model, the sandbox, the index and what sets formulas, for `/health`."""
        if self._ports is not None:
            return self._ports.status()
        return {
            "model": {"state": "ready", "name": "", "url": ""},
            "sandbox": {"tier": self.context.sandbox.tier},
            "index": {"state": "ready"},
            "formulas": {"setter": choose()},
        }

    def roles(self) -> dict[str, dict[str, Any]]:
        """The model and adapter of each role, for `/v1/models`; empty where the ports are not ours."""
        return self._ports.host.roles() if self._ports is not None else {}

    async def ready(self) -> None:
        """Waits until the model answers. Raises `ModelUnavailable`."""
        if self._ports is not None:
            await self._ports.ready()

    async def turn(
        self,
        messages: Sequence[AnyMessage],
        *,
        skill: Skill | None = None,
        thread_id: str | None = None,
        owner: str = "local",
        user: str = "",
        hint_level: int | None = None,
        animate_by: AnimateBy | None = None,
        quality: Quality | None = None,
        pictures: Mapping[str, bytes] | None = None,
    ) -> AsyncGenerator[Event]:
        """One turn of a chat: `messages` is its whole history. Yields started, then text and progress, then final.

        `thread_id` is the public name of the chat (None: derived from owner, user and first message); `user` tells apart the learners behind
        one owner; `quality` is that of an animation; `pictures` holds what the last message's image parts name. Close the generator (`contextlib.aclosing`) to stop the model call and the render. Raises `TutorError`s only.
        """
        first = next((message for message in messages if isinstance(message, HumanMessage)), None)
        if first is None:
            raise InputError("there is no message from the user", param="messages")
        public_id = claim_id(self._locks, owner, user, str(first.content), thread_id)
        stored_id = stored_thread_id(owner, public_id)
        async with self._locks.hold(stored_id):
            yield StartedEvent(type="started", thread_id=public_id)
            said: list[str] = []
            state: TutorState = {}
            run = self._graph.astream(
                {
                    "messages": [RemoveMessage(id=REMOVE_ALL_MESSAGES), *messages],
                    "skill": skill,
                    "hint_level": hint_level,
                    "animate_by": animate_by,
                    "quality": quality,
                },
                config={"configurable": {"thread_id": stored_id}, "recursion_limit": RECURSION_LIMIT},
                context=replace(self.context, owner=owner, pictures=pictures or {}),
                stream_mode=["custom", "values"],
                subgraphs=True,
            )
            try:
                async with aclosing(cast("AsyncGenerator[tuple[tuple[str, ...], str, Any]]", run)) as events:
                    async for namespace, mode, payload in events:
                        if mode == "values":
                            state = payload if not namespace else state
                            continue
                        if payload["type"] == "text":
                            said.append(payload["text"])
                        yield payload
            except GraphRecursionError as error:
                raise TutorError("the tutor went round in circles and was stopped") from error
            except sqlite3.Error as error:
                raise StorageError(f"the chat could not be saved: {error}") from error
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise StorageError("the disk is full") from error
                raise
            yield _final(public_id, "".join(said), state)

    async def maintain(self) -> None:
        """Deletes old chats and artifacts once. Raises `StorageError`."""
        threads = await delete_old_threads(self._saver, self.settings.thread_days * DAY_S)
        files = 0
        if self.artifacts is not None:
            files = await asyncio.to_thread(self.artifacts.purge, self.settings.artifact_days * DAY_S)
        if threads or files:
            logger.info("deleted %d old threads and %d old artifact files", threads, files)


def _final(thread_id: str, text: str, state: TutorState) -> FinalEvent:
    skill = state.get("routed")
    # an explanation may come before the answer was ever shown
    visible = skill in ("solve", "animate") or (skill == "explain" and state.get("shown", False))
    solution = state.get("solution") if visible else None
    animation = state.get("animation") if skill == "animate" else None
    result: Result = {
        "skill": skill,
        "thread_id": thread_id,
        "solution": cast("Solution", {name: value for name, value in solution.items() if name != "problem_id"}) if solution else None,
        "hint": state.get("hint") if skill == "hint" else None,
        "animation": cast("Animation", {name: value for name, value in animation.items() if name not in _INTERNAL}) if animation else None,
    }
    artifact_id = animation.get("artifact_id") if animation else None
    return {"type": "final", "text": text, "result": result, "usage": state.get("usage") or no_usage(), "artifact_id": artifact_id}


@asynccontextmanager
async def open_runtime(
    settings: Settings, *, context: Context | None = None, builder: StateGraph[Any, Any, Any, Any] | None = None, service: bool = True
) -> AsyncIterator[Runtime]:
    """A tutor that works as long as the block lasts. The model starts in the background while the checkpoints are opened.

    `service` warms the model up and deletes old chats and artifacts by schedule, which a single command has no use for.
    `context` and `builder` replace the real ports and graph (tests). Raises `StorageError` or `ConfigurationError`; a model that does not
    start shows in `Runtime.status` and in the first call.
    """
    async with AsyncExitStack() as stack:
        ports: Ports | None = None
        if context is None:
            ports = Ports(settings)
            stack.push_async_callback(ports.aclose)
            ports.start(warm=service)
            context = await ports.context()
        if builder is None:
            # Imported late so that `import server.runtime` alone does not load the whole graph.
            from agents.graph import builder as real_builder

            builder = real_builder
        saver = await stack.enter_async_context(open_checkpointer(settings))
        graph = builder.compile(checkpointer=saver)
        runtime = Runtime(settings, context, graph, saver, ports)
        if service and ports is not None:
            await stack.enter_async_context(listening(ports.host, settings.data_dir))
        if service:
            task = asyncio.create_task(_maintain_forever(runtime), name="maintenance")
            stack.push_async_callback(_stop, task)
        yield runtime


async def _maintain_forever(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(MAINTENANCE_S / 60)  # not while the first learner waits
        try:
            await runtime.maintain()
        except StorageError as error:
            logger.warning("%s", error.message)
        await asyncio.sleep(MAINTENANCE_S)


async def _stop(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.wait({task})
