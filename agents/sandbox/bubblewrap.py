"""Tier 1: bubblewrap. New namespaces, an empty environment, read-only binds, sized tmpfs, no network, seccomp, rlimits, wall clock."""

from __future__ import annotations

import asyncio
import contextlib
import marshal
import platform
import shutil
import signal
import stat
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path, PurePosixPath

from agents.errors import NoSandbox, SandboxError
from agents.sandbox import collect, identity, policy, seccomp
from agents.sandbox.channels import Channels, Tree
from agents.sandbox.job import Job, Outcome, OutcomeStatus
from agents.sandbox.watch import Breach, Watch

_POLL_S = 0.1
_SETUP_S = 30.0
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


def _order(job: Job, own_user: bool) -> bytes:
    """What process 1 is told to do. Raises `ValueError` for paths outside the work folder."""
    limits = job.limits
    memory, size = limits.memory_mib * policy.MIB, policy.file_limit(limits)
    cpu = max(1, round(limits.cpu_s))
    # Counted per user namespace since Linux 5.14 (kernel/ucount.c); process 1 counts where it is the same user.
    processes = limits.processes if own_user else limits.processes + 1
    return marshal.dumps(
        {
            "argv": [policy.interpreter(), *job.argv],
            "env": policy.environment(job),
            "files": {_relative(name): bytes(content) for name, content in job.files.items()},
            "uid": policy.NOBODY,
            "nice": limits.nice,
            "rlimits": {
                "RLIMIT_AS": (memory, memory),
                "RLIMIT_CPU": (cpu, cpu + 1),
                "RLIMIT_FSIZE": (size, size),
                "RLIMIT_NOFILE": (256, 256),
                "RLIMIT_CORE": (0, 0),
                "RLIMIT_MEMLOCK": (0, 0),
                "RLIMIT_MSGQUEUE": (0, 0),
                "RLIMIT_NPROC": (processes, processes),
            },
            "collect": _relative(job.collect) if job.collect else None,
            "result_bytes": limits.result_mib * policy.MIB,
        }
    )


def _check_mounts(job: Job, other_user: bool) -> None:
    for inside, outside in job.mounts.items():
        try:
            mode = outside.stat().st_mode
        except OSError as error:
            raise SandboxError(f"{outside}, to be mounted at {inside}, cannot be read: {error.strerror}") from error
        needed = stat.S_IROTH | stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
        if other_user and mode & needed != needed:
            raise SandboxError(
                f"{outside}, to be mounted at {inside}, is not readable for others; under root a job is a user of its own: chmod -R o+rX"
            )


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
        self._ending: set[asyncio.Task[None]] = set()
        self._rules = seccomp.assemble(platform.machine())
        self._inside = _INSIDE.read_text(encoding="utf-8")

    async def run(self, job: Job) -> Outcome:
        """Runs `job` to its end. Whatever the code inside does is an `Outcome`.

        Raises `SandboxError` when the walls could not be built, and `ValueError` for a job that names paths outside its work folder.
        Cancelling kills everything inside and raises `CancelledError`.
        """
        if sum(map(len, job.files.values())) > job.limits.work_mib * policy.MIB:
            return Outcome("error", None, "", "", None, 0.0, "the files do not fit into the work folder")
        async with self._launched(job, job.stdin) as run:
            await run.set_up()
            return await run.follow(run.started)

    async def spare(self, job: Job) -> Spare:
        """Starts `job` without its input, which it waits for. Raises as `run` does."""
        stack = contextlib.AsyncExitStack()
        try:
            run = await stack.enter_async_context(self._launched(job, None))
            await run.set_up()
        except BaseException:
            await stack.aclose()
            raise
        return Spare(run, stack)

    @contextlib.asynccontextmanager
    async def _launched(self, job: Job, stdin: bytes | None) -> AsyncIterator[_Run]:
        """A sandbox whose walls are going up; everything in it has ended when the context is left."""
        who = identity.spare_identity()
        order = _order(job, own_user=who is not None)
        _check_mounts(job, other_user=who is not None)
        started = time.monotonic()
        try:
            async with Channels(order=order, rules=self._rules, stdin=stdin) as channels:
                launching = asyncio.create_task(self._launch(job, who, channels))
                try:
                    tree = await asyncio.shield(launching)
                    yield _Run(job, tree, channels, started, who)
                finally:
                    ending = asyncio.create_task(_end(launching, channels))
                    self._ending.add(ending)  # goes on through a second cancellation
                    ending.add_done_callback(self._ending.discard)
                    await asyncio.shield(ending)
        except OSError as error:
            raise SandboxError(f"the sandbox could not be started: {error}") from error

    async def _launch(self, job: Job, who: tuple[int, int] | None, channels: Channels) -> Tree:
        """Starts bwrap and takes hold of it. Not to be cancelled: see `Tree.hold`."""
        tree = Tree(await self._start(job, who, channels))
        try:
            await asyncio.wait_for(tree.hold(channels.info), _SETUP_S)
        except TimeoutError:
            tree.monitor.kill()
        return tree

    async def _start(self, job: Job, who: tuple[int, int] | None, channels: Channels) -> asyncio.subprocess.Process:
        ends = channels.theirs
        command = [
            self._bwrap,
            *_NAMESPACES,
            "--die-with-parent",
            "--new-session",
            "--as-pid-1",
            "--hostname",
            "sandbox",
            "--cap-drop",
            "ALL",
        ]
        if who is None:
            command += ["--uid", str(policy.NOBODY), "--gid", str(policy.NOBODY)]
        else:
            command += ["--userns-block-fd", str(ends["maps"]), "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        command += [*policy.world(job), "--info-fd", str(ends["info"]), "--seccomp", str(ends["rules"])]
        command += ["--", policy.interpreter(), "-I", "-S", "-c", self._inside, *(str(ends[name]) for name in ("order", "go", "report"))]
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=ends["stdin"],
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={},  # what bwrap itself has is readable inside as /proc/1/environ
            cwd="/",
            pass_fds=tuple(end for name, end in ends.items() if name != "stdin"),
            start_new_session=True,
        )
        channels.hand_over()
        return process


async def _end(launching: asyncio.Task[Tree], channels: Channels) -> None:
    """Ends everything that was launched, and waits until it is gone."""
    await asyncio.wait([launching])
    if launching.cancelled() or launching.exception() is not None:
        return
    tree = launching.result()
    tree.kill()
    channels.close()  # who still waits for a word of ours gets the end of the stream
    await tree.gone()


class Spare:
    """A sandbox whose job has been started and waits for its input. It takes one job and is gone; `end` it where none comes."""

    def __init__(self, run: _Run, stack: contextlib.AsyncExitStack) -> None:
        self._run, self._stack = run, stack

    @property
    def alive(self) -> bool:
        return self._run.alive

    async def take(self, job: Job) -> Outcome:
        """Runs `job`, which differs from the one that was started in its input and its clocks only. Raises as `Bubblewrap.run` does."""
        try:
            return await self._run.fed(job)
        except OSError as error:
            raise SandboxError(f"the sandbox that was started ahead has ended: {error}") from error
        finally:
            await self._stack.aclose()

    async def end(self) -> None:
        await self._stack.aclose()


class _Run:
    """One job on its way from the first wall to its outcome."""

    def __init__(self, job: Job, tree: Tree, channels: Channels, started: float, who: tuple[int, int] | None) -> None:
        self._job, self._tree, self._channels, self.started, self._who = job, tree, channels, started, who
        self._breach: Breach | None = None

    @property
    def alive(self) -> bool:
        return self._tree.monitor.returncode is None

    def _stop(self, status: OutcomeStatus, detail: str) -> None:
        self._breach = self._breach or Breach(status, detail)
        self._tree.kill()

    def _over(self, detail: str) -> Callable[[], None]:
        return lambda: self._stop("output", detail)

    async def set_up(self) -> None:
        """Until the job has been started. Raises `SandboxError` where it never comes so far."""
        init, stderr = self._tree.init, self._tree.monitor.stderr
        if stderr is None:
            raise SandboxError("bwrap was started without pipes")
        if init is None or not await self._is_up(init):
            self._tree.kill()
            reason = collect.clean(await collect.read_capped(stderr, 2000, self._tree.kill), 2000).strip() or "no reason given"
            raise SandboxError(f"the sandbox's walls could not be built: {reason}")

    async def fed(self, job: Job) -> Outcome:
        """Gives the started job the input of `job`, whose wall clock runs from now."""
        self._job, self.started = job, time.monotonic()
        feeding = asyncio.create_task(self._channels.feed(job.stdin))
        try:
            outcome = await self.follow(self.started)
            broken = feeding.done() and not feeding.cancelled() and feeding.exception() is not None
            if broken and outcome.status == "killed" and self._breach is None:
                raise BrokenPipeError("it was gone before it had its input")
            return outcome
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)

    async def follow(self, started: float) -> Outcome:
        """From the start of the job to its outcome."""
        monitor, limits, init = self._tree.monitor, self._job.limits, self._tree.init
        if monitor.stdout is None or monitor.stderr is None or init is None:
            raise SandboxError("bwrap was started without pipes")
        kept, too_much = limits.output_kib * 1024, f"more than {limits.output_kib} KiB of output"
        limit = collect.REPORT_HEAD + limits.result_mib * policy.MIB
        reading = [
            (monitor.stdout, kept, too_much),
            (monitor.stderr, kept, too_much),
            (self._channels.report, limit, "a result larger than allowed"),
        ]
        stdout_task, stderr_task, report_task = (
            asyncio.create_task(collect.read_capped(stream, size, self._over(words))) for stream, size, words in reading
        )
        tasks = [stdout_task, stderr_task, report_task]
        try:
            await self._until_over(init, report_task)
            raw, stdout, stderr = await asyncio.gather(report_task, stdout_task, stderr_task)
        finally:
            self._tree.kill()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._outcome(raw, collect.clean(stdout, kept), collect.clean(stderr, kept), time.monotonic() - started)

    async def _is_up(self, init: int) -> bool:
        """Until process 1 says that it is ready; false when it never came so far."""
        try:
            async with asyncio.timeout(_SETUP_S):
                if self._who is not None:
                    identity.write_maps(init, self._who)
                    self._channels.mapped()
                if await self._channels.report.readline() != b"ready\n":
                    return False
                self._channels.go()
                return True
        except TimeoutError as error:
            raise SandboxError(f"the sandbox's walls were not up after {_SETUP_S:g} s") from error
        except (BrokenPipeError, ProcessLookupError, FileNotFoundError):
            return False  # it has just ended

    async def _until_over(self, init: int, report_task: asyncio.Task[bytes]) -> None:
        """Until process 1 has reported and everything inside is gone, or a wall was run into."""
        watch = Watch(init, self._job.limits)
        while not report_task.done():
            left = self.started + self._job.limits.wall_s - time.monotonic()
            if left <= 0:
                return self._stop("timeout", f"longer than {self._job.limits.wall_s:g} s")
            await asyncio.wait([report_task], timeout=min(_POLL_S, left))
            with contextlib.suppress(OSError):  # it has just ended
                found = None if report_task.done() else watch.look()
                if found:
                    return self._stop(found.status, found.detail)
        return None

    def _outcome(self, raw: bytes, stdout: str, stderr: str, wall_s: float) -> Outcome:
        if raw.startswith(b"fail ") and self._breach is None:
            raise SandboxError(f"the job could not be started inside the sandbox: {collect.clean(raw[5:], 500).splitlines()[0]}")
        report = collect.parse_report(raw)
        if self._breach is not None or report is None:
            breach = self._breach or Breach("killed", "ended from outside")
            return Outcome(breach.status, None, stdout, stderr, None, wall_s, breach.detail)
        if report.how == "exit":
            status: OutcomeStatus = "ok" if report.number == 0 else "memory" if collect.out_of_memory(stderr) else "error"
            detail = _WORDS.get(report.word, "") if status == "ok" else f"exit code {report.number}"
            return Outcome(status, report.number, stdout, stderr, report.content if report.word == "file" else None, wall_s, detail)
        cpu_s = self._job.limits.cpu_s
        if report.number == signal.SIGXCPU or (report.number == signal.SIGKILL and report.cpu_s >= cpu_s):
            return Outcome("timeout", None, stdout, stderr, None, wall_s, f"more than {cpu_s:g} s of CPU")
        name = signal.Signals(report.number).name if report.number in signal.valid_signals() else f"signal {report.number}"
        return Outcome("memory" if collect.out_of_memory(stderr) else "killed", -report.number, stdout, stderr, None, wall_s, name)
