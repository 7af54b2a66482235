"""How long one file may take, in the main thread of a process or in any other."""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

FILE_SECONDS = 10.0
FILE_BYTES = 2 * 2**20
"""Larger files are data. It also bounds what the time limit cannot: the parser does not look up while it works."""


class OutOfTime(Exception):
    """A file took longer than it may."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raises `OutOfTime` inside the block after that many seconds."""
    if threading.current_thread() is threading.main_thread():
        previous = signal.signal(signal.SIGALRM, _alarm)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
            signal.signal(signal.SIGALRM, previous)
        return
    # A Dask worker's task runs in a thread, which gets no signals.
    timer = threading.Timer(seconds, _raise_in, (threading.get_ident(),))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _alarm(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTime


def _raise_in(thread: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTime))
