"""The sandbox in each tier that this machine offers."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from agents.errors import NoSandbox
from agents.sandbox import Tier, probe
from agents.sandbox.probe import TIERS


@pytest.fixture(params=list(TIERS))
def sandbox(request: pytest.FixtureRequest) -> Tier:
    try:
        return probe(request.param)
    except NoSandbox as error:
        pytest.skip(f"no {request.param} on this machine: {error.message}")


def job_folders() -> list[Path]:
    """What jobs of tier 2 have on the host's disk at this moment."""
    return list(Path(tempfile.gettempdir()).glob("hisolver-job-*"))
