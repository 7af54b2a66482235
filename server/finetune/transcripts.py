"""What the chats of this server hold that was verified, for `finetune.data.worked`: read from the checkpoints, which belong to the server.

Only what a computation bore out leaves: solutions that are `verified`, ladders whose rungs passed the leak gate, and programs of the coder that failed first
and then rendered whole. Of a learner's words that is the problem and the wish for a picture; nothing else of the chat.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.errors import InputError
from finetune.data.worked import Hinted, Mended, Solved, Work
from server.settings import Settings
from server.threads import open_checkpointer

Values = Mapping[str, Any]


class ChatWork:
    """`finetune.data.worked.VerifiedWork` over the checkpoints that the settings name, SQLite or PostgreSQL."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def read(self, dropped: Counter[str]) -> Iterable[Work]:
        """Raises `InputError` where there are no chats, `StorageError` where they cannot be opened."""
        if not self._settings.checkpoint_dsn.get_secret_value() and not (self._settings.data_dir / "checkpoints.sqlite").is_file():
            raise InputError(f"there are no chats in {self._settings.data_dir}; leave out --transcripts, or set HISOLVER_DATA_DIR")
        return asyncio.run(_read(self._settings, dropped))


async def _read(settings: Settings, dropped: Counter[str]) -> list[Work]:
    found = _Found()
    async with open_checkpointer(settings) as saver:
        # the latest first
        async for checkpoint in saver.alist(None):
            place = checkpoint.config["configurable"]
            found.see(str(place["thread_id"]), str(place.get("checkpoint_ns", "")), checkpoint.checkpoint["channel_values"])
    return found.work(dropped)


@dataclass
class _Found:
    """`solved` and `hinted` by problem, so that one that many asked is there once; `beats` by thread and beat, the latest state first."""

    solved: dict[str, Solved] = field(default_factory=dict)
    hinted: dict[str, Hinted] = field(default_factory=dict)
    unverified: set[str] = field(default_factory=set)
    beats: dict[tuple[str, str], list[Values]] = field(default_factory=lambda: defaultdict(list))

    def see(self, thread: str, namespace: str, values: Values) -> None:
        if "beat:" in namespace:
            self.beats[thread, namespace].append(_of_beat(values))
        elif not namespace:
            self._see_turn(thread, values)

    def _see_turn(self, thread: str, values: Values) -> None:
        problem, solution = values.get("problem"), values.get("solution")
        if not problem or not solution or solution.get("problem_id", problem["id"]) != problem["id"]:
            return
        name = str(problem["id"])
        if solution["verification"]["status"] != "verified":
            self.unverified.add(name)
            return
        solved = Solved(
            problem=str(problem["text"]),
            stem=str(problem["stem"]),
            options=[{"letter": str(option["letter"]), "text": str(option["text"])} for option in problem["options"]],
            idea=str(solution.get("idea", "")),
            steps=[str(step["say"]) for step in solution["steps"]],
            answer=str(solution["answer"]),
            choice=solution["choice"],
            method=str(solution["verification"]["method"]),
            thread=_nobody(thread),
        )
        self.solved.setdefault(name, solved)
        if asks := values.get("ladder_asks"):
            self.hinted.setdefault(name, Hinted(solved=solved, asks={str(key): str(text) for key, text in asks.items()}))

    def work(self, dropped: Counter[str]) -> list[Work]:
        dropped["a solution that is not verified"] += len(self.unverified - self.solved.keys())
        mended: list[Work] = []
        for (thread, _), states in self.beats.items():
            found = _mended(states[::-1], _nobody(thread))
            if isinstance(found, Mended):
                mended.append(found)
            elif found:
                dropped[found] += 1
        return [*self.solved.values(), *self.hinted.values(), *mended]


def _of_beat(values: Values) -> Values:
    """What tells how a program failed and was mended, without the rest of the state."""
    attempt = values.get("attempt") or {}
    return {
        "draw": str((values.get("plan") or {}).get("draw", "")),
        "code": str(attempt.get("code") or "") if attempt.get("way") == "code" else "",
        "written": str(values.get("written") or ""),
        "taken_out": bool(values.get("taken_out")),
        "errors": [str(error) for error in values.get("errors") or []],
        "made": (values.get("made") or [None])[0],
    }


def _mended(states: Sequence[Values], thread: str) -> Mended | str:
    """The last program that failed and the one that rendered, of a beat's states in order; or why there is none, "" where nothing failed."""
    failed: tuple[str, str] | None = None
    known = 0
    for state in states:
        fresh, known = state["errors"][known:], len(state["errors"])
        broken = state["written"] if state["taken_out"] else state["code"]
        if fresh and broken:
            failed = broken, "\n".join(error.removeprefix("code: ") for error in fresh)
    made = states[-1]["made"]
    if failed is None or made is None:
        return ""
    faults = [finding for finding in made["layout"] if finding["severity"] == "error"]
    if made["source"] != "code" or made["left_out"] or faults or not made["seconds"]:
        return "a program of the coder that was not mended"
    broken, error = failed
    if broken.strip() == str(made["code"]).strip():
        return "a program of the coder that was not mended"
    return Mended(draw=str(states[-1]["draw"]), broken=broken, error=error, code=str(made["code"]), thread=thread)


def _nobody(thread: str) -> str:
    """A name of a chat that leads nobody to its owner, and is the same every time."""
    return hashlib.sha256(thread.encode("utf-8", "surrogatepass")).hexdigest()[:12]
