"""What a PEFT folder holds, and whether it is a LoRA that vLLM and llama.cpp can serve. Reads JSON and safetensors only."""

from __future__ import annotations

import json
import math
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.errors import RegistryError
from finetune.export.tensors import TensorEntry, read_header, read_tensor

CONFIG = "adapter_config.json"
TENSORS = "adapter_model.safetensors"
PICKLED = frozenset({".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib"})
"""Endings of files that run code when they are read."""
CONFIG_BYTES = 1_000_000
PREFIX = "base_model.model."


@dataclass(frozen=True, slots=True)
class LoraModule:
    """One adapted matrix: `name` as in the base model; shapes are A (rank, in) and B (out, rank); the update is `scale` * B @ A."""

    name: str
    a: TensorEntry
    b: TensorEntry
    scale: float

    @property
    def rank(self) -> int:
        return self.a.shape[0]


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA in a folder. `rank` is the largest of its modules, which is what a server must allow."""

    folder: Path
    base_model: str
    alpha: float
    modules: tuple[LoraModule, ...]

    @property
    def rank(self) -> int:
        return max(module.rank for module in self.modules)

    @property
    def tensors(self) -> Path:
        return self.folder / TENSORS


def read_adapter(folder: Path) -> Adapter:
    """The adapter in a PEFT folder, checked whole. Raises `RegistryError` that names what cannot be served, `OSError`."""
    if not folder.is_dir():
        raise RegistryError(f"there is no adapter at {folder}; a run keeps its own in <run>/adapter")
    pickled = sorted(path.name for path in folder.iterdir() if path.suffix in PICKLED)
    if pickled:
        raise RegistryError(
            f"{', '.join(pickled)} is pickled, and reading it would run what it holds; save the adapter as safetensors (`save_pretrained`)"
        )
    for name in (CONFIG, TENSORS):
        regular_file(folder / name)
    config = _read_config(folder / CONFIG)
    _refuse_unservable(config)
    entries = read_header(folder / TENSORS)
    try:
        modules = _modules(config, entries)
        base, alpha = str(config.get("base_model_name_or_path") or ""), float(config["lora_alpha"])
    except (KeyError, TypeError, ValueError) as error:
        raise RegistryError(f"{CONFIG} is damaged: {error!r}") from error
    return Adapter(folder, base, alpha, modules)


def check_finite(adapter: Adapter) -> None:
    """Raises `RegistryError` for an adapter with numbers that are none, which a training that went astray leaves, and for one that changes nothing."""
    import numpy as np

    changes = False
    for module in adapter.modules:
        for entry in (module.a, module.b):
            values = read_tensor(adapter.tensors, entry)
            if not np.isfinite(values).all():
                raise RegistryError(f"{module.name} holds numbers that are none (NaN or infinite): the training went astray")
        changes = changes or bool(values.any())  # of B, which training starts at zero
    if not changes:
        raise RegistryError("the adapter changes nothing: all its B matrices are zero, as before the first step of training")


def regular_file(path: Path) -> None:
    """Raises `RegistryError` unless there is a plain file: no link, which could lead out of the folder."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        raise RegistryError(f"{path.name} is missing in {path.parent}") from None
    if not stat.S_ISREG(mode):
        raise RegistryError(f"{path} is no plain file")


def _read_config(path: Path) -> dict[str, Any]:
    if path.stat().st_size > CONFIG_BYTES:
        raise RegistryError(f"{path.name} is no configuration: it is too large")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{path.name} is damaged: {error}") from error
    if not isinstance(config, dict):
        raise RegistryError(f"{path.name} is damaged: it is no object")
    return config


def _refuse_unservable(config: Mapping[str, Any]) -> None:
    kind = config.get("peft_type")
    if kind != "LORA":
        raise RegistryError(f"the adapter is of type {kind}; vLLM and llama.cpp serve LORA")
    faults = {
        "use_dora": "uses DoRA (use_dora), which scales the base's own weights; train with use_dora: false",
        "modules_to_save": "holds whole modules beside its LoRA (modules_to_save); train without, or export merged weights from the run",
        "trainable_token_indices": "trains tokens of its own (trainable_token_indices), which no server can add to a base that it shares",
        "lora_bias": "trains biases (lora_bias); train with lora_bias: false",
        "fan_in_fan_out": "is for transposed matrices (fan_in_fan_out), which no architecture here has",
        "use_qalora": "uses QALoRA (use_qalora), which neither server knows",
        "alora_invocation_tokens": "is an activated LoRA (alora_invocation_tokens), which our engine is not told how to start",
    }
    for key, told in faults.items():
        if config.get(key):
            raise RegistryError(f"the adapter {told}")
    if config.get("bias", "none") != "none":
        raise RegistryError("the adapter trains biases (bias); train with bias: none")


def _modules(config: Mapping[str, Any], entries: Mapping[str, TensorEntry]) -> tuple[LoraModule, ...]:
    sides: dict[str, dict[str, TensorEntry]] = {}
    for name, entry in entries.items():
        stem, marker, end = name.rpartition(".lora_")
        side = end.removesuffix(".weight")
        if not marker or side not in ("A", "B") or not stem.startswith(PREFIX):
            raise RegistryError(f"{TENSORS} holds {name}, which is no part of a LoRA")
        sides.setdefault(stem.removeprefix(PREFIX), {})[side] = entry
    if not sides:
        raise RegistryError(f"{TENSORS} holds no LoRA: it would change nothing")
    return tuple(_module(config, name, pair) for name, pair in sorted(sides.items()))


def _module(config: Mapping[str, Any], name: str, pair: Mapping[str, TensorEntry]) -> LoraModule:
    if len(pair) != 2:
        raise RegistryError(f"{TENSORS} is damaged: {name} has only one half of its LoRA")
    a, b = pair["A"], pair["B"]
    if len(a.shape) != 2 or len(b.shape) != 2 or a.shape[0] != b.shape[1] or not a.shape[0]:
        raise RegistryError(f"{TENSORS} is damaged: the halves of {name} have shapes {a.shape} and {b.shape}")
    rank = _of_pattern(config, "rank_pattern", name, config["r"])
    if rank != a.shape[0]:
        raise RegistryError(f"{TENSORS} is damaged: {name} has rank {a.shape[0]}, and {CONFIG} says {rank}")
    alpha = float(_of_pattern(config, "alpha_pattern", name, config["lora_alpha"]))
    scale = alpha / (math.sqrt(rank) if config.get("use_rslora") else rank)
    if not math.isfinite(scale):
        raise RegistryError(f"{CONFIG} is damaged: lora_alpha is {alpha}")
    return LoraModule(name, a, b, scale)


def _of_pattern(config: Mapping[str, Any], key: str, name: str, otherwise: Any) -> Any:
    """PEFT's patterns are the ends of module names, whole parts only. It takes regular expressions too; a stranger's are not run here."""
    for pattern, value in (config.get(key) or {}).items():
        if not re.fullmatch(r"[\w.]+", pattern):
            raise RegistryError(f"{key} of {CONFIG} has the regular expression {pattern!r}; name the modules instead")
        if name == pattern or name.endswith(f".{pattern}"):
            return value
    return otherwise
