from __future__ import annotations

from pathlib import Path

import pytest

from tests.finetune.tiny import make_dataset, make_tiny


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests' own model; only to be read."""
    return make_tiny(tmp_path_factory.mktemp("bases") / "tiny")


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 examples to train on, 8 and 8 held out; only to be read."""
    return make_dataset(tmp_path_factory.mktemp("data") / "tiny")
