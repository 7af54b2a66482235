"""One turn of the whole graph with a scripted model and the real sandbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agents.context import Context, Limits
from agents.sandbox import probe
from tests.fakes import NoArtifacts, NoRenderer, NoScenes, PromptedModel


def context_with(tmp_path: Path, answers: dict[str, list[Any]], **limits: Any) -> Context:
    return Context(
        # solutions in free form are asked for in nearly every problem without algebra; where a test does not script them they settle nothing
        model=PromptedModel({"helpful assistant": ["I do not know."]} | answers),
        searcher=NoScenes(),
        sandbox=probe(),
        renderer=NoRenderer(),
        artifacts=NoArtifacts(),
        work_dir=tmp_path,
        limits=Limits(**limits),
    )


async def turn(graph: Any, context: Context, messages: list[Any], thread: str = "t", **given: Any) -> tuple[dict[str, Any], str]:
    """The state at the end and what was streamed."""
    said: list[str] = []
    state: dict[str, Any] = {}
    config = {"configurable": {"thread_id": thread}, "recursion_limit": 60}
    async for mode, part in graph.astream({"messages": messages, **given}, config, context=context, stream_mode=["custom", "values"]):
        if mode == "custom" and part["type"] == "text":
            said.append(part["text"])
        elif mode == "values":
            state = part
    return state, "".join(said)
