"""`code`: our own prompts, every scene written by the coder; right is a scene by code that plays.

What the coder's loop adds is told apart: how many scenes render as they were first written (mended by code alone), and how many after one, two or
three further calls of the coder. A scene that renders may have lost pieces on the way: `whole` scenes have not.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from evals.suites.base import Item, Metric, Proof, Record, Verdict, figure, share
from evals.suites.render import RenderSuite

REPAIRS = (0, 1, 2, 3)


class CodeSuite(RenderSuite):
    name = "code"
    files: ClassVar[tuple[str, ...]] = ("render_prompts.jsonl",)
    options: ClassVar[dict[str, Any]] = {"animate_by": "code"}
    score_means = "a playable video of a scene that the coder wrote, whatever had to be left out of it"

    def items(self, data_dir: Path) -> list[Item]:
        return self.prompts(data_dir / self.files[0])

    def score(self, item: Item, record: Record) -> Verdict:
        verdict = super().score(item, record)
        beats: list[dict[str, Any]] = record.get("beats", [])
        by_code = [beat for beat in beats if beat.get("source") == "code"]
        right = verdict["facts"]["playable"] and len(by_code) == len(beats) > 0
        facts = verdict["facts"] | {
            "repairs": max((int(beat.get("calls", 1)) - 1 for beat in by_code), default=None) if right else None,
            "left_out": sum(int(beat.get("left_out", 0)) for beat in by_code),
            "mended": sum(len(beat.get("mended", [])) for beat in by_code),
        }
        reason = "" if right else verdict["reason"] if not facts["playable"] else _errors(beats)
        return Verdict(right=right, reason=reason, answered=verdict["answered"], facts=facts)

    def proof(self, item: Item) -> Proof:
        proof = super().proof(item)
        return Proof(gold=proof.gold | {"beats": [{"source": "code", "calls": 1}]}, blank=proof.blank, scrambled=proof.scrambled)

    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        facts = [verdict["facts"] for verdict in verdicts]
        done = [fact for fact in facts if fact["repairs"] is not None]
        wanted = sum(fact["wanted"] for fact in facts)
        lost = sum(len(fact["lost"]) if fact["repairs"] is not None else fact["wanted"] for fact in facts)
        return {
            **{f"rendered after {count} repairs": share(sum(fact["repairs"] <= count for fact in done), len(facts)) for count in REPAIRS},
            "rendered whole, nothing left out": share(sum(fact["left_out"] == 0 for fact in done), len(facts)),
            "rendered as first written, nothing mended": share(
                sum(fact["repairs"] == 0 and fact["mended"] == 0 for fact in done), len(facts)
            ),
            "things seen in scenes by code, of those that must be": share(wanted - lost, wanted),
            "coder calls": figure(_mean([fact["repairs"] + 1 for fact in done]), len(done), "calls (mean, of those rendered)"),
            **super().metrics(verdicts, records),
        }


def _errors(beats: Sequence[dict[str, Any]]) -> str:
    errors = [str(error) for beat in beats for error in beat.get("errors", [])]
    return f"not by code: {'; '.join(errors[-2:]) or 'no reason told'}"


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
