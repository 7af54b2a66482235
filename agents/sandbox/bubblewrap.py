"""Tier 1: bubblewrap. New namespaces, an empty environment, read-only binds, sized tmpfs, no network, seccomp, rlimits, wall clock."""

from __future__ import annotations

import asyncio
import contextlib
import json
import marshal
import os
import platform
import shutil
import signal
import time
from pathlib import Path, PurePosixPath
from typing import Any

from agents.errors import NoSandbox, SandboxError
from agents.sandbox import collect, identity, policy, seccomp
from agents.sandbox.job import Job, Outcome, OutcomeStatus
from agents.sandbox.watch import Breach, Watch

_POLL_S = 0.1
_SETUP_S = 10.0
_INSIDE = Path(__file__).with_name("inside.py")
_NAMESPACES = ("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
_WORDS = {
    "missing": "the result file was not written",
    "irregular": "the result is not a regular file",
    "unreadable": "the result cannot be opened without following a link",
    "linked": "the result has more than one name",
    "large": "the result is too large",
}


def _relative(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise ValueError(f"{name!r} is not a path below the work folder")
    return str(path)


def _memory_file(content: bytes) -> int:
    """A descriptor to read `content` from. Raises `OSError` when memory is short."""
    descriptor = os.memfd_create("sandbox")
    with open(descriptor, "wb", closefd=False) as file:
        file.write(content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _order(job: Job) -> bytes:
    """What process 1 is told to do."""
    limits = job.limits
    memory, size = limits.memory_mib * policy.MIB, policy.file_limit(limits)
    cpu = max(1, round(limits.cpu_s))
    return marshal.dumps(
        {
            "argv": [policy.interpreter(), *job.argv],
            "env": policy.environment(job),
            "files": {_relative(name): bytes(content) for name, content in job.files.items()},
            "uid": policy.NOBODY,
            "rlimits": {
                "RLIMIT_AS": (memory, memory),
                "RLIMIT_CPU": (cpu, cpu + 1),
                "RLIMIT_FSIZE": (size, size),
                "RLIMIT_NOFILE": (256, 256),
                "RLIMIT_CORE": (0, 0),
                "RLIMIT_MEMLOCK": (0, 0),
                "RLIMIT_MSGQUEUE": (0, 0),
                # Counted per user namespace since Linux 5.14; one more for process 1, which may be the same user.
                "RLIMIT_NPROC": (limits.processes + 1, limits.processes + 1),
            },
            "collect": _relative(job.collect) if job.collect else None,
            "result_bytes": limits.result_mib * policy.MIB,
        }
    )


class _Tree:
    """One running sandbox: bwrap's monitor outside and process 1 inside. Killing process 1 makes the kernel end all that is inside."""

    def __init__(self) -> None:
        self.monitor: asyncio.subprocess.Process | None = None
        self.init: int | None = None
        self._handle: int | None = None

    def hold(self, init: int) -> None:
        self.init = init
        self._handle = os.pidfd_open(init)

    def kill(self) -> None:
        if self._handle is not None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        if self.monitor is not None and self.monitor.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self.monitor.kill()

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


async def _pipe_reader(descriptor: int) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    reader = asyncio.StreamReader()
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), open(descriptor, "rb", buffering=0)
    )
    return reader, transport


async def _feed(stream: asyncio.StreamWriter, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(content)
        await stream.drain()
    stream.close()


class Bubblewrap:
    """Runs jobs behind bubblewrap's walls. Fits the port `agents.context.Sandbox`; safe to use for many jobs at the same time."""

    tier = "bubblewrap"

    def __init__(self) -> None:
        """Raises `NoSandbox` where bubblewrap is not installed or the machine's system calls are not known."""
        found = shutil.which("bwrap")
        if found is None:
            raise NoSandbox("bubblewrap is not installed, so no untrusted code can run. Install it: apt-get install bubblewrap")
        if platform.machine() not in seccomp.MACHINES:
            raise NoSandbox(f"no seccomp filter is known for {platform.machine()}, so no untrusted code can run (x86_64 and aarch64 are)")
        self._bwrap = found
        self._filter = seccomp.assemble(platform.machine())
        self._inside = _INSIDE.read_text(encoding="utf-8")

    async def run(self, job: Job) -> Outcome:
        """Runs `job` to its end. Whatever the code inside does is an `Outcome`.

        Raises `SandboxError` when the walls could not be built and `ValueError` for a job that names paths outside its work folder.
        Cancelling kills everything inside and raises `CancelledError`.
        """
        order = _order(job)
        if sum(map(len, job.files.values())) > job.limits.work_mib * policy.MIB:
            return Outcome("error", None, "", "", None, 0.0, "the files do not fit into the work folder")
        for inside, outside in job.mounts.items():
            if not outside.exists():
                raise SandboxError(f"{outside}, to be mounted at {inside}, does not exist")
        started = time.monotonic()
        tree = _Tree()
        try:
            return await self._run(job, order, tree, started)
        except OSError as error:
            raise SandboxError(f"the sandbox could not be started: {error}") from error
        finally:
            tree.kill()
            if tree.monitor is not None:
                await tree.monitor.wait()
            tree.close()

    async def _run(self, job: Job, order: bytes, tree: _Tree, started: float) -> Outcome:
        limits = job.limits
        who = identity.spare_identity()
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:

            def give(descriptor: int) -> int:
                theirs.callback(os.close, descriptor)
                return descriptor

            info_read, info_write = os.pipe()
            give(info_write)
            info, info_transport = await _pipe_reader(info_read)
            ours.callback(info_transport.close)
            report_read, report_write = os.pipe()
            give(report_write)
            report, report_transport = await _pipe_reader(report_read)
            ours.callback(report_transport.close)
            go_read, go_write = os.pipe()
            give(go_read)
            go = ours.enter_context(open(go_write, "wb", buffering=0))
            maps_read, maps_write = os.pipe()
            give(maps_read)
            maps = ours.enter_context(open(maps_write, "wb", buffering=0))
            order_fd, filter_fd = give(_memory_file(order)), give(_memory_file(self._filter))

            command = [self._bwrap, *_NAMESPACES, "--die-with-parent", "--new-session", "--as-pid-1", "--cap-drop", "ALL"]
            if who is None:
                command += ["--uid", str(policy.NOBODY), "--gid", str(policy.NOBODY)]
            else:
                command += ["--userns-block-fd", str(maps_read), "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
            command += [*policy.world(job), "--hostname", "sandbox", "--info-fd", str(info_write), "--seccomp", str(filter_fd)]
            command += ["--", policy.interpreter(), "-I", "-S", "-c", self._inside, str(order_fd), str(go_read), str(report_write)]
            tree.monitor = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={},  # what bwrap itself has is readable inside as /proc/1/environ
                pass_fds=(info_write, report_write, go_read, maps_read, order_fd, filter_fd),
                start_new_session=True,
                close_fds=True,
            )
            theirs.close()
            return await self._follow(job, tree, started, who, info, report, go, maps, limits.output_kib * 1024)

    async def _follow(
        self,
        job: Job,
        tree: _Tree,
        started: float,
        who: tuple[int, int] | None,
        info: asyncio.StreamReader,
        report: asyncio.StreamReader,
        go: Any,
        maps: Any,
        output_bytes: int,
    ) -> Outcome:
        monitor = tree.monitor
        assert monitor is not None and monitor.stdin and monitor.stdout and monitor.stderr  # noqa: S101 — for the type checker
        breach: Breach | None = None

        def stop(status: str, detail: str) -> None:
            nonlocal breach
            breach = breach or Breach(status, detail)
            tree.kill()

        too_much = f"more than {job.limits.output_kib} KiB of output"
        result_bytes = job.limits.result_mib * policy.MIB
        stdout_task = asyncio.create_task(collect.read_capped(monitor.stdout, output_bytes, lambda: stop("output", too_much)))
        stderr_task = asyncio.create_task(collect.read_capped(monitor.stderr, output_bytes, lambda: stop("output", too_much)))
        stdin_task = asyncio.create_task(_feed(monitor.stdin, job.stdin))
        others: list[asyncio.Task[Any]] = [stdout_task, stderr_task, stdin_task]
        try:
            ready = await self._set_up(tree, who, info, report, go, maps)
            if not ready:
                tree.kill()
                raise SandboxError(
                    "the sandbox's walls could not be built: " + (collect.clean(await stderr_task, 2000).strip() or "no reason given")
                )
            limit = collect.REPORT_HEAD + result_bytes
            report_task = asyncio.create_task(collect.read_capped(report, limit, lambda: stop("output", "a result larger than allowed")))
            others.append(report_task)
            await self._until_over(job, tree, started, report_task, stop)
            raw, stdout, stderr = await asyncio.gather(report_task, stdout_task, stderr_task)
            await monitor.wait()
        finally:
            tree.kill()
            for task in others:
                task.cancel()
        wall_s = time.monotonic() - started
        return _outcome(ready + raw, collect.clean(stdout, output_bytes), collect.clean(stderr, output_bytes), breach, job, wall_s)

    async def _set_up(
        self, tree: _Tree, who: tuple[int, int] | None, info: asyncio.StreamReader, report: asyncio.StreamReader, go: Any, maps: Any
    ) -> bytes:
        """Until process 1 says that it is ready; gives what it said, empty when it never came so far."""
        try:
            async with asyncio.timeout(_SETUP_S):
                text = b""
                while not text.rstrip().endswith(b"}"):
                    piece = await info.read(4096)
                    if not piece:
                        return b""
                    text += piece
                init = int(json.loads(text)["child-pid"])
                tree.hold(init)
                if who is not None:
                    identity.write_maps(init, who)
                    maps.write(b"1")
                ready = await report.readline()
                if ready:
                    go.write(b"g")
                return ready
        except TimeoutError as error:
            raise SandboxError(f"the sandbox's walls were not up after {_SETUP_S:g} s") from error

    async def _until_over(self, job: Job, tree: _Tree, started: float, report_task: asyncio.Task[bytes], stop: Any) -> None:
        assert tree.init is not None  # noqa: S101 — for the type checker
        watch = Watch(tree.init, job.limits)
        while not report_task.done():
            left = started + job.limits.wall_s - time.monotonic()
            if left <= 0:
                stop("timeout", f"longer than {job.limits.wall_s:g} s")
                return
            await asyncio.wait([report_task], timeout=min(_POLL_S, left))
            with contextlib.suppress(OSError):  # it has just ended
                found = watch.look()
                if found:
                    stop(found.status, found.detail)
                    return


def _outcome(raw: bytes, stdout: str, stderr: str, breach: Breach | None, job: Job, wall_s: float) -> Outcome:
    if raw.startswith(b"ready\nfail "):
        reason = collect.clean(raw[11:], 500).splitlines()[0]
        raise SandboxError(f"the job could not be started inside the sandbox: {reason}")
    said = collect.parse_report(raw)
    if breach is not None or said is None:
        found = breach or Breach("killed", "ended from outside")
        status: OutcomeStatus = found.status
        return Outcome(status, None, stdout, stderr, None, wall_s, found.detail)
    collected = said.content if said.word == "file" else None
    detail = _WORDS.get(said.word, "")
    if said.how == "exit":
        if said.number == 0:
            return Outcome("ok", 0, stdout, stderr, collected, wall_s, detail)
        status = "memory" if collect.out_of_memory(stderr) else "error"
        return Outcome(status, said.number, stdout, stderr, collected, wall_s, f"exit code {said.number}")
    name = signal.Signals(said.number).name if said.number in signal.valid_signals() else str(said.number)
    if said.number == signal.SIGXCPU or (said.number == signal.SIGKILL and said.cpu_s >= job.limits.cpu_s):
        return Outcome("timeout", None, stdout, stderr, None, wall_s, f"more than {job.limits.cpu_s:g} s of CPU")
    status = "memory" if collect.out_of_memory(stderr) else "killed"
    return Outcome(status, -said.number, stdout, stderr, None, wall_s, name)
