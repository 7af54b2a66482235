"""What is refused before anything is trained, and that the setting which the refusal names mends it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from finetune.config import TrainConfig
from finetune.errors import ConfigError, DataError, PreflightError
from finetune.preflight.check import Preflight, preflight, require
from finetune.train.device import Device
from finetune.train.prepare import Prepared, prepare
from tests.finetune.tiny import CHATML, example, make_dataset, make_tiny, pairs

GB = 1_000_000_000


def _prepared(base: Path, data: Path, tmp_path: Path, *, lora: dict[str, Any] | None = None, **training: Any) -> Prepared:
    values = {"steps": 2, "max_length": 256, "batch": 4, "accumulation": 2, **training}
    config = TrainConfig.model_validate({"base": {"model": str(base)}, "lora": lora or {"r": 4}, "training": values})
    return prepare(config, data, cache=tmp_path / "cache")


def _found(prepared: Prepared, tmp_path: Path, **options: Any) -> Preflight:
    return preflight(prepared, tmp_path / "run", **options)


def test_what_can_be_trained_is_measured_and_not_refused(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    found = _found(_prepared(tiny_base, tiny_data, tmp_path), tmp_path, price=3.6)
    assert require(found) is found and found.memory and found.effort and found.ends
    assert found.ends.sampled == found.ends.learnt == 48
    assert found.effort.steps == 2 and found.effort.cost == pytest.approx(found.effort.seconds / 1000, abs=0.01)
    assert json.loads(json.dumps(found.as_dict()))["ok"] is True
    assert found.memory.kv == 0 and found.memory.total > found.memory.process > 0


def test_epochs_become_steps(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    found = _found(_prepared(tiny_base, tiny_data, tmp_path, steps=None, epochs=3), tmp_path)
    assert found.effort and found.effort.steps == 3 * -(-found.rows // 8)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([example("Two?", "2"), example("Three?", " ")], "1 of 2 rows of train.jsonl have no answer of the assistant's .example 2."),
        ([example(f"Is {n} even?", "Yes.") for n in range(30)], "one answer .* stands in 30 of 30 rows"),
        ([example("Two? " * 400, "2"), example("Two?", "2")], r"1 of 2 prompts have no room .* raise training\.max_length"),
        ([example("Two?", "two " * 400), example("Two?", "2")], r"1 of 2 answers are cut at 256 tokens .* raise training\.max_length"),
    ],
)
def test_data_that_would_teach_nothing_are_refused(tiny_base: Path, tmp_path: Path, rows: list[dict[str, Any]], told: str) -> None:
    data = make_dataset(tmp_path / "data", train=rows, validation=0, test=0)
    with pytest.raises(PreflightError, match=told):
        require(_found(_prepared(tiny_base, data, tmp_path), tmp_path))


def test_raising_the_length_mends_what_was_cut(tiny_base: Path, tmp_path: Path) -> None:
    rows = [example(question, answer * 8) for question, answer in pairs(4)]
    data = make_dataset(tmp_path / "data", train=rows, validation=0, test=0)
    assert _found(_prepared(tiny_base, data, tmp_path, max_length=128), tmp_path).faults
    assert _found(_prepared(tiny_base, data, tmp_path, max_length=1024), tmp_path).faults == ()


def test_a_folder_without_a_data_set_is_told(tiny_base: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no data set"):
        _prepared(tiny_base, tmp_path, tmp_path)
    empty = make_dataset(tmp_path / "data", train=[], validation=0, test=0)
    with pytest.raises(DataError, match="is left to train on: the split is empty"):
        _prepared(tiny_base, empty, tmp_path)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (None, "no chat template"),
        (CHATML.replace("<|im_end|>", "<|endoftext|>"), r"ends a turn with '<\|endoftext\|>' but the base stops at '<\|im_end\|>'"),
        (CHATML.replace("<|im_start|>", "<|header|>"), r"<\|header\|>, which the tokenizer does not know"),
    ],
)
def test_a_template_of_another_model_is_refused(tiny_data: Path, tmp_path: Path, template: str | None, told: str) -> None:
    base = make_tiny(tmp_path / "base", template=template)
    with pytest.raises(PreflightError, match=told):
        require(_found(_prepared(base, tiny_data, tmp_path), tmp_path))


def test_an_end_token_that_is_masked_in_the_batches_is_seen(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    """Whoever made the tokens forgot the end in the mask: the loss would look healthy and the model never stop."""
    from finetune.train.batches import rows_of

    prepared = _prepared(tiny_base, tiny_data, tmp_path)
    assert prepared.tokens is not None
    tokens = prepared.tokens.splits["train"].map(lambda row: {"completion_mask": [*row["completion_mask"][:-1], 0]})
    masked = replace(prepared, rows=rows_of(tokens))
    with pytest.raises(PreflightError, match=r"only 0 of 48 sampled examples end in a token that ends generation \('<\|im_end\|>'\)"):
        require(_found(masked, tmp_path))


def test_a_length_beyond_the_context_is_refused(tiny_data: Path, tmp_path: Path) -> None:
    base = make_tiny(tmp_path / "base", context=128)
    with pytest.raises(PreflightError, match=r"set training\.max_length=128"):
        require(_found(_prepared(base, tiny_data, tmp_path), tmp_path))


def test_a_machine_that_is_too_small_is_told_what_fits(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    prepared = _prepared(tiny_base, tiny_data, tmp_path, gradient_checkpointing=False)
    full = _found(prepared, tmp_path).memory
    assert full is not None
    needed = full.total - full.process
    small = replace(prepared, device=replace(prepared.device, free_bytes=needed * 2 // 3))
    with pytest.raises(
        PreflightError, match=r"the run needs .* are free: set training\.batch=(1|2) training\.accumulation=(8|4)"
    ) as caught:
        require(_found(small, tmp_path))
    settings = dict(part.split("=") for part in str(caught.value).partition("set ")[2].split())
    training = {key.removeprefix("training."): int(value) for key, value in settings.items() if value.isdigit()}
    mended = _prepared(tiny_base, tiny_data, tmp_path, **{"gradient_checkpointing": False, **training})
    assert _found(replace(mended, device=small.device), tmp_path).faults == ()
    hopeless = replace(prepared, device=replace(prepared.device, free_bytes=1000))
    assert "smaller training.max_length or base.model" in _found(hopeless, tmp_path).faults[0]


def test_a_gpu_that_someone_else_holds_is_told_as_that(
    tiny_base: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What torch.cuda.mem_get_info would say, on a machine without a GPU."""
    monkeypatch.setattr("finetune.preflight.check.speed_of", lambda kind, precision: 1e12)
    gpu = Device("cuda", "a GPU", free_bytes=1_000_000, total_bytes=80 * GB, bf16=True, flash=False, four_bits=False)
    prepared = replace(_prepared(tiny_base, tiny_data, tmp_path), device=gpu)
    with pytest.raises(PreflightError, match=r"someone else holds 80\.0 GB of this GPU"):
        require(_found(prepared, tmp_path))
    quantised = replace(
        prepared, config=prepared.config.model_copy(update={"lora": prepared.config.lora.model_copy(update={"quantised": True})})
    )
    assert any("bitsandbytes is not installed" in fault for fault in _found(quantised, tmp_path).faults)


def test_four_bits_without_a_gpu_are_refused(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    with pytest.raises(PreflightError, match=r"there is no GPU: set lora\.quantised=false"):
        require(_found(_prepared(tiny_base, tiny_data, tmp_path, lora={"r": 4, "quantised": True}), tmp_path))


def test_a_disk_that_is_too_full_for_checkpoints_is_refused(
    tiny_base: Path, tiny_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000_000))
    with pytest.raises(PreflightError, match=r"checkpoints need .* make room"):
        require(_found(_prepared(tiny_base, tiny_data, tmp_path), tmp_path))


def test_modules_that_the_base_does_not_have_are_told(tiny_base: Path, tiny_data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"lora\.targets"):
        _found(_prepared(tiny_base, tiny_data, tmp_path, lora={"r": 4, "targets": ["query"]}), tmp_path)
