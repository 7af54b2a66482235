"""A folder of published adapters: every file hashed, every step whole or not at all.

    <registry>/<name>/<version>/   what was published, with manifest.json; never changed but by an added export
    <registry>/<name>/current      the version that serves
    <registry>/<name>/history      JSON lines, the versions that served before, the latest last
    <registry>/roles.json          {role: name}: which adapter serves which role

A version is a hash of what is published, so that publishing the same twice is harmless. Writers take turns by a lock.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from finetune.errors import RegistryError
from finetune.export.peft import CONFIG, PICKLED, TENSORS, check_finite, read_adapter, regular_file
from retrieval.whole import sync, write_whole

MANIFEST, CURRENT, HISTORY, ROLES = "manifest.json", "current", "history", "roles.json"
GGUF = "adapter.gguf"
SERVED_ROLES = ("solver", "coder", "tutor", "vision")
RESERVED = frozenset({"hisolver-base", "base"})
EXTRA_FILES = ("config.yaml", "CARD.md", "report.json", "report.html")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_VERSION = re.compile(r"[0-9a-f]{12}")
_STALE = ".incoming-"


@dataclass(frozen=True, slots=True)
class Base:
    """The model that an adapter was trained on. `sha256` is the run's; `weights` an entry of weights.toml that is the same model, or ""."""

    model: str
    revision: str | None
    sha256: str
    weights: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """manifest.json of one version. `files` gives each file's SHA-256; `gate` is the report's, None without a report; `forced` says that the gate was overruled."""

    name: str
    version: str
    role: str
    rank: int
    base: Base
    files: Mapping[str, str]
    gate: Mapping[str, Any] | None
    published_at: str
    forced: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """One version as `listing` tells it. `fault` says why it cannot be used, or is empty."""

    name: str
    version: str
    manifest: Manifest | None
    serves: bool
    fault: str = ""


def check_name(name: str) -> str:
    """The name, or `RegistryError`: lower-case letters, digits, - and _, so that it is a file's name and a model's name everywhere."""
    if not _NAME.fullmatch(name) or name in RESERVED:
        raise RegistryError(
            f"{name!r} is no name for an adapter: lower-case letters, digits, - and _, at most 64, and not {' or '.join(sorted(RESERVED))}"
        )
    return name


class Registry:
    """The registry in `folder`, which need not be there yet. All methods raise `RegistryError`, and `OSError` for a disk that does not do its part."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def publish(
        self,
        adapter: Path,
        *,
        name: str,
        role: str,
        base: Base,
        max_rank: int,
        gate: Mapping[str, Any] | None,
        forced: bool,
        extras: Mapping[str, Path],
    ) -> Manifest:
        """Copies the adapter of a run into the registry; `extras` are files of `EXTRA_FILES`. Whether the gate allows it was asked before.

        Refuses what cannot be served (see `finetune.export.peft`), a rank above `max_rank`, and another base than the versions before had.
        """
        check_name(name)
        if role not in SERVED_ROLES:
            raise RegistryError(f"there is no role {role!r}; roles are {', '.join(SERVED_ROLES)}")
        found = read_adapter(adapter)
        check_finite(found)
        if found.rank > max_rank:
            raise RegistryError(
                f"the adapter's rank is {found.rank} and the server allows {max_rank}: train with a smaller lora.r, or set HISOLVER_MAX_LORA_RANK"
            )
        sources = {CONFIG: adapter / CONFIG, TENSORS: adapter / TENSORS} | {key: extras[key] for key in EXTRA_FILES if key in extras}
        for path in sources.values():
            regular_file(path)
        version = _digest(sources, role, forced)
        with self._locked():
            self._same_base(name, base)
            target = self._path(name, version)
            if target.exists():
                return self.verify(name, version)
            incoming = Path(tempfile.mkdtemp(prefix=_STALE, dir=self.folder))
            try:
                files = {key: _copy(path, incoming / key) for key, path in sources.items()}
                manifest = Manifest(
                    name, version, role, found.rank, base, files, gate, datetime.now(UTC).isoformat(timespec="milliseconds"), forced
                )
                # Again from the copy: the source may have changed while it was read.
                if _digest({key: incoming / key for key in sources}, role, forced) != version:
                    raise RegistryError("the adapter changed while it was published; let the training end first")
                _write_json(incoming / MANIFEST, asdict(manifest))
                incoming.chmod(0o755)
                target.parent.mkdir(exist_ok=True)
                sync(incoming)
                incoming.rename(target)
                sync(target.parent)
            except BaseException:
                shutil.rmtree(incoming, ignore_errors=True)
                raise
        return manifest

    def manifest(self, name: str, version: str) -> Manifest:
        """What the manifest says; the files are not looked at."""
        path = self.path(name, version) / MANIFEST
        regular_file(path)
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            manifest = Manifest(**(found | {"base": Base(**found["base"])}))
            plain = all(
                isinstance(each, str) for each in (*manifest.files, *manifest.files.values(), manifest.base.sha256, manifest.base.model)
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise RegistryError(f"{path} is damaged: {error!r}") from error
        if not plain or (manifest.name, manifest.version) != (name, version) or manifest.role not in SERVED_ROLES:
            raise RegistryError(f"{path} is damaged: it speaks of {manifest.name} {manifest.version}, role {manifest.role}")
        return manifest

    def verify(self, name: str, version: str) -> Manifest:
        """The manifest, after every file was found to be what it says and nothing else to be there."""
        manifest = self.manifest(name, version)
        folder = self.path(name, version)
        there = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
        if pickled := sorted(each for each in there if Path(each).suffix in PICKLED):
            raise RegistryError(f"{name} {version} holds {', '.join(pickled)}, which is pickled and is never read")
        if there != {*manifest.files, MANIFEST} or not {CONFIG, TENSORS} <= set(manifest.files):
            odd = ", ".join(sorted(there ^ {*manifest.files, MANIFEST})) or CONFIG
            raise RegistryError(f"{name} {version} is damaged: {odd} is there and not in its manifest, or the other way round")
        for key, digest in manifest.files.items():
            regular_file(folder / key)
            if _sha256(folder / key) != digest:
                raise RegistryError(
                    f"{name} {version} is damaged: {key} has not the content that was published; fetch it again or publish anew"
                )
        return manifest

    def add_export(self, name: str, version: str, made: Path) -> Manifest:
        """Takes the exported adapter.gguf at `made` in, and into the manifest."""
        with self._locked():
            manifest = self.verify(name, version) if not (self.path(name, version) / GGUF).exists() else self._without_export(name, version)
            folder = self.path(name, version)
            digest = _sha256(made)
            with made.open("rb") as source:
                write_whole(folder / GGUF, lambda file: shutil.copyfileobj(source, file))
            manifest = replace(manifest, files={**manifest.files, GGUF: digest})
            _write_json(folder / MANIFEST, asdict(manifest))
            return manifest

    def _without_export(self, name: str, version: str) -> Manifest:
        # An export that was killed between its file and the manifest leaves a file that no manifest knows.
        manifest = self.manifest(name, version)
        (self.path(name, version) / GGUF).unlink()
        manifest = replace(manifest, files={key: value for key, value in manifest.files.items() if key != GGUF})
        _write_json(self.path(name, version) / MANIFEST, asdict(manifest))
        return self.verify(name, version)

    def path(self, name: str, version: str) -> Path:
        """The folder of a version that is there."""
        found = self._path(name, version)
        if found.is_symlink() or found.parent.is_symlink() or not found.is_dir():
            known = ", ".join(self.versions(name)) or "none"
            raise RegistryError(f"there is no version {version} of {name} in {self.folder}; there are: {known}")
        return found

    def _path(self, name: str, version: str) -> Path:
        check_name(name)
        if not _VERSION.fullmatch(version):
            raise RegistryError(f"{version!r} is no version: 12 hex digits, as `hisolver finetune list` tells them")
        return self.folder / name / version

    def names(self) -> list[str]:
        """The adapters' names, sorted."""
        if not self.folder.is_dir():
            return []
        return sorted(path.name for path in self.folder.iterdir() if _NAME.fullmatch(path.name) and path.is_dir() and not path.is_symlink())

    def versions(self, name: str) -> list[str]:
        """The versions that are there, in the order of their publishing."""
        folder = self.folder / check_name(name)
        found = (
            [path for path in folder.iterdir() if _VERSION.fullmatch(path.name) and path.is_dir() and not path.is_symlink()]
            if folder.is_dir()
            else []
        )
        return sorted((path.name for path in found), key=lambda version: (self._published_at(name, version), version))

    def _published_at(self, name: str, version: str) -> str:
        try:
            return self.manifest(name, version).published_at
        except RegistryError:
            return ""  # damaged; it is listed all the same, so that it can be removed

    def latest(self, name: str) -> str:
        """The version that was published last."""
        found = [version for version in self.versions(name) if self._published_at(name, version)]
        if not found:
            raise RegistryError(f"there is no adapter {name} in {self.folder}; there are: {', '.join(self.names()) or 'none'}")
        return found[-1]

    def listing(self) -> list[Listed]:
        """Every version, damaged ones with what is wrong. Files are not hashed again."""
        served = self.roles().values()
        lines: list[Listed] = []
        for name in self.names():
            current = self.current(name) if name in served else None
            for version in self.versions(name):
                try:
                    lines.append(Listed(name, version, self.manifest(name, version), version == current))
                except RegistryError as error:
                    lines.append(Listed(name, version, None, version == current, error.message))
        return lines

    def current(self, name: str) -> str | None:
        """The version of `name` that serves, or did last."""
        return self._line(self.folder / check_name(name) / CURRENT)

    def roles(self) -> dict[str, str]:
        """Which adapter serves which role."""
        path = self.folder / ROLES
        if not path.exists():
            return {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return {role: check_name(name) for role, name in found.items() if role in SERVED_ROLES}
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise RegistryError(f"{path} is damaged: {error!r}; deploy again, or remove it to serve the base") from error

    def set_current(self, name: str, version: str) -> None:
        """Notes that `version` of `name` serves its role from now on."""
        with self._locked():
            manifest = self.manifest(name, version)
            before = self.current(name)
            if before not in (None, version):
                self._note(name, [*self.history(name), str(before)])
            write_whole(self.folder / name / CURRENT, lambda file: file.write(f"{version}\n".encode()))
            _write_json(self.folder / ROLES, self.roles() | {manifest.role: name})

    def set_back(self, name: str, version: str) -> None:
        """Notes that `version`, one of the history, serves again: what served after it leaves the history."""
        with self._locked():
            manifest = self.manifest(name, version)
            past = self.history(name)
            write_whole(self.folder / name / CURRENT, lambda file: file.write(f"{version}\n".encode()))
            if version in past:
                self._note(name, past[: len(past) - 1 - past[::-1].index(version)])
            _write_json(self.folder / ROLES, self.roles() | {manifest.role: name})

    def set_base(self, role: str) -> None:
        """Notes that the base serves `role` from now on."""
        with self._locked():
            _write_json(self.folder / ROLES, {key: name for key, name in self.roles().items() if key != role})

    def history(self, name: str) -> list[str]:
        """The versions that served before the current one, the latest last."""
        path = self.folder / check_name(name) / HISTORY
        if not path.exists():
            return []
        try:
            versions = [str(json.loads(line)["version"]) for line in path.read_text(encoding="utf-8").splitlines()]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise RegistryError(f"{path} is damaged: {error!r}") from error
        return [version for version in versions if _VERSION.fullmatch(version)]

    def before(self, name: str) -> str:
        """The version to roll back to: the last that served before the current one and is still there."""
        current, there = self.current(name), set(self.versions(name))
        for version in reversed(self.history(name)):
            if version != current and version in there:
                return version
        raise RegistryError(
            f"no version of {name} served before this one; `hisolver finetune deploy --base ROLE` gives its role back to the base model"
        )

    def remove(self, name: str, version: str) -> None:
        """Removes a version that does not serve."""
        with self._locked():
            folder = self.path(name, version)
            if name in self.roles().values() and self.current(name) == version:
                raise RegistryError(
                    f"{name} {version} serves; deploy another one first, or the base with `hisolver finetune deploy --base ROLE`"
                )
            doomed = Path(tempfile.mkdtemp(prefix=_STALE, dir=self.folder)) / version
            folder.rename(doomed)  # so that no reader sees half of it
            shutil.rmtree(doomed.parent)
            if not self.versions(name):
                shutil.rmtree(self.folder / name)

    def _note(self, name: str, versions: Sequence[str]) -> None:
        lines = "".join(json.dumps({"version": version}) + "\n" for version in versions)
        write_whole(self.folder / name / HISTORY, lambda file: file.write(lines.encode()))

    def _same_base(self, name: str, base: Base) -> None:
        for version in reversed(self.versions(name)):
            known = self.manifest(name, version).base
            if known.sha256 != base.sha256:
                raise RegistryError(
                    f"the adapter was trained on another base ({base.model}, {base.sha256[:12]}) than {name} {version} ({known.model}, {known.sha256[:12]}); "
                    "publish it under another name"
                )
            return

    def _line(self, path: Path) -> str | None:
        if not path.exists():
            return None
        regular_file(path)
        found = path.read_text(encoding="utf-8", errors="replace").strip()
        if not _VERSION.fullmatch(found):
            raise RegistryError(f"{path} is damaged: {found[:40]!r} is no version")
        return found

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            deadline = time.monotonic() + 60
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise RegistryError(f"another command has been writing to {self.folder} for a minute; let it end first") from None
                    time.sleep(0.1)
            for left in self.folder.glob(f"{_STALE}*"):
                shutil.rmtree(left, ignore_errors=True)  # of a command that was killed: nobody else holds the lock
            yield


def _copy(source: Path, target: Path) -> str:
    """Copies a plain file and returns the copy's SHA-256."""
    handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
    digest = hashlib.sha256()
    with os.fdopen(handle, "rb") as read, target.open("xb") as written:
        while block := read.read(2**20):
            digest.update(block)
            written.write(block)
        written.flush()
        os.fsync(written.fileno())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(files: Mapping[str, Path], role: str, forced: bool) -> str:
    parts = [role, str(forced), *(f"{name} {_sha256(path)}" for name, path in sorted(files.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    write_whole(path, lambda file: file.write(text.encode()))
