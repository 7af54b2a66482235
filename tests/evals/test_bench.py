"""The benchmarks measure what they say, against endpoints with a known latency."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import hashlib
import os
import sqlite3
import sys
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from agents.errors import NoSandbox, TutorError
from agents.sandbox import probe
from evals.bench import collect, first_text, overhead, throughput
from evals.bench.fake_endpoint import PROGRAM, prose_of
from evals.bench.renders import scenes
from evals.client import HiSolverClient
from evals.errors import InfrastructureError
from evals.suites import SUITES

ROOT = Path(__file__).parents[2]


@pytest.fixture
def real_sandbox() -> Any:
    try:
        return probe()
    except NoSandbox as error:
        pytest.skip(f"no sandbox on this machine: {error.message}")


def endpoint(port: int, latency: float) -> list[str]:
    return [sys.executable, "-m", "evals.bench.fake_endpoint", "--port", str(port), "--latency", str(latency), "--pause", "0"]


def test_the_added_time_is_the_difference_of_two_endpoints_with_known_latency(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    near, far = overhead._free_port(), overhead._free_port()
    urls = [f"http://127.0.0.1:{port}" for port in (near, far)]
    with (
        overhead.running(endpoint(near, 0.1), f"{urls[0]}/v1/models", environment, tmp_path / "near.log"),
        overhead.running(endpoint(far, 0.3), f"{urls[1]}/v1/models", environment, tmp_path / "far.log"),
    ):
        found = asyncio.run(overhead.side_by_side(urls[0], urls[1], 2, 1, whole=False))
        program = httpx.post(
            f"{urls[0]}/v1/chat/completions", json={"messages": [{"role": "system", "content": "Python programs with SymPy"}]}
        ).json()
    assert (found["load"], found["streams"], found["samples"]) == ("burst", 2, 2)
    assert found["direct_p50"] >= 100 and found["served_p50"] >= 300
    assert 100 < found["added_p50"] < 400
    assert program["choices"][0]["message"]["content"] == PROGRAM
    assert "| burst | 2 |" in overhead.table([found])
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{urls[0]}/v1/models")


def test_a_process_that_does_not_start_is_told_with_its_output(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such thing')"]
    with (
        pytest.raises(InfrastructureError, match="no such thing"),
        overhead.running(command, "http://127.0.0.1:1/", dict(os.environ), tmp_path / "log"),
    ):
        raise AssertionError("the block must not run")


def test_the_prose_is_as_long_as_asked_and_ends_with_the_answer() -> None:
    assert prose_of(0).endswith("Answer: $5$") and len(prose_of(0).split()) < 25
    assert len(prose_of(500).split()) >= 500 and prose_of(500).endswith("Answer: $5$")


def test_first_text_and_cached_tokens_come_from_the_stream(server: Any, make_answer: Any) -> None:
    server.answer = lambda model, messages: make_answer(delay_s=0.2)
    items = SUITES["solve"]().items(ROOT / "evals" / "datasets")[:2]
    found = asyncio.run(first_text.measure(HiSolverClient(server.url), items))
    assert found["problems"] == 2 and 0.2 <= found["first_text_s"]["p50"] <= found["first_text_s"]["max"] < 5
    assert found["repeated"] == {**found["repeated"], "prompt_tokens": 100, "cached_tokens": 60}
    asked = [body["messages"][0]["content"] for body in server.seen]
    assert asked[1:] == [items[0].prompt, items[1].prompt, items[0].prompt], "one to warm up, each once, the first again"
    assert len({body["user"] for body in server.seen}) == 4


def test_no_scene_of_the_throughput_is_handed_in_twice() -> None:
    files = scenes(ROOT / "evals" / "bench" / "scenes", 3)
    given = throughput.jobs(files, 8)
    assert len(given) == 8 and len({source for _, source, _ in given}) == len({name for name, _, _ in given}) == 8
    assert {scene for _, _, scene in given} == {scene for _, _, scene in files}


@pytest.mark.real
async def test_the_throughput_is_that_of_worker_processes_and_none_is_left(real_sandbox: Any) -> None:
    from psutil import Process

    plain = (
        "plain",
        "from manim import *\nclass A(Scene):\n    def construct(self):\n        self.add(Square())\n        self.wait(0.2)\n",
        "A",
    )
    before = set(Process().children(recursive=True))
    found = await throughput.measure([plain], 3, [1, 2], 1)
    assert [row["workers"] for row in found["workers"]] == [1, 2] and found["workers"][0]["speed_up"] == 1.0
    for row in found["workers"]:
        assert row["scenes_per_minute"] == pytest.approx(180 / row["seconds"], rel=0.02)
        assert f"| {row['workers']} | {row['seconds']} |" in throughput.table(found)
    assert set(Process().children(recursive=True)) <= before


async def test_a_worker_that_does_not_start_ends_the_measurement_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISOLVER_WARM_SANDBOXES", "nonsense")
    with pytest.raises(TutorError, match="render-worker"):
        async with throughput.cluster(1):
            raise AssertionError("the block must not run")


def test_the_collectors_bench_counts_what_is_lost_doubled_and_damaged(tmp_path: Path) -> None:
    kept = hashlib.sha256(b"kept").hexdigest()
    with contextlib.closing(sqlite3.connect(tmp_path / "corpus.sqlite")) as base:
        base.executescript(
            "CREATE TABLE repositories (id, name); CREATE TABLE files (repository, path, sha256); CREATE TABLE blobs (sha256, content)"
        )
        base.executemany("INSERT INTO repositories VALUES (?, ?)", [(1, "a/a"), (2, "a/a"), (3, "c/c")])
        base.executemany("INSERT INTO files VALUES (?, ?, ?)", [(1, "x.py", kept), (2, "x.py", kept), (3, "z.py", kept)])
        base.executemany("INSERT INTO blobs VALUES (?, ?)", [(kept, zlib.compress(b"kept")), ("0" * 64, zlib.compress(b"other"))])
        base.commit()
    found = collect.differences(tmp_path, {"a/a": {"x.py": kept}, "b/b": {"y.py": kept}})
    assert found == {"lost": 1, "foreign": 1, "doubled": 2, "damaged": 1, "blobs_without_a_file": 1}


@pytest.mark.real
def test_the_collectors_bench_kills_and_finds_everything() -> None:
    found = collect.measure(20, 20, 2, seed=3, delay=0.1)
    assert found["files"] == 400 and found["killed"]["kills"] == 2 and found["alone"]["archives"] == 20
    assert not any(found[run][fault] for run in ("alone", "killed") for fault in ("lost", "foreign", "doubled", "damaged"))


def test_the_scenes_full_of_formulas_are_programs_with_all_of_them() -> None:
    from evals.bench.formulas import FORMULAS, scene

    assert len(FORMULAS) == 10
    for formulas in FORMULAS:
        tree = ast.parse(scene(formulas))
        made = [node.args[0].value for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "MathTex"]
        assert tuple(made) == formulas
