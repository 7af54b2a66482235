"""`python -m finetune.train.bench BASE DATA`: a run of ours against the same run in plain transformers and PEFT.

Both train the same adapter on the same examples with the same precision and checkpointing of activations, each in a process of its own. Plain is
transformers' Trainer as its tutorials have it: examples padded to the longest of their batch, the whole vocabulary's scores at once; it is run with
every `--plain-batches`, and the fastest of those that ran counts. Ours packs. An object a side is printed: tokens a second that are no padding
(median over the steps after the first three), model FLOPs utilisation (on a GPU that is known), and the peak of memory.

Model FLOPs are those that the adapter's training must do, whoever does it: two a frozen parameter forwards and two the way back, six a parameter of the
adapter, and causal attention over an example's own tokens; what is computed again is not counted (Chowdhery et al. 2022, PaLM, appendix B, for frozen
weights). Exit codes: 0 at least 1.5 times as fast at no more memory, 1 otherwise, 3 a side failed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FASTER = 1.5
WARM = 3
"""Steps at the beginning that are not counted: the libraries choose their kernels and the allocator finds its sizes."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m finetune.train.bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("base", type=Path, help="A folder with a model, as `hisolver finetune train` keeps it in the cache's `bases`.")
    parser.add_argument("data", type=Path)
    parser.add_argument("--batch", type=int, default=4, help="Packed rows at a time.")
    parser.add_argument("--plain-batches", type=int, nargs="+", default=[4, 8, 16], help="Examples at a time in plain transformers.")
    parser.add_argument("--accumulation", type=int, default=2)
    parser.add_argument("--max-length", type=int, default=2048)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--no-checkpointing", action="store_true", help="Keep all activations.")
    parser.add_argument("--side", choices=("ours", "plain"), help="This one only, in this process, with --batch.")
    options = parser.parse_args(arguments)
    if options.side:
        measured = _ours(options) if options.side == "ours" else _plain(options)
        sys.stdout.write(json.dumps(measured) + "\n")
        return 0
    ours = _side(options, "ours", options.batch)
    plains = [found for batch in options.plain_batches if (found := _side(options, "plain", batch)) is not None]
    if ours is None or not plains:
        return 3
    plain = max(plains, key=lambda found: float(found["tokens_per_second"]))
    times = ours["tokens_per_second"] / plain["tokens_per_second"]
    leaner = ours["peak_memory_bytes"] <= plain["peak_memory_bytes"]
    sys.stdout.write(
        json.dumps({"times": round(times, 2), "memory": round(ours["peak_memory_bytes"] / plain["peak_memory_bytes"], 3)}) + "\n"
    )
    return int(times < FASTER or not leaner)


def _side(options: argparse.Namespace, side: str, batch: int) -> dict[str, Any] | None:
    """What a side measured in a process of its own; None, and why on standard error, where it failed: plain may have too little memory."""
    given = ["--batch", batch, "--accumulation", options.accumulation, "--max-length", options.max_length, "--rank", options.rank]
    command = [sys.executable, "-m", "finetune.train.bench", options.base, options.data, *given, "--steps", options.steps, "--side", side]
    if options.no_checkpointing:
        command.append("--no-checkpointing")
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)  # noqa: S603 - our own module
    if done.returncode:
        sys.stderr.write(f"{side} with {batch} at a time failed: {done.stderr[-1500:]}\n")
        return None
    line = done.stdout.splitlines()[-1]
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    found: dict[str, Any] = json.loads(line)
    return found


def _ours(options: argparse.Namespace) -> dict[str, Any]:
    from finetune.train.metrics import read_metrics
    from finetune.train.run import train

    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        outcome = train(_config(options), options.data, run, cache=Path(folder) / "cache")
        speeds = [row["tokens_per_second"] for row in read_metrics(run) if "tokens_per_second" in row]
    return _found(options, "ours", speeds, outcome.summary["peak_memory_bytes"])


def _config(options: argparse.Namespace) -> Any:
    from finetune.config import TrainConfig

    training = {
        "batch": options.batch,
        "accumulation": options.accumulation,
        "max_length": options.max_length,
        "steps": options.steps,
        "gradient_checkpointing": not options.no_checkpointing,
        "save_every": options.steps,
        "evaluate_every": 10 * options.steps,
    }
    return TrainConfig.model_validate(
        {
            "base": {"model": str(options.base)},
            "lora": {"r": options.rank, "alpha": 2 * options.rank},
            "training": training,
            "tracking": {"to": "none"},
        }
    )


def _plain(options: argparse.Namespace) -> dict[str, Any]:
    import torch
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM, Trainer, TrainerCallback, TrainingArguments

    from finetune.errors import DataError
    from finetune.train.device import peak_bytes
    from finetune.train.prepare import prepare
    from finetune.train.trainer import lora

    config = _config(options)
    with tempfile.TemporaryDirectory() as folder:
        prepared = prepare(config, options.data, cache=Path(folder))
        if prepared.tokens is None:
            raise DataError("; ".join(prepared.template))
        rows = [
            {"input_ids": row["input_ids"], "learnt": row["completion_mask"], "real": len(row["input_ids"])}
            for row in prepared.tokens.splits["train"]
        ]
        bf16 = prepared.device.precision("auto") == "bf16"
        model = AutoModelForCausalLM.from_pretrained(options.base, dtype=torch.bfloat16 if bf16 else torch.float32)
        model = get_peft_model(model, lora(config))
        pad, seen, speeds = prepared.tokenizer.pad_token_id, [0], []

        def collate(batch: list[dict[str, Any]]) -> dict[str, Any]:
            longest = max(row["real"] for row in batch)
            seen[0] += sum(row["real"] for row in batch)
            ids = torch.tensor([row["input_ids"] + [pad] * (longest - row["real"]) for row in batch])
            learnt = torch.tensor([list(row["learnt"]) + [0] * (longest - row["real"]) for row in batch])
            mask = torch.tensor([[1] * row["real"] + [0] * (longest - row["real"]) for row in batch])
            return {"input_ids": ids, "attention_mask": mask, "labels": ids.masked_fill(learnt == 0, -100)}

        class Clock(TrainerCallback):  # type: ignore[misc]
            began, before = 0.0, 0

            def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
                if torch.cuda.is_available():
                    torch.cuda.synchronize()
                now = time.monotonic()
                if self.began:
                    speeds.append((seen[0] - self.before) / (now - self.began))
                self.began, self.before = now, seen[0]

        settings = TrainingArguments(
            output_dir=folder,
            per_device_train_batch_size=options.batch,
            gradient_accumulation_steps=options.accumulation,
            max_steps=options.steps,
            learning_rate=config.training.learning_rate,
            bf16=bf16,
            use_cpu=prepared.device.kind == "cpu",
            gradient_checkpointing=not options.no_checkpointing,
            gradient_checkpointing_kwargs={"use_reentrant": False},
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            remove_unused_columns=False,
        )
        Trainer(model=model, args=settings, train_dataset=rows, data_collator=collate, callbacks=[Clock()]).train()
    return _found(options, "plain", speeds, peak_bytes())


def _found(options: argparse.Namespace, side: str, speeds: list[float], peak: int) -> dict[str, Any]:
    speed = statistics.median(speeds[WARM:] or speeds)
    flops, name, peak_flops = model_flops(options), "cpu", None
    import torch

    if torch.cuda.is_available():
        from trl.trainer.utils import get_peak_flops

        name = torch.cuda.get_device_name()
        peak_flops = get_peak_flops(name, "bfloat16")
    return {
        "side": side,
        "device": name,
        "batch": options.batch,
        "tokens_per_second": round(speed, 1),
        "mfu": round(speed * flops / peak_flops, 4) if peak_flops else None,
        "peak_memory_bytes": peak,
    }


def model_flops(options: argparse.Namespace) -> float:
    """A token, of an example of average length."""
    from finetune.base import load_config_of, load_tokenizer
    from finetune.data.tokenised import tokenise
    from finetune.preflight.memory import measure_shape

    shape = measure_shape(_config(options), load_config_of(options.base), rows=1, tokens=64, precision="bf16", packed=False)
    with tempfile.TemporaryDirectory() as folder:
        counts = tokenise(options.data, load_tokenizer(options.base), max_length=options.max_length, cache=Path(folder)).counts["train"]
    length = counts["tokens"] / counts["examples"]
    # scores and what they weigh, two each over half of the tokens, and twice that the way back
    attention = 3 * 4 * shape.layers * shape.hidden * length / 2
    return 4 * (shape.parameters - _embedding(options, shape)) + 6 * shape.adapter + attention


def _embedding(options: argparse.Namespace, shape: Any) -> int:
    """Parameters that are only looked up; an embedding that is also the head is computed with."""
    from finetune.base import load_config_of

    tied = getattr(load_config_of(options.base), "tie_word_embeddings", False)
    return 0 if tied else shape.vocabulary * shape.hidden


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
