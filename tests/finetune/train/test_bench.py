from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from finetune.train import bench
from tests.finetune.tiny import make_tiny


def options(base: Path, data: Path, rank: int) -> argparse.Namespace:
    given = {"batch": 1, "accumulation": 1, "max_length": 512, "steps": 1, "no_checkpointing": True}
    return argparse.Namespace(base=base, data=data, rank=rank, **given)


@pytest.mark.parametrize("rank", [2, 64])
def test_model_flops_are_what_torch_counts_with_half_of_the_attention(tiny_data: Path, rank: int, tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from torch.utils.flop_counter import FlopCounterMode
    from transformers import AutoModelForCausalLM, AutoTokenizer

    # deep enough that it does not matter that the way back stops at the first layer's adapters
    base = make_tiny(tmp_path / "base", hidden=128, layers=8)
    tokenizer = AutoTokenizer.from_pretrained(base)
    rows = [json.loads(line) for line in (tiny_data / "train.jsonl").read_text().splitlines()]
    texts = [tokenizer.apply_chat_template(row["messages"], tokenize=False) for row in rows]
    model = AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager")
    model = get_peft_model(model, LoraConfig(r=rank, target_modules="all-linear", task_type="CAUSAL_LM"))
    tokens = 0
    with FlopCounterMode(display=False) as counted:
        for text in texts:
            ids = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]])
            model(input_ids=ids, labels=ids).loss.backward()
            tokens += ids.numel()
    kinds = counted.get_flop_counts()["Global"]
    attention = kinds[torch.ops.aten.bmm] / tokens
    everything = sum(kinds.values()) / tokens
    found = bench.model_flops(options(base, tiny_data, rank))
    # half of it is asked for, since no token looks ahead
    assert found == pytest.approx(everything - attention / 2, rel=0.05)
    assert attention > 0.05 * everything  # else the line above would say nothing of it


def test_both_sides_are_run_and_the_verdict_follows_from_what_they_measured(
    tiny_base: Path, tiny_data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given = [str(tiny_base), str(tiny_data), "--batch", "2", "--accumulation", "1", "--plain-batches", "2", "4", "--rank", "4"]
    code = bench.main([*given, "--max-length", "256", "--steps", "5"])
    *sides, verdict = (json.loads(line) for line in capfd.readouterr().out.splitlines())
    assert [(side["side"], side["batch"]) for side in sides] == [("ours", 2), ("plain", 2), ("plain", 4)]
    assert all(side["tokens_per_second"] > 0 and side["peak_memory_bytes"] > 1e8 and side["mfu"] is None for side in sides)
    ours, *plains = sides
    fastest = max(plains, key=lambda side: float(side["tokens_per_second"]))
    times, memory = (ours[key] / fastest[key] for key in ("tokens_per_second", "peak_memory_bytes"))
    assert verdict == {"times": pytest.approx(times, abs=0.01), "memory": pytest.approx(memory, abs=0.001)}
    assert code == int(times < bench.FASTER or memory > 1)


def test_a_side_that_fails_is_told_and_ends_with_its_own_code(tiny_base: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert bench.main([str(tiny_base), str(tmp_path / "nothing"), "--steps", "1"]) == 3
    assert "ours with 4 at a time failed" in capfd.readouterr().err
