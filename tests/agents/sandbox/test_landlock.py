"""What only tier 2 has."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from agents.errors import NoSandbox, SandboxError
from agents.sandbox import JobLimits, Tier, landlock, probe, python_job, ways
from agents.sandbox.policy import WORK

from .conftest import job_folders


@pytest.fixture
def sandbox() -> Tier:
    try:
        return probe("landlock")
    except NoSandbox as error:
        pytest.skip(f"no landlock on this machine: {error.message}")


def _below(process: int) -> set[int]:
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            if int(entry.read_text().rsplit(")", 1)[1].split()[1]) == process:
                found |= {int(entry.parent.name), *_below(int(entry.parent.name))}
        except (OSError, IndexError):
            continue
    return found


async def _job_with_daemon(sandbox: Tier) -> tuple[asyncio.Task[object], list[int]]:
    """A running job with a daemon, and the numbers of keeper, first process, and the rest."""
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: time.sleep(60)
    os._exit(0)
time.sleep(60)
"""
    before = _below(os.getpid())
    running: asyncio.Task[object] = asyncio.create_task(sandbox.run(python_job(code)))
    for _ in range(200):
        await asyncio.sleep(0.05)
        started = sorted(_below(os.getpid()) - before)
        if len(started) >= 4:
            return running, started
    raise AssertionError("the job did not start")


@pytest.mark.parametrize("killed", [0, 1], ids=["the keeper", "the first process"])
async def test_a_sandbox_whose_own_process_is_killed_ends_with_all_that_is_in_it(sandbox, killed):
    folders = set(job_folders())
    running, processes = await _job_with_daemon(sandbox)
    os.kill(processes[killed], signal.SIGKILL)
    outcome = await asyncio.wait_for(running, 10)
    assert outcome.status == "killed"
    deadline = time.monotonic() + 5
    while any(Path(f"/proc/{process}").exists() for process in processes):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    assert set(job_folders()) <= folders


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a job a user of its own")
async def test_an_older_landlock_is_enough_where_a_job_is_a_user_of_its_own():
    """Version 3 knows no scopes: here the user alone keeps the kill at the end, and the job's signals, inside."""
    try:
        sandbox = landlock.Landlock(abi=3)
    except NoSandbox as error:
        pytest.skip(f"no landlock on this machine: {error.message}")
    code = f"""
import os
for target in (1, os.getppid(), {os.getpid()}):
    try: os.kill(target, 0); print("reached", target)
    except OSError: pass
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        import time; time.sleep(60)
    os._exit(0)
os.wait()
print(open("/etc/passwd").read())
"""
    outcome = await sandbox.run(python_job(code))
    assert outcome.status == "error" and outcome.stdout == "" and "PermissionError" in outcome.stderr


@pytest.mark.parametrize(("abi", "user", "words"), [(2, 0, "before Linux 6.2"), (5, 10001, "before Linux 6.12")])
def test_a_landlock_that_makes_no_wall_is_refused_with_the_version_that_does(monkeypatch, abi, user, words):
    monkeypatch.setattr(landlock, "landlock_abi", lambda: abi)
    monkeypatch.setattr(landlock.os, "geteuid", lambda: user)
    monkeypatch.setattr(landlock.identity, "spare_identity", lambda: (1_700_000_000, 1_700_000_000) if user == 0 else None)
    with pytest.raises(NoSandbox, match=words):
        landlock.Landlock()


def test_root_without_other_users_is_refused(monkeypatch):
    monkeypatch.setattr(landlock, "landlock_abi", lambda: 7)
    monkeypatch.setattr(landlock.os, "geteuid", lambda: 0)
    monkeypatch.setattr(landlock.identity, "spare_identity", lambda: None)
    with pytest.raises(NoSandbox, match="a job must not be root"):
        landlock.Landlock()


@pytest.mark.skipif(os.geteuid() != 0, reason="only under root is a job another user")
def test_an_interpreter_that_others_cannot_reach_is_named_with_the_mend(monkeypatch, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o700)
    (tmp_path / "closed" / "python").mkdir()
    monkeypatch.setattr(ways, "may_mount", lambda: False)
    for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        parent.chmod(0o755)
    with pytest.raises(ways.Closed, match=f"chmod o\\+x {tmp_path}/closed"):
        ways.ways([str(tmp_path / "closed" / "python")])


@pytest.mark.parametrize("inside", [f"{WORK}/x", "/tmp/x", "opt/x", "/", "/opt", f"/opt/..{WORK}/x"])
async def test_a_mount_over_what_a_job_may_write_is_refused(sandbox, tmp_path, inside):
    folders = set(job_folders())
    with pytest.raises(ValueError, match="not a place for a mount"):
        await sandbox.run(python_job("", mounts={inside: tmp_path}))
    assert set(job_folders()) <= folders


async def test_no_room_for_the_folder_of_a_job_is_a_sandbox_error(sandbox, monkeypatch):
    monkeypatch.setattr(landlock.tempfile, "tempdir", "/nonexistent")
    with pytest.raises(SandboxError, match="no room"):
        await sandbox.run(python_job(""))


async def test_a_folder_that_cannot_be_laid_out_is_a_sandbox_error_with_the_reason(sandbox, monkeypatch, tmp_path):
    (tmp_path / "taken" / "work").mkdir(parents=True)
    monkeypatch.setattr(landlock.tempfile, "mkdtemp", lambda prefix: str(tmp_path / "taken"))
    with pytest.raises(SandboxError, match=r"(?s)walls could not be built.*File exists"):
        await sandbox.run(python_job(""))


async def test_a_mount_within_a_mount_is_refused_and_leaves_the_hosts_folder_as_it_was(sandbox, tmp_path):
    (tmp_path / "one").mkdir()
    with pytest.raises(ValueError, match="in another one"):
        await sandbox.run(python_job("", mounts={"/opt/a": tmp_path / "one", "/opt/a/b": tmp_path}))
    assert list((tmp_path / "one").iterdir()) == []


async def test_what_is_found_full_only_at_the_end_is_told_as_well(sandbox):
    outcome = await sandbox.run(python_job("open('x', 'wb').write(bytes(20 << 20))", limits=JobLimits(work_mib=4, result_mib=32)))
    assert outcome.status == "killed" and "more than 4 MiB" in outcome.detail


async def test_what_the_second_tier_does_not_hide(sandbox):
    """Told in docs/threat-model.md: names, sizes and times of files can be asked for, their content cannot."""
    outcome = await sandbox.run(
        python_job("import os; print(os.stat('/etc/passwd').st_size > 0, os.path.exists('/etc/shadow')); os.listdir('/etc')")
    )
    assert outcome.stdout == "True True\n" and outcome.stderr.splitlines()[-1].startswith("PermissionError")
