"""Tier 1: bubblewrap. New namespaces, an empty environment, read-only binds, sized tmpfs, no network, seccomp, rlimits, wall clock."""

from __future__ import annotations

import asyncio
import marshal
import platform
import shutil
from typing import cast

from agents.errors import NoSandbox
from agents.sandbox import identity, policy, running, seccomp
from agents.sandbox.channels import Channels, Tree
from agents.sandbox.job import Job, JobLimits
from agents.sandbox.program import program
from agents.sandbox.watch import NamespaceWatch

_SETUP_S = 30.0
_NAMESPACES = ("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")


class Bubblewrap(running.Tier):
    tier = "bubblewrap"

    def __init__(self) -> None:
        """Raises `NoSandbox` where bubblewrap is not installed or the machine's system calls are not known."""
        found = shutil.which("bwrap")
        if found is None:
            raise NoSandbox("bubblewrap is not installed, so no untrusted code can run. Install it: apt-get install bubblewrap")
        if platform.machine() not in seccomp.MACHINES:
            raise NoSandbox(f"no seccomp filter is known for {platform.machine()}, so no untrusted code can run (x86_64 and aarch64 are)")
        super().__init__()
        self._bwrap = found
        self._rules = seccomp.assemble(platform.machine())
        self._inside = program("inner", "inside")

    def _prepare(self, job: Job) -> _Launch:
        return _Launch(job, self._bwrap, self._rules, self._inside)


class _Launch:
    """See `running.Launch`."""

    def __init__(self, job: Job, bwrap: str, rules: bytes, inside: str) -> None:
        self._job, self._bwrap, self._rules, self._inside = job, bwrap, rules, inside
        self._who = identity.spare_identity()
        # Counted per user namespace since Linux 5.14 (kernel/ucount.c); process 1 counts where it is the same user.
        processes = job.limits.processes if self._who is not None else job.limits.processes + 1
        order = running.order(job, env=policy.environment(job), processes=processes)
        self._order = marshal.dumps({**order, "uid": policy.NOBODY})
        policy.check_mounts(job, other_user=self._who is not None)

    def channels(self, stdin: bytes | None) -> Channels:
        return Channels(order=self._order, rules=self._rules, stdin=stdin)

    async def start(self, channels: Channels) -> Tree:
        """Starts bwrap and takes hold of it. Not to be cancelled: see `Tree.hold`."""
        tree = Tree(await self._bwrapped(channels))
        try:
            await asyncio.wait_for(tree.hold(channels.info), _SETUP_S)
        except TimeoutError:
            tree.monitor.kill()
        return tree

    def settle(self, handle: running.Handle, channels: Channels) -> None:
        if self._who is not None and handle.init is not None:
            identity.write_maps(handle.init, self._who)
            channels.mapped()

    def watch(self, handle: running.Handle, limits: JobLimits) -> NamespaceWatch:
        return NamespaceWatch(cast("int", handle.init), limits)

    async def clear(self) -> None:
        """Nothing: what a job writes lies in memory and is gone with it."""

    async def _bwrapped(self, channels: Channels) -> asyncio.subprocess.Process:
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
        if self._who is None:
            command += ["--uid", str(policy.NOBODY), "--gid", str(policy.NOBODY)]
        else:
            command += ["--userns-block-fd", str(ends["maps"]), "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
        command += [*policy.world(self._job), "--info-fd", str(ends["info"]), "--seccomp", str(ends["rules"])]
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
