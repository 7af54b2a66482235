"""`solve`: SAT mathematics with options, where right is the right letter; `gsm8k`: word problems without, where right is the right number."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.client import HiSolverClient
from evals.errors import DatasetError
from evals.scorers.leaks import final_number
from evals.scorers.numbers import find_numbers
from evals.suites.base import Asking, Item, Metric, Proof, Record, Suite, Verdict, figure, read_rows, refusal, share, turns_of, unique

CURVE_S = (10, 20, 30, 45, 60, 90, 120)
"""Where the curve of accuracy against seconds is read."""


class _Solving(Suite):
    """What both suites share: one request an item, and the promise that `verified` makes."""

    model = "hisolver-solve"

    async def ask(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        return {"turns": [await client.chat(self.model, [{"role": "user", "content": item.prompt}], user=how.learner, seed=how.seed)]}

    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        verified = [verdict for verdict in verdicts if verdict["facts"]["status"] == "verified"]
        refuted = [verdict for verdict in verdicts if verdict["facts"]["status"] == "refuted"]
        streamed = [turn["first_text_s"] for record in records for turn in turns_of(record) if turn["first_text_s"] is not None]
        took = [sum(turn["seconds"] for turn in turns_of(record)) for record in records]
        return {
            "verified coverage": share(len(verified), len(verdicts)),
            "verified precision": share(sum(verdict["right"] for verdict in verified), len(verified)),
            "refuted": share(len(refuted), len(verdicts)),
            **{
                f"verified by {method}": share(sum(verdict["right"] for verdict in found), len(found))
                for method in ("algebra", "options", "substitution", "program", "trial")
                if (found := [verdict for verdict in verified if verdict["facts"]["method"] == method])
            },
            "answered nothing": share(sum(not verdict["facts"]["answered"] for verdict in verdicts), len(verdicts)),
            **{
                f"right within {seconds} s": share(
                    sum(verdict["right"] and took[index] <= seconds for index, verdict in enumerate(verdicts)), len(verdicts)
                )
                for seconds in CURVE_S
            },
            "streamed text before the end": share(len(streamed), len(verdicts)),
            "slowest first text": figure(max(streamed, default=None), len(streamed), "s"),
        }


class SolveSuite(_Solving):
    name = "solve"
    files = ("sat-math-dev.jsonl",)
    score_means = "`solution.choice` is the key"

    def items(self, data_dir: Path) -> list[Item]:
        rows = read_rows(data_dir / self.files[0], {"id": str, "question": str, "options": list, "label": str})
        items = []
        for row in rows:
            letters = [chr(ord("A") + index) for index in range(len(row["options"]))]
            if row["label"] not in letters or not all(
                option.startswith(f"({letter})") for option, letter in zip(row["options"], letters, strict=True)
            ):
                raise DatasetError(f"{row['id']}: options must be lettered (A), (B), ... and the label one of them")
            prompt = "\n".join([row["question"], *row["options"]])
            items.append(Item(id=row["id"], prompt=prompt, expected=row["label"], data={"letters": letters}))
        return unique(items)

    def score(self, item: Item, record: Record) -> Verdict:
        solution = _solution(record)
        choice = solution.get("choice")
        right = isinstance(choice, str) and choice == item.expected
        reason = "" if right else refusal(record) or (f"chose {choice}" if choice else "chose nothing")
        facts = _facts(solution, answered=bool(choice))
        answered = f"{choice or '-'} ({solution.get('answer') or 'no value'}, {facts['status']})"
        return Verdict(right=right, reason=reason, answered=answered, facts=facts)

    def proof(self, item: Item) -> Proof:
        letters: list[str] = item.data["letters"]
        other = letters[(letters.index(item.expected) + 1) % len(letters)]
        return Proof(gold=_record(item.expected), blank={"turns": []}, scrambled=_record(other))


class WordProblemSuite(_Solving):
    name = "gsm8k"
    files = ("gsm8k-socratic-dev.jsonl",)
    score_means = "`solution.answer` holds the key and no other number"

    def items(self, data_dir: Path) -> list[Item]:
        rows = read_rows(data_dir / self.files[0], {"question": str, "answer": str})
        items = []
        for number, row in enumerate(rows):
            name = f"gsm8k-{number:03d}"
            key = row["answer"].rpartition("####")[2].strip()
            try:
                final_number(key)
            except ValueError as error:
                raise DatasetError(f"{name}: the answer must end in `#### NUMBER`") from error
            items.append(Item(id=name, prompt=row["question"], expected=key))
        return unique(items)

    def score(self, item: Item, record: Record) -> Verdict:
        solution = _solution(record)
        answer, key = str(solution.get("answer") or ""), final_number(item.expected)
        found = find_numbers(answer)
        values = {number.value for number in found if number.kind == "expression"} or {number.value for number in found}
        # 40 % is read as 40 and as 2/5
        right = key in values and values <= {key, key / 100}
        reason = "" if right else refusal(record) or (f"answered {answer[:60]}" if answer else "answered nothing")
        facts = _facts(solution, answered=bool(answer))
        return Verdict(right=right, reason=reason, answered=f"{answer[:80] or '-'} ({facts['status']})", facts=facts)

    def proof(self, item: Item) -> Proof:
        other = str(final_number(item.expected) + 1)
        return Proof(gold=_record(None, item.expected), blank={"turns": []}, scrambled=_record(None, other))


def _solution(record: Record) -> dict[str, Any]:
    turns = turns_of(record)
    solution = turns[-1]["hisolver"].get("solution") if turns else None
    return solution if isinstance(solution, dict) else {}


def _facts(solution: dict[str, Any], *, answered: bool) -> dict[str, Any]:
    verification = solution.get("verification") or {}
    return {
        "status": str(verification.get("status", "none")),
        "method": str(verification.get("method", "")),
        "answered": answered,
        "choice": solution.get("choice"),
    }


def _record(choice: str | None, answer: str = "?") -> Record:
    solution: dict[str, Any] = {
        "answer": answer,
        "choice": choice,
        "steps": [],
        "verification": {"status": "unverified", "method": "", "detail": ""},
    }
    return {"turns": [{"text": "", "hisolver": {"skill": "solve", "solution": solution}, "refused": None}]}
