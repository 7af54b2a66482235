"""Verified work out of real checkpoints: the tutor's own graph shape in a real SQLite store."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from langgraph.graph import END, START, StateGraph

from agents.errors import InputError
from agents.state import TutorState
from finetune.data.worked import Hinted, Mended, Solved, Work
from server.finetune.transcripts import ChatWork, _mended
from server.settings import Settings, load_settings
from server.threads import open_checkpointer

ASKS = {"relation": "What undoes adding?"}


def problem(name: str, text: str) -> dict[str, Any]:
    return {"id": name, "text": text, "stem": text, "options": []}


def solution(name: str, status: str) -> dict[str, Any]:
    steps = [{"say": "Subtract 1: $2x = 6$.", "latex": "2x=6"}]
    verification = {"status": status, "method": "direct", "detail": ""}
    return {"answer": "3", "choice": None, "steps": steps, "idea": "undo it", "problem_id": name, "verification": verification}


async def chat(settings: Settings, thread: str, *turns: dict[str, Any]) -> None:
    """A chat whose every turn leaves the state that a real one leaves."""
    waiting = list(turns)

    def turn(state: TutorState) -> TutorState:
        return waiting.pop(0)  # type: ignore[return-value]

    builder = StateGraph(TutorState)
    builder.add_node("turn", turn)
    builder.add_edge(START, "turn")
    builder.add_edge("turn", END)
    async with open_checkpointer(settings) as saver:
        graph = builder.compile(checkpointer=saver)
        for _ in turns:
            await graph.ainvoke({"messages": []}, config={"configurable": {"thread_id": thread}})  # type: ignore[call-overload]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("HISOLVER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HISOLVER_CHECKPOINT_DSN", "")
    return load_settings()


def read(settings: Settings) -> tuple[list[Work], Counter[str]]:
    dropped: Counter[str] = Counter()
    return list(ChatWork(settings).read(dropped)), dropped


def test_verified_work_of_every_turn_is_found_once_and_the_rest_is_counted(settings: Settings) -> None:
    import asyncio

    first = {"problem": problem("p1", "If 2x + 1 = 7, what is x?"), "solution": solution("p1", "verified"), "ladder_asks": {}}
    second = {"problem": problem("p2", "What is 1 + 2?"), "solution": solution("p2", "unverified"), "ladder_asks": ASKS}
    asyncio.run(chat(settings, "thread a", first, {**first, "ladder_asks": ASKS}, second))
    asyncio.run(chat(settings, "thread b", first))
    work, dropped = read(settings)
    assert [type(one) for one in work] == [Solved, Hinted]
    solved, hinted = work
    assert isinstance(solved, Solved) and isinstance(hinted, Hinted)
    assert (solved.problem, solved.answer, list(solved.steps)) == ("If 2x + 1 = 7, what is x?", "3", ["Subtract 1: $2x = 6$."])
    assert hinted.asks == ASKS
    assert dropped["a solution that is not verified"] == 1


def test_a_solution_of_another_problem_than_the_one_in_hand_is_not_taken(settings: Settings) -> None:
    import asyncio

    asyncio.run(
        chat(settings, "thread", {"problem": problem("new", "What is 9?"), "solution": solution("old", "verified"), "ladder_asks": ASKS})
    )
    assert read(settings)[0] == []


def test_nothing_of_the_chat_names_its_owner(settings: Settings) -> None:
    import asyncio

    asyncio.run(
        chat(settings, "owner-thread", {"problem": problem("p", "What is 3?"), "solution": solution("p", "verified"), "ladder_asks": {}})
    )
    (solved,) = read(settings)[0]
    assert isinstance(solved, Solved)
    assert len(solved.thread) == 12
    assert "owner" not in solved.thread


def test_without_chats_the_command_is_told_so_and_no_store_is_made(settings: Settings) -> None:
    with pytest.raises(InputError, match="there are no chats"):
        read(settings)
    assert not settings.data_dir.exists()


def beat(code: str, errors: list[str], *, written: str = "", taken_out: bool = False, made: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"draw": "a circle", "code": code, "written": written, "taken_out": taken_out, "errors": errors, "made": made}


def done(code: str, **fields: Any) -> dict[str, Any]:
    return {"source": "code", "left_out": 0, "layout": [], "seconds": 3.0, "code": code, **fields}


def test_a_program_that_failed_and_the_one_that_rendered_are_a_pair() -> None:
    states = [
        beat("Draw()", []),
        beat("Draw()", ["code: NameError: name 'Draw' is not defined"]),
        beat("Create()", ["code: NameError: name 'Draw' is not defined"]),
        beat("Create()", ["code: NameError: name 'Draw' is not defined"], made=done("Create()")),
    ]
    assert _mended(states, "t") == Mended("a circle", "Draw()", "NameError: name 'Draw' is not defined", "Create()", "t")


def test_where_a_statement_was_taken_out_the_program_as_written_is_what_failed() -> None:
    states = [
        beat("rest", ["code: no Scatter"], written="Scatter() and rest", taken_out=True),
        beat("dots and rest", ["code: no Scatter"], made=done("dots and rest")),
    ]
    found = _mended(states, "t")
    assert isinstance(found, Mended)
    assert found.broken == "Scatter() and rest"


@pytest.mark.parametrize(
    "made",
    [done("x", source="plain"), done("x", left_out=1), done("x", layout=[{"severity": "error"}]), done("Draw()"), done("x", seconds=0.0)],
)
def test_what_was_not_mended_is_no_repair(made: dict[str, Any]) -> None:
    assert _mended([beat("Draw()", ["code: no"]), beat("x", ["code: no"], made=made)], "t") == "a program of the coder that was not mended"


def test_a_program_that_never_failed_is_none_either() -> None:
    assert _mended([beat("Create()", []), beat("Create()", [], made=done("Create()"))], "t") == ""
