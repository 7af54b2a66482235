"""What an export must know of the base model in GGUF: its architecture, its heads, and the shapes of its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune.errors import RegistryError
from finetune.export.peft import Adapter, LoraModule
from finetune.export.tensors import read_tensor

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PERMUTED = {"llama": True, "qwen2": False, "qwen3": False}
"""Architectures that we export to, and whether llama.cpp keeps the rows of their query and key matrices in another order than transformers.

llama.cpp rotates neighbouring pairs in the llama architecture where transformers rotates halves; its converter sorts the rows accordingly
(`LlamaModel.permute` of llama.cpp's convert_hf_to_gguf.py)."""


@dataclass(frozen=True, slots=True)
class BaseGguf:
    """`tensors` gives (out, in) of each matrix by its name in GGUF, without `.weight`; `heads` are those of queries and of keys."""

    path: Path
    architecture: str
    blocks: int
    heads: tuple[int, int]
    tensors: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A LoRA module and the base's matrix that it changes: `target` is the matrix's name in GGUF, without `.weight`."""

    module: LoraModule
    target: str


def read_base(path: Path) -> BaseGguf:
    """Reads the header only. Raises `RegistryError` for a file that is no GGUF model of an architecture in `PERMUTED`, `OSError`."""
    reader = open_reader(path)
    architecture = str(_field(reader, "general.architecture", path))
    if architecture not in PERMUTED:
        raise RegistryError(f"{path.name} is of architecture {architecture}; adapters are exported to {', '.join(PERMUTED)}")
    heads = int(_field(reader, f"{architecture}.attention.head_count", path))
    keys = reader.get_field(f"{architecture}.attention.head_count_kv")
    tensors = {tensor.name.removesuffix(".weight"): tuple(int(side) for side in reversed(tensor.shape)) for tensor in reader.tensors}
    blocks = int(_field(reader, f"{architecture}.block_count", path))
    return BaseGguf(path, architecture, blocks, (heads, int(keys.contents()) if keys else heads), tensors)


def open_reader(path: Path) -> Any:
    """A `gguf.GGUFReader`, which maps the file. Raises `RegistryError` for a file that is none."""
    import gguf

    try:
        return gguf.GGUFReader(path)
    except (ValueError, IndexError, KeyError) as error:
        raise RegistryError(f"{path.name} is no GGUF file, or is damaged: {error}") from error


def place(adapter: Adapter, base: BaseGguf) -> list[Placed]:
    """Where each module belongs. Raises `RegistryError` for an adapter that does not fit: it is for another base."""
    import gguf

    architecture = next(each for each, name in gguf.MODEL_ARCH_NAMES.items() if name == base.architecture)
    names = gguf.get_tensor_name_map(architecture, base.blocks)
    placed = []
    for module in adapter.modules:
        target = names.get_name(module.name)
        shape = base.tensors.get(target or "")
        wanted = (module.b.shape[0], module.a.shape[1])
        if target is None or shape is None:
            raise RegistryError(f"the adapter is for another base: {base.path.name} has no {module.name} of its own")
        if shape != wanted:
            raise RegistryError(
                f"the adapter is for another base: {module.name} is {wanted[0]} by {wanted[1]}, in {base.path.name} {shape[0]} by {shape[1]}"
            )
        placed.append(Placed(module, target))
    return placed


def halves(adapter: Adapter, base: BaseGguf, placed: Placed) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """A (rank, in) and B (out, rank) of a module, B's rows in the base's order; the scale is not applied."""
    a, b = (read_tensor(adapter.tensors, entry) for entry in (placed.module.a, placed.module.b))
    if PERMUTED[base.architecture] and placed.target.endswith(("attn_q", "attn_k")):
        b = permute(b, base.heads[0] if placed.target.endswith("attn_q") else base.heads[1])
    return a, b


def permute(rows: npt.NDArray[np.float32], heads: int) -> npt.NDArray[np.float32]:
    """Rows (heads * 2 * half, n) in transformers' order, brought into llama.cpp's: the halves of each head interleaved."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def _field(reader: Any, key: str, path: Path) -> Any:
    field = reader.get_field(key)
    if field is None:
        raise RegistryError(f"{path.name} has no {key}: it is no model")
    return field.contents()
