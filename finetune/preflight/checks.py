"""What would make a run worthless: read from the data as they are, and from the very batches that training will see."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from finetune.train.batches import IGNORED, Rows
from finetune.train.prepare import Prepared
from finetune.train.tokens import has_answer, read_messages

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
    """Rows without answers, nothing at all, one answer everywhere, prompts that leave no room, answers that were cut. Raises `DataError`."""
    faults = []
    rows = read_messages(prepared.data, "train")
    if not rows:
        return [f"the data set is empty: {prepared.data / 'train.jsonl'} has no examples; make it anew with `hisolver finetune data`"]
    without = [number for number, messages in enumerate(rows, start=1) if not has_answer(messages)]
    if without:
        shown = ", ".join(map(str, without[:5])) + (" ..." if len(without) > 5 else "")
        faults.append(f"{len(without)} of {len(rows)} rows of train.jsonl have no answer of the assistant's (example {shown}): remove them")
    answers = Counter(messages[-1]["content"].strip() for messages in rows if has_answer(messages))
    if len(rows) >= ENOUGH_TO_JUDGE and answers:
        answer, count = answers.most_common(1)[0]
        if count > ONE_ANSWER * len(rows):
            faults.append(
                f"one answer ({json.dumps(answer[:40])}) stands in {count} of {len(rows)} rows, and is all that would be learnt: thin it out"
            )
    with_answer, length = len(rows) - len(without), prepared.config.training.max_length
    too_long = prepared.tokens.dropped.get("train", 0) - len(without)
    if too_long > DROPPED * with_answer:
        faults.append(
            f"{too_long} of {with_answer} prompts have no room for an answer in {length} tokens: raise training.max_length, or shorten them"
        )
    cut = prepared.tokens.truncated.get("train", 0)
    if cut > TRUNCATED * max(1, with_answer):
        faults.append(
            f"{cut} of {with_answer} answers are cut at {length} tokens and lose their end: raise training.max_length, or shorten them"
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
    cut = prepared.tokens.truncated.get("train", 0) / max(1, len(prepared.tokens.splits["train"]))
    if not ends.sampled or ends.learnt >= END_LEARNT * (1 - cut) * ends.sampled:
        return []
    names = ", ".join(repr(prepared.tokenizer.decode([token])) for token in prepared.end_tokens)
    return [
        f"only {ends.learnt} of {ends.sampled} sampled examples end in a token that ends generation ({names}) and is learnt, so stopping would not be: "
        "take the base's own chat template, or raise training.max_length where answers are cut"
    ]
