"""A run, from its folder to its adapter: begun, stopped, killed and gone on with, and with smaller batches where memory ends."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from finetune.base import PinnedWeights, load_model
from finetune.config import TrainConfig
from finetune.errors import ConfigError, TrainingError
from finetune.preflight.check import preflight, require
from finetune.train import checkpoint
from finetune.train.batches import Flattened, Rows
from finetune.train.device import give_back_what_is_freed, is_out_of_memory, peak_bytes, place, wait_for_all
from finetune.train.metrics import Metrics, plot, read_metrics
from finetune.train.prepare import Prepared, prepare
from finetune.train.same import changes, check_same, put_aside
from finetune.train.tracking import NoTracker, Tracker, start_tracking
from finetune.train.trainer import Loop, arguments, build_trainer, lora, save
from retrieval.whole import write_whole

LIBRARIES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets", "safetensors")
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`summary` is what train.summary.json holds once `finished`; otherwise the run stopped after `step` by signal `stopped_by`."""

    finished: bool
    step: int
    summary: dict[str, Any]
    stopped_by: int = 0


def train(
    config: TrainConfig,
    data: Path,
    run: Path,
    *,
    cache: Path,
    pinned: PinnedWeights | None = None,
    resume: bool = False,
    anew_if_changed: bool = False,
    tell: Tell = lambda line: None,
    price: float | None = None,
) -> Outcome:
    """Trains the adapter of `config` on the data set in `data` into the folder `run`.

    `resume` goes on from the last checkpoint, and begins where there is none. `anew_if_changed` does too, but puts a run aside that was begun with another
    configuration or data set, and begins anew. Ctrl-C and SIGTERM end after the step at hand, with a checkpoint.
    Raises `FinetuneError`: `PreflightError` before anything is trained, `TrainingError` after; the last good checkpoint stays.
    """
    run.mkdir(parents=True, exist_ok=True)
    rank, world = place()
    with _alone(run, rank):
        if anew_if_changed:
            if rank == 0 and changes(run, config, data):
                tell(f"the run that was here was begun otherwise; it is in {put_aside(run)} now")
            wait_for_all()
        begun = (run / "run.json").is_file()
        wait_for_all()  # before the first writes it, so that none takes it for an earlier run's
        if begun and not (resume or anew_if_changed):
            raise ConfigError(f"{run} holds a run already: --resume goes on with it, or name another folder.")
        if begun and (run / "train.summary.json").is_file():
            check_same(run, changes(run, config, data))
            return Outcome(True, 0, checkpoint.read_json(run / "train.summary.json", "remove it, and go on with --resume"))
        prepared = prepare(config, data, cache=cache, pinned=pinned)
        if begun:
            check_same(run, changes(run, config, data, base=prepared.base.sha256))
        if prepared.device.kind == "cpu":
            give_back_what_is_freed()
        found = require(preflight(prepared, run, price=price))
        if not begun and rank == 0:
            described = {**_described(prepared), "preflight": found.as_dict(), "begun_at": time.time()}
            write_whole(run / "run.json", lambda file: file.write(json.dumps(described, indent=1).encode()))
        return _Run(prepared, run, tell, rank, world).go()


class _Run:
    def __init__(self, prepared: Prepared, run: Path, tell: Tell, rank: int, world: int) -> None:
        self.prepared, self.run, self.tell = prepared, run, tell
        self.folder = run / "checkpoints"
        self.folder.mkdir(exist_ok=True)
        training = prepared.config.training
        self.loop = Loop(training.batch, training.accumulation)
        self.stopped_by = 0
        self.first, self.world = rank == 0, world
        self.metrics: Metrics | None = None
        self.tracker: Tracker = NoTracker()

    def go(self) -> Outcome:
        began = time.monotonic()
        if self.first:
            checkpoint.forget_old(self.folder)
            self.metrics = Metrics(self.run, after=self._last_step())
            self.tracker = start_tracking(self.prepared.config.tracking, self.run, self.prepared.config.model_dump(mode="json"))
        try:
            with self._ends_between_steps():
                while (finished := self._attempt()) is None:
                    self._halve()
        finally:
            self.tracker.close()
            self._draw()
        if not finished:
            return Outcome(False, self.loop.step, {}, self.stopped_by)
        summary = self._summary(time.monotonic() - began)
        if self.first:
            write_whole(self.run / "train.summary.json", lambda file: file.write(json.dumps(summary, indent=1).encode()))
        return Outcome(True, self.loop.step, summary)

    def _draw(self) -> None:
        """Closes the metrics and draws them; a disk that is full for that too must not hide why the run ended."""
        if self.metrics is None:
            return
        try:
            self.metrics.close()
            plot(self.run, read_metrics(self.run))
        except OSError as error:
            self.tell(f"the plots could not be drawn: {error.strerror or error}")

    def _attempt(self) -> bool | None:
        """Trains from the last checkpoint on. True once all steps are done, False where it was told to stop, None where memory ended."""
        trainer, failed = None, ""
        try:
            trainer = self._trainer()
            last = checkpoint.last_checkpoint(self.folder)
            trainer.train(resume_from_checkpoint=str(last) if last else None)
            self.loop.step = trainer.state.global_step
            if trainer.state.global_step < trainer.state.max_steps:
                return False
            self._publish(trainer)
            return True
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise TrainingError(f"Training stopped at step {self.loop.step}: {' '.join(str(error).split())[:400]}") from error
            failed = " ".join(str(error).split())[:120]
            traceback.clear_frames(error.__traceback__)  # they hold the activations that were too many
        except OSError as error:
            raise TrainingError(f"Training stopped at step {self.loop.step}: {error}. Go on with --resume.") from error
        self._keep_step(trainer, failed)
        del trainer
        self._free()
        return None

    def _trainer(self) -> Any:
        prepared, config = self.prepared, self.prepared.config
        last = checkpoint.last_checkpoint(self.folder)
        if last is not None:
            self._take_up(last)
        device, pad = prepared.device, prepared.tokenizer.pad_token_id
        settings = arguments(config, self.loop, self.folder, device, evaluate=bool(len(prepared.held_out)))
        model = load_model(
            prepared.base.folder,
            dtype="bfloat16" if device.precision(config.training.precision) == "bf16" else "float32",
            attention="flash_attention_2" if device.flash else "sdpa",
            quantised=config.lora.quantised,
            device=settings.device if config.lora.quantised else None,
        )
        return build_trainer(
            model=model,
            tokenizer=prepared.tokenizer,
            rows=prepared.rows,
            held_out=prepared.held_out if len(prepared.held_out) else None,
            collate=Flattened(pad) if device.flash else Rows(pad),
            settings=settings,
            adapter=lora(config),
            loop=self.loop,
            base=prepared.base.model,
            log=self._log,
        )

    def _take_up(self, last: Path) -> None:
        found, loop, training = checkpoint.read_json(last / "loop.json"), self.loop, self.prepared.config.training
        loop.tokens, loop.step = found["tokens"], found["step"]
        if loop.halved < found["halved"] and found["batch"] * found["accumulation"] == training.batch * training.accumulation:
            loop.batch, loop.accumulation, loop.halved = found["batch"], found["accumulation"], found["halved"]
        self.tell(f"going on from step {loop.step}")

    def _log(self, row: dict[str, Any]) -> None:
        if self.metrics is not None:
            self.metrics.add(row)
        self.tracker.add(row)
        if "loss" in row:
            self.tell(f"step {row['step']}: loss {row['loss']:.4f}, {row['tokens_per_second']:.0f} tokens/s")
        else:
            self.tell(f"step {row['step']}: validation loss {row['evaluation_loss']:.4f}")

    def _keep_step(self, trainer: Any, failed: str) -> None:
        """Saves the last whole step, so that nothing is done twice. Where that fails too, the last checkpoint is what there is."""
        if self.world > 1:
            raise TrainingError(
                f"Out of memory ({failed}). With several processes the batch is not halved by itself: set training.batch={max(1, self.loop.batch // 2)} "
                f"training.accumulation={self.loop.accumulation * 2} and go on with --resume."
            )
        if trainer is None or self.loop.updating or not trainer.state.global_step or trainer.optimizer is None:
            return
        trainer.model.zero_grad(set_to_none=True)
        self._free()
        try:
            save(trainer, self.loop, self.prepared.base.model)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise

    def _halve(self) -> None:
        """Half the rows at a time and as many a step in all: no step is done otherwise but in smaller parts. Raises `TrainingError` at one row."""
        loop = self.loop
        total = loop.batch * loop.accumulation
        if loop.batch == 1:
            raise TrainingError(
                "Out of memory with one row at a time: set a smaller training.max_length, training.gradient_checkpointing=true or a smaller base.model."
            )
        loop.batch = max(size for size in range(1, loop.batch // 2 + 1) if total % size == 0)
        loop.accumulation, loop.halved, loop.updating, loop.before_step = total // loop.batch, loop.halved + 1, False, None
        if self.metrics is not None:
            self.metrics.close()
            self.metrics = Metrics(self.run, after=self._last_step())
        self.tell(
            f"out of memory: going on from step {self._last_step()} with training.batch={loop.batch} training.accumulation={loop.accumulation}"
        )

    def _last_step(self) -> int:
        found = checkpoint.checkpoints(self.folder)
        return found[-1][0] if found else 0

    def _free(self) -> None:
        import torch

        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _publish(self, trainer: Any) -> None:
        import torch

        work, target = self.run / ".adapter", self.run / "adapter"
        if self.first:
            checkpoint.make_work(work)
        trainer.accelerator.wait_for_everyone()
        # the optimizer needs fp32, whoever serves rounds to the base's precision: what is proved and published is what will serve
        bf16 = self.prepared.device.precision(self.prepared.config.training.precision) == "bf16"
        model = trainer.accelerator.unwrap_model(trainer.model)
        checkpoint.save_adapter(work, model, self.prepared.base.model, write=self.first, dtype=torch.bfloat16 if bf16 else None)
        if self.first:
            checkpoint.remove(target)
            checkpoint.put_in_place(work, target)

    def _summary(self, seconds: float) -> dict[str, Any]:
        rows = read_metrics(self.run)
        losses = [row["loss"] for row in rows if "loss" in row]
        held_out = [row["evaluation_loss"] for row in rows if "evaluation_loss" in row]
        speeds = [row["tokens_per_second"] for row in rows if "tokens_per_second" in row]
        return {
            "steps": self.loop.step,
            "loss": {"first": losses[0] if losses else None, "last": losses[-1] if losses else None},
            "evaluation_loss": held_out[-1] if held_out else None,
            "tokens": rows[-1].get("tokens", self.loop.tokens) if rows else self.loop.tokens,
            "seconds": round(seconds, 2),
            "tokens_per_second": round(sum(speeds) / len(speeds), 2) if speeds else None,
            "peak_memory_bytes": max([peak_bytes(), *(row.get("peak_memory_bytes", 0) for row in rows)]),
            "batch": self.loop.batch,
            "accumulation": self.loop.accumulation,
            "halved": self.loop.halved,
            "adapter": "adapter",
        }

    @contextmanager
    def _ends_between_steps(self) -> Iterator[None]:
        """The first Ctrl-C or SIGTERM ends after the step at hand, with a checkpoint; the second at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, frame: Any) -> None:
            if self.loop.stop:
                raise KeyboardInterrupt
            self.loop.stop, self.stopped_by = True, number
            self.tell("stopping after this step, with a checkpoint; once more stops at once")

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _described(prepared: Prepared) -> dict[str, Any]:
    base = prepared.base
    return {
        "config": prepared.config.model_dump(mode="json"),
        "base": {"model": base.model, "revision": base.revision, "sha256": base.sha256, "origin": base.origin},
        "dataset": {"version": prepared.version, "folder": str(prepared.data.absolute()), "rows": len(prepared.rows)},
        "versions": {name: version(name) for name in LIBRARIES},
    }


@contextmanager
def _alone(run: Path, rank: int) -> Iterator[None]:
    """One training a folder. The kernel lets go of the lock when its holder dies; of one launch's processes the first holds it."""
    handle = os.open(run / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if rank == 0:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise TrainingError(f"Another process trains in {run}; wait for it, or name another folder.") from None
        yield
    finally:
        os.close(handle)
