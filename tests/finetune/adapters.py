"""Adapters as a run leaves them, written without torch: for tests of the registry and of what stands around it."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

BASE_SHA = "b" * 64
Q = "model.layers.0.self_attn.q_proj"


def write_adapter(folder: Path, *, value: float = 0.5, rank: int = 4, side: int = 16) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    config = {"peft_type": "LORA", "r": rank, "lora_alpha": 2 * rank, "base_model_name_or_path": "some/base", "bias": "none"}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    header, blob = {}, b""
    for name, shape in (("A", (rank, side)), ("B", (side, rank))):
        raw = np.full(shape, value, "<f4").tobytes()
        header[f"base_model.model.{Q}.lora_{name}.weight"] = {
            "dtype": "F32",
            "shape": list(shape),
            "data_offsets": [len(blob), len(blob) + len(raw)],
        }
        blob += raw
    text = json.dumps(header).encode()
    (folder / "adapter_model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + blob)
    return folder


def write_run(folder: Path, *, base_sha: str = BASE_SHA, weights: str | None = "smollm2-135m-instruct-q4_1", **adapter: Any) -> Path:
    write_adapter(folder / "adapter", **adapter)
    described = {
        "config": {"base": {"model": "some/base", "revision": None, "weights": weights}, "training": {"steps": 1}},
        "base": {"model": "some/base", "revision": None, "sha256": base_sha, "origin": "folder"},
    }
    (folder / "run.json").write_text(json.dumps(described))
    return folder


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
