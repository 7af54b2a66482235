"""Folders of a limited size that several processes keep files in: those used least recently make room."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

PART = ".part-"
"""How the name of a file begins that is still being written."""
_FORSAKEN_S = 600.0


def make_room(folder: Path, needed: int, most: int) -> None:
    """Removes what was used least recently until `needed` more bytes fit into `most`, and parts that a killed process left. Names that begin with a dot
    do not count. Raises `OSError` where the folder cannot be read."""
    entries = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):  # another process may have removed it
            found = path.stat()
            if path.name.startswith(PART) and time.time() - found.st_mtime > _FORSAKEN_S:
                path.unlink()
            elif not path.name.startswith("."):
                entries.append((found.st_mtime, found.st_size, path))
    size = sum(entry[1] for entry in entries)
    for _, own, path in sorted(entries):
        if size + needed <= most:
            break
        with contextlib.suppress(OSError):
            path.unlink()
            size -= own
