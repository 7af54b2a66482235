"""The sandbox under attack, in each tier that this machine offers, and what must be true after every attack: a canary unchanged, a next job that passes,
and nothing left on the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agents.errors import NoSandbox
from agents.sandbox import Job, JobLimits, Outcome, Tier, probe, python_job
from agents.sandbox.probe import TIERS

SMALL = JobLimits(wall_s=8, cpu_s=8, memory_mib=512, work_mib=32, processes=24, output_kib=64, result_mib=4)
CANARY = "canary-4f1d9c-do-not-touch"

Attack = Callable[..., Awaitable[Outcome]]


@pytest.fixture(params=list(TIERS))
def sandbox(request: pytest.FixtureRequest) -> Tier:
    try:
        return probe(request.param)
    except NoSandbox as error:
        pytest.skip(f"no {request.param} on this machine: {error.message}")


def job_folders() -> list[Path]:
    """What jobs of tier 2 have on the host's disk at this moment."""
    return list(Path(tempfile.gettempdir()).glob("hisolver-job-*"))


@pytest.fixture
def canary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in a home folder that looks like a key, with a secret in it."""
    path = tmp_path / "home" / ".ssh" / "id_ed25519"
    path.parent.mkdir(parents=True)
    path.write_text(CANARY)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return path


@pytest.fixture
async def attack(canary: Path, sandbox: Tier):
    """Runs hostile code with small limits; afterwards looks at the canary and runs an innocent job."""
    before = set(job_folders())

    async def run(code: str, *, limits: JobLimits = SMALL, collect: str | None = None, job: Job | None = None) -> Outcome:
        outcome = await sandbox.run(job or python_job(code, limits=limits, collect=collect))
        assert CANARY not in outcome.stdout + outcome.stderr
        assert CANARY.encode() not in (outcome.collected or b"")
        return outcome

    yield run
    assert canary.read_text() == CANARY
    after = await sandbox.run(python_job("print(6 * 7)"))
    assert (after.status, after.stdout) == ("ok", "42\n")
    assert set(job_folders()) <= before
