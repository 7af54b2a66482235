"""What this process trains on, and how much memory is free there and used by it."""

from __future__ import annotations

import ctypes
import importlib.util
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

CGROUP = Path("/sys/fs/cgroup")
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
"""Of glibc's malloc.h."""


@dataclass(frozen=True, slots=True)
class Device:
    """`free_bytes` and `total_bytes` are of the GPU, or of the machine (of the container where it is held shorter)."""

    kind: Literal["cpu", "cuda"]
    name: str
    free_bytes: int
    total_bytes: int
    bf16: bool
    flash: bool
    """FlashAttention is installed and the GPU runs it."""
    four_bits: bool
    """bitsandbytes is installed and has a GPU."""

    def precision(self, wanted: Literal["auto", "bf16", "fp32"]) -> Literal["bf16", "fp32"]:
        """`auto` takes bf16 on a GPU that has it, and fp32 on a CPU, where bf16 is slower than it is small."""
        if wanted != "auto":
            return wanted
        return "bf16" if self.kind == "cuda" and self.bf16 else "fp32"


def find_device() -> Device:
    """The GPU of this process (its LOCAL_RANK picks which, as accelerate does), or the CPU."""
    import torch

    if not torch.cuda.is_available():
        import psutil

        memory = psutil.virtual_memory()
        limit, used = _cgroup("memory.max"), _cgroup("memory.current")
        free, total = memory.available, memory.total
        if limit is not None and limit < total:
            total, free = limit, min(free, limit - (used or 0))
        return Device("cpu", f"{torch.get_num_threads()} threads", free, total, True, False, False)
    free, total = torch.cuda.mem_get_info()
    capability = torch.cuda.get_device_capability()
    flash = importlib.util.find_spec("flash_attn") is not None and capability >= (8, 0)
    four_bits = importlib.util.find_spec("bitsandbytes") is not None
    return Device("cuda", torch.cuda.get_device_name(), free, total, torch.cuda.is_bf16_supported(), flash, four_bits)


def place() -> tuple[int, int]:
    """Which of how many processes this is, as `accelerate launch` or `torchrun` started them; (0, 1) alone."""
    import torch
    from accelerate import PartialState

    state = PartialState(cpu=not torch.cuda.is_available())
    return state.process_index, state.num_processes


def wait_for_all() -> None:
    """Returns once every process of the launch is here; at once where there is one."""
    from accelerate import PartialState

    PartialState().wait_for_everyone()


def any_of_all(flag: bool, device: Any) -> bool:
    """Whether `flag` holds in any process of the launch; all must ask."""
    import torch

    if not torch.distributed.is_available() or not torch.distributed.is_initialized():
        return flag
    held = torch.tensor(int(flag), device=device)
    torch.distributed.all_reduce(held, op=torch.distributed.ReduceOp.MAX)
    return bool(held)


def give_back_what_is_freed() -> None:
    """Has glibc return freed tensors to the system at once. By default it keeps what was freed below a threshold that it raises to 32 MB by itself, in
    pieces that the next batch does not fit: training then takes up to half as much again, and nobody can say how much. Elsewhere nothing happens."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        for parameter in (M_MMAP_THRESHOLD, M_TRIM_THRESHOLD):
            libc.mallopt(parameter, 128 * 1024)


def used_bytes() -> int:
    """What this process holds now: of the GPU, or of the machine's memory (resident)."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.memory_allocated())
    import psutil

    return int(psutil.Process().memory_info().rss)


def peak_bytes() -> int:
    """The most that this process held since it started: allocated on the GPU, or resident."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


OUT_OF_MEMORY = ("can't allocate memory", "out of memory", "cannot allocate memory", "bad_alloc", "not enough memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an allocation failed, on a GPU or a CPU (where torch has no class of its own for it)."""
    import torch

    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in OUT_OF_MEMORY)


def _cgroup(name: str) -> int | None:
    try:
        return int((CGROUP / name).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
