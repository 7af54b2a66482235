"""What survives a kill at any point."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from retrieval.validate.journal import Conditions, Journal
from retrieval.validate.result import Validated
from tests.retrieval.validate.conftest import record, results, write

ROOT = Path(__file__).parents[3]
CONDITIONS = Conditions("9.9", "one", "l", 30.0)
RUN = """
import asyncio, pathlib, sys
from retrieval.validate.run import Order, validate
from tests.retrieval.validate.conftest import Obedient

class Slow(Obedient):
    async def _render(self, code, scene, still):
        with open(sys.argv[2], "a") as log:
            log.write(scene + "\\n")
        await asyncio.sleep(0.02)
        return await super()._render(code, scene, still)

asyncio.run(validate(pathlib.Path(sys.argv[1]), Slow(), Order(timeout_s=30)))
"""


def result(name: str, **more: object) -> Validated:
    return Validated(id=name, ok=True, manim="9.9", seconds=1.0, wall_s=2.0, **more)  # type: ignore[arg-type]


def test_a_result_is_there_for_the_next_process(tmp_path: Path) -> None:
    with Journal(tmp_path, CONDITIONS) as journal:
        journal.add(result("a", formulas=["x"]))
    with Journal(tmp_path, CONDITIONS) as journal:
        found = journal.find("a")
        assert found and (found.ok, found.seconds, found.wall_s, found.formulas) == (True, 1.0, 2.0, ["x"])
        assert journal.find("b") is None


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_half_a_line_costs_that_line_and_no_other(tmp_path: Path, cut: int) -> None:
    with Journal(tmp_path, CONDITIONS) as journal:
        journal.add(result("a"))
        journal.add(result("b"))
    path = tmp_path / "work" / "validate" / "journal.jsonl"
    os.truncate(path, path.stat().st_size - cut)
    with Journal(tmp_path, CONDITIONS) as journal:
        assert journal.find("a") and not journal.find("b")
        journal.add(result("c"))
    with Journal(tmp_path, CONDITIONS) as journal:
        assert journal.find("a") and journal.find("c")


@pytest.mark.parametrize("line", ["{", "[]", '"x"', '{"result": {}}', '{"result": {"id": 1}}', "\0\0"])
def test_a_line_that_is_no_result_is_passed_over(tmp_path: Path, line: str) -> None:
    with Journal(tmp_path, CONDITIONS) as journal:
        journal.add(result("a"))
    path = tmp_path / "work" / "validate" / "journal.jsonl"
    path.write_text(line + "\n" + path.read_text())
    with Journal(tmp_path, CONDITIONS) as journal:
        assert journal.find("a")


@pytest.mark.parametrize(("limit", "kept"), [(30.0, True), (90.0, True), (2.0, True), (1.0, False)])
def test_less_time_than_a_scene_took_is_another_trial(tmp_path: Path, limit: float, kept: bool) -> None:
    with Journal(tmp_path, CONDITIONS) as journal:
        journal.add(result("a"))
    with Journal(tmp_path, Conditions("9.9", "one", "l", limit)) as journal:
        assert (journal.find("a") is not None) is kept


def test_ten_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    """Each process is killed with SIGKILL somewhere in the middle; then one runs to its end."""
    corpus, log = tmp_path / "corpus", tmp_path / "log"
    records = [record(f"Scene{number}", "fails" if number % 5 == 0 else "renders") for number in range(120)]
    write(corpus, records)
    command = [sys.executable, "-c", RUN, str(corpus), str(log)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    chance = random.Random(7)
    for _ in range(10):
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        before = len(log.read_text().splitlines()) if log.exists() else 0
        aim = before + chance.randrange(2, 10)
        deadline = time.monotonic() + 120
        while process.poll() is None and (len(log.read_text().splitlines()) if log.exists() else 0) < aim:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert not (corpus / "validated.jsonl").exists()
    subprocess.run(command, env=environment, check=True, timeout=200)
    told = results(corpus)
    assert set(told) == {one.id for one in records}
    assert sum(line["ok"] for line in told.values()) == 96
    assert {path.stem for path in (corpus / "thumbnails").iterdir()} == {key for key, line in told.items() if line["ok"]}
    asked = [line for line in log.read_text().splitlines() if line != "Control"]
    assert len(asked) <= 120 + 10 * 2  # a kill costs what was running, two at a time
    journal = [json.loads(line)["result"]["id"] for line in (corpus / "work/validate/journal.jsonl").read_text().splitlines()]
    assert len(journal) == len(set(journal)) == 120
