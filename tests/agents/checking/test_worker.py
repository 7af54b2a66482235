from __future__ import annotations

import time

import pytest
from math_verify import parse

from agents.checking import worker


def _deaf() -> str:
    while True:
        try:
            while True:
                pass
        except Exception:  # noqa: BLE001 - what a parser does that catches everything
            continue


def _after_another_limit() -> str:
    parse("$1$", parsing_timeout=2)
    return _deaf()


@pytest.mark.parametrize("work", [_deaf, _after_another_limit])
def test_the_time_limit_holds_whatever_the_work_catches_or_switches_off(work: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "SECONDS", 1)
    started = time.process_time()
    assert worker.within(work, "late") == "late"  # type: ignore[arg-type]
    assert time.process_time() - started < 5


def test_what_fails_is_told_like_what_takes_too_long() -> None:
    assert worker.within(lambda: str(1 / 0), "failed") == "failed"
    assert worker.within(lambda: "done", "failed") == "done"
