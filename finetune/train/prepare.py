"""What preflight and training both look at: the base, its tokenizer, the data as rows, the device."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.base import Base, PinnedWeights, end_tokens, load_tokenizer, resolve_base
from finetune.config import TrainConfig
from finetune.data.stored import read_facts
from finetune.data.tokenised import TokenisedSplits, tokenise
from finetune.template import template_faults
from finetune.train.batches import rows_of
from finetune.train.device import Device, find_device


@dataclass(frozen=True, slots=True)
class Prepared:
    """`rows` and `held_out` have `input_ids`, `labels` and `seq_lengths`, packed where the configuration says so; where the template does not fit
    (`template`) both are empty and `tokens` is None."""

    config: TrainConfig
    data: Path
    version: str
    base: Base
    tokenizer: Any
    end_tokens: tuple[int, ...]
    template: tuple[str, ...]
    tokens: TokenisedSplits | None
    rows: Any
    held_out: Any
    device: Device


def prepare(config: TrainConfig, data: Path, *, cache: Path, pinned: PinnedWeights | None = None) -> Prepared:
    """Reads everything that a run is made of but the model itself. Raises `BaseModelError`, `DataError`."""
    version = read_facts(data)["version"]
    base = resolve_base(config.base, cache=cache, pinned=pinned)
    tokenizer = load_tokenizer(base.folder)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    ends = end_tokens(base.folder, tokenizer)
    faults = tuple(template_faults(tokenizer, ends))
    training = config.training
    if faults:
        return Prepared(config, data, version, base, tokenizer, ends, faults, None, (), (), find_device())
    tokens = tokenise(data, tokenizer, max_length=training.max_length, cache=cache / "tokens")
    rows, held_out = (tokens.packed[name] if training.packing else rows_of(tokens.splits[name]) for name in ("train", "validation"))
    return Prepared(config, data, version, base, tokenizer, ends, (), tokens, rows, held_out, find_device())
