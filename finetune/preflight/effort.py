"""How long a run will take, and what it will cost: floating-point operations over what the device was seen to do. An estimate, no promise."""

from __future__ import annotations

import time
from dataclasses import dataclass

from finetune.config import TrainConfig
from finetune.preflight.memory import Shape

GPU_UTILISATION = 0.35
"""Share of a GPU's peak that LoRA training of small models reaches (model FLOPs utilisation); between 0.2 and 0.5 is usual."""
CPU_UTILISATION = 0.6
"""Share of one large product's speed that a training step reaches on a CPU."""
UNKNOWN_GPU = 60e12


@dataclass(frozen=True, slots=True)
class Effort:
    """Optimizer steps, tokens with and without an answer's loss, floating-point operations, seconds, and cost in the currency of the price given."""

    steps: int
    tokens: int
    operations: float
    seconds: float
    cost: float | None


def steps_of(config: TrainConfig, rows: int, world: int = 1) -> int:
    """Optimizer steps of a run over `rows` rows on `world` devices."""
    training = config.training
    if training.steps is not None:
        return training.steps
    batch = training.batch * training.accumulation * world
    return max(1, round(-(-rows // batch) * (training.epochs or 1)))


def operations_per_token(shape: Shape, *, tokens: int, again: bool) -> float:
    """Forward is two operations a parameter, and as many the way back, since frozen weights need no gradient; `again` recomputes the forward.

    Attention's scores take 4 x hidden x tokens a layer on top. The head goes thrice: scored, computed again, and back.
    """
    head = shape.vocabulary * shape.hidden
    body = shape.parameters - head
    passes = 3 if again else 2
    scores = 4 * shape.layers * shape.hidden * tokens
    return passes * (2 * body + scores) + 6 * head + 6 * 2 * shape.adapter


def effort(
    config: TrainConfig, shape: Shape, *, rows: int, tokens: int, row_tokens: float, speed: float, price: float | None, world: int = 1
) -> Effort:
    """`rows` rows of `row_tokens` tokens on average, padded to `tokens`; `speed` in operations a second, `price` an hour and device."""
    steps = steps_of(config, rows, world)
    seen = steps * config.training.batch * config.training.accumulation * world * row_tokens
    operations = seen * operations_per_token(shape, tokens=tokens, again=config.training.gradient_checkpointing)
    seconds = operations / (speed * world)
    return Effort(steps, int(seen), operations, seconds, None if price is None else round(price * world * seconds / 3600, 2))


def speed_of(kind: str, precision: str) -> float:
    """Operations a second that training will reach: a share of the GPU's known peak, or of a product measured here in a fifth of a second."""
    import torch

    if kind == "cuda":
        from trl.trainer.utils import get_peak_flops

        peak = get_peak_flops(torch.cuda.get_device_name(), "bfloat16") or UNKNOWN_GPU
        return GPU_UTILISATION * float(peak)
    a = torch.ones((512, 1024), dtype=torch.float32 if precision == "fp32" else torch.bfloat16)
    b = torch.ones((1024, 1024), dtype=a.dtype)
    torch.mm(a, b)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < 0.2:
        torch.mm(a, b)
        count += 1
    return CPU_UTILISATION * count * 2 * 512 * 1024 * 1024 / (time.perf_counter() - began)
