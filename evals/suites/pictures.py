"""`pictures`: problems as a phone takes them; right is a text shown back that can be solved as well as the printed one."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.client import HiSolverClient
from evals.errors import DatasetError
from evals.photographs import FONTS, SCREEN_FONTS, look_of, photograph
from evals.scorers.transcript import compare
from evals.suites.base import Asking, Item, Metric, Proof, Record, Suite, Verdict, median, read_rows, refusal, share, turns_of, unique

KINDS = ("words", "formulas")


class PicturesSuite(Suite):
    name = "pictures"
    model = "hisolver"
    files = ("picture_problems.jsonl",)
    score_means = "the text shown back holds every number, sign, letter and option of the printed one in order, and nine words of ten"

    def items(self, data_dir: Path) -> list[Item]:
        items = []
        for row in read_rows(data_dir / self.files[0], {"id": str, "kind": str, "font": str, "seed": int, "text": str}):
            if row["font"] not in (*FONTS, *SCREEN_FONTS) or row["kind"] not in KINDS:
                raise DatasetError(f"{row['id']}: the font {row['font']!r} or the kind {row['kind']!r} is not known")
            items.append(Item(id=row["id"], prompt=row["text"], expected=row["text"].replace("\n", " / "), data=row))
        return unique(items)

    async def ask(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        data = await asyncio.to_thread(picture_of, item)
        url = f"data:image/jpeg;base64,{base64.b64encode(data).decode('ascii')}"
        message: Mapping[str, Any] = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}
        turn = await client.chat(self.model, [message], user=how.learner, seed=how.seed)
        return {"turns": [turn], "picture": hashlib.sha256(data).hexdigest()}

    def score(self, item: Item, record: Record) -> Verdict:
        read = _quoted(record)
        found = compare(item.prompt, read)
        reason = "" if found["well"] else refusal(record) or found["missing"] or f"{found['words']:.0%} of the words"
        facts = {"kind": item.data["kind"], "similarity": found["similarity"], "words": found["words"], "read": read}
        return Verdict(right=found["well"], reason=reason, answered=read.replace("\n", " / ") or "nothing", facts=facts)

    def proof(self, item: Item) -> Proof:
        return Proof(gold=_record(item.prompt), blank=_record(""), scrambled=_record(_one_number_off(item.prompt)))

    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        by_kind = {kind: [verdict for verdict in verdicts if verdict["facts"]["kind"] == kind] for kind in KINDS}
        seconds = [turn["seconds"] for record in records for turn in turns_of(record)]
        return {
            **{f"read well, {kind}": share(sum(verdict["right"] for verdict in found), len(found)) for kind, found in by_kind.items()},
            "similarity of characters": median([verdict["facts"]["similarity"] for verdict in verdicts], "(median)"),
            "words read": median([verdict["facts"]["words"] for verdict in verdicts], "(median)"),
            "reading": median(seconds, "s (median)"),
        }


def picture_of(item: Item) -> bytes:
    """The item's JPEG, the same for the same row. Raises `DatasetError`."""
    seed, font = int(item.data["seed"]), str(item.data["font"])
    text = item.prompt if font in SCREEN_FONTS else re.sub(r"(?<!\\)([%&#])", r"\\\1", item.prompt)
    return photograph(text, look_of(seed, font), seed)


def _quoted(record: Record) -> str:
    """The block quote in the reply, which is what the server says it read."""
    text = turns_of(record)[-1]["text"] if turns_of(record) else ""
    lines = [match[1] for match in re.finditer(r"^> ?(.*)$", text, re.MULTILINE)]
    return "\n".join(lines).strip()


def _one_number_off(text: str) -> str:
    return re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), text, count=1)


def _record(read: str) -> Record:
    quoted = "\n".join(f"> {line}" for line in read.splitlines())
    return {"turns": [{"text": quoted, "hisolver": {"skill": "picture"}, "refused": None}]}
