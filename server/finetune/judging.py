"""Judges answers of models: scenes by rendering them, answers by computing with them, both behind the walls. Fits `finetune.report.ports.Judge`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.animation.lint import code_in
from agents.checking.judge import ValueText, judge
from agents.errors import NoSandbox, RenderError, SandboxError
from finetune.report.answer_text import answer_in, letter_in
from finetune.report.items import Item
from finetune.report.ports import Verdict

if TYPE_CHECKING:
    from agents.context import Renderer, Sandbox
    from server.settings import Settings

RENDER_S = 60.0
ANSWER_S = 15.0
LONGEST = 200_000
"""Characters of an answer that are looked at."""


class SandboxedJudge:
    """`slots` renders and comparisons at the same time. An answer's code is rendered as it stands: nothing of it is mended first."""

    def __init__(self, renderer: Renderer, sandbox: Sandbox, slots: int, *, render_s: float = RENDER_S) -> None:
        self._renderer, self._sandbox, self._render_s = renderer, sandbox, render_s
        self._at_once = asyncio.Semaphore(slots)

    async def verdict(self, item: Item, text: str) -> Verdict:
        check = item.check or {}
        try:
            async with self._at_once:
                if check.get("kind") == "render":
                    return await self._renders(text[:LONGEST], check.get("scene"))
                if check.get("kind") == "answer":
                    return await self._answers(item, text[:LONGEST], check)
        except NoSandbox:
            raise  # nothing at all can be judged here, and whoever asked should know at once
        except (SandboxError, RenderError) as error:
            return Verdict(None, error.message)
        return Verdict(None, f"there is no way to judge {check.get('kind')!r}")

    async def _renders(self, text: str, scene: Any) -> Verdict:
        with tempfile.TemporaryDirectory(prefix="judged-") as folder:
            report = await self._renderer.render(
                code_in(text),
                scene=scene if isinstance(scene, str) else None,
                quality="l",
                out=Path(folder, "scene.mp4"),
                timeout_s=self._render_s,
            )
        error = report["error"]
        return Verdict(report["ok"], "" if error is None else f"{error['kind']}: {error['message']}"[:300])

    async def _answers(self, item: Item, text: str, check: Mapping[str, Any]) -> Verdict:
        options = _options(check.get("options"))
        gold, said = str(check["answer"]), answer_in(text)
        right = next((option["letter"] for option in options if gold.strip() in (option["letter"], option["text"].strip())), None)
        named = letter_in(text, options)
        if right is not None and named is not None:
            return Verdict(named == right, f"({named})")
        if not said:
            return Verdict(False, "there is no answer in it")
        if right is not None:
            gold = next(option["text"] for option in options if option["letter"] == right)
        if _words(said) == _words(gold):
            return Verdict(True, said)  # a user's own answers may be words, which nobody can compute with
        values = {"said": ValueText(form="latex", text=said), "gold": ValueText(form="latex", text=gold)}
        found = await judge(self._sandbox, values, options, _question(item), seconds=ANSWER_S)
        if found["equal"]:
            return Verdict(True, said)
        return Verdict(right is not None and found["readings"]["said"]["option"] == right, said)


def _options(found: Any) -> Sequence[dict[str, str]]:
    if not isinstance(found, list):
        return []
    return [
        {"letter": str(option["letter"]).upper(), "text": str(option["text"])}
        for option in found
        if isinstance(option, Mapping) and "letter" in option and "text" in option
    ]


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def _question(item: Item) -> str:
    return next((message["content"] for message in reversed(item.prompt) if message["role"] == "user"), "")


@contextlib.asynccontextmanager
async def sandboxed_judge(settings: Settings) -> AsyncIterator[SandboxedJudge]:
    """The judge with the renderer that the settings ask for. Raises `ConfigurationError`, and `NoSandbox` where nothing untrusted may be run."""
    from agents.sandbox import WarmSandbox, probe
    from server.renders import build_renderer

    sandbox = await asyncio.to_thread(probe, settings.sandbox_tier)
    slots = settings.render_slots or len(os.sched_getaffinity(0))
    async with contextlib.AsyncExitStack() as stack:
        warm = WarmSandbox(sandbox, slots if settings.warm_sandboxes else 0)
        stack.push_async_callback(warm.aclose)
        renderer, across = build_renderer(settings, warm)
        if across is not None:
            stack.push_async_callback(across.aclose)
        yield SandboxedJudge(renderer, warm, slots)
