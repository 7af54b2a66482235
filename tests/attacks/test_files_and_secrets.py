"""Lines 1, 2, 10, 11, 15 and 20 of the threat model: files, secrets, results, descriptors."""

from __future__ import annotations

import asyncio
import os
import pickle
import sys
from pathlib import Path

import pytest

import agents
from agents.sandbox import python_job
from agents.sandbox.policy import interpreter_folders

from .conftest import job_folders

REPOSITORY = Path(agents.__file__).parents[1]


@pytest.mark.parametrize(
    "path",
    [
        "/etc/shadow",
        "/etc/passwd",
        "/etc/hostname",
        "~/.ssh/id_ed25519",
        str(REPOSITORY / "pyproject.toml"),
        str(REPOSITORY / "agents" / "graph.py"),
    ],
)
async def test_line_1_a_file_of_the_host_cannot_be_read(attack, path):
    outcome = await attack(f"import os; print(open(os.path.expanduser({path!r})).read())")
    assert outcome.status == "error"
    assert outcome.stdout == "" and outcome.stderr.splitlines()[-1].startswith(("FileNotFoundError", "PermissionError"))


async def test_line_1_the_secret_is_not_there_by_its_absolute_path_either(attack, canary):
    outcome = await attack(f"print(open({str(canary)!r}).read())")
    assert outcome.status == "error"


async def test_line_1_no_door_in_proc_leads_out(attack, canary):
    code = f"""
import os
for door in ("/proc/1/root", "/proc/self/root", "/proc/1/cwd", "/proc/self/fd/0/../..", ".."):
    for path in ({str(canary)!r}, "/etc/passwd", {str(REPOSITORY / "pyproject.toml")!r}):
        try: print("read", open(door + path).read())
        except OSError: pass
"""
    outcome = await attack(code)
    assert (outcome.status, outcome.stdout) == ("ok", "")


def _sample() -> list[str]:
    """Some files of each folder of the host near its root."""
    found = []
    for folder in [Path("/"), *Path("/").glob("*"), *Path("/").glob("*/*"), *Path("/usr").glob("*/*"), Path.home()]:
        try:
            found += [str(path) for path in sorted(folder.iterdir()) if path.is_file() and path.stat().st_size][:3]
        except OSError:
            continue
    return [path for path in found if not path.startswith(("/proc/", "/sys/", "/dev/"))]


async def test_line_1_the_only_files_of_the_host_are_libraries_fonts_and_the_interpreter(attack):
    code = f"""
for path in {_sample()!r}:
    try: open(path, "rb").read(1); print(path)
    except OSError: pass
"""
    outcome = await attack(code)
    known = (
        *(f"{folder}/" for folder in interpreter_folders()),
        "/usr/lib",
        "/usr/local/lib/",
        "/lib",
        "/etc/ld.so.cache",
        "/etc/alternatives/",
    )
    known += ("/etc/fonts/", "/usr/share/font", "/usr/local/share/fonts/", "/var/cache/fontconfig/", "/usr/bin/python")
    read = {os.path.realpath(path) for path in outcome.stdout.splitlines()}
    assert outcome.status == "ok" and {path for path in read if not path.startswith(known)} == set()


async def test_line_1_another_jobs_folder_cannot_be_looked_into(attack):
    mine = "import os, time; open('mine', 'w').write('x'); open(os.environ['HOME'] + '/mine', 'w').write('x'); time.sleep(SECONDS)"
    other = asyncio.create_task(attack(mine.replace("SECONDS", "2")))
    await asyncio.sleep(1)
    places = ["/work", "/tmp", "/dev/shm", *(f"{folder}/{name}" for folder in job_folders() for name in ("work", "tmp"))]
    code = f"""
import os
for place in {places!r}:
    if os.path.exists(place) and os.path.samefile(place, "."): continue
    try: print("saw", place, os.listdir(place)) if "mine" in os.listdir(place) else None
    except OSError: pass
    try: print("read", open(place + "/mine").read())
    except OSError: pass
    try: print("wrote", open(place + "/yours", "w")) if place.endswith("/work") else None
    except OSError: pass
"""
    outcome = await attack(code)
    assert not other.done(), "it was still there to be looked into"
    assert (outcome.status, outcome.stdout) == ("ok", "")
    await other


async def test_line_2_no_environment_holds_the_callers_secret(attack, monkeypatch):
    monkeypatch.setenv("HISOLVER_SECRET", "canary-4f1d9c-do-not-touch")
    code = f"""
import glob, os
print(sorted(os.environ))
for path in [*glob.glob("/proc/[0-9]*/environ"), "/proc/{os.getpid()}/environ", f"/proc/{{os.getppid()}}/environ", "/proc/1/environ"]:
    try: print(open(path, "rb").read())
    except OSError: pass
"""
    outcome = await attack(code)
    assert outcome.status == "ok"
    assert "HISOLVER" not in outcome.stdout
    names = ["HOME", "LANG", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH"]
    assert outcome.stdout.splitlines()[0] in (str(names), str([*names, "TMPDIR"]))


async def test_line_2_the_callers_process_cannot_be_looked_into(attack):
    code = f"""
import os
for name in ("environ", "cmdline", "maps", "mem", "status", "cwd/.", "root/etc/passwd", "fd/0", "io"):
    try: print("read", name, open(f"/proc/{os.getpid()}/{{name}}", "rb").read(1))
    except OSError: pass
    try: print("link", name, os.readlink(f"/proc/{os.getpid()}/{{name}}"))
    except OSError: pass
try: print(len([p for p in os.listdir("/proc") if p.isdigit()]))
except OSError: print(0)
"""
    outcome = await attack(code)
    # Two: the one that starts the job, and the job.
    assert outcome.stdout in ("2\n", "0\n")


@pytest.mark.parametrize(
    ("made", "detail"),
    [
        ("os.symlink('/etc/passwd', 'result')", "not a regular file"),
        ("open('other', 'w').write('x'); os.symlink('other', 'result')", "not a regular file"),
        ("open('other', 'w').write('x'); os.link('other', 'result')", "more than one name"),
        ("os.mkfifo('result')", "not a regular file"),
        ("os.mkdir('result')", "not a regular file"),
        ("import socket; socket.socket(socket.AF_UNIX).bind('result')", "not a regular file"),
        ("open('result', 'wb').truncate(5 << 20)", "too large"),
        ("pass", "not written"),
    ],
    ids=["link to the host", "link inside", "hard link", "FIFO", "folder", "socket", "too large", "nothing"],
)
async def test_line_10_only_one_small_regular_file_leaves_the_sandbox(attack, sandbox, made, detail):
    outcome = await attack(f"import os\n{made}", collect="result")
    assert outcome.collected is None
    if "socket" in made and sandbox.tier == "landlock":  # there are none to begin with
        assert outcome.status == "error" and "PermissionError" in outcome.stderr
        return
    assert outcome.status == "ok" and detail in outcome.detail


async def test_line_10_a_ten_gigabyte_file_is_refused_while_it_is_written(attack):
    outcome = await attack("open('result', 'wb').truncate(10 << 30)", collect="result")
    assert outcome.status == "error" and "File too large" in outcome.stderr and outcome.collected == b""


async def test_line_10_a_folder_on_the_way_that_is_a_link_is_not_followed(attack):
    outcome = await attack("import os; os.mkdir('a'); open('a/result', 'w').write('x'); os.symlink('a', 'b')", collect="b/result")
    assert outcome.collected is None


async def test_line_10_a_process_that_swaps_the_result_for_ever_does_no_harm(attack):
    code = """
import os
open("result", "w").write("good")
if os.fork() == 0:
    os.setsid()
    while True:
        os.symlink("/proc/1/environ", "other"); os.rename("other", "result")
        open("other", "w").write("good"); os.rename("other", "result")
"""
    outcome = await attack(code, collect="result")
    assert outcome.status == "ok" and outcome.collected in (None, b"good", b"")


async def test_a_regular_file_does_leave_the_sandbox(attack):
    outcome = await attack("import os; os.makedirs('a/b'); open('a/b/result', 'wb').write(bytes(range(256)) * 4096)", collect="a/b/result")
    assert outcome.collected == bytes(range(256)) * 4096


async def test_line_11_nothing_outside_the_work_folder_can_be_written(attack, canary):
    places = ["/x", "/dev/x", "/etc/x", "/usr/lib/x", "/usr/lib/python3/dist-packages/x.pth", f"{sys.prefix}/x.pth", f"{sys.base_prefix}/x"]
    places += [f"{folder}/evil.pth" for folder in sys.path if "site-packages" in folder] + [str(canary), "/proc/sys/kernel/hostname"]
    code = f"""
for place in {places!r}:
    try: open(place, "w").write("x"); print("wrote", place)
    except OSError: pass
"""
    outcome = await attack(code)
    assert (outcome.status, outcome.stdout) == ("ok", "")
    assert not (Path(sys.prefix) / "x.pth").exists()


async def test_line_11_a_module_or_pth_file_put_beside_the_program_is_not_imported(attack):
    job = python_job(
        "import json; print(json.__file__)",
        files={"json.py": b"print('evil')", "evil.pth": b"import os; print('evil')", "sitecustomize.py": b"print('evil')"},
    )
    outcome = await attack("", job=job)
    assert outcome.status == "ok" and "evil" not in outcome.stdout


async def test_line_20_no_descriptor_of_the_caller_is_inherited(attack, canary):
    descriptor = os.open(canary, os.O_RDONLY)
    os.set_inheritable(descriptor, True)
    try:
        outcome = await attack(
            """
import os
def there(descriptor):
    try: os.fstat(descriptor)
    except OSError: return False
    return True
print([descriptor for descriptor in range(4096) if there(descriptor)])
"""
        )
    finally:
        os.close(descriptor)
    assert outcome.stdout == "[0, 1, 2]\n"


async def test_the_program_cannot_write_into_the_callers_copy_of_its_input(attack):
    job = python_job(
        "import os\ntry: os.write(os.open('/proc/self/fd/0', os.O_RDWR), b'evil')\nexcept OSError as e: print(type(e).__name__)",
        stdin=b"data",
    )
    outcome = await attack("", job=job)
    assert outcome.stdout == "PermissionError\n"


async def test_line_15_an_object_that_runs_code_when_it_is_read_comes_out_as_bytes(attack, tmp_path):
    marker = tmp_path / "ran"
    code = f"""
import os, pickle
class Evil:
    def __reduce__(self): return (os.mkdir, ({str(marker)!r},))
open("result", "wb").write(pickle.dumps(Evil()))
"""
    outcome = await attack(code, collect="result")
    assert outcome.collected is not None and outcome.collected.startswith(b"\x80") and not marker.exists()
    pickle.loads(outcome.collected)
    assert marker.exists(), "the object does run code where it is read"
