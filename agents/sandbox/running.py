"""What the tiers have in common: a job on its way from the first wall to its outcome, and sandboxes started ahead."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from pathlib import PurePosixPath
from typing import Any, Protocol

from agents.errors import SandboxError
from agents.sandbox import collect, policy
from agents.sandbox.channels import Channels
from agents.sandbox.job import Job, JobLimits, Outcome, OutcomeStatus
from agents.sandbox.watch import Breach, Watch, overfull

_POLL_S = 0.1
_SETUP_S = 30.0
_WORDS = {
    "missing": "the result file was not written",
    "irregular": "the result is not a regular file",
    "unreadable": "the result cannot be opened without following a link",
    "linked": "the result has more than one name",
    "large": "the result is too large",
}


def relative(name: str) -> str:
    """`name` as it stands. Raises `ValueError` for a path that leads out of the work folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
        raise ValueError(f"{name!r} is not a path below the work folder")
    return str(path)


def order(job: Job, *, env: dict[str, str], processes: int) -> dict[str, Any]:
    """What the first process inside is told to do, in every tier. Raises `ValueError` for paths outside the work folder."""
    limits = job.limits
    memory, size = limits.memory_mib * policy.MIB, policy.file_limit(limits)
    cpu = max(1, round(limits.cpu_s))
    return {
        "argv": [policy.interpreter(), *job.argv],
        "env": env,
        "files": {relative(name): bytes(content) for name, content in job.files.items()},
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
        "collect": relative(job.collect) if job.collect else None,
        "result_bytes": limits.result_mib * policy.MIB,
    }


class Handle(Protocol):
    """Takes hold of a running sandbox, whichever way it ends."""

    monitor: asyncio.subprocess.Process
    init: int | None
    """The process that the watch starts from; None where the walls never came so far."""

    def kill(self) -> None:
        """Ends everything, at once and as often as one likes."""
        ...

    async def gone(self) -> None:
        """Waits until everything has ended."""
        ...


class Launch(Protocol):
    """One start of one job, as a tier does it."""

    def channels(self, stdin: bytes | None) -> Channels: ...

    async def start(self, channels: Channels) -> Handle:
        """Never cancelled: what has been started must be held. Raises `OSError`."""
        ...

    def settle(self, handle: Handle, channels: Channels) -> None:
        """What is still to be done from outside before the walls are up. Raises `OSError`."""
        ...

    def watch(self, handle: Handle, limits: JobLimits) -> Watch:
        """`limits` are those of the job that runs now: a spare was started with others."""
        ...

    async def clear(self) -> None:
        """Removes what is left on the host when everything has ended."""
        ...


class Tier(ABC):
    """Runs jobs behind one kind of walls. Fits the port `agents.context.Sandbox`; safe to use for many jobs at the same time."""

    tier = ""

    def __init__(self) -> None:
        self._ending: set[asyncio.Task[None]] = set()

    @abstractmethod
    def _prepare(self, job: Job) -> Launch:
        """Raises `SandboxError`, and `ValueError` for a job that names paths outside its work folder."""

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
        launch = self._prepare(job)
        started = time.monotonic()
        launching = None
        try:
            async with launch.channels(stdin) as channels:
                launching = asyncio.create_task(launch.start(channels))
                try:
                    handle = await asyncio.shield(launching)
                    yield _Run(job, launch, handle, channels, started)
                finally:
                    ending = asyncio.create_task(_end(launching, channels, launch))
                    self._ending.add(ending)  # goes on through a second cancellation
                    ending.add_done_callback(self._ending.discard)
                    await asyncio.shield(ending)
        except OSError as error:
            raise SandboxError(f"the sandbox could not be started: {error}") from error
        finally:
            if launching is None:
                await launch.clear()


async def _end(launching: asyncio.Task[Handle], channels: Channels, launch: Launch) -> None:
    """Ends everything that was launched, and waits until it is gone."""
    await asyncio.wait([launching])
    if not launching.cancelled() and launching.exception() is None:
        handle = launching.result()
        handle.kill()
        channels.close()  # who still waits for a word of ours gets the end of the stream
        await handle.gone()
    await launch.clear()


class Spare:
    """A sandbox whose job has been started and waits for its input. It takes one job and is gone; `end` it where none comes."""

    def __init__(self, run: _Run, stack: contextlib.AsyncExitStack) -> None:
        self._run, self._stack = run, stack

    @property
    def alive(self) -> bool:
        return self._run.alive

    async def take(self, job: Job) -> Outcome:
        """Runs `job`, which differs from the one that was started in its input and its clocks only. Raises as `Tier.run` does."""
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

    def __init__(self, job: Job, launch: Launch, tree: Handle, channels: Channels, started: float) -> None:
        self._job, self._launch, self._tree, self._channels, self.started = job, launch, tree, channels, started
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
            raise SandboxError("the sandbox was started without pipes")
        if init is None or not await self._is_up():
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
            raise SandboxError("the sandbox was started without pipes")
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
            await self._until_over(report_task)
            raw, stdout, stderr = await asyncio.gather(report_task, stdout_task, stderr_task)
        finally:
            self._tree.kill()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._outcome(raw, collect.clean(stdout, kept), collect.clean(stderr, kept), time.monotonic() - started)

    async def _is_up(self) -> bool:
        """Until process 1 says that it is ready; false when it never came so far."""
        try:
            async with asyncio.timeout(_SETUP_S):
                self._launch.settle(self._tree, self._channels)
                if await self._channels.report.readline() != b"ready\n":
                    return False
                self._channels.go()
                return True
        except TimeoutError as error:
            raise SandboxError(f"the sandbox's walls were not up after {_SETUP_S:g} s") from error
        except (BrokenPipeError, ProcessLookupError, FileNotFoundError):
            return False  # it has just ended

    async def _until_over(self, report_task: asyncio.Task[bytes]) -> None:
        """Until process 1 has reported and everything inside is gone, or a wall was run into."""
        watch, pause = self._launch.watch(self._tree, self._job.limits), _POLL_S
        while not report_task.done():
            left = self.started + self._job.limits.wall_s - time.monotonic()
            if left <= 0:
                return self._stop("timeout", f"longer than {self._job.limits.wall_s:g} s")
            await asyncio.wait([report_task], timeout=min(pause, left))
            began = time.monotonic()
            with contextlib.suppress(OSError):  # it has just ended
                found = None if report_task.done() else await watch.glance()
                if found:
                    return self._stop(found.status, found.detail)
            pause = max(_POLL_S, 2 * (time.monotonic() - began))
        return None

    def _outcome(self, raw: bytes, stdout: str, stderr: str, wall_s: float) -> Outcome:
        if raw.startswith(b"fail ") and self._breach is None:
            raise SandboxError(f"the job could not be started inside the sandbox: {collect.clean(raw[5:], 500).splitlines()[0]}")
        report = collect.parse_report(raw)
        if self._breach is not None or report is None:
            breach = self._breach or Breach("killed", "ended from outside")
            return Outcome(breach.status, None, stdout, stderr, None, wall_s, breach.detail)
        if report.word == "overfull":
            breach = overfull(self._job.limits)
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
