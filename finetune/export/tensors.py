"""A safetensors file read by hand: a length, a JSON header, plain numbers. No torch, and nothing that could run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune.errors import RegistryError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

WIDTHS = {"F32": 4, "F16": 2, "BF16": 2}
"""Bytes a number of each type that an adapter may have."""
HEADER_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """Where one tensor lies: its type, shape, and the half-open range of bytes in the file."""

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def read_header(path: Path) -> dict[str, TensorEntry]:
    """The tensors of a safetensors file by name. Raises `RegistryError` for a file that is damaged or no such file, `OSError`."""
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= min(HEADER_BYTES, size - 8):
            raise RegistryError(f"{path.name} is damaged: it is no safetensors file, or was cut short")
        raw = file.read(length)
    try:
        header = json.loads(raw)
        entries = {name: _entry(value, 8 + length) for name, value in header.items() if name != "__metadata__"}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise RegistryError(f"{path.name} is damaged: its header cannot be read") from error
    position = 8 + length
    for name, entry in sorted(entries.items(), key=lambda item: item[1].begin):
        count = 1
        for side in entry.shape:
            count *= side
        if entry.dtype not in WIDTHS:
            raise RegistryError(f"{path.name}: {name} is of type {entry.dtype}; adapters hold {', '.join(WIDTHS)}")
        if entry.begin != position or entry.end - entry.begin != count * WIDTHS[entry.dtype] or entry.end > size:
            raise RegistryError(f"{path.name} is damaged: {name} does not lie where its header says")
        position = entry.end
    if position != size:
        raise RegistryError(f"{path.name} is damaged: it has {size} bytes and its header speaks of {position}")
    return entries


def _entry(value: dict[str, Any], start: int) -> TensorEntry:
    begin, end = value["data_offsets"]
    shape = tuple(value["shape"])
    if not all(isinstance(side, int) and side >= 0 for side in (*shape, begin, end)):
        raise ValueError("no whole numbers")
    return TensorEntry(str(value["dtype"]), shape, start + begin, start + end)


def read_tensor(path: Path, entry: TensorEntry) -> npt.NDArray[np.float32]:
    """One tensor as 32-bit floats. Raises `OSError`."""
    import numpy as np

    with path.open("rb") as file:
        file.seek(entry.begin)
        raw = file.read(entry.end - entry.begin)
    if entry.dtype == "BF16":
        # a bfloat16 is the upper half of a float32
        found = (np.frombuffer(raw, dtype="<u2").astype(np.uint32) << 16).view(np.float32)
    else:
        found = np.frombuffer(raw, dtype="<f4" if entry.dtype == "F32" else "<f2").astype(np.float32)
    return found.reshape(entry.shape)
