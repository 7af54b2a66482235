"""What a job might do to the host or to another job without opening a file: signals, priorities, modes, links, watches. True in every tier, and the
reason for many a line of the second, which shares the host's processes and file tree with its jobs."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.sandbox import python_job

from .conftest import SMALL, job_folders


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours that any signal ends."""
    process = subprocess.Popen([sys.executable, "-S", "-c", "import time; print(1, flush=True); time.sleep(120)"], stdout=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline()
    yield process
    process.kill()
    process.wait()


async def test_no_signal_reaches_a_process_outside(attack, victim):
    code = f"""
import ctypes, fcntl, os, signal
libc = ctypes.CDLL(None, use_errno=True)
targets = ({victim.pid}, {os.getpid()}, os.getppid(), 1)
for target in targets:
    tries = [lambda: os.kill(target, 15), lambda: os.kill(target, 0)]
    if target > 1: tries += [lambda: os.killpg(target, 15), lambda: os.kill(-target, 15)]
    tries += [lambda: signal.pidfd_send_signal(os.pidfd_open(target), 15)]
    for number, attempt in enumerate(tries):
        try: attempt(); print("reached", number, target)
        except OSError: pass
    info = ctypes.create_string_buffer(128)
    info[8] = 0xFF; info[9] = 0xFF; info[10] = 0xFF; info[11] = 0xFF  # SI_QUEUE
    for name, arguments in (("tgkill", (234, target, target, 15)), ("tkill", (200, target, 15)), ("sigqueue", (129, target, 15, info))):
        if libc.syscall(*arguments) == 0: print("reached", name, target)
# a signal that the kernel sends in our name
read, write = os.pipe()
for target in targets[:2]:
    try:
        fcntl.fcntl(read, fcntl.F_SETOWN, target)
        fcntl.fcntl(read, 10, 15)  # F_SETSIG
        fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(write, b"x")
    except OSError: pass
try: os.kill(-1, 15)
except OSError: pass
"""
    outcome = await attack(code)
    assert outcome.stdout == ""
    await asyncio.sleep(0.2)
    assert victim.poll() is None


async def test_no_priority_and_no_limit_of_a_process_outside_is_changed(attack, victim):
    def state() -> tuple[object, ...]:
        limit = resource.prlimit(victim.pid, resource.RLIMIT_NOFILE)
        return (os.getpriority(os.PRIO_PROCESS, victim.pid), os.sched_getscheduler(victim.pid), os.sched_getaffinity(victim.pid), limit)

    before = state()
    code = f"""
import os, resource
for target in ({victim.pid}, {os.getpid()}, os.getppid()):
    tries = [lambda: os.setpriority(os.PRIO_PROCESS, target, 19), lambda: resource.prlimit(target, resource.RLIMIT_NOFILE, (3, 3))]
    tries += [lambda: os.sched_setscheduler(target, os.SCHED_IDLE, os.sched_param(0)), lambda: os.sched_setaffinity(target, {{0}})]
    tries += [lambda: resource.prlimit(target, resource.RLIMIT_CPU, (1, 1))]
    for number, attempt in enumerate(tries):
        try: attempt(); print("changed", number, target)
        except OSError: pass
try: os.setpriority(os.PRIO_USER, 0, 19)
except OSError: pass
"""
    outcome = await attack(code)
    assert (outcome.status, outcome.stdout) == ("ok", "")
    assert state() == before and os.getpriority(os.PRIO_PROCESS, 0) == before[0]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A file and a folder on the host that everybody may write, on a way that everybody may go."""
    folder = tmp_path / "open"
    folder.mkdir()
    for parent in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        parent.chmod(0o755)
    folder.chmod(0o777)
    (folder / "file").write_text("as it was")
    (folder / "file").chmod(0o666)
    return folder


async def test_line_11_what_everybody_may_write_is_not_changed_by_a_job(attack, outside):
    file = outside / "file"
    before = (file.stat(), sorted(outside.iterdir()), outside.stat())
    code = f"""
import ctypes, os, shutil
folder, file = {str(outside)!r}, {str(file)!r}
tries = [lambda: open(file, "r+").write("x"), lambda: open(file, "w"), lambda: os.truncate(file, 0), lambda: os.open(file, os.O_RDONLY | os.O_TRUNC)]
tries += [lambda: os.unlink(file), lambda: os.rename(file, "taken"), lambda: os.link(file, "taken"), lambda: os.link("mine", folder + "/mine")]
tries += [lambda: os.rename("mine", folder + "/mine"), lambda: os.mkdir(folder + "/mine"), lambda: os.mkfifo(folder + "/mine")]
tries += [lambda: os.symlink("x", folder + "/mine"), lambda: os.mknod(folder + "/mine"), lambda: os.rmdir(folder), lambda: shutil.rmtree(folder)]
tries += [lambda: os.open(folder, os.O_TMPFILE | os.O_RDWR), lambda: os.listdir(folder), lambda: os.replace("mine", file), lambda: os.setxattr(file, "user.x", b"x")]
quiet = [lambda: os.chmod(file, 0), lambda: os.chmod(folder, 0), lambda: os.utime(file, (1, 1)), lambda: os.chown(file, os.getuid(), os.getgid())]
open("mine", "w").write("x")
for number, attempt in enumerate(tries):
    try: attempt(); print("done", number)
    except OSError: pass
for attempt in quiet:
    try: attempt()
    except OSError: pass
os.symlink(folder, "door")
for name in ("door/new", "door/file"):
    try: open(name, "a"); print("through the door", name)
    except OSError: pass
os.chdir("/")
"""
    outcome = await attack(code)
    assert (outcome.status, outcome.stdout) == ("ok", "")
    assert file.read_text() == "as it was"
    after = (file.stat(), sorted(outside.iterdir()), outside.stat())
    for was, now in ((before[0], after[0]), (before[2], after[2])):
        assert (was.st_mode, was.st_uid, was.st_mtime_ns, was.st_nlink, was.st_size) == (
            now.st_mode,
            now.st_uid,
            now.st_mtime_ns,
            now.st_nlink,
            now.st_size,
        )
    assert before[1] == after[1]


async def test_line_1_a_folder_outside_cannot_be_watched(attack, canary):
    code = f"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
print(any(libc.inotify_add_watch(libc.inotify_init(), path, 0xFFF) >= 0 for path in ({str(canary.parent).encode()!r}, {str(Path.home()).encode()!r})))
"""
    outcome = await attack(code)
    assert outcome.stdout == "False\n"


async def test_a_job_cannot_move_the_folders_it_was_given(attack, outside):
    code = """
import os
home = os.environ["HOME"]
for attempt in (lambda: os.rename(os.getcwd(), "../other"), lambda: os.rename(home, home + "2"), lambda: os.rmdir(home), lambda: os.symlink("/", "../x"),
                lambda: os.mkdir("../y"), lambda: os.rmdir(os.getcwd()), lambda: open("../z", "w")):
    try: attempt(); print("done")
    except OSError: pass
"""
    outcome = await attack(code)
    assert outcome.stdout == ""


async def test_line_5_one_job_does_nothing_to_another(attack):
    mark = f"hisolver-other-{time.time_ns()}"
    other = asyncio.create_task(attack(f"import time\ntime.sleep(3)\nprint('whole')  # {mark}"))
    await asyncio.sleep(1)
    mine = [int(process.name) for process in Path("/proc").glob("[0-9]*") if _works_below(process, job_folders())]
    code = f"""
import ctypes, os, resource
for target in {mine!r}:
    for attempt in (lambda: os.kill(target, 9), lambda: open(f"/proc/{{target}}/mem", "r+b"), lambda: open(f"/proc/{{target}}/environ"),
                    lambda: os.setpriority(os.PRIO_PROCESS, target, 19), lambda: resource.prlimit(target, resource.RLIMIT_AS, (1, 1))):
        try: attempt(); print("reached", target)
        except OSError: pass
    if ctypes.CDLL(None).ptrace(16, target, 0, 0) == 0: print("traced", target)
try: os.kill(-1, 9)
except OSError: pass
"""
    outcome = await attack(code)
    assert outcome.stdout == ""
    assert (await other).stdout == "whole\n"


def _works_below(process: Path, folders: list[Path]) -> bool:
    try:
        return any(str((process / "cwd").readlink()).startswith(str(folder)) for folder in folders)
    except OSError:
        return False


_LEFT = {
    "deep": "for i in range(2000): os.mkdir('d'); os.chdir('d')",
    "deep and named to the limit": "for i in range(60): os.mkdir('d' * 250); os.chdir('d' * 250)",
    "closed": "os.mkdir('a', 0o700); open('a/f', 'w').close(); os.mkdir('a/b', 0)",
    "many": "for i in range(3000): open(f'f{i}', 'w').close()",
    "odd names": "os.mkdir(b'\\xff\\n'); open(b'\\xff\\n/\\xfe -rf', 'w').close(); os.symlink('/', 'root'); os.symlink('.', 'loop'); os.mkfifo('pipe')",
}


@pytest.mark.parametrize("kind", _LEFT)
async def test_line_7_nothing_that_a_job_made_is_left(attack, kind):
    before = set(job_folders())
    await attack(f"import os\n{_LEFT[kind]}", limits=SMALL)
    assert set(job_folders()) <= before


async def test_a_result_that_its_own_maker_may_not_read_is_no_result(attack):
    outcome = await attack(
        "", job=python_job("import os; os.close(os.open('result', os.O_CREAT | os.O_WRONLY, 0))", collect="result", limits=SMALL)
    )
    assert outcome.status == "ok" and outcome.collected in (None, b"")


async def test_ordinary_programs_copy_touch_and_move_their_own_files(attack):
    """The other side of the walls: what is only pretended must not get in the way."""
    code = """
import os, pathlib, shutil, tempfile
pathlib.Path("a").write_text("x")
shutil.copy("a", "b"); shutil.copy2("a", "c"); pathlib.Path("c").touch(); pathlib.Path("d").touch()
os.mkdir("e"); shutil.move("b", "e/b"); shutil.copytree("e", "f")
with tempfile.NamedTemporaryFile(delete=False) as file: file.write(b"y")
shutil.move(file.name, "result")
print(*(name in os.listdir(".") for name in "abcdef"), os.listdir("f"))
"""
    outcome = await attack(code, collect="result")
    assert outcome.stdout == "True False True True True True ['b']\n" and outcome.collected == b"y"
