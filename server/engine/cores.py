"""How many threads generation should use: physical cores, since two threads of one core share the units that matter."""

from __future__ import annotations

import os
from pathlib import Path


def usable_cores(sys_root: Path = Path("/sys")) -> int:
    """Physical cores this process may use, within its CPU affinity and the container's quota (cgroup v2); at least 1."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    cores = {_core(sys_root, cpu) for cpu in allowed}
    count = max(1, len(cores))
    quota = _quota(sys_root / "fs/cgroup/cpu.max")
    return max(1, min(count, quota)) if quota else count


def _core(sys_root: Path, cpu: int) -> str:
    topology = sys_root / f"devices/system/cpu/cpu{cpu}/topology"
    try:
        return f"{(topology / 'physical_package_id').read_text().strip()}/{(topology / 'core_id').read_text().strip()}"
    except OSError:
        return f"cpu{cpu}"


def _quota(path: Path) -> int:
    """Whole CPUs that the quota allows, rounded up; 0 where there is none."""
    try:
        limit, period = path.read_text().split()
        return -(-int(limit) // int(period))
    except (OSError, ValueError):
        return 0
