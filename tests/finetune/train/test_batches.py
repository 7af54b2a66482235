from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finetune.base import load_model
from finetune.train.batches import IGNORED, REAL, Rows, rows_of

PAD = 0


def _tokens(*examples: tuple[list[int], int]) -> Any:
    """Examples of token ids, of which the first so many are prompt."""
    from datasets import Dataset

    return Dataset.from_dict(
        {
            "input_ids": [ids for ids, _ in examples],
            "completion_mask": [[0] * prompt + [1] * (len(ids) - prompt) for ids, prompt in examples],
        }
    )


EXAMPLES = (([5, 6, 7, 8, 2], 3), ([9, 10, 11, 2], 2), ([12, 13, 14, 15, 16, 17, 2], 4), ([18, 19, 2], 1))


def test_only_answers_are_learnt() -> None:
    rows = rows_of(_tokens(*EXAMPLES))
    found = [(row["input_ids"], row["labels"], row["seq_lengths"]) for row in rows]
    assert found == [(ids, [IGNORED] * prompt + ids[prompt:], [len(ids)]) for ids, prompt in EXAMPLES]


def test_positions_begin_anew_with_every_example_and_the_padding() -> None:
    batch = Rows(PAD)(
        [
            {"input_ids": [5, 6, 7, 9, 10], "labels": [IGNORED, 6, 7, 9, 10], "seq_lengths": [3, 2]},
            {"input_ids": [12, 13], "labels": [IGNORED, 13], "seq_lengths": [2]},
        ]
    )
    assert batch["input_ids"].tolist() == [[5, 6, 7, 9, 10], [12, 13, PAD, PAD, PAD]]
    assert batch["position_ids"].tolist() == [[0, 1, 2, 0, 1], [0, 1, 0, 1, 2]]
    # the first token of an example is never what the one before it must foresee
    assert batch["labels"].tolist() == [[IGNORED, 6, 7, IGNORED, 10], [IGNORED, 13, IGNORED, IGNORED, IGNORED]]
    assert int(batch[REAL]) == 7 and "attention_mask" not in batch


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_packed_examples_do_not_see_each_other(tiny_base: Path, attention: str) -> None:
    import torch

    model = load_model(tiny_base, dtype="float32", attention=attention).eval()
    examples = [ids for ids, _ in EXAMPLES]
    joined = [token for ids in examples for token in ids]
    row = {"input_ids": joined, "labels": joined, "seq_lengths": [len(ids) for ids in examples]}
    short = {"input_ids": examples[0], "labels": examples[0], "seq_lengths": [len(examples[0])]}
    batch = Rows(PAD)([row, short])
    with torch.no_grad():
        packed = model(input_ids=batch["input_ids"], position_ids=batch["position_ids"], use_cache=False).logits
        apart = [model(input_ids=torch.tensor([ids]), use_cache=False).logits[0] for ids in examples]
        blind = model(input_ids=torch.tensor([row["input_ids"]]), use_cache=False).logits[0]
    start = 0
    for alone in apart:
        assert torch.allclose(packed[0, start : start + len(alone)], alone, atol=1e-5)
        start += len(alone)
    assert torch.allclose(packed[1, : len(examples[0])], apart[0], atol=1e-5), "padding is seen"
    second = slice(len(examples[0]), len(examples[0]) + len(examples[1]))
    assert not torch.allclose(blind[second], apart[1], atol=1e-3), "the test cannot tell: without positions it is the same too"
