"""`videos`: SAT problems, solved and animated; right is a video whose numbers all come from the problem or its solution, without a fault of the layout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, ClassVar

from evals.scorers.numbers import find_numbers, plain
from evals.stats import percentile
from evals.suites.base import Item, Metric, Proof, Record, Verdict, figure, read_rows, refusal, share, turns_of, unique
from evals.suites.render import RenderSuite

_SCALES = ("DecimalNumber", "Integer")
"""Numbers on an axis, which no solution names one by one."""
_WITH_TICKS = ("Axes", "NumberLine", "NumberPlane", "BarChart")
_TICK = re.compile(r"[-−]?\d+(?:\.\d+)?")
"""A bare number, which beside axes is taken for one of theirs."""
_ORDINARY = {Fraction(0), Fraction(1), Fraction(2)}
_DIGITS = re.compile(r"\d+(?:\.\d+)?")


class VideosSuite(RenderSuite):
    name = "videos"
    files: ClassVar[tuple[str, ...]] = ("sat-math-dev.jsonl",)
    score_means = "a playable video, every number on screen in the problem or its solution, no error of the layout"

    def items(self, data_dir: Path) -> list[Item]:
        rows = read_rows(data_dir / self.files[0], {"id": str, "question": str, "options": list})
        return unique(
            [Item(id=row["id"], prompt="\n".join([row["question"], *row["options"]]), expected="a video that agrees") for row in rows]
        )

    def score(self, item: Item, record: Record) -> Verdict:
        verdict = super().score(item, record)
        turns = turns_of(record)
        solution: dict[str, Any] = (turns[-1]["hisolver"].get("solution") if turns else None) or record.get("solution") or {}
        strange = _strange(record.get("shown", []), [item.prompt, *_texts(solution)])
        errors = verdict["facts"]["layout"].get("error", 0)
        facts = verdict["facts"] | {"strange": strange, "solved": bool(solution)}
        right = verdict["facts"]["playable"] and not strange and not errors
        reason = ""
        if not right:
            told = ([f"numbers from nowhere: {', '.join(strange)}"] if strange else []) + (
                [f"{errors} errors of the layout"] if errors else []
            )
            reason = refusal(record) or "; ".join(told) or verdict["reason"]
        return Verdict(right=right, reason=reason, answered=verdict["answered"], facts=facts)

    def proof(self, item: Item) -> Proof:
        proof = super().proof(item)
        digits = _DIGITS.findall(plain(item.prompt).replace(",", ""))
        shown = [{"kind": "Text", "text": f"It holds {' and '.join(digits)}.", "from_s": 0.0}]
        wrong = [{"kind": "Text", "text": "It holds 987654321.", "from_s": 0.0}]
        return Proof(gold=proof.gold | {"shown": shown}, blank=proof.blank, scrambled=proof.gold | {"shown": wrong})

    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        facts = [verdict["facts"] for verdict in verdicts]
        waited = [fact["waited"] for fact in facts]
        return {
            "every number agrees": share(sum(fact["playable"] and not fact["strange"] for fact in facts), len(facts)),
            "no error of the layout": share(sum(fact["playable"] and not fact["layout"].get("error", 0) for fact in facts), len(facts)),
            "slowest 5 %": figure(percentile(waited, 95), len(waited), "s (p95)"),
            **super().metrics(verdicts, records),
        }


def _texts(solution: dict[str, Any]) -> list[str]:
    steps = [step for step in solution.get("steps") or [] if isinstance(step, dict)]
    return [str(text) for step in steps for text in (step.get("say"), step.get("latex")) if text] + [str(solution.get("answer") or "")]


def _values(texts: Iterable[str]) -> set[Fraction]:
    found = set(_ORDINARY)
    for text in texts:
        found |= {Fraction(digits) for digits in _DIGITS.findall(plain(text).replace(",", ""))}
        found |= {abs(number.value) for number in find_numbers(text)}
    return found


def _strange(shown: Sequence[dict[str, Any]], known: Sequence[str]) -> list[str]:
    """The numbers on screen that stand nowhere in the known texts and are no value of a computation there."""
    allowed = _values(known)
    scaled = any(thing.get("kind") in _WITH_TICKS for thing in shown)
    texts = [
        str(thing["text"])
        for thing in shown
        if thing.get("text") and thing.get("kind") not in _SCALES and not (scaled and _TICK.fullmatch(str(thing["text"])))
    ]
    digits = [digits for text in texts for digits in _DIGITS.findall(plain(text).replace(",", ""))]
    return list(dict.fromkeys(number for number in digits if Fraction(number) not in allowed))
