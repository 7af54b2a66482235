"""`hints`: four hints in one chat that sends nothing but the message history; right is four different rungs that give nothing away.

Usefulness is measured beside it where a student is named: how many more problems it solves with the first k hints than without any.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from evals.client import HiSolverClient, Turn
from evals.errors import DatasetError
from evals.scorers.leaks import Leak, final_number, find_leaks, find_option_leaks
from evals.stats import paired_gain, spread_evenly
from evals.student import MAX_TOKENS, Attempt, Student, advice, chosen_letter, given_number, names_answer
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
OF_EACH = 60
"""Problems taken from each dataset, spread evenly over it."""
ADVISED = (2, 4)
"""The numbers of hints whose length the generic advice is given as well."""
NEXT = "Another hint, please."
ENOUGH = "Show me the full solution, please."
_FILLERS = (
    "Read the last sentence again: which quantity is asked for?",
    "Which of the given quantities belong together?",
    "Write the relation between them in words first.",
    "Put the given numbers into that relation.",
)


class HintsSuite(Suite):
    name = "hints"
    model = "hisolver-hint"
    files = ("gsm8k-socratic-dev.jsonl", "sat-math-dev.jsonl")
    score_means = "four different rungs, in order, none of which gives the answer or the option away"

    def __init__(self) -> None:
        self.student: Student | None = None
        self._taught: int | None = None
        self._pupils: frozenset[str] = frozenset()

    def configure(self, options: argparse.Namespace) -> None:
        if options.student_url:
            self._taught = options.student_limit
            self.student = Student(options.student_url, options.student_key, options.student_model, timeout_s=options.timeout)

    def items(self, data_dir: Path) -> list[Item]:
        sums, tests = _gsm8k(data_dir / self.files[0]), _sat(data_dir / self.files[1])
        both = [[items[index] for index in spread_evenly(len(items), OF_EACH)] for items in (sums, tests)]
        # in turn, so that a run which is cut short has measured both
        found = unique([item for pair in zip_longest(*both) for item in pair if item is not None])
        self._pupils = frozenset(item.id for item in found[: self._taught])
        return found

    async def ask(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        record = {**how.before} if how.before else await self._hints(client, item, how)
        if self.lacks(item, record):
            assert self.student is not None  # noqa: S101 - or nothing is lacking
            record["student"] = await _lessons(self.student, item.prompt, [_bare(turn["text"]) for turn in turns_of(record)], how.seed)
        return record

    def lacks(self, item: Item, record: Record) -> bool:
        taught = self.student is not None and item.id in self._pupils
        return taught and "student" not in record and len(turns_of(record)) == RUNGS

    async def _hints(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        messages = [{"role": "user", "content": item.prompt}]
        turns = []
        for _ in range(RUNGS):
            turn = await client.chat(self.model, messages, user=how.learner, seed=how.seed)
            turns.append(turn)
            if turn["refused"]:
                break
            messages += [{"role": "assistant", "content": turn["text"]}, {"role": "user", "content": NEXT}]
        record: Record = {"turns": turns}
        if len(turns) == RUNGS and not turns[-1]["refused"]:
            record["shown"] = await client.chat(
                self.model, [*messages[:-1], {"role": "user", "content": ENOUGH}], user=how.learner, seed=how.seed
            )
        return record

    def score(self, item: Item, record: Record) -> Verdict:
        texts, levels = _texts(record), _levels(record)
        leaks = [_leaks(item, text) for text in texts]
        distinct = len({" ".join(text.lower().split()) for text in texts if text}) == RUNGS
        in_order = levels == list(range(1, RUNGS + 1))
        leaky = [number for number, found in enumerate(leaks, 1) if found]
        right = distinct and in_order and not leaky and len(texts) == RUNGS
        reason = "" if right else refusal(record) or _reason(texts, levels, leaks, distinct)
        lessons: list[Attempt] = record.get("student", [])
        student = {attempt["stage"]: _solved(item, attempt) for attempt in lessons}
        facts = {
            "leaky": leaky,
            "distinct": distinct,
            "in_order": in_order,
            "rungs": texts,
            "leaks": leaks,
            "student": student,
            "solution": _judged(item, record.get("shown")),
            "set": item.data["set"],
        }
        return Verdict(right=right, reason=reason, answered=f"{len(texts)} rungs, {len(leaky)} leaking", facts=facts)

    def proof(self, item: Item) -> Proof:
        ladder = list(dict.fromkeys([*item.data["ladder"], *_FILLERS]))[:RUNGS]  # some rows ask one sub-question twice
        named = f"({item.expected})" if item.data["set"] == "sat" else item.expected
        return Proof(
            gold=_record(ladder),
            blank=_record([""] * RUNGS),
            scrambled=_record([*_FILLERS[:3], f"{item.data['last_step']} So the answer is {named}."]),
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
            "full solution came when asked for": share(sum(bool(verdict["facts"]["solution"]) for verdict in verdicts), len(verdicts)),
            **_usefulness([verdict["facts"]["student"] for verdict in verdicts if verdict["facts"]["student"]]),
            **_by_solution([verdict["facts"] for verdict in verdicts if verdict["facts"]["student"]]),
            **{
                f"leak-free problems ({name})": share(sum(not verdict["facts"]["leaky"] for verdict in ours), len(ours))
                for name in ("gsm8k", "sat")
                if (ours := [verdict for verdict in verdicts if verdict["facts"]["set"] == name])
            },
        }


def _gsm8k(path: Path) -> list[Item]:
    items = []
    for number, row in enumerate(read_rows(path, {"question": str, "answer": str})):
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
        data = {"set": "gsm8k", "ladder": ladder, "last_step": last}
        items.append(Item(id=name, prompt=row["question"], expected=answer.strip(), data=data))
    return items


def _sat(path: Path) -> list[Item]:
    items = []
    for row in read_rows(path, {"id": str, "question": str, "options": list, "label": str}):
        options = {text[1]: text[3:].strip() for text in row["options"] if re.match(r"\([A-H]\)", text)}
        if row["label"] not in options:
            raise DatasetError(f"{row['id']}: options must be lettered (A), (B), ... and the label one of them")
        data: dict[str, Any] = {"set": "sat", "ladder": [], "last_step": "", "stem": row["question"], "option": options[row["label"]]}
        items.append(Item(id=row["id"], prompt="\n".join([row["question"], *row["options"]]), expected=row["label"], data=data))
    return items


def _leaks(item: Item, text: str) -> list[Leak]:
    if item.data["set"] == "sat":
        return find_option_leaks(text, item.expected, item.data["option"], item.data["stem"])
    return find_leaks(text, final_number(item.expected), item.prompt)


def _solved(item: Item, attempt: Attempt) -> bool:
    """Whether the student settles on the right answer: what it last spoke of before it was cut off is none."""
    text = attempt["text"]
    if attempt["completion_tokens"] >= MAX_TOKENS and not names_answer(text):
        return False
    if item.data["set"] == "sat":
        return chosen_letter(text) == item.expected
    return given_number(text) == final_number(item.expected)


async def _lessons(student: Student, problem: str, rungs: list[str], seed: int | None) -> list[Attempt]:
    """The student alone, with the first k hints, and with generic advice of the same length; all at the same time, for none sees another."""
    attempts = [student.solve(problem, seed=seed)]
    for count in range(1, RUNGS + 1):
        said = "\n".join(f"- {rung}" for rung in rungs[:count])
        attempts.append(student.solve(problem, said, hints=count, stage=f"hints-{count}", seed=seed))
        if count in ADVISED:
            attempts.append(student.solve(problem, advice(said), hints=count, stage=f"advice-{count}", seed=seed))
    return list(await asyncio.gather(*attempts))


def _judged(item: Item, shown: Turn | None) -> str:
    """`verified`, `right` or `wrong`: the tutor's own solution, from which its hints were made; "" where none came when it was asked for."""
    solution = (shown["hisolver"] if shown else {}).get("solution")
    if not solution or not solution.get("answer"):
        return ""
    right = (
        solution.get("choice") == item.expected
        if item.data["set"] == "sat"
        else given_number(solution["answer"]) == final_number(item.expected)
    )
    return "wrong" if not right else "verified" if solution["verification"]["status"] == "verified" else "right"


def _by_solution(facts: Sequence[dict[str, Any]]) -> dict[str, Metric]:
    """Hints made from a solution that is wrong cannot help: how many problems the student solves by what the tutor's solution was worth."""
    found = {}
    for worth in ("verified", "right", "wrong"):
        students = [fact["student"] for fact in facts if fact["solution"] == worth]
        for stage in ("none", *(f"hints-{count}" for count in range(1, RUNGS + 1))) if students else ():
            name = "alone" if stage == "none" else f"with {stage[-1]}"
            found[f"student {name}, tutor's solution {worth}"] = share(sum(student[stage] for student in students), len(students))
    return found


def _usefulness(students: Sequence[dict[str, bool]]) -> dict[str, Metric]:
    if not students:
        return {}
    n = len(students)
    names = {"none": "student alone"}
    names |= {f"hints-{count}": f"student with {count} hint{'s' * (count > 1)}" for count in range(1, RUNGS + 1)}
    names |= {f"advice-{count}": f"student with advice as long as {count} hints" for count in ADVISED}
    found = {name: share(sum(student[stage] for student in students), n) for stage, name in names.items()}
    for first, second in [(f"hints-{count}", "none") for count in range(1, RUNGS + 1)] + [
        (f"hints-{count}", f"advice-{count}") for count in ADVISED
    ]:
        gain, low, high = paired_gain([(student[second], student[first]) for student in students])
        found[f"gain: {names[first]} over {names[second]}"] = Metric(value=gain, n=n, interval=(low, high), unit="share")
    return found


def _texts(record: Record) -> list[str]:
    """What the learner reads of each rung, without the heading `Hint 1 of 4`, which makes any two rungs different."""
    return [_bare(turn["text"]) for turn in turns_of(record)]


def _bare(text: str) -> str:
    text = text.split("\n\nThat was the last hint", 1)[0]
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
