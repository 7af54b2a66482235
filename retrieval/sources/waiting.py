"""Waiting politely: how long after which answer, and a wait that Ctrl-C ends."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

BACKOFF_S = 1.0
BACKOFF_MAX_S = 120.0
SECONDARY_S = 60.0
"""GitHub's word for a secondary limit without retry-after: at least a minute."""


def backoff(attempt: int, first: float = BACKOFF_S, most: float = BACKOFF_MAX_S) -> float:
    """Seconds before try `attempt` + 1 (counted from 0): doubled each time, the upper half of it left to chance, so that clients part."""
    whole: float = min(most, first * 2**attempt)
    return whole * (0.5 + random.random() / 2)  # noqa: S311 - not a secret


def limit_wait(
    status: int, headers: Mapping[str, str], message: str, attempt: int, *, clock: Callable[[], float] = time.time
) -> float | None:
    """Seconds that an answer asks to wait for a rate limit, by GitHub's rules; None where it is no limit. Header names in lower case.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#handle-rate-limit-errors-appropriately
    """
    if status not in (403, 429):
        return None
    after = headers.get("retry-after", "")
    if after.isdigit():
        return float(after) + random.random()  # noqa: S311
    if after and (seconds := _until(after, clock())) is not None:
        return seconds
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - clock()) + 1 + random.random()  # noqa: S311
    text = message.lower()
    if status == 429 or "rate limit" in text or "abuse" in text:
        return backoff(attempt, SECONDARY_S, 15 * SECONDARY_S) + SECONDARY_S / 2
    return None


def _until(date: str, now: float) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(date).timestamp() - now) + 1
    except (ValueError, TypeError):
        return None


class Waiter:
    """Sleeps, counts the seconds, and stops at once when told. `said` hears of waits that a reader would wonder about."""

    def __init__(self, said: Callable[[str], None] | None = None, *, scale: float = 1.0) -> None:
        self.seconds = 0.0
        self._said = said
        self._scale = scale
        self._stopped = threading.Event()
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Every wait ends now, and every later one at once."""
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    def wait(self, seconds: float, why: str) -> bool:
        """Returns whether the work goes on. `scale` shortens the waits of tests that count them."""
        if self._said is not None and seconds >= 5:
            self._said(f"{why}: waiting {seconds:.0f} s")
        with self._lock:
            self.seconds += seconds
        return not self._stopped.wait(seconds * self._scale)
