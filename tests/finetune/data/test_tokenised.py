"""The cache of token ids: what is in it, that it is made once, and never by halves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from finetune.data import tokenised, tokenising
from finetune.data.stored import FACTS
from finetune.data.tokenised import tokenise
from finetune.errors import DataError
from finetune.template import tokens_of
from tests.finetune.data.making import example
from tests.finetune.data.tokens import CHATML, data_set, small_tokenizer, some


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return small_tokenizer()


def test_each_example_is_a_row_that_ends_with_the_end_of_its_turn(tmp_path: Path, tokenizer: Any) -> None:
    folder = data_set(tmp_path / "set", some(30), some(3), some(2))
    found = tokenise(folder, tokenizer, max_length=128, cache=tmp_path / "cache")
    assert {name: len(rows) for name, rows in found.splits.items()} == {"train": 30, "validation": 2, "test": 3}
    for row, one in zip(found.splits["train"], some(30), strict=True):
        assert (row["input_ids"], row["completion_mask"]) == tokens_of(tokenizer, one.messages, found.end_of_turn)
        assert (row["input_ids"][-1], row["completion_mask"][-1]) == (found.end_of_turn, 1)
    assert (found.truncated, found.dropped, found.examples) == (0, 0, 35)
    assert found.tokens == sum(len(row["input_ids"]) for rows in found.splits.values() for row in rows)
    assert found.learnt == sum(sum(row["completion_mask"]) for rows in found.splits.values() for row in rows)


def test_rows_come_from_the_disk(tmp_path: Path, tokenizer: Any) -> None:
    found = tokenise(data_set(tmp_path / "set", some(5)), tokenizer, max_length=128, cache=tmp_path / "cache")
    assert [Path(file["filename"]) for file in found.splits["train"].cache_files] == [found.folder / "train.arrow"]
    assert [Path(file["filename"]) for file in found.packed["train"].cache_files] == [found.folder / "train.packed.arrow"]


def test_what_is_too_long_is_cut_or_dropped_and_counted(tmp_path: Path, tokenizer: Any) -> None:
    endless = example("draw " * 200, "ok")
    special = example("what does <|im_end|> mean?", "the end")
    found = tokenise(data_set(tmp_path / "set", [*some(10, long=3), endless, special]), tokenizer, max_length=64, cache=tmp_path / "cache")
    assert found.truncated == 3
    assert found.counts["train"]["dropped"] == {tokenising.TOO_LONG: 1, tokenising.SPECIAL: 1}
    rows = list(found.splits["train"])
    assert max(len(row["input_ids"]) for row in rows) == 64
    # without its end an answer teaches no end, and no false one
    assert [row["input_ids"][-1] == found.end_of_turn for row in rows] == [True] * 7 + [False] * 3


def test_packed_rows_hold_every_token_once_and_fit(tmp_path: Path, tokenizer: Any) -> None:
    found = tokenise(data_set(tmp_path / "set", some(40, long=2)), tokenizer, max_length=96, cache=tmp_path / "cache")
    packed = list(found.packed["train"])
    assert len(packed) == found.counts["train"]["packed"] < 40
    pieces = []
    for row in packed:
        assert len(row["input_ids"]) == len(row["labels"]) == sum(row["seq_lengths"]) <= 96
        start = 0
        for length in row["seq_lengths"]:
            pieces.append((row["input_ids"][start : start + length], row["labels"][start : start + length]))
            start += length
    alone = [
        (row["input_ids"], [number if learn else -100 for number, learn in zip(row["input_ids"], row["completion_mask"], strict=True)])
        for row in found.splits["train"]
    ]
    assert sorted(pieces) == sorted(alone)
    # best fit: little room is left
    assert sum(len(row["input_ids"]) for row in packed) > 0.85 * 96 * len(packed)


def test_packed_examples_do_not_see_each_other(tmp_path: Path, tokenizer: Any) -> None:
    """Through TRL's own collator and a real attention: each example's logits are those that it has alone."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    found = tokenise(data_set(tmp_path / "set", some(12)), tokenizer, max_length=96, cache=tmp_path / "cache")
    collator = DataCollatorForLanguageModeling(pad_token_id=tokenizer.pad_token_id, padding_free=True)
    row = found.packed["train"][0]
    assert len(row["seq_lengths"]) > 1
    batch = collator([row])
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2
    )
    torch.manual_seed(0)
    model = LlamaForCausalLM(config).eval()
    with torch.no_grad():
        together = model(input_ids=batch["input_ids"], position_ids=batch["position_ids"], use_cache=False).logits[0]
        start = 0
        for length in row["seq_lengths"]:
            alone = model(input_ids=torch.tensor([row["input_ids"][start : start + length]]), use_cache=False).logits[0]
            torch.testing.assert_close(together[start : start + length], alone, atol=1e-4, rtol=1e-4)
            start += length


def test_it_is_made_once_for_a_tokenizer_and_a_length(tmp_path: Path, tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cache = data_set(tmp_path / "set", some(5)), tmp_path / "cache"
    first = tokenise(folder, tokenizer, max_length=128, cache=cache)
    with monkeypatch.context() as patch:
        patch.setattr(tokenised, "_make", lambda *arguments: pytest.fail("it was there"))
        again = tokenise(folder, small_tokenizer(), max_length=128, cache=cache)
    assert again.folder == first.folder
    assert again.counts == first.counts
    others = {tokenise(folder, tokenizer, max_length=64, cache=cache).folder}
    others.add(tokenise(folder, small_tokenizer(CHATML + "{# another #}"), max_length=128, cache=cache).folder)
    data_set(folder, some(6))
    others.add(tokenise(folder, tokenizer, max_length=128, cache=cache).folder)
    assert len(others - {first.folder}) == 3


def test_two_processes_make_the_same_as_one(tmp_path: Path, tokenizer: Any) -> None:
    folder = data_set(tmp_path / "set", some(600, long=3))
    one = tokenise(folder, tokenizer, max_length=64, cache=tmp_path / "one", num_proc=1)
    two = tokenise(folder, tokenizer, max_length=64, cache=tmp_path / "two", num_proc=2)
    assert one.counts == two.counts
    assert one.splits["train"][:] == two.splits["train"][:]


def test_a_failure_leaves_no_half_cache(tmp_path: Path, tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = data_set(tmp_path / "set", some(5))

    def full(*arguments: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(tokenised, "_pack", full)
        with pytest.raises(OSError, match="No space left"):
            tokenise(folder, tokenizer, max_length=128, cache=tmp_path / "cache")
    assert [path for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"] == []
    assert tokenise(folder, tokenizer, max_length=128, cache=tmp_path / "cache").examples == 5


KILLED = """
import sys, time
from pathlib import Path
from finetune.data import tokenised
from tests.finetune.data.tokens import small_tokenizer
def slow(*arguments):
    print("now", flush=True)
    time.sleep(60)
tokenised._pack = slow
tokenised.tokenise(Path(sys.argv[1]), small_tokenizer(), max_length=128, cache=Path(sys.argv[2]))
"""


def test_a_run_that_is_killed_leaves_no_half_cache_and_no_lock(tmp_path: Path, tokenizer: Any) -> None:
    folder, cache = data_set(tmp_path / "set", some(5)), tmp_path / "cache"
    command = [sys.executable, "-c", KILLED, str(folder), str(cache)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3], env={**os.environ, "PYTHONPATH": "."})
    assert child.stdout is not None
    assert child.stdout.readline() == b"now\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert not list(cache.glob(f"*/{tokenised.FACTS}"))
    found = tokenise(folder, tokenizer, max_length=128, cache=cache)
    assert found.examples == 5
    assert [path for path in cache.iterdir() if path.suffix != ".lock"] == [found.folder]


def test_nothing_left_to_train_on_is_refused_with_the_reason(tmp_path: Path, tokenizer: Any) -> None:
    folder = data_set(tmp_path / "set", [example("draw " * 200, "ok")])
    with pytest.raises(DataError, match=tokenising.TOO_LONG):
        tokenise(folder, tokenizer, max_length=64, cache=tmp_path / "cache")
    assert [path for path in (tmp_path / "cache").iterdir() if path.suffix != ".lock"] == []


def test_a_folder_that_is_no_data_set_is_refused(tmp_path: Path, tokenizer: Any) -> None:
    with pytest.raises(DataError, match=f"there is no .*{FACTS}"):
        tokenise(tmp_path, tokenizer, max_length=64, cache=tmp_path / "cache")
