"""Lines 5 to 9, 17 and 18 of the threat model: processes, memory, files, time, output, forged success."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from agents.sandbox import JobLimits, Tier, python_job

from .conftest import SMALL

_HELPERS = "import os\nif os.fork() == 0: os._exit(3)\nprint(os.waitstatus_to_exitcode(os.wait()[1]))"


def _same_user(sandbox: Tier) -> bool:
    """Whether a job is our own user, so that no limit of the kernel's counts it alone."""
    return sandbox.tier == "landlock" and os.geteuid() != 0


@pytest.mark.parametrize(
    "bomb",
    [
        "while True:\n    try: os.fork()\n    except OSError: pass",
        "import threading, time\nwhile True:\n    try: threading.Thread(target=time.sleep, args=(60,)).start()\n    except RuntimeError: pass",
    ],
    ids=["processes", "threads"],
)
async def test_line_5_a_fork_bomb_is_contained_and_a_second_job_passes_at_the_same_time(attack, sandbox, bomb):
    bombing = asyncio.create_task(attack(f"import os\n{bomb}", limits=replace(SMALL, wall_s=3)))
    await asyncio.sleep(1)
    second = await sandbox.run(python_job(_HELPERS))
    assert not bombing.done() or _same_user(sandbox)
    assert (second.status, second.stdout) == ("ok", "3\n")
    assert (await bombing).status in ("timeout", "killed")


async def test_line_5_the_limit_of_processes_is_what_the_job_says(attack, sandbox):
    code = """
import os, time
made = 0
try:
    while made < 200:
        if os.fork() == 0: time.sleep(30)
        made += 1
except OSError: pass
print(made)
"""
    outcome = await attack(code, limits=replace(SMALL, processes=10))
    if _same_user(sandbox):  # the watch ends it, unless it has ended before that: then the ceiling held
        assert (outcome.status == "killed" and "processes" in outcome.detail) or int(outcome.stdout) < 150
        return
    assert outcome.status == "ok" and int(outcome.stdout) in (8, 9, 10)


@pytest.mark.parametrize(
    "code",
    ["bytearray(100 << 30)", "x = [0]\nwhile True: x *= 2", "import numpy; numpy.ones((50000, 50000))"],
    ids=["bytearray", "list", "numpy"],
)
async def test_line_6_a_hundred_gigabytes_end_as_memory(attack, code):
    outcome = await attack(code)
    assert outcome.status == "memory" and outcome.collected is None


async def test_line_6_memory_is_counted_over_all_processes(attack):
    code = """
import os, time
for _ in range(8):
    if os.fork() == 0:
        x = bytearray(b"x") * (200 << 20)
        time.sleep(60)
time.sleep(60)
"""
    outcome = await attack(code)
    assert outcome.status == "memory" and "together" in outcome.detail and outcome.wall_s < 7


async def test_line_7_a_million_files_end_the_job(attack):
    outcome = await attack("i = 0\nwhile True:\n    open(f'f{i}', 'w').close(); i += 1", limits=replace(SMALL, wall_s=20, cpu_s=20))
    assert outcome.status == "killed" and "files" in outcome.detail


@pytest.mark.parametrize("folder", ["'.'", "os.environ['HOME']", "'/dev/shm'"], ids=["work folder", "home", "shared memory"])
async def test_line_7_a_folder_is_full_at_its_size(attack, sandbox, folder):
    code = f"""
import os, time
n = 0
try:
    for i in range(20):
        with open(f"{{{folder}}}/x{{i}}", "wb", buffering=0) as f:
            for _ in range(10): n += f.write(bytes(1 << 20))
except OSError as error: print(error.errno, n >> 20)
"""
    outcome = await attack(code)
    if sandbox.tier == "landlock" and "shm" not in folder:  # no wall of the kernel's, but one that is looked at
        assert outcome.status == "killed" and "MiB" in outcome.detail
        return
    error, mib = outcome.stdout.split()
    assert (int(error) == 28 and int(mib) <= 32) or (int(error) == 13 and int(mib) == 0)


_FILLERS = {
    "allocated": "for i in range(500): os.posix_fallocate(os.open(f'f{i}', os.O_CREAT | os.O_RDWR), 0, 30 << 20)",
    "deleted but open": "for i in range(200): f = os.open('f', os.O_CREAT | os.O_RDWR); os.unlink('f'); os.write(f, bytes(1 << 20)); time.sleep(0.005)",
    "without a name": "for i in range(200): os.write(os.open('.', os.O_TMPFILE | os.O_RDWR), bytes(1 << 20)); time.sleep(0.005)",
    "mapped": "for i in range(200):\n f = os.open('f', os.O_CREAT | os.O_RDWR); os.unlink('f'); os.write(f, bytes(1 << 20))\n"
    " maps.append(mmap.mmap(f, 1 << 20)); os.close(f); time.sleep(0.005)",
    "held by threads with tables of their own": "import ctypes\nlibc = ctypes.CDLL(None)\nwait = ctypes.cast(libc.pause, ctypes.c_void_p)\n"
    "for round in range(8):\n stack = mmap.mmap(-1, 1 << 20); maps.append(stack); top = ctypes.addressof(ctypes.c_char.from_buffer(stack)) + (1 << 20) - 64\n"
    " held = []\n"
    " for i in range(20): held.append(os.open('f', os.O_CREAT | os.O_RDWR)); os.unlink('f'); os.write(held[-1], bytes(1 << 20))\n"
    " libc.clone(wait, ctypes.c_void_p(top), 0x00010900, None)\n"  # CLONE_VM, SIGHAND and THREAD, but not FILES
    " for f in held: os.close(f)\n time.sleep(0.1)",
    "in deep folders": "for i in range(3000): os.mkdir('d' * 50); os.chdir('d' * 50); open('f', 'wb').write(bytes(1 << 14))",
    "in closed folders": "for i in range(100): os.mkdir(f'd{i}', 0o300); open(f'd{i}/f', 'wb').write(bytes(1 << 20)); time.sleep(0.01)",
    "many processes": "for _ in range(8): os.fork()\nfor i in range(200): open(f'f{os.getpid()}-{i}', 'wb').write(bytes(1 << 20))",
}


@pytest.mark.parametrize("way", _FILLERS)
async def test_line_7_the_disk_is_not_filled_whichever_way(attack, way):
    outcome = await attack(f"import mmap, os, time\nmaps = []\n{_FILLERS[way]}\ntime.sleep(3)\nprint('filled')")
    assert outcome.status in ("killed", "error", "memory") and "filled" not in outcome.stdout


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time; time.sleep(60)",
        "import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass\nwhile True: time.sleep(1)",
    ],
    ids=["loop", "sleep", "signals ignored"],
)
async def test_line_8_the_wall_clock_ends_what_does_not_end(attack, code):
    outcome = await attack(code, limits=replace(SMALL, wall_s=1))
    assert outcome.status == "timeout" and outcome.wall_s < 3


async def test_line_8_the_processor_time_is_a_wall_of_its_own(attack):
    outcome = await attack("while True: pass", limits=replace(SMALL, cpu_s=1))
    assert outcome.status == "timeout" and "CPU" in outcome.detail and outcome.wall_s < 6


def _alive(mark: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                found.append(path.parent.name)
        except OSError:
            continue
    return found


_DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)  # {mark}"])
    os._exit(0)
os.wait()
print("main is done", flush=True)
{last}
"""


@pytest.mark.parametrize(("last", "status"), [("", "ok"), ("time.sleep(60)", "timeout")], ids=["main ends", "main is killed"])
async def test_line_9_a_daemon_dies_with_its_job(attack, last, status):
    mark = f"hisolver-daemon-{status}-{time.time_ns()}"
    outcome = await attack(_DAEMON.format(mark=mark, last=last), limits=replace(SMALL, wall_s=2))
    assert outcome.status == status and outcome.stdout == "main is done\n"
    assert _alive(mark) == []


async def test_line_9_a_child_that_calls_itself_a_sibling_dies_too(attack):
    mark = f"hisolver-sibling-{time.time_ns()}"
    code = f"""
import ctypes, os, platform, sys
number = 56 if platform.machine() == "x86_64" else 220
if ctypes.CDLL(None).syscall(number, 0x8000 | 17, 0, 0, 0, 0) == 0:  # CLONE_PARENT
    os.setsid()
    os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)  # {mark}"])
import time; time.sleep(1)
print("main is done")
"""
    outcome = await attack(code)
    assert outcome.status == "ok" and outcome.stdout == "main is done\n"
    assert _alive(mark) == []


async def test_line_9_cancelling_kills_the_whole_tree_within_a_second(attack):
    mark = f"hisolver-cancel-{time.time_ns()}"
    running = asyncio.create_task(attack(_DAEMON.format(mark=mark, last="time.sleep(60)")))
    for _ in range(100):
        await asyncio.sleep(0.05)
        if _alive(mark):
            break
    assert _alive(mark)
    before = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - before < 1
    assert _alive(mark) == []


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_line_17_a_gigabyte_of_output_is_cut_and_ends_the_job(attack, stream):
    outcome = await attack(f"import sys\nfor _ in range(1024): sys.{stream}.write('x' * (1 << 20))")
    assert outcome.status == "output" and outcome.wall_s < 3
    assert len(getattr(outcome, stream)) == SMALL.output_kib * 1024


async def test_line_17_output_holds_no_nul_and_no_terminal_escapes(attack):
    code = r"print('a\0b\x1b[31mred\x1b[0m\x1b]0;title\x07c\x1b]8;;http://x\x1b\\d\x9b2Je\x07\x08f\rg')"
    outcome = await attack(code)
    assert outcome.stdout == "abredcdef\ng\n"


async def test_line_17_bytes_that_are_no_text_do_no_harm(attack):
    outcome = await attack("import sys; sys.stdout.buffer.write(bytes(range(256)))")
    assert outcome.status == "ok" and "\0" not in outcome.stdout and "\x1b" not in outcome.stdout


@pytest.mark.parametrize(
    ("code", "statuses"),
    [
        ("def f(): return f()\nf()", {"error"}),
        (
            "import sys, ctypes\nsys.setrecursionlimit(10**8)\nclass A:\n    def __getattr__(self, n): return getattr(self, n + 'x')\nA().x",
            {"killed", "error", "memory", "timeout"},
        ),
        ("import ctypes; ctypes.string_at(0)", {"killed"}),
        ("import os; os.abort()", {"killed"}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", {"killed"}),
        ("import sys; sys.exit(7)", {"error"}),
        ("raise SystemExit('x')", {"error"}),
        ("import os; os.kill(1, 9); os.kill(-1, 9)", {"killed", "error"}),
    ],
    ids=["recursion", "deep C recursion", "segfault", "abort", "killed by itself", "exit 7", "SystemExit", "kill everything"],
)
async def test_line_18_a_crash_never_counts_as_success(attack, code, statuses):
    outcome = await attack(code, collect="result")
    assert outcome.status in statuses and outcome.collected is None


async def test_line_18_leaving_early_with_code_0_brings_no_result(attack):
    outcome = await attack("import os\nos._exit(0)\nopen('result', 'w').write('done')", collect="result")
    assert outcome.exit_code == 0 and outcome.collected is None and "not written" in outcome.detail


async def test_many_jobs_at_once_do_not_disturb_each_other(attack):
    outcomes = await asyncio.gather(*(attack(f"print({n}); import os; os.fork() or os._exit(0)", limits=JobLimits()) for n in range(8)))
    assert [(o.status, o.stdout) for o in outcomes] == [("ok", f"{n}\n") for n in range(8)]
