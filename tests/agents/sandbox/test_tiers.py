"""What every tier does alike: input, output, files, mounts, limits of a job, and an end without remains."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import agents
from agents.errors import SandboxError
from agents.sandbox import Job, JobLimits, python_job

from .conftest import job_folders


async def test_a_program_reads_its_input_and_writes_its_output(sandbox):
    outcome = await sandbox.run(python_job("import sys; print(sys.stdin.read()[::-1], sys.argv[1:])", stdin=b"abc", args=("-x", "y")))
    assert (outcome.status, outcome.exit_code, outcome.stdout, outcome.stderr) == ("ok", 0, "cba ['-x', 'y']\n", "")


async def test_input_that_nobody_reads_does_not_stall(sandbox):
    outcome = await sandbox.run(python_job("print(1)", stdin=b"x" * 5_000_000))
    assert outcome.status == "ok"


async def test_the_packages_of_the_virtual_environment_are_at_hand(sandbox):
    outcome = await sandbox.run(python_job("import sympy; x = sympy.Symbol('x'); print(sympy.integrate(x**2, x))"))
    assert outcome.stdout == "x**3/3\n"


async def test_the_repository_is_not_importable(sandbox):
    outcome = await sandbox.run(python_job("import agents.errors"))
    assert outcome.status == "error" and outcome.stderr.splitlines()[-1].startswith(("ModuleNotFoundError", "PermissionError"))


async def test_the_work_folder_holds_the_files_of_the_job(sandbox):
    job = python_job("import os; print(open('a/b.txt').read(), open(os.path.abspath('c')).read())", files={"a/b.txt": b"one", "c": b"two"})
    assert (await sandbox.run(job)).stdout == "one two\n"


async def test_a_mount_is_readable_and_read_only(sandbox, tmp_path):
    (tmp_path / "code").mkdir()
    tmp_path.chmod(0o700)
    (tmp_path / "code" / "ours.py").write_text("VALUE = 42")
    code = "import sys; sys.path.insert(0, '../opt/ours')\nfrom ours import VALUE\nprint(VALUE)\nopen('../opt/ours/x', 'w')"
    outcome = await sandbox.run(python_job(code, mounts={"/opt/ours": tmp_path / "code"}))
    assert outcome.stdout == "42\n" and outcome.stderr.splitlines()[-1].startswith(("OSError: [Errno 30]", "PermissionError"))
    assert [p.name for p in (tmp_path / "code").iterdir() if p.name != "__pycache__"] == ["ours.py"]


async def test_a_mount_that_is_missing_is_a_sandbox_error(sandbox, tmp_path):
    with pytest.raises(SandboxError, match="cannot be read"):
        await sandbox.run(python_job("", mounts={"/opt/x": tmp_path / "missing"}))


@pytest.mark.skipif(os.geteuid() != 0, reason="only under root is a job another user")
async def test_a_mount_that_others_may_not_read_is_a_clear_error_under_root(sandbox, tmp_path):
    (tmp_path / "x").mkdir(mode=0o700)
    with pytest.raises(SandboxError, match="not readable for others"):
        await sandbox.run(python_job("", mounts={"/opt/x": tmp_path / "x"}))


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "", "."])
async def test_paths_outside_the_work_folder_are_refused(sandbox, name):
    with pytest.raises(ValueError, match="not a path below"):
        await sandbox.run(Job(argv=("-V",), files={name: b""}))
    if name:
        with pytest.raises(ValueError, match="not a path below"):
            await sandbox.run(Job(argv=("-V",), collect=name))


async def test_files_larger_than_the_work_folder_are_an_outcome(sandbox):
    outcome = await sandbox.run(python_job("", files={"x": bytes(2 << 20)}, limits=JobLimits(work_mib=1)))
    assert outcome.status == "error" and "do not fit" in outcome.detail


async def test_the_environment_of_a_job_is_added_to_the_base(sandbox):
    outcome = await sandbox.run(Job(argv=("-c", "import os; print(os.environ['X'], os.environ['LANG'])"), env={"X": "1"}))
    assert outcome.stdout == "1 C.UTF-8\n"


async def test_code_with_a_lone_surrogate_fails_inside_and_not_outside(sandbox):
    outcome = await sandbox.run(python_job("x = '\ud800'\nprint(len(x))"))
    assert outcome.status in ("ok", "error")


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def test_no_descriptor_and_no_process_is_left_behind(sandbox):
    await sandbox.run(python_job(""))
    before = _descriptors()
    for code in ("", "raise SystemExit(3)", "import os; os.abort()"):
        await sandbox.run(python_job(code))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sandbox.run(python_job("while True: pass")), 0.5)
    async with asyncio.timeout(5):  # asyncio closes a dead child's pipes some turns after it tells of its death; a leak stays for ever
        while _descriptors() > before:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("delay", [0.0, 0.002, 0.004, 0.006, 0.008, 0.01, 0.015, 0.02, 0.05, 0.1])
async def test_a_cancellation_at_any_moment_leaves_nothing_running(sandbox, delay):
    mark = f"hisolver-early-{time.time_ns()}"
    running = asyncio.create_task(sandbox.run(Job(argv=("-c", f"import time; time.sleep(30)  # {mark}"))))
    await asyncio.sleep(delay)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.sleep(0.3)  # a monitor that was killed while it built the walls leaves a child that must see that alone
    assert not [p for p in Path("/proc").glob("[0-9]*/cmdline") if mark in _text(p)]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


async def test_a_job_dies_when_its_caller_is_killed(sandbox, tmp_path):
    mark, before = f"hisolver-orphan-{time.time_ns()}", set(job_folders())
    script = tmp_path / "caller.py"
    script.write_text(
        "import asyncio\nfrom agents.sandbox import Job, probe\n"
        f"asyncio.run(probe({sandbox.tier!r}).run(Job(argv=('-c', 'import time; time.sleep(30)  # {mark}'))))\n"
    )
    root = str(Path(agents.__file__).parents[1])
    caller = subprocess.Popen([sys.executable, str(script)], env={**os.environ, "PYTHONPATH": root})
    try:
        deadline = time.monotonic() + 20
        while not any(mark in _text(p) for p in Path("/proc").glob("[0-9]*/cmdline")):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        caller.send_signal(signal.SIGKILL)
    finally:
        caller.kill()
        caller.wait()
    deadline = time.monotonic() + 2
    while any(mark in _text(p) for p in Path("/proc").glob("[0-9]*/cmdline")) or set(job_folders()) - before:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.skipif(importlib.util.find_spec("uvloop") is None, reason="uvloop comes with the extra studio")
def test_a_cancellation_under_uvloop_closes_its_own_descriptors_and_nobody_elses(sandbox):
    """LangGraph's server runs the graph on uvloop, which closes a pipe's number itself."""
    import uvloop

    async def cancelled(delay: float) -> None:
        running = asyncio.create_task(sandbox.run(python_job("import time; time.sleep(30)")))
        for _ in range(3):
            await asyncio.sleep(0)
        await asyncio.sleep(delay)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    async def main() -> None:
        await sandbox.run(python_job(""))
        before = _descriptors()
        # others open descriptors all the while, and must keep them
        others = [asyncio.create_task(sandbox.run(python_job(f"print({number})"))) for number in range(6)]
        await asyncio.gather(*(cancelled(0.002 * step) for step in range(12)))
        assert [(await other).stdout for other in others] == [f"{number}\n" for number in range(6)]
        async with asyncio.timeout(5):
            while _descriptors() > before:
                await asyncio.sleep(0.01)

    for _ in range(3):
        uvloop.run(main())
