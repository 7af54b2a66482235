"""Work that the service did and verified: solutions, ladders of hints, and programs of the coder that failed, were mended and rendered.

The problems are a learner's own words, so they are personal data: `finetune` sees them only where the user asks for it. What looks like an address or a
telephone number drops the example: taking it out could change the mathematics.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agents.checking.phrases import asked_names
from finetune.data.asking import fenced, hint_reply, hint_request, repair_request, solve_request
from finetune.data.example import OWN, Example, Task, message
from retrieval.preprocess.privacy import EMAIL, HOME, PHONE

SOURCE = "HiSolver, verified work"


@dataclass(frozen=True, slots=True)
class Solved:
    """A solution whose verification says `verified`. `steps` are numbered lines, `answer` is LaTeX or plain text, `choice` a letter or None;
    `thread` says whose chat it was without naming anybody."""

    problem: str
    stem: str
    options: Sequence[Mapping[str, str]]
    idea: str
    steps: Sequence[str]
    answer: str
    choice: str | None
    method: str
    thread: str


@dataclass(frozen=True, slots=True)
class Hinted:
    """What was asked for a ladder of hints, by `relation` and the places of steps, for a problem with a verified solution; it passed the leak gate."""

    solved: Solved
    asks: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mended:
    """A program of the coder that failed with `error`, and what became of it: it rendered whole and without faults of layout."""

    draw: str
    broken: str
    error: str
    code: str
    thread: str


Work = Solved | Hinted | Mended


class VerifiedWork(Protocol):
    """Where the service keeps what it did."""

    def read(self, dropped: Counter[str]) -> Iterable[Work]:
        """What was verified, each once; the rest is counted in `dropped`. Raises an error of its own where it cannot be read."""
        ...


def worked(source: VerifiedWork, dropped: Counter[str], *, short: bool = False) -> Iterator[Example]:
    """Tasks `solve`, `hint` and `repair`."""
    for work in source.read(dropped):
        match work:
            case Solved():
                example = _solved(work, dropped, short=short)
            case Hinted():
                example = _hinted(work, dropped, short=short)
            case Mended():
                example = _mended(work, short=short)
        if example is None:
            continue
        if any(
            pattern.search(turn["content"]) for pattern in (EMAIL, HOME, PHONE) for turn in (example.messages[-2], example.messages[-1])
        ):
            dropped["looks like an address or a telephone number"] += 1
            continue
        yield example


def _solved(work: Solved, dropped: Counter[str], *, short: bool) -> Example | None:
    asked, shows_options = solve_request(work.problem, work.stem, work.options, short=short)
    if not work.steps or not work.answer or (shows_options and not work.choice):
        dropped["verified, but without steps or an answer"] += 1
        return None
    idea = f"Idea: {work.idea}\n\n" if work.idea else ""
    answer = f"({work.choice})" if shows_options else work.answer if "$" in work.answer else f"${work.answer}$"
    reply = f"{idea}{_numbered(work.steps)}\n\nAnswer: {answer}"
    options = [{"letter": option["letter"], "text": option["text"]} for option in work.options]
    return _example(
        work, (*asked, message("assistant", reply)), "solve", {"kind": "answer", "answer": work.answer, "options": options}, work.method
    )


def _hinted(work: Hinted, dropped: Counter[str], *, short: bool) -> Example | None:
    solved = work.solved
    names = asked_names(solved.steps)
    if list(work.asks) != names:
        dropped["a ladder that is not whole"] += 1
        return None
    asked = hint_request(solved.stem, _numbered(solved.steps), names, short=short)
    return _example(solved, (*asked, message("assistant", hint_reply(work.asks))), "hint", None, "the leak gate")


def _mended(work: Mended, *, short: bool) -> Example:
    return Example(
        messages=(*repair_request(work.draw, work.broken, work.error, short=short), message("assistant", fenced(work.code))),
        task="repair",
        group=f"chat:{work.thread}",
        source=SOURCE,
        licence=OWN,
        origin={"by": "a transcript", "chat": work.thread, "error": "rendered"},
        check={"kind": "render"},
        asked=work.broken,
    )


def _example(work: Solved, messages: tuple[Any, ...], task: Task, check: Mapping[str, Any] | None, method: str) -> Example:
    return Example(
        messages=messages,
        task=task,
        group="problem:" + hashlib.sha256(" ".join(work.stem.lower().split()).encode("utf-8", "replace")).hexdigest()[:16],
        source=SOURCE,
        licence=OWN,
        origin={"by": "a transcript", "chat": work.thread, "verified": method},
        check=check,
        asked=work.stem,
    )


def _numbered(steps: Sequence[str]) -> str:
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
