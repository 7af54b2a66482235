"""The preflight of a run: what it will take, and every reason not to start it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from finetune.base import load_config_of
from finetune.config import TrainConfig
from finetune.errors import PreflightError
from finetune.preflight.checks import Ends, data_faults, end_faults, ends_in_batches
from finetune.preflight.effort import Effort, effort, speed_of
from finetune.preflight.memory import Memory, Shape, estimate, measure_shape, readable
from finetune.train.checkpoint import KEPT
from finetune.train.device import Device, used_bytes
from finetune.train.prepare import Prepared

SPARE_DISK = 64_000_000
TAKEN = 0.15
"""Share of a GPU that others may hold before we say that it is taken."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """What was found. `faults` each name the setting that mends it; empty where the run may start."""

    faults: tuple[str, ...]
    device: Device
    precision: str
    rows: int
    memory: Memory | None = None
    effort: Effort | None = None
    ends: Ends | None = None
    disk_bytes: int = 0
    free_disk_bytes: int = 0
    truncated: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        found = asdict(self)
        found["memory"] = self.memory.as_dict() if self.memory else None
        return {"ok": not self.faults, **found, "faults": list(self.faults)}


def preflight(prepared: Prepared, run: Path, *, price: float | None = None) -> Preflight:
    """Looks at everything and returns what was found, faults and all. `price` is of an hour of one device. Raises `DataError`, `BaseModelError`.

    Nothing large is loaded; takes a few seconds. Call it before the model is loaded: what the process holds then counts as its own.
    """
    config, device = prepared.config, prepared.device
    precision = device.precision(config.training.precision)
    faults = [*prepared.template, *_device_faults(config, device)]
    if prepared.template or prepared.tokens is None:
        return Preflight(tuple(faults), device, precision, 0)
    faults += data_faults(prepared)
    ends = ends_in_batches(prepared)
    faults += end_faults(prepared, ends)
    model_config = load_config_of(prepared.base.folder)
    context = getattr(model_config, "max_position_embeddings", None)
    if context and config.training.max_length > context:
        faults.append(
            f"training.max_length is {config.training.max_length}, the base reads {context} tokens: set training.max_length={context}"
        )
    lengths = sorted((len(ids) for ids in prepared.rows["input_ids"]), reverse=True)
    memory, shape = measure(prepared, model_config, lengths, precision)
    faults += _memory_faults(prepared, memory, shape, lengths, precision)
    disk = disk_bytes(memory)
    free = shutil.disk_usage(next(path for path in (run, *run.absolute().parents) if path.is_dir())).free
    if free < disk + SPARE_DISK:
        faults.append(
            f"checkpoints need {readable(disk + SPARE_DISK)} on the disk of {run}, {readable(free)} are free: make room, or name another folder"
        )
    work = effort(
        config,
        shape,
        rows=len(lengths),
        tokens=lengths[0],
        row_tokens=sum(lengths) / len(lengths),
        speed=speed_of(device.kind, precision),
        price=price,
    )
    by_split = prepared.tokens.counts
    return Preflight(
        tuple(faults),
        device,
        precision,
        len(lengths),
        memory,
        work,
        ends,
        disk,
        free,
        truncated={name: count["truncated"] for name, count in by_split.items()},
        dropped={name: sum(count["dropped"].values()) for name, count in by_split.items()},
        tokens={name: count["tokens"] for name, count in by_split.items()},
    )


def require(found: Preflight) -> Preflight:
    """Raises `PreflightError` where there is a fault."""
    if found.faults:
        raise PreflightError(found.faults)
    return found


def measure(prepared: Prepared, model_config: Any, lengths: Sequence[int], precision: str) -> tuple[Memory, Shape]:
    """The memory of the widest batch there can be, and the model's shape."""
    config, device = prepared.config, prepared.device
    rows = min(config.training.batch, len(lengths))
    packed = any(len(row) > 1 for row in prepared.rows["seq_lengths"]) or len(set(lengths)) > 1
    shape = measure_shape(config, model_config, rows=rows, tokens=lengths[0], precision=precision, packed=packed and not device.flash)
    process = used_bytes() if device.kind == "cpu" else 0
    return estimate(config, shape, rows=rows, tokens=lengths[0], precision=precision, kind=device.kind, process=process), shape


def disk_bytes(memory: Memory) -> int:
    """Checkpoints that stay and one in the making, and the adapter: each the adapter and twice as much of the optimizer."""
    return (KEPT + 1) * (memory.adapter + memory.optimizer) + memory.adapter


def _device_faults(config: TrainConfig, device: Device) -> list[str]:
    faults = []
    if config.lora.quantised and not device.four_bits:
        lacking = "bitsandbytes is not installed (`pip install bitsandbytes`)" if device.kind == "cuda" else "there is no GPU"
        faults.append(f"lora.quantised holds the base in 4 bits, but {lacking}: set lora.quantised=false, or a smaller base.model")
    if config.training.precision == "bf16" and device.kind == "cuda" and not device.bf16:
        faults.append(f"{device.name} has no bf16: set training.precision=fp32")
    return faults


def _memory_faults(prepared: Prepared, memory: Memory, shape: Shape, lengths: Sequence[int], precision: str) -> list[str]:
    device = prepared.device
    needed = memory.total - memory.process
    if needed <= device.free_bytes:
        return []
    told = f"the run needs {readable(needed)} of memory, {readable(device.free_bytes)} of {readable(device.total_bytes)} are free"
    others = device.total_bytes - device.free_bytes
    if device.kind == "cuda" and others > TAKEN * device.total_bytes and needed <= device.total_bytes:
        return [
            f"{told}: someone else holds {readable(others)} of this GPU (`nvidia-smi` says who); wait, or choose another by CUDA_VISIBLE_DEVICES"
        ]
    return [f"{told}: {_what_fits(prepared, shape, lengths, precision, device)}"]


def _what_fits(prepared: Prepared, shape: Shape, lengths: Sequence[int], precision: str, device: Device) -> str:
    """The mildest settings with which it would fit."""
    config = prepared.config
    batch, accumulation = config.training.batch, config.training.accumulation
    options = []
    for again in (config.training.gradient_checkpointing, True):
        rows, steps = batch, accumulation
        while rows > 1:
            rows, steps = rows // 2, steps * 2
            options.append((rows, steps, again))
        options.append((rows, steps, again))
    for rows, steps, again in options:
        tried = config.model_copy(update={"training": config.training.model_copy(update={"gradient_checkpointing": again})})
        scale = rows / min(batch, len(lengths))
        smaller = Shape(**{**asdict(shape), "kept_layer": int(shape.kept_layer * scale), "kept_beside": int(shape.kept_beside * scale)})
        memory = estimate(tried, smaller, rows=rows, tokens=lengths[0], precision=precision, kind=device.kind, process=0)
        if memory.total <= device.free_bytes:
            settings = [f"training.batch={rows} training.accumulation={steps}"] if rows != batch else []
            settings += ["training.gradient_checkpointing=true"] if again != config.training.gradient_checkpointing else []
            return f"set {' '.join(settings)}" if settings else "close other programs, it would just fit"
    return "set a smaller training.max_length or base.model" + (", or lora.quantised=true" if device.four_bits else "")
