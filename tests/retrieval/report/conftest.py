"""A renderer for a corpus to report on."""

from __future__ import annotations

import pytest

from tests.retrieval.validate.conftest import Obedient


@pytest.fixture
def renderer() -> Obedient:
    return Obedient()
