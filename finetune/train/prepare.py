"""What preflight and training both look at: the base, its tokenizer, the data as rows, the device."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.base import Base, PinnedWeights, end_tokens, load_tokenizer, resolve_base
from finetune.config import TrainConfig
from finetune.errors import DataError
from finetune.template import template_faults
from finetune.train.batches import rows_of
from finetune.train.device import Device, find_device
from finetune.train.tokens import SPLITS, Tokens, tokenise


@dataclass(frozen=True, slots=True)
class Prepared:
    """`rows` and `held_out` are packed (`finetune.train.batches.rows_of`); both are empty where the template does not fit (`template`)."""

    config: TrainConfig
    data: Path
    version: str
    base: Base
    tokenizer: Any
    end_tokens: tuple[int, ...]
    template: tuple[str, ...]
    tokens: Tokens
    rows: Any
    held_out: Any
    device: Device


def prepare(config: TrainConfig, data: Path, *, cache: Path, pinned: PinnedWeights | None = None) -> Prepared:
    """Reads everything that a run is made of but the model itself. Raises `BaseModelError`, `DataError`."""
    version = dataset_version(data)
    base = resolve_base(config.base, cache=cache, pinned=pinned)
    tokenizer = load_tokenizer(base.folder)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    ends = end_tokens(base.folder, tokenizer)
    faults = tuple(template_faults(tokenizer, ends))
    training = config.training
    if faults:
        tokens = Tokens({}, {}, {}, {})
        return Prepared(config, data, version, base, tokenizer, ends, faults, tokens, (), (), find_device())
    tokens = tokenise(data, tokenizer, max_length=training.max_length)
    rows, held_out = (
        rows_of(tokens.splits[name], max_length=training.max_length, packing=training.packing, seed=training.seed)
        for name in ("train", "validation")
    )
    return Prepared(config, data, version, base, tokenizer, ends, (), tokens, rows, held_out, find_device())


def dataset_version(data: Path) -> str:
    """The version in a data set's `dataset.json`, "" for a folder of JSON lines alone. Raises `DataError`."""
    if not data.is_dir() or not any((data / f"{split}.jsonl").is_file() for split in SPLITS):
        raise DataError(f"{data} holds no data set (train.jsonl); make one with `hisolver finetune data`.")
    try:
        return str(json.loads((data / "dataset.json").read_text(encoding="utf-8"))["version"])
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{data / 'dataset.json'} cannot be read: {error}") from error
