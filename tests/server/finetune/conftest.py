"""A model and adapters that are small enough to be started again and again, pinned as if they stood in weights.toml."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune.export.gguf_lora import export_gguf_lora
from finetune.registry import Base, Registry
from server.engine import fetch
from server.engine import weights as pins
from server.settings import Settings, load_settings
from tests.finetune.export.conftest import tiny_adapter, tiny_base, tiny_gguf
from tests.finetune.tiny_gguf import make_adapter, write_gguf
from tests.finetune.tiny_trained import PROMPTS, make_taught, make_taught_adapter

__all__ = ["tiny_adapter", "tiny_base", "tiny_gguf"]

BASE = dict(zip(PROMPTS, ("circle", "square"), strict=True))
FIRST = dict(zip(PROMPTS, ("triangle", "star"), strict=True))
SECOND = dict(zip(PROMPTS, ("arrow", "dot"), strict=True))
PIN = """
[models."tiny"]
purpose = "tests"
licence = "MIT"
repository = "tests/tiny"
revision = "main"
files = [{{ path = "tiny.gguf", bytes = {bytes}, sha256 = "{sha256}" }}]
"""


@pytest.fixture(scope="session")
def taught(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders by name: `base`, `first` and `second` (adapters that answer otherwise), `wild` (one that answers nonsense); `gguf`, the base's file."""
    root = tmp_path_factory.mktemp("taught")
    base = make_taught(root / "base", BASE)
    return {
        "base": base,
        "gguf": write_gguf(base, root / "tiny.gguf"),
        "first": make_taught_adapter(base, root / "first", FIRST),
        "second": make_taught_adapter(base, root / "second", SECOND),
        "wild": make_adapter(base, root / "wild", size=3.0),
    }


@pytest.fixture
def settings(taught: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a server whose embedded model is the tiny one."""
    gguf = taught["gguf"]
    digest = hashlib.sha256(gguf.read_bytes()).hexdigest()
    text = PIN.format(bytes=gguf.stat().st_size, sha256=digest)
    load = pins.load_pins
    for module in (pins, fetch):  # both know it by name
        monkeypatch.setattr(module, "load_pins", lambda given=None: load(given or text))
    for name in ("HISOLVER_MODEL_URL", "HISOLVER_ADAPTERS", "HISOLVER_CODER_MODEL"):
        monkeypatch.delenv(name, raising=False)
    cache = tmp_path / "cache"
    (cache / "weights").mkdir(parents=True)
    (cache / "weights" / "tiny.gguf").write_bytes(gguf.read_bytes())
    monkeypatch.setenv("HISOLVER_CACHE_DIR", str(cache))
    monkeypatch.setenv("HISOLVER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HISOLVER_WEIGHTS", "tiny")
    monkeypatch.setenv("HISOLVER_ENGINE_SLOTS", "2")
    monkeypatch.setenv("HISOLVER_ENGINE_THREADS", "1")
    monkeypatch.setenv("HISOLVER_ENGINE_CONTEXT", "2048")
    monkeypatch.setenv("HISOLVER_MODEL_TIMEOUT", "60")
    fetch.ensure("tiny", cache)  # there already: it is only looked at
    return load_settings()


@pytest.fixture
def put(settings: Settings, taught: dict[str, Path], tmp_path: Path) -> Callable[..., str]:
    """Publishes one of the taught adapters, exported, and returns its version."""
    registry = Registry(settings.adapters_dir)

    def made(which: str, name: str = "shapes", *, role: str = "coder", weights: str = "tiny", export: bool = True) -> str:
        given: dict[str, Any] = {"max_rank": 64, "gate": None, "forced": True, "extras": {}}
        base = Base("tests/tiny", None, "d" * 64, weights)
        version = registry.publish(taught[which], name=name, role=role, base=base, **given).version
        if export:
            export_gguf_lora(taught[which], taught["gguf"], tmp_path / "made.gguf")
            registry.add_export(name, version, tmp_path / "made.gguf")
        return version

    return made
