from __future__ import annotations

from pathlib import Path

import pytest

from tests.finetune.tiny import make_tiny
from tests.finetune.tiny_gguf import make_adapter, write_gguf


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("tiny") / "base")


@pytest.fixture(scope="session")
def tiny_gguf(tiny_base: Path) -> Path:
    return write_gguf(tiny_base, tiny_base.parent / "base.gguf")


@pytest.fixture(scope="session")
def tiny_adapter(tiny_base: Path) -> Path:
    return make_adapter(tiny_base, tiny_base.parent / "adapter")
