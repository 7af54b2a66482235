"""`hints`: four hints in one chat that sends nothing but the message history; right is four different rungs that give nothing away."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from evals.client import HiSolverClient
from evals.errors import DatasetError
from evals.scorers.leaks import Leak, final_number, find_leaks
from evals.suites.base import (
    Asking,
    Item,
    Metric,
    Proof,
    Record,
    Suite,
    Verdict,
    figure,
    median,
    read_rows,
    refusal,
    share,
    turns_of,
    unique,
)

RUNGS = 4
NEXT = "Another hint, please."
_FILLERS = (
    "Read the last sentence again: which quantity is asked for?",
    "Which of the given quantities belong together?",
    "Write the relation between them in words first.",
    "Put the given numbers into that relation.",
)


class HintsSuite(Suite):
    name = "hints"
    model = "hisolver-hint"
    files = ("gsm8k-socratic-dev.jsonl",)
    score_means = "four different rungs, in order, none of which holds the final number or an equal form"

    def items(self, data_dir: Path) -> list[Item]:
        rows = read_rows(data_dir / self.files[0], {"question": str, "answer": str})
        items = []
        for number, row in enumerate(rows):
            body, mark, answer = row["answer"].rpartition("####")
            name = f"gsm8k-socratic-{number:03d}"
            lines = [line for line in body.strip().splitlines() if line.strip()]
            try:
                final_number(answer)
            except ValueError as error:
                raise DatasetError(f"{name}: the answer must end in `#### NUMBER`") from error
            if not mark or not lines:
                raise DatasetError(f"{name}: the answer holds no ladder of sub-questions")
            ladder = [line.partition("**")[0].strip() for line in lines]
            last = re.sub(r"<<.*?>>", "", lines[-1].partition("**")[2] or lines[-1]).strip()
            items.append(Item(id=name, prompt=row["question"], expected=answer.strip(), data={"ladder": ladder, "last_step": last}))
        return unique(items)

    async def ask(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        messages = [{"role": "user", "content": item.prompt}]
        turns = []
        for _ in range(RUNGS):
            turn = await client.chat(self.model, messages, user=how.learner, seed=how.seed)
            turns.append(turn)
            if turn["refused"]:
                break
            messages += [{"role": "assistant", "content": turn["text"]}, {"role": "user", "content": NEXT}]
        return {"turns": turns}

    def score(self, item: Item, record: Record) -> Verdict:
        answer = final_number(item.expected)
        texts, levels, leaks = _texts(record), _levels(record), []
        for text in texts:
            leaks.append(find_leaks(text, answer, item.prompt))
        distinct = len({" ".join(text.lower().split()) for text in texts if text}) == RUNGS
        in_order = levels == list(range(1, RUNGS + 1))
        leaky = [number for number, found in enumerate(leaks, 1) if found]
        right = distinct and in_order and not leaky and len(texts) == RUNGS
        reason = "" if right else refusal(record) or _reason(texts, levels, leaks, distinct)
        facts = {"leaky": leaky, "distinct": distinct, "in_order": in_order, "rungs": texts, "leaks": leaks}
        return Verdict(right=right, reason=reason, answered=f"{len(texts)} rungs, {len(leaky)} leaking", facts=facts)

    def proof(self, item: Item) -> Proof:
        ladder = list(dict.fromkeys([*item.data["ladder"], *_FILLERS]))[:RUNGS]  # some rows ask one sub-question twice
        return Proof(
            gold=_record(ladder),
            blank=_record([""] * RUNGS),
            scrambled=_record([*_FILLERS[:3], f"{item.data['last_step']} So the answer is {item.expected}."]),
        )

    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        rungs = [text for verdict in verdicts for text in verdict["facts"]["rungs"] if text]
        leaky = [number for verdict in verdicts for number in verdict["facts"]["leaky"]]
        # a rung that several problems share says nothing about any of them
        where = Counter(text for verdict in verdicts for text in {_bare(text) for text in verdict["facts"]["rungs"] if text})
        generic = sum(where[_bare(text)] > 1 for text in rungs)
        later = [turn["seconds"] for record in records for turn in turns_of(record)[1:]]
        return {
            "leak-free problems": share(sum(not verdict["facts"]["leaky"] for verdict in verdicts), len(verdicts)),
            "leaking rungs": share(len(leaky), len(rungs)),
            **{f"leaking at rung {level}": share(leaky.count(level), len(verdicts)) for level in range(1, RUNGS + 1)},
            "four different rungs": share(sum(verdict["facts"]["distinct"] for verdict in verdicts), len(verdicts)),
            "levels in order": share(sum(verdict["facts"]["in_order"] for verdict in verdicts), len(verdicts)),
            "generic rungs (same words for several problems)": share(generic, len(rungs)),
            "first hint": median([turns_of(record)[0]["seconds"] for record in records if turns_of(record)], "s (median)"),
            "later hints": median(later, "s (median)"),
            "slowest later hint": figure(max(later, default=None), len(later), "s"),
        }


def _texts(record: Record) -> list[str]:
    """What the learner reads of each rung, without the heading `Hint 1 of 4`, which makes any two rungs different."""
    return [_bare(turn["text"]) for turn in turns_of(record)]


def _bare(text: str) -> str:
    return re.sub(r"^\W*hint\W+\d+\s+of\s+\d+\W*", "", text.strip(), flags=re.IGNORECASE).strip()


def _levels(record: Record) -> list[int | None]:
    return [(turn["hisolver"].get("hint") or {}).get("level") for turn in turns_of(record)]


def _reason(texts: list[str], levels: list[int | None], leaks: list[list[Leak]], distinct: bool) -> str:
    for number, found in enumerate(leaks, 1):
        if found:
            return f"rung {number} holds {found[0]['text']!r} ({found[0]['kind']})"
    if len(texts) < RUNGS or not all(texts):
        return f"{sum(map(bool, texts))} of {RUNGS} rungs came"
    return "two rungs are the same" if not distinct else f"the levels are {levels}"


def _record(rungs: list[str]) -> Record:
    turns = [
        {"text": text, "hisolver": {"skill": "hint", "hint": {"level": level, "of": RUNGS, "text": text}}, "refused": None}
        for level, text in enumerate(rungs, 1)
    ]
    return {"turns": turns}
