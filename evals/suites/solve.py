"""`solve`: SAT mathematics with options; right is the right letter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.client import HiSolverClient
from evals.errors import DatasetError
from evals.suites.base import Asking, Item, Metric, Proof, Record, Suite, Verdict, figure, read_rows, refusal, share, turns_of, unique


class SolveSuite(Suite):
    name = "solve"
    model = "hisolver-solve"
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

    async def ask(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        return {"turns": [await client.chat(self.model, [{"role": "user", "content": item.prompt}], user=how.learner, seed=how.seed)]}

    def score(self, item: Item, record: Record) -> Verdict:
        solution = _solution(record)
        choice = solution.get("choice")
        right = isinstance(choice, str) and choice == item.expected
        status = str((solution.get("verification") or {}).get("status", "none"))
        reason = "" if right else refusal(record) or (f"chose {choice}" if choice else "chose nothing")
        answered = f"{choice or '-'} ({solution.get('answer') or 'no value'}, {status})"
        return Verdict(right=right, reason=reason, answered=answered, facts={"status": status, "choice": choice})

    def proof(self, item: Item) -> Proof:
        letters: list[str] = item.data["letters"]
        other = letters[(letters.index(item.expected) + 1) % len(letters)]
        return Proof(gold=_record(item.expected), blank={"turns": []}, scrambled=_record(other))

    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        verified = [verdict for verdict in verdicts if verdict["facts"]["status"] == "verified"]
        streamed = [turn["first_text_s"] for record in records for turn in turns_of(record) if turn["first_text_s"] is not None]
        return {
            "verified coverage": share(len(verified), len(verdicts)),
            "verified precision": share(sum(verdict["right"] for verdict in verified), len(verified)),
            "chose nothing": share(sum(not verdict["facts"]["choice"] for verdict in verdicts), len(verdicts)),
            "streamed text before the end": share(len(streamed), len(verdicts)),
            "slowest first text": figure(max(streamed, default=None), len(streamed), "s"),
        }


def _solution(record: Record) -> dict[str, Any]:
    turns = turns_of(record)
    solution = turns[-1]["hisolver"].get("solution") if turns else None
    return solution if isinstance(solution, dict) else {}


def _record(choice: str) -> Record:
    solution = {"answer": "?", "choice": choice, "steps": [], "verification": {"status": "unverified", "method": "", "detail": ""}}
    return {"turns": [{"text": "", "hisolver": {"skill": "solve", "solution": solution}, "refused": None}]}
