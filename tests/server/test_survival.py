"""A chat outlives the server: with the checkpoints of the process before, and without any, by its message history alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from agents.context import Context
from agents.posed import find_posed
from agents.sandbox import probe
from server.runtime import FinalEvent, Runtime, open_runtime
from server.settings import load_settings
from tests.fakes import NoArtifacts, NoRenderer, NoScenes, PromptedModel

PROBLEM = "If $3x + 5 = 20$, what is the value of $x$?"
STEPS = "1. Subtract 5 from both sides: $3x = 15$.\n2. Divide both sides by 3: $x = 5$.\n\nAnswer: $5$"
WHY = "The $x$ is multiplied by 3. To undo that, both sides are divided by $3$, so $3x = 15$ becomes $x = 5$."


@asynccontextmanager
async def _server(tmp_path: Path) -> AsyncIterator[tuple[Runtime, PromptedModel]]:
    """A runtime of a new process: only the data folder is the same as before."""
    model = PromptedModel({"You explain one step": [WHY], "mathematics tutor": [STEPS]})
    context = Context(model=model, searcher=NoScenes(), sandbox=probe(), renderer=NoRenderer(), artifacts=NoArtifacts(), work_dir=tmp_path)
    async with open_runtime(load_settings(data_dir=tmp_path / "data"), context=context, service=False) as runtime:
        yield runtime, model


async def _say(runtime: Runtime, history: list[AnyMessage], text: str) -> FinalEvent:
    """One turn of a client that sends nothing but its messages; the reply goes into its history."""
    history.append(HumanMessage(text))
    final: Any = None
    async for event in runtime.turn(history):
        if event["type"] == "final":
            final = event
    history.append(AIMessage(final["text"]))
    return final  # type: ignore[no-any-return]


async def test_a_chat_goes_on_after_a_restart_without_solving_again(tmp_path: Path) -> None:
    history: list[AnyMessage] = []
    async with _server(tmp_path) as (runtime, _):
        await _say(runtime, history, PROBLEM)
    async with _server(tmp_path) as (runtime, model):
        final = await _say(runtime, history, "why did you divide by 3?")
        assert final["result"]["skill"] == "explain" and WHY in final["text"]
        assert "mathematics tutor" not in [name for name, _ in model.asked]
        assert final["result"]["solution"] is not None


async def test_a_chat_whose_checkpoints_are_gone_is_read_from_its_messages_and_solved_again(tmp_path: Path) -> None:
    history: list[AnyMessage] = []
    async with _server(tmp_path) as (runtime, _):
        await _say(runtime, history, PROBLEM)
    shutil.rmtree(tmp_path / "data")
    async with _server(tmp_path) as (runtime, model):
        final = await _say(runtime, history, "why did you divide by 3?")
        assert final["result"]["skill"] == "explain" and WHY in final["text"]
        assert [name for name, _ in model.asked].count("mathematics tutor") == 1


async def test_a_posed_variant_is_the_problem_of_the_chat_after_a_restart_too(tmp_path: Path) -> None:
    history: list[AnyMessage] = []
    async with _server(tmp_path) as (runtime, _):
        await _say(runtime, history, PROBLEM)
        posed = find_posed((await _say(runtime, history, "another one like this"))["text"])
    assert posed is not None
    for folder in ("kept", "gone"):
        if folder == "gone":
            shutil.rmtree(tmp_path / "data")
        async with _server(tmp_path) as (runtime, model):
            factor, added, total = (int(number) for number in re.findall(r"\d+", posed[1]))
            answer = (total - added) // factor
            model.answers["mathematics tutor"] = [f"1. Undo both: $x = {answer}$.\n\nAnswer: ${answer}$"]
            final = await _say(runtime, [*history], "solve it, please")
            assert final["result"]["solution"] is not None and final["result"]["solution"]["answer"] == str(answer), folder


async def test_only_what_may_be_seen_is_in_the_result(tmp_path: Path) -> None:
    history: list[AnyMessage] = []
    async with _server(tmp_path) as (runtime, _):
        shown = (await _say(runtime, history, PROBLEM))["result"]
        posed = (await _say(runtime, history, "another one like this"))["result"]
        assert (shown["skill"], posed["skill"]) == ("solve", "variant")
        assert shown["solution"] is not None and posed["solution"] is None
