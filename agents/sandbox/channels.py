"""The descriptors between us and one sandbox, and the handle that ends it."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
from types import TracebackType

_ENDING_S = 30.0


def memory_file(content: bytes) -> int:
    """A descriptor to read `content` from, sealed so that no reader can write to it. Raises `OSError` when memory is short."""
    descriptor = os.memfd_create("sandbox", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    with os.fdopen(descriptor, "wb", closefd=False) as file:
        file.write(content)
    fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


class _End:
    """The reading end of a pipe, as an event loop takes it over. uvloop closes the number itself and the object a moment later, when the number may be
    somebody else's already; asyncio closes the object only."""

    def __init__(self, descriptor: int, loop: asyncio.AbstractEventLoop) -> None:
        self._descriptor = descriptor
        self._closes = not type(loop).__module__.startswith("uvloop")

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        if self._closes:
            self._closes = False
            os.close(self._descriptor)


class Channels:
    """An async context that holds both ends of all pipes. `theirs` are the ends to be inherited: close them with `hand_over` once they have been.

    The first process inside writes `report` and waits for `go`; `order`, `rules` and `stdin` are files in memory. With `namespaces` bwrap writes `info`,
    and the user namespace waits for `maps`. Without `stdin` the job's input is a pipe, for `feed` to fill later.
    """

    info: asyncio.StreamReader
    report: asyncio.StreamReader

    def __init__(self, *, order: bytes, rules: bytes, stdin: bytes | None, namespaces: bool = True) -> None:
        self._files = {"order": order, "rules": rules} | ({} if stdin is None else {"stdin": stdin})
        self._late, self._namespaces = stdin is None, namespaces
        self._ours = contextlib.ExitStack()
        self._theirs = contextlib.ExitStack()
        self._input = contextlib.ExitStack()
        self._leash = contextlib.ExitStack()
        self.theirs: dict[str, int] = {}

    async def __aenter__(self) -> Channels:
        try:
            for name, content in self._files.items():
                self._give(name, memory_file(content))
            self.report = await self._incoming("report")
            self._go = self._outgoing("go", self._leash)
            if self._namespaces:
                self.info = await self._incoming("info")
                self._maps = self._outgoing("maps", self._ours)
            if self._late:
                read, self._stdin = os.pipe()
                self._input.callback(os.close, self._stdin)
                self._give("stdin", read)
        except BaseException:
            self.close()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._theirs.close()
        self._input.close()
        self._leash.close()
        self._ours.close()

    def hand_over(self) -> None:
        """Closes the ends that the sandbox has inherited by now, so that its end is seen as the end of the stream."""
        self._theirs.close()

    def go(self) -> None:
        """Lets the job start. Process 1 takes the end of this pipe without a word as the death of its caller."""
        os.write(self._go, b"g")

    def cut(self) -> None:
        """Closes our end of `go`, which the first process inside takes as the order to end everything."""
        self._leash.close()

    async def feed(self, stdin: bytes) -> None:
        """Gives the job its input, and the end of it. Raises `BrokenPipeError` where the job is gone."""
        left = memoryview(stdin)
        os.set_blocking(self._stdin, False)
        while left:
            try:
                left = left[os.write(self._stdin, left) :]
            except BlockingIOError:
                await asyncio.sleep(0.005)  # the job has not read yet what fills the pipe
        self._input.close()

    def mapped(self) -> None:
        """Tells bwrap that the maps of its user namespace are written."""
        os.write(self._maps, b"m")

    def _give(self, name: str, descriptor: int) -> None:
        self._theirs.callback(os.close, descriptor)
        self.theirs[name] = descriptor

    def _outgoing(self, name: str, kept: contextlib.ExitStack) -> int:
        read, write = os.pipe()
        kept.callback(os.close, write)
        self._give(name, read)
        return write

    async def _incoming(self, name: str) -> asyncio.StreamReader:
        read, write = os.pipe()
        self._give(name, write)
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        # from here on the end belongs to the transport, even where connecting fails
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), _End(read, loop))
        self._ours.callback(transport.close)
        return reader


class Tree:
    """Tier 1's handle. One running sandbox: bwrap's monitor outside and process 1 inside. Killing process 1 makes the kernel end all that is inside."""

    def __init__(self, monitor: asyncio.subprocess.Process) -> None:
        self.monitor = monitor
        self.init: int | None = None
        self._handles: list[int] = []

    async def hold(self, info: asyncio.StreamReader) -> None:
        """Takes hold of process 1, whose number on the host bwrap writes to `info`; `init` stays None where bwrap failed before.

        Until then nothing may kill the monitor: process 1 waits for it, without end, and would be left behind.
        """
        text = b""
        while not text.rstrip().endswith(b"}"):
            piece = await info.read(4096)
            if not piece:
                return
            text += piece
        init = int(json.loads(text)["child-pid"])
        # Handles, since a number may be another process by now, and Process.kill() reaps under the feet of asyncio's child watcher.
        with contextlib.suppress(ProcessLookupError):
            self._handles.append(os.pidfd_open(init))
            self.init = init
            self._handles.append(os.pidfd_open(self.monitor.pid))

    def kill(self) -> None:
        """Ends everything, at once and as often as one likes."""
        for handle in self._handles:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)

    async def gone(self) -> None:
        """Waits until everything has ended."""
        await self.monitor.wait()
        while self._handles:
            os.close(self._handles.pop())


class Leash:
    """Tier 2's handle. The first process inside ends everything when our end of the leash is closed, by us or by our own death."""

    def __init__(self, keeper: asyncio.subprocess.Process, channels: Channels) -> None:
        self.monitor = keeper
        self.init: int | None = keeper.pid
        self._channels = channels
        self._hold = os.pidfd_open(keeper.pid)

    def kill(self) -> None:
        self._channels.cut()

    async def gone(self) -> None:
        try:
            await asyncio.wait_for(self.monitor.wait(), _ENDING_S)
        except TimeoutError:  # somebody has stopped it; what it started ends with it
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._hold, signal.SIGKILL)
            await self.monitor.wait()
        finally:
            os.close(self._hold)
