"""Sandboxes started ahead: the same outcomes, nothing shared between jobs, clocks that run from the job's own start, and nothing left behind."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import time
from pathlib import Path

import pytest

from agents.sandbox import Job, JobLimits, WarmSandbox
from agents.sandbox import warm as warm_module

# the program waits for its input after a slow start, as an import would be
PROGRAM = """
import json, os, sys, time
time.sleep(0.6)
request = json.load(sys.stdin)
exec(request["code"])
"""


@pytest.fixture
async def warm(sandbox):
    warm = WarmSandbox(sandbox, spares=1)
    yield warm
    await warm.aclose()


def _job(code: str, **limits: float) -> Job:
    import json

    settings = JobLimits(**{"wall_s": 15.0, "work_mib": 16, **limits})  # type: ignore[arg-type]
    return Job(argv=("-I", "-c", PROGRAM), stdin=json.dumps({"code": code}).encode(), collect="result", warm=True, limits=settings)


async def _until_spare(sandbox: WarmSandbox) -> None:
    """Waits until what is being started ahead has been, and has slept."""
    async with asyncio.timeout(20):
        await sandbox.filled()
    await asyncio.sleep(0.8)


def _inits() -> set[int]:
    """The first process of each sandbox that this process has started: bwrap's monitor, or the keeper."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if (
                    int(fields[1]) == os.getpid()
                    and fields[0] != "Z"
                    and any(word in (entry / "cmdline").read_bytes() for word in (b"bwrap", b"keeper"))
                ):
                    found.add(int(entry.name))
            except (OSError, IndexError):
                continue
    return found


async def test_a_spare_gives_the_same_outcome_and_is_quicker(warm):
    code = "open('result', 'w').write('42'); print('out'); print('err', file=sys.stderr)"
    cold = await warm.run(_job(code))
    await _until_spare(warm)
    started = time.monotonic()
    ready = await warm.run(_job(code))
    took = time.monotonic() - started
    assert dataclasses.replace(ready, wall_s=0) == dataclasses.replace(cold, wall_s=0)
    assert ready.collected == b"42" and ready.stdout == "out\n"
    assert took < cold.wall_s - 0.4


async def test_nothing_of_a_job_is_found_by_the_next(warm):
    await warm.run(_job("pass"))
    for _ in range(3):
        await _until_spare(warm)
        outcome = await warm.run(
            _job(
                "home = os.environ['HOME'] + '/mark'; print('mark' in os.listdir('.'), os.path.exists(home), hasattr(json, 'mark'))\n"
                "open('mark', 'w'); open(home, 'w'); json.mark = 1"
            )
        )
        assert outcome.stdout == "False False False\n"


async def test_the_clock_of_a_job_starts_when_it_is_given(warm):
    await warm.run(_job("pass"))
    await _until_spare(warm)
    await asyncio.sleep(1.5)
    assert (await warm.run(_job("time.sleep(0.3)", wall_s=1.2))).status == "ok"
    await _until_spare(warm)
    started = time.monotonic()
    assert (await warm.run(_job("time.sleep(60)", wall_s=1.0))).status == "timeout"
    assert time.monotonic() - started < 3


async def test_limits_hold_in_a_spare(warm):
    await warm.run(_job("pass", memory_mib=300, output_kib=8))
    await _until_spare(warm)
    assert (await warm.run(_job("x = bytearray(500_000_000)", memory_mib=300, output_kib=8))).status == "memory"
    await _until_spare(warm)
    assert (await warm.run(_job("print('x' * 100_000)", memory_mib=300, output_kib=8))).status == "output"


async def test_jobs_of_another_kind_take_no_spare_of_this_one(warm):
    await warm.run(_job("pass"))
    await _until_spare(warm)
    other = dataclasses.replace(_job("open('result', 'w').write(os.environ.get('MARK', ''))"), env={"MARK": "other"})
    assert (await warm.run(other)).collected == b"other"
    assert (await warm.run(dataclasses.replace(_job("print(1)"), warm=False))).stdout == "1\n"


async def test_input_larger_than_a_pipe_arrives_whole(warm):
    await warm.run(_job("pass"))
    await _until_spare(warm)
    text = "y" * 400_000
    outcome = await warm.run(_job(f"open('result', 'w').write(str(len('{text}')))"))
    assert outcome.collected == b"400000"


async def test_a_spare_that_has_died_costs_nothing_but_time(warm):
    await warm.run(_job("pass"))
    await _until_spare(warm)
    for pid in _inits():
        os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.3)
    assert (await warm.run(_job("open('result', 'w').write('still')"))).collected == b"still"


async def test_a_cancelled_job_ends_with_everything_in_it(warm):
    await warm.run(_job("pass"))
    await _until_spare(warm)
    task = asyncio.create_task(warm.run(_job("time.sleep(60)")))
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await warm.aclose()
    assert _inits() == set()


async def test_closing_ends_what_waits_and_later_jobs_run_as_ever(warm):
    await warm.run(_job("pass"))
    await _until_spare(warm)
    assert len(_inits()) == 1
    await warm.aclose()
    assert _inits() == set()
    assert (await warm.run(_job("open('result', 'w').write('cold')"))).collected == b"cold"
    assert _inits() == set()


def test_a_second_event_loop_gets_no_spare_of_the_first(sandbox):
    sandbox = WarmSandbox(sandbox, spares=1)

    async def first() -> None:
        await sandbox.run(_job("pass"))
        await _until_spare(sandbox)

    async def second() -> bytes | None:
        return (await sandbox.run(_job("open('result', 'w').write('fresh')"))).collected

    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(first())
        assert asyncio.run(second()) == b"fresh"
        loop.run_until_complete(sandbox.aclose())
    finally:
        loop.close()


async def test_a_spare_that_nobody_needs_is_ended(warm, monkeypatch):
    monkeypatch.setattr(warm_module, "_IDLE_S", 0.5)
    await warm.run(_job("pass"))
    await _until_spare(warm)
    await asyncio.sleep(0.6)
    assert _inits() == set()
    assert (await warm.run(_job("open('result', 'w').write('anew')"))).collected == b"anew"


async def test_the_cpu_limit_of_the_job_holds_in_a_spare(warm):
    await warm.run(_job("pass"))
    await _until_spare(warm)
    outcome = await warm.run(_job("while True: pass", wall_s=15.0, cpu_s=1.0))
    assert outcome.status == "timeout" and "CPU" in outcome.detail and outcome.wall_s < 8


async def test_a_job_that_is_killed_before_it_read_its_input_is_told_as_what_it_was(warm):
    await warm.run(_job("pass", memory_mib=300))
    await _until_spare(warm)
    big = dataclasses.replace(_job("pass", memory_mib=300, wall_s=0.01), stdin=b" " * 3_000_000)
    assert (await warm.run(big)).status == "timeout"
