"""What would make a run worthless: read from the data as they are, and from the very batches that training will see."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from finetune.data.stored import read_rows
from finetune.data.tokenising import TOO_LONG
from finetune.train.batches import IGNORED, Rows
from finetune.train.prepare import Prepared

SAMPLED = 64
"""Rows whose batches are looked into."""
END_LEARNT = 0.9
"""Of the examples that were not cut, at least so many must end in an end token that is learnt."""
TRUNCATED = 0.1
DROPPED = 0.01
ONE_ANSWER = 0.5
ENOUGH_TO_JUDGE = 20


@dataclass(frozen=True, slots=True)
class Ends:
    """Examples in the sampled batches, and how many of them learn to stop."""

    sampled: int
    learnt: int


def data_faults(prepared: Prepared) -> list[str]:
    """Answers that say nothing, one answer everywhere, prompts that leave no room, answers that were cut. Raises `DataError`."""
    assert prepared.tokens is not None  # noqa: S101 - where the template does not fit, nobody looks at the data
    faults = []
    answers = [row["messages"][-1]["content"].strip() for row in read_rows(prepared.data, "train")]
    without = [number for number, answer in enumerate(answers, start=1) if not answer]
    if without:
        shown = ", ".join(map(str, without[:5])) + (" ..." if len(without) > 5 else "")
        faults.append(
            f"{len(without)} of {len(answers)} rows of train.jsonl have no answer of the assistant's (example {shown}): remove them"
        )
    if len(answers) >= ENOUGH_TO_JUDGE:
        answer, count = Counter(answers).most_common(1)[0]
        if count > ONE_ANSWER * len(answers):
            faults.append(
                f"one answer ({json.dumps(answer[:40])}) stands in {count} of {len(answers)} rows, and is all that would be learnt: thin it out"
            )
    counts, length = prepared.tokens.counts["train"], prepared.config.training.max_length
    too_long = counts["dropped"].get(TOO_LONG, 0)
    if too_long > DROPPED * len(answers):
        faults.append(
            f"{too_long} of {len(answers)} prompts have no room for an answer in {length} tokens: raise training.max_length, or shorten them"
        )
    cut = counts["truncated"]
    if cut > TRUNCATED * len(answers):
        faults.append(
            f"{cut} of {len(answers)} answers are cut at {length} tokens and lose their end: raise training.max_length, or shorten them"
        )
    return faults


def ends_in_batches(prepared: Prepared) -> Ends:
    """Looks into the batches of the first rows, as the trainer will get them: does an example's last learnt label end a turn?"""
    sampled = learnt = 0
    collate, batch = Rows(prepared.tokenizer.pad_token_id), prepared.config.training.batch
    rows: Sequence[dict[str, Any]] = [prepared.rows[n] for n in range(min(SAMPLED, len(prepared.rows)))]
    for start in range(0, len(rows), batch):
        chosen = rows[start : start + batch]
        labels = collate(chosen)["labels"].tolist()
        for row, line in zip(chosen, labels, strict=True):
            begin = 0
            for length in row["seq_lengths"]:
                known = [label for label in line[begin : begin + length] if label != IGNORED]
                sampled += 1
                learnt += bool(known) and known[-1] in prepared.end_tokens
                begin += length
    return Ends(sampled, learnt)


def end_faults(prepared: Prepared, ends: Ends) -> list[str]:
    """An adapter that never sees an end token unmasked never learns to stop."""
    assert prepared.tokens is not None  # noqa: S101 - as in `data_faults`
    counts = prepared.tokens.counts["train"]
    cut = counts["truncated"] / max(1, counts["examples"])
    if not ends.sampled or ends.learnt >= END_LEARNT * (1 - cut) * ends.sampled:
        return []
    names = ", ".join(repr(prepared.tokenizer.decode([token])) for token in prepared.end_tokens)
    return [
        f"only {ends.learnt} of {ends.sampled} sampled examples end in a token that ends generation ({names}) and is learnt, so stopping would not be: "
        "take the base's own chat template, or raise training.max_length where answers are cut"
    ]
