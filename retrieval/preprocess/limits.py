"""How long one file may take, in the main thread of a process or in any other."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

FILE_SECONDS = 10.0
"""Of processor time: how busy the machine is decides nothing."""
WALL_FACTOR = 30.0
"""By the clock on the wall a file may take this many times as long: what does no work at all must end too."""
FILE_BYTES = 2 * 2**20
"""Larger files are data. It also bounds what the time limit cannot: the parser does not look up while it works."""
LOOK_S = 0.05
"""How long the watcher of a thread sleeps at least."""


class OutOfTime(Exception):
    """A file took longer than it may."""


@contextmanager
def time_limit(seconds: float, wall: float | None = None) -> Iterator[None]:
    """Raises `OutOfTime` inside the block after that many seconds of processor time, or `wall` seconds by the clock."""
    wall = seconds * WALL_FACTOR if wall is None else wall
    if threading.current_thread() is threading.main_thread():
        # ITIMER_PROF counts what the process computes and what the kernel does for it; only the main thread works in our processes.
        timers = ((signal.SIGPROF, signal.ITIMER_PROF, seconds), (signal.SIGALRM, signal.ITIMER_REAL, wall))
        armed = [True]

        def out_of_time(_number: int, _frame: FrameType | None) -> None:
            if armed:
                raise OutOfTime

        previous = [signal.signal(number, out_of_time) for number, _, _ in timers]
        try:
            try:
                for _, timer, limit in timers:
                    signal.setitimer(timer, limit)
                yield
            finally:
                armed.clear()  # from here on a timer that goes off says nothing
        finally:
            for (number, timer, _), handler in zip(timers, previous, strict=True):
                signal.setitimer(timer, 0.0)
                signal.signal(number, handler)
        return
    # A Dask worker's task runs in a thread, which gets no signals.
    watcher = _Watcher(threading.get_ident(), seconds, wall)
    watcher.start()
    try:
        yield
    finally:
        watcher.end()


class _Watcher(threading.Thread):
    """Looks at another thread's clock, and raises `OutOfTime` in it."""

    def __init__(self, thread: int, seconds: float, wall: float) -> None:
        super().__init__(daemon=True)
        self._thread, self._seconds = thread, seconds
        self._clock = time.pthread_getcpuclockid(thread)
        self._began = time.clock_gettime(self._clock)
        self._deadline = time.monotonic() + wall
        self._over = threading.Event()
        self._raising = threading.Lock()

    def run(self) -> None:
        while True:
            left = min(self._seconds - time.clock_gettime(self._clock) + self._began, self._deadline - time.monotonic())
            if left <= 0:
                break
            if self._over.wait(max(left, LOOK_S)):
                return
        with self._raising:
            if not self._over.is_set():
                _raise_in(self._thread, OutOfTime)

    def end(self) -> None:
        """Whoever is out of time just now is not told any more."""
        with self._raising:
            self._over.set()
            _raise_in(self._thread, None)


def _raise_in(thread: int, error: type[Exception] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error))
