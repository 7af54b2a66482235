"""The publisher's hub as a source: plain HTTPS with byte ranges, so that a cut download goes on."""

from __future__ import annotations

import http.client
import queue
import threading
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

from server.engine.assembly import CHUNK, Assembly, SourceError
from server.engine.progress import Progress
from server.engine.weights import Weights

HUB = "https://huggingface.co"
ANSWER_S = 8.0
"""Seconds until the first answer; after that the hub counts as unreachable and costs nothing more in this run."""
STALL_S = 30.0
ATTEMPTS = 4
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})


class HubSource:
    """`base` is the hub's URL. Once it was not reachable, it is not asked again."""

    def __init__(self, base: str = HUB, *, answer_s: float = ANSWER_S, stall_s: float = STALL_S, pause_s: float = 1.0) -> None:
        self.name = f"the hub {base}"
        self._base = base.rstrip("/")
        self._answer_s = answer_s
        self._stall_s = stall_s
        self._pause_s = pause_s
        self._unreachable = ""

    def extra_bytes(self, weights: Weights) -> int:
        return 0

    def fill(self, weights: Weights, assembly: Assembly, progress: Progress) -> None:
        """Appends the rest of the file. Raises `SourceError`, leaving what arrived in place."""
        url = f"{self._base}/{weights.repository}/resolve/{weights.revision}/{quote(assembly.file.path)}"
        failures = 0
        while not assembly.complete:
            if self._unreachable:
                raise SourceError(self._unreachable)
            before = assembly.size
            try:
                self._go_on(url, assembly, progress)
                reason = "the connection was cut"
            except urllib.error.HTTPError as error:
                error.close()
                reason = f"it answered {error.code} {error.reason}"
                if error.code == 416:
                    assembly.restart()
                elif error.code not in RETRIED:
                    raise SourceError(reason) from error
            except (OSError, http.client.HTTPException) as error:
                cause = error.reason if isinstance(error, urllib.error.URLError) else error
                reason = str(cause) or type(cause).__name__
                if assembly.size == 0 and before == 0:
                    self._unreachable = f"not reachable ({reason})"
                    raise SourceError(self._unreachable) from error
            assembly.save()
            if assembly.complete:
                return
            failures = 0 if assembly.size > before else failures + 1
            if failures >= ATTEMPTS:
                raise SourceError(reason)
            time.sleep(self._pause_s * 2**failures if failures else 0.0)

    def _go_on(self, url: str, assembly: Assembly, progress: Progress) -> None:
        headers = {"Accept-Encoding": "identity", "User-Agent": "hisolver"}
        if assembly.size:
            headers["Range"] = f"bytes={assembly.size}-"
        with self._open(urllib.request.Request(url, headers=headers)) as response:  # noqa: S310 - the base is the user's own setting
            start = _start_of(response, assembly.file.bytes)
            if start != assembly.size:
                assembly.restart()
                if start:
                    raise SourceError("it answered with another range than the one asked for")
            while chunk := response.read(CHUNK):
                assembly.append(chunk)
                progress.advance(assembly.size)

    def _open(self, request: urllib.request.Request) -> Any:
        # In a thread: a name that does not resolve or a firewall that drops packets must not cost minutes, and urllib's timeout is per address.
        answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(urllib.request.urlopen(request, timeout=self._stall_s))  # noqa: S310
            except (OSError, http.client.HTTPException, ValueError) as error:
                answers.put(error)

        threading.Thread(target=ask, name="hub", daemon=True).start()
        try:
            answer = answers.get(timeout=self._answer_s)
        except queue.Empty:
            raise TimeoutError(f"no answer within {self._answer_s:.0f} s") from None
        if isinstance(answer, ValueError):
            raise SourceError(f"{self._base} is not a usable URL")
        if isinstance(answer, Exception):
            raise answer
        return answer


def _start_of(response: Any, expected: int) -> int:
    """Where the body begins in the file. Raises `SourceError` when the whole is not of the expected length."""
    if response.status == 206:
        span, _, total = str(response.headers.get("Content-Range", "")).removeprefix("bytes ").partition("/")
        start, dash, _ = span.partition("-")
        if not dash or not start.isdigit():
            raise SourceError("it answered with a range that says not where it begins")
    else:
        start, total = "0", str(response.headers.get("Content-Length", ""))
    if total.isdigit() and int(total) != expected:
        raise SourceError(f"the file has {total} bytes there, the pinned one {expected}")
    return int(start)
