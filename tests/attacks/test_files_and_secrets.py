"""Lines 1, 2, 10, 11 and 20 of the threat model: files, secrets, results, descriptors."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import agents
from agents.sandbox import python_job
from agents.sandbox.policy import interpreter_folders

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
    assert "FileNotFoundError" in outcome.stderr and outcome.stdout == ""


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


async def test_line_1_the_only_folders_of_the_host_are_libraries_fonts_and_the_interpreter(attack):
    outcome = await attack("print(open('/proc/self/mounts').read())")
    places = {line.split()[1] for line in outcome.stdout.splitlines() if line}
    known = {
        "/",
        "/usr/lib",
        "/usr/lib32",
        "/usr/lib64",
        "/usr/local/lib",
        "/lib",
        "/lib64",
        "/etc/ld.so.cache",
        "/etc/alternatives",
        "/etc/fonts",
    }
    known |= {"/var/cache/fontconfig", *interpreter_folders()}
    others = {
        p for p in places - known if not p.startswith(("/proc", "/dev", "/usr/share/font", "/usr/local/share/fonts", "/usr/bin/python"))
    }
    assert others <= {"/work", "/tmp"}


async def test_line_1_another_jobs_folder_is_not_visible(attack):
    await attack("open('/work/mine', 'w').write('x'); open('/tmp/mine', 'w').write('x')")
    outcome = await attack("import os; print(*(os.path.exists(f) for f in ('/work/mine', '/tmp/mine', '/dev/shm/mine')))")
    assert outcome.stdout == "False False False\n"


async def test_line_2_no_environment_holds_the_callers_secret(attack, monkeypatch):
    monkeypatch.setenv("HISOLVER_SECRET", "canary-4f1d9c-do-not-touch")
    code = """
import glob, os
print(sorted(os.environ))
for path in glob.glob("/proc/[0-9]*/environ"):
    try: print(open(path, "rb").read())
    except OSError: pass
"""
    outcome = await attack(code)
    assert outcome.status == "ok"
    assert "HISOLVER" not in outcome.stdout
    assert outcome.stdout.splitlines()[0] == str(["HOME", "LANG", "MALLOC_ARENA_MAX", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH"])


async def test_line_2_the_callers_process_cannot_be_seen(attack):
    outcome = await attack(
        f"import os; print(os.path.exists('/proc/{os.getpid()}/environ'), len([p for p in os.listdir('/proc') if p.isdigit()]))"
    )
    # Two: the one that starts the job, and the job.
    assert outcome.stdout == "False 2\n"


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
async def test_line_10_only_one_small_regular_file_leaves_the_sandbox(attack, made, detail):
    outcome = await attack(f"import os\n{made}", collect="result")
    assert outcome.collected is None
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
            "import os; print(sorted(int(f) for f in os.listdir('/proc/self/fd') if os.path.lexists('/proc/self/fd/' + f)))"
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
