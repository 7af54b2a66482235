"""TRL's SFTTrainer with checkpoints of our own, counted tokens, and an end between two steps when it is asked for.

What transformers would pickle (optimizer, scheduler, random numbers, arguments) goes to `finetune.train.checkpoint` instead.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finetune.config import TrainConfig
from finetune.errors import TrainingError
from finetune.train import checkpoint
from finetune.train.batches import REAL
from finetune.train.device import Device, peak_bytes

SCHEDULES = {"constant": "constant_with_warmup", "linear": "linear", "cosine": "cosine"}


@dataclass(slots=True)
class Loop:
    """How a run is going: what a trainer is built with, and what it leaves behind.

    `batch` rows a device at a time, `accumulation` of them a step; `stop` is set from outside to end after the step at hand.
    """

    batch: int
    accumulation: int
    tokens: int = 0
    halved: int = 0
    stop: bool = False
    step: int = 0
    updating: bool = False
    """Whether the optimizer was at work, so that the weights may be half new."""
    before_step: tuple[dict[str, Any], dict[str, Any]] | None = field(default=None, repr=False)
    """The random numbers' state when the step began."""


def arguments(config: TrainConfig, loop: Loop, folder: Path, device: Device, *, evaluate: bool) -> Any:
    """TRL's arguments for a configuration. The trainer writes nothing by itself; `folder` must exist."""
    from trl import SFTConfig

    training = config.training
    return SFTConfig(
        output_dir=str(folder),
        per_device_train_batch_size=loop.batch,
        per_device_eval_batch_size=loop.batch,
        gradient_accumulation_steps=loop.accumulation,
        max_steps=training.steps or -1,
        num_train_epochs=training.epochs or 1.0,
        learning_rate=training.learning_rate,
        lr_scheduler_type=SCHEDULES[training.schedule],
        warmup_steps=training.warmup,
        gradient_checkpointing=training.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False},
        bf16=device.precision(training.precision) == "bf16",
        use_cpu=device.kind == "cpu",
        seed=training.seed,
        data_seed=training.seed,
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_steps=training.save_every,
        eval_strategy="steps" if evaluate else "no",
        eval_steps=training.evaluate_every if evaluate else None,
        report_to="none",
        disable_tqdm=True,
        packing=False,  # the rows are packed already
        max_length=None,
        completion_only_loss=False,  # their labels say what is learnt
        dataset_kwargs={"skip_prepare_dataset": True},
        dataloader_pin_memory=device.kind == "cuda",
    )


def lora(config: TrainConfig) -> Any:
    """PEFT's configuration of the adapter."""
    from peft import LoraConfig

    wanted = config.lora
    return LoraConfig(
        task_type="CAUSAL_LM", r=wanted.r, lora_alpha=wanted.alpha, lora_dropout=wanted.dropout, target_modules=wanted.targets, bias="none"
    )


Log = Callable[[dict[str, Any]], None]


def build_trainer(
    *,
    model: Any,
    tokenizer: Any,
    rows: Any,
    held_out: Any | None,
    collate: Any,
    settings: Any,
    adapter: Any,
    loop: Loop,
    base: str,
    log: Log,
) -> Any:
    """A trainer for `rows`; `log` gets every line of metrics. Its checkpoints lie beside each other in the folder of `settings`."""
    from transformers import TrainerCallback
    from transformers.trainer_callback import PrinterCallback
    from trl import SFTTrainer

    class Follow(TrainerCallback):  # type: ignore[misc]
        """Notes where a step is, and ends between two steps."""

        began = 0.0
        seen = 0

        def on_step_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            loop.before_step, loop.updating = checkpoint.random_state(), False
            self.began, self.seen = time.monotonic(), loop.tokens

        def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            loop.updating = True

        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
            loop.step, loop.updating = state.global_step, False
            loop.before_step = None  # until the next step begins, the generators are where they should be
            self.took = time.monotonic() - self.began
            if state.global_step >= state.max_steps:
                control.should_save = True
            if loop.stop:
                control.should_save = control.should_training_stop = True

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any], **rest: Any) -> None:
            if not state.is_world_process_zero:
                return
            at = {"step": state.global_step, "at": time.time()}
            if "loss" in logs:
                loss = float(logs["loss"])
                if not math.isfinite(loss):
                    raise TrainingError(
                        f"The loss is {loss} at step {state.global_step}: it has diverged. Lower training.learning_rate, and begin anew."
                    )
                world = max(1, args.world_size)
                log(
                    {
                        **at,
                        "loss": loss,
                        "learning_rate": float(logs["learning_rate"]),
                        "gradient_norm": float(logs.get("grad_norm", 0.0)),
                        "tokens": loop.tokens * world,
                        "tokens_per_second": round((loop.tokens - self.seen) * world / max(self.took, 1e-9), 2),
                        "peak_memory_bytes": peak_bytes(),
                    }
                )
            elif "eval_loss" in logs:
                log({**at, "evaluation_loss": float(logs["eval_loss"])})

    class Trainer(SFTTrainer):  # type: ignore[misc]
        def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
            inputs = dict(inputs)
            real = inputs.pop(REAL, None)
            if self.model.training and real is not None:
                loop.tokens += int(real)
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)

        def floating_point_ops(self, inputs: Any) -> int:
            return 0  # counted in preflight, of the tokens that are no padding

        def _save_checkpoint(self, model: Any, trial: Any) -> None:
            save(self, loop, base)

        def _save(self, output_dir: Any = None, state_dict: Any = None) -> None:
            raise NotImplementedError("the adapter is saved by finetune.train.checkpoint")

        def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
            checkpoint.load_adapter(Path(resume_from_checkpoint), self.accelerator.unwrap_model(model if model is not None else self.model))

        def _load_optimizer_and_scheduler(self, checkpoint_folder: str | None) -> None:
            if checkpoint_folder is not None:
                checkpoint.load_optimizer(Path(checkpoint_folder), self.optimizer, self.lr_scheduler)

        def _load_rng_state(self, checkpoint_folder: str | None) -> None:
            if checkpoint_folder is not None:
                checkpoint.load_random(Path(checkpoint_folder), self.args.process_index)

    made = Trainer(
        model=model,
        args=settings,
        data_collator=collate,
        train_dataset=rows,
        eval_dataset=held_out,
        processing_class=tokenizer,
        peft_config=adapter,
        callbacks=[Follow()],
    )
    made.remove_callback(PrinterCallback)
    return made


def save(trainer: Any, loop: Loop, base: str) -> Path:
    """Writes the trainer's state as a checkpoint; all processes call it. Raises `TrainingError` where the disk does not take it."""
    folder, step = Path(trainer.args.output_dir), trainer.state.global_step
    target, work = folder / checkpoint.name_of(step), folder / f".{checkpoint.name_of(step)}"
    first = trainer.args.should_save
    if target.is_dir():
        return target
    try:
        if first:
            checkpoint.make_work(work)
        trainer.accelerator.wait_for_everyone()
        checkpoint.save_random(work, trainer.args.process_index, loop.before_step or checkpoint.random_state())
        model = trainer.accelerator.unwrap_model(trainer.model)
        checkpoint.save_adapter(work, model, base, write=first)
        checkpoint.save_optimizer(work, trainer.optimizer, trainer.lr_scheduler, write=first)
        trainer.accelerator.wait_for_everyone()
        if first:
            trainer.state.save_to_json(str(work / "trainer_state.json"))
            described = {"step": step, "batch": loop.batch, "accumulation": loop.accumulation, "tokens": loop.tokens, "halved": loop.halved}
            checkpoint.write_json(work / "loop.json", described)
            checkpoint.put_in_place(work, target)
            checkpoint.forget_old(folder)
        trainer.accelerator.wait_for_everyone()
    except OSError as error:
        checkpoint.remove(work)
        last = checkpoint.last_checkpoint(folder)
        stays = f"the last good one is {last.name}" if last else "there is none before it"
        raise TrainingError(
            f"The checkpoint of step {step} could not be written ({error.strerror or error}); {stays}. Make room in {folder}, then go on with --resume."
        ) from error
    return target
