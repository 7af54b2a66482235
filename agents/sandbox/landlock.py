"""Tier 2: Landlock, seccomp, rlimits and a user of its own, for machines that allow no new namespaces (most containers).

A job sees the host's file tree and may open next to nothing of it. Its world is a folder of its own: `work` is where it starts, `tmp` its home, and
mounts are links beside them, so that the same paths relative to the working folder lead to the same things as in tier 1.
"""

from __future__ import annotations

import asyncio
import logging
import marshal
import os
import platform
import tempfile
from pathlib import PurePosixPath

from agents.errors import NoSandbox, SandboxError
from agents.sandbox import identity, policy, running, seccomp
from agents.sandbox.channels import Channels, Leash
from agents.sandbox.folders import remove
from agents.sandbox.job import Job, JobLimits
from agents.sandbox.program import program
from agents.sandbox.ruleset import SCOPES_SINCE, landlock_abi
from agents.sandbox.treewatch import TreeWatch
from agents.sandbox.watch import FILES
from agents.sandbox.ways import Closed, Way, ways

log = logging.getLogger(__name__)

_OLDEST = 3
"""Linux 6.2: before it, whoever may write a file's folder may cut off files that he may not write."""
_NEWEST = 7
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


class Landlock(running.Tier):
    tier = "landlock"

    def __init__(self, abi: int = _NEWEST) -> None:
        """`abi` is the newest version of Landlock to be used. Raises `NoSandbox` with the reason where this machine's offer does not make a wall."""
        super().__init__()
        if platform.machine() not in seccomp.MACHINES:
            raise NoSandbox(f"no seccomp filter is known for {platform.machine()} (x86_64 and aarch64 are)")
        offered = landlock_abi()
        if offered == 0:
            raise NoSandbox("the kernel has no Landlock, or it is switched off: it must be among the modules of the boot parameter lsm=")
        self._abi = min(abi, offered)
        own_user = identity.spare_identity() is not None
        if os.geteuid() == 0 and not own_user:
            raise NoSandbox("we are root in a user namespace with few users, and a job must not be root: start HiSolver as another user")
        needed = _OLDEST if own_user else SCOPES_SINCE
        if self._abi < needed:
            linux, why = ("6.2", "cut off files") if own_user else ("6.12", "be signalled: no job may share our user then")
            raise NoSandbox(
                f"the kernel's Landlock is version {self._abi}; before Linux {linux} (version {needed}) processes outside can {why}"
            )
        self._rules = seccomp.assemble(platform.machine(), shared=True)
        self._program = program("inner", "ruleset", "folders", "confine")
        if own_user:
            try:
                for latex in (False, True):
                    granted, links = policy.grants(latex)
                    ways([path for path, _ in granted], links)
            except Closed as error:
                raise NoSandbox(str(error)) from error

    def _prepare(self, job: Job) -> _Launch:
        return _Launch(job, self._abi, self._rules, self._program)


class _Launch:
    """See `running.Launch`."""

    def __init__(self, job: Job, abi: int, rules: bytes, text: str) -> None:
        self._job, self._rules, self._text = job, rules, text
        who = identity.spare_identity()
        names = {inside: _inside(inside) for inside in job.mounts}
        if any(one in other.parents for one in names.values() for other in names.values()):
            raise ValueError("a mount lies in another one")  # a link to it would be made in the host's folder
        policy.check_mounts(job, other_user=who is not None)
        order = running.order(job, env={}, processes=job.limits.processes)
        # 1 rather than 0, so that no handler of the host's is started for a crash (core(5)); queued signals are counted for a user
        order["rlimits"] |= {"RLIMIT_CORE": (1, 1), "RLIMIT_SIGPENDING": (256, 256)}
        try:
            self._folder = tempfile.mkdtemp(prefix="hisolver-job-")
        except OSError as error:
            raise SandboxError(f"there is no room for a job's folder: {error}") from error
        try:
            self._order = marshal.dumps(order | self._rest(job, abi, who, names))
        except BaseException:
            os.rmdir(self._folder)  # noqa: PTH106
            raise

    def _rest(self, job: Job, abi: int, who: tuple[int, int] | None, names: dict[str, PurePosixPath]) -> dict[str, object]:
        """The part of the order that only this tier has."""
        work, home = self._writable()
        granted, links = policy.grants(job.needs_latex)
        outside = {inside: os.path.realpath(path) for inside, path in job.mounts.items()}
        tops = sorted({f"{self._folder}/{name.parts[0]}" for name in names.values()})
        rules = [*granted, *((path, "read") for path in (*outside.values(), *tops))]
        rules += [(path, "device") for path in _DEVICES] + [(work, "write"), (home, "write")]
        opened: list[Way] = []
        if who is not None:
            try:
                opened = ways([*(path for path, _ in granted), *outside.values(), self._folder], links)
            except Closed as error:
                raise SandboxError(str(error)) from error
        return {
            "env": {"TMPDIR": home, **policy.environment(job, home)},
            "folder": self._folder,
            "abi": abi,
            "own_user": who is not None,
            "uid": who[0] if who else os.getuid(),
            "gid": who[1] if who else os.getgid(),
            "rules": rules,
            "ways": opened,
            "mounts": [(f"{self._folder}/{names[inside]}", path) for inside, path in outside.items()],
            "processes": job.limits.processes,
            "bytes_most": job.limits.work_mib * policy.MIB,
            "files_most": FILES,
        }

    def _writable(self) -> list[str]:
        return [os.path.join(self._folder, name) for name in ("work", "tmp")]  # noqa: PTH118

    def channels(self, stdin: bytes | None) -> Channels:
        return Channels(order=self._order, rules=self._rules, stdin=stdin, namespaces=False)

    async def start(self, channels: Channels) -> Leash:
        ends = channels.theirs
        process = await asyncio.create_subprocess_exec(
            policy.interpreter(),
            *("-I", "-S", "-c", self._text),
            *(str(ends[name]) for name in ("order", "rules", "go", "report")),
            stdin=ends["stdin"],
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={},
            cwd="/",
            pass_fds=tuple(end for name, end in ends.items() if name != "stdin"),
            start_new_session=True,
        )
        channels.hand_over()
        return Leash(process, channels)

    def settle(self, handle: running.Handle, channels: Channels) -> None:
        """Nothing: no namespace waits for its maps."""

    def watch(self, handle: running.Handle, limits: JobLimits) -> TreeWatch:
        return TreeWatch(handle.monitor.pid, limits, self._writable())

    async def clear(self) -> None:
        try:
            await asyncio.to_thread(remove, self._folder)
        except FileNotFoundError:
            return  # the keeper has removed it, unless it was killed
        except OSError as error:
            log.warning("the folder of a job could not be removed: %s", error)


def _inside(inside: str) -> PurePosixPath:
    """Where a mount lies below the job's folder. Raises `ValueError` for a place that the job could write to, or that is none."""
    path = PurePosixPath(inside)
    if not path.is_absolute() or ".." in path.parts or len(path.parts) < 3 or path.parts[1] in ("work", "tmp"):
        raise ValueError(f"{inside!r} is not a place for a mount")
    return path.relative_to("/")
