"""Rows of tokens for SFTTrainer, and the batches made of them.

Packed rows (`finetune.data.tokenised`) tell by `seq_lengths` where an example ends in its row. With FlashAttention, TRL's own collator lays a batch
out as one long row. Without it, that row would be masked batch times as wide as need be, so `Rows` keeps the rows apart. In both, `position_ids`
begin anew with every example and there is no attention mask: transformers then lets no example see another (`masking_utils`, packed sequences).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

IGNORED = -100
"""The label of a token that is not learnt."""
REAL = "real_tokens"
"""A batch's number of tokens that are no padding; the trainer takes it out before the model sees the batch."""


def rows_of(tokens: Any) -> Any:
    """A `datasets.Dataset` with `input_ids`, `labels` and `seq_lengths`, one example a row, out of one with `input_ids` and `completion_mask`."""

    def labelled(row: dict[str, Any]) -> dict[str, Any]:
        labels = [token if learnt else IGNORED for token, learnt in zip(row["input_ids"], row["completion_mask"], strict=True)]
        return {"labels": labels, "seq_lengths": [len(labels)]}

    return tokens.map(labelled, remove_columns=["completion_mask"], keep_in_memory=True)


@dataclass(frozen=True, slots=True)
class Rows:
    """Makes a batch of `rows_of`'s rows: `input_ids`, `labels`, `position_ids` [rows, tokens], padded at the end by a segment of its own."""

    pad: int

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        import torch

        lengths = [len(row["input_ids"]) for row in rows]
        shape = (len(rows), max(lengths))
        ids, labels = torch.full(shape, self.pad), torch.full(shape, IGNORED)
        positions = torch.zeros(shape, dtype=torch.long)
        for n, (row, length) in enumerate(zip(rows, lengths, strict=True)):
            ids[n, :length] = torch.as_tensor(row["input_ids"])
            labels[n, :length] = torch.as_tensor(row["labels"])
            starts = 0
            for part in (*row["seq_lengths"], shape[1] - length):
                positions[n, starts : starts + part] = torch.arange(part)
                if part:
                    labels[n, starts] = IGNORED  # what the example before would have to foresee
                starts += part
        return {"input_ids": ids, "labels": labels, "position_ids": positions, REAL: torch.tensor(sum(lengths))}


@dataclass(frozen=True, slots=True)
class Flattened:
    """TRL's padding-free collator, for FlashAttention: a batch as one row with the bounds of its examples."""

    pad: int

    def __call__(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        import torch
        from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

        batch = dict(DataCollatorForLanguageModeling(self.pad, padding_free=True)(list(rows)))
        return {**batch, REAL: torch.tensor(batch["input_ids"].numel())}
