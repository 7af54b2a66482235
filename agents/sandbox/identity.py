"""Which host user a job is. Under root every job gets a user of its own, so that neither files nor process counts are shared with anybody."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from agents.sandbox.policy import NOBODY


def _extents(name: str) -> list[tuple[int, int]]:
    """(first, count) of the ids that exist in our own user namespace."""
    lines = Path(f"/proc/self/{name}").read_text().splitlines()
    return [(int(first), int(count)) for first, _, count in (line.split() for line in lines)]


def _spare(extents: list[tuple[int, int]]) -> int | None:
    """An id from the upper half of the largest extent, where no account lives; None where there is no room."""
    first, count = max(extents, key=lambda extent: extent[1])
    if count >= 1 << 31:
        return 1_500_000_000 + secrets.randbelow(500_000_000)
    if count < 20_000:
        return None
    return first + count // 2 + secrets.randbelow(count // 2 - 2000)


def spare_identity() -> tuple[int, int] | None:
    """(uid, gid) on the host for one job, or None where we are not root or own no other ids: then a job is our own user in a user namespace.

    A host user 0 would be exempt from RLIMIT_NPROC (kernel/fork.c: `user != INIT_USER`) and would own the host's files.
    """
    if os.geteuid() != 0:
        return None
    uid, gid = _spare(_extents("uid_map")), _spare(_extents("gid_map"))
    return (uid, gid) if uid is not None and gid is not None else None


def write_maps(process: int, identity: tuple[int, int]) -> None:
    """Maps 0 to our root (for building the walls) and 65534 to `identity` (for the job) in the user namespace of `process`. Raises `OSError`."""
    for name, outside in zip(("uid_map", "gid_map"), identity, strict=True):
        Path(f"/proc/{process}/{name}").write_text(f"0 0 1\n{NOBODY} {outside} 1\n")
