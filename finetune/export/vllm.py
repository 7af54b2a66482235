"""A LoRA as vLLM takes it: its PEFT folder, a rank that vLLM knows, and the command that serves it."""

from __future__ import annotations

import math
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from finetune.errors import RegistryError
from finetune.export.peft import CONFIG, TENSORS, Adapter, read_adapter
from finetune.export.whole_folder import write_folder

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""What `--max-lora-rank` takes (vLLM's MaxLoRARanks); 16 is its default."""


@dataclass(frozen=True, slots=True)
class VllmExport:
    """`max_rank` is the smallest limit that vLLM must be started with; `command` starts it."""

    folder: Path
    max_rank: int
    command: str


def max_rank(adapter: Adapter) -> int:
    """The smallest `--max-lora-rank` that admits the adapter. Raises `RegistryError` above the largest."""
    for rank in RANKS:
        if adapter.rank <= rank:
            return rank
    raise RegistryError(f"the adapter's rank is {adapter.rank}; vLLM serves at most {RANKS[-1]}")


def check_vllm(adapter: Adapter) -> None:
    """Raises `RegistryError` for modules of different scales: vLLM applies lora_alpha / r of the configuration to all."""
    scales = {module.scale for module in adapter.modules}
    if max(scales) > 0 and not math.isclose(min(scales), max(scales), rel_tol=1e-6):
        raise RegistryError("the adapter scales its modules differently (rank_pattern or alpha_pattern); vLLM knows one scale for all")
    if len({module.rank for module in adapter.modules}) > 1:
        raise RegistryError("the adapter's modules have different ranks (rank_pattern); vLLM knows one rank for all")


def export_vllm(adapter_folder: Path, out: Path, *, name: str, base_model: str) -> VllmExport:
    """Writes the folder `out`, whole or not at all; replaces an earlier export of ours there. Raises `RegistryError`, `OSError`."""
    adapter = read_adapter(adapter_folder)
    check_vllm(adapter)
    rank = max_rank(adapter)

    def fill(folder: Path) -> None:
        for each in (CONFIG, TENSORS):
            shutil.copyfile(adapter_folder / each, folder / each)

    write_folder(out, fill, ours=(CONFIG, TENSORS))
    return VllmExport(out, rank, command(base_model, {name: out}, rank))


def command(base_model: str, adapters: Mapping[str, Path], rank: int) -> str:
    """What starts vLLM with these adapters by name, open to more that are loaded while it runs."""
    modules = " ".join(shlex.quote(f"{name}={path.absolute()}") for name, path in adapters.items())
    return (
        f"VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 vllm serve {shlex.quote(base_model)} --enable-lora --max-lora-rank {rank} "
        f"--max-loras {max(2, len(adapters))} --lora-modules {modules}"
    )
