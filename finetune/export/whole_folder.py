"""A folder that is there whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from finetune.errors import RegistryError
from retrieval.whole import sync


def write_folder(out: Path, fill: Callable[[Path], object], *, ours: Sequence[str]) -> None:
    """Lets `fill` write into a new folder beside `out` and gives it that name.

    A folder at `out` is replaced only where it is empty or holds all of `ours`: it is an earlier export. Raises `RegistryError` for
    another, `OSError`, and what `fill` raises; `out` is then as it was.
    """
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise RegistryError(f"{out} is in the way: name a folder that is not there yet")
    if out.is_dir() and any(out.iterdir()) and not all((out / name).is_file() for name in ours):
        raise RegistryError(f"{out} holds something else than an export; name a folder that is not there yet")
    out.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        fill(made)
        made.chmod(0o755)
        for path in made.iterdir():
            if path.is_file():
                sync(path)
        sync(made)
        if out.is_dir():
            out.rename(made.with_suffix(".old"))
        made.rename(out)
        sync(out.parent)
    finally:
        shutil.rmtree(made, ignore_errors=True)
        shutil.rmtree(made.with_suffix(".old"), ignore_errors=True)
