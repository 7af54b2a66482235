"""The checker against answers that people paired by hand (pairs.txt), through the entry that the sandboxed worker serves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents.checking.worker import reply

PAIRS = Path(__file__).parent / "pairs.txt"


@dataclass(frozen=True, slots=True)
class Compared:
    left: str
    right: str
    expected: bool
    found: bool
    seconds: float


def _compare(left: str, right: str) -> bool:
    values = {"a": {"form": "latex", "text": left}, "b": {"form": "latex", "text": right}}
    return bool(reply({"op": "judge", "values": values, "options": [], "stem": ""})["equal"])


@pytest.fixture(scope="module")
def compared() -> list[Compared]:
    results = []
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        if line[:2] not in ("= ", "! "):
            continue
        left, right = line[2:].split(" || ")
        for first, second in ((left, right), (right, left)):
            started = time.monotonic()
            found = _compare(first, second)
            results.append(Compared(first, second, line[0] == "=", found, time.monotonic() - started))
    return results


def test_there_are_enough_pairs_of_both_kinds(compared: list[Compared]) -> None:
    equal = sum(pair.expected for pair in compared) // 2
    assert len(compared) // 2 >= 320
    assert 0.4 <= equal / (len(compared) // 2) <= 0.6


def test_no_pair_is_wrongly_called_equal(compared: list[Compared]) -> None:
    assert [(pair.left[:80], pair.right[:80]) for pair in compared if pair.found and not pair.expected] == []


def test_hardly_any_pair_is_wrongly_called_unequal(compared: list[Compared]) -> None:
    missed = [(pair.left, pair.right) for pair in compared if pair.expected and not pair.found]
    assert len(missed) <= 0.02 * sum(pair.expected for pair in compared), missed


def test_no_pair_takes_longer_than_two_seconds(compared: list[Compared]) -> None:
    assert [(pair.left[:40], pair.right[:40], round(pair.seconds, 2)) for pair in compared if pair.seconds > 2.0] == []
