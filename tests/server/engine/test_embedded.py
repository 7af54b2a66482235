"""The supervisor, with real processes: restarts, gives up, and leaves nothing behind. The real model comes last."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.context import Role
from agents.errors import ConfigurationError, ModelUnavailable
from server.engine.client import OpenAIModelClient
from server.engine.cores import usable_cores
from server.engine.embedded import EmbeddedEngine, Patience

QUICK = Patience(start_s=20, quick_s=0.0, quick_deaths=3, pause_s=0.02, probe_s=0.1, probe_timeout_s=0.3, probes=2)
MODELS: dict[Role, str] = {"solver": "m", "coder": "m", "tutor": "m", "vision": "m"}


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "weights"
    path.write_text("serve")
    return path


@pytest.fixture
def make_engine(weights: Path, child: Path) -> Callable[..., EmbeddedEngine]:
    def make(plan: str = "serve", **options: Any) -> EmbeddedEngine:
        weights.write_text(plan)
        return EmbeddedEngine(weights, child=child, **({"patience": QUICK} | options))

    return make


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        await asyncio.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def starts(weights: Path) -> list[list[str]]:
    return [line.split() for line in Path(f"{weights}.starts").read_text().splitlines()]


def ask(engine: EmbeddedEngine, key: str) -> int:
    request = urllib.request.Request(f"{engine.base_url}/models", headers={"Authorization": f"Bearer {key}"})
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


async def test_an_entered_engine_answers_at_its_url_and_only_with_its_key(make_engine: Any):
    async with make_engine(name="tiny") as engine:
        assert engine.state.alive
        assert (str(engine.state), engine.state.model, engine.state.restarts) == ("ready", "tiny", 0)
        assert await asyncio.to_thread(ask, engine, engine.api_key) == 200
        assert await asyncio.to_thread(ask, engine, "wrong") == 401
        pid = engine.pid
    assert not alive(pid)
    assert str(engine.state) == "stopped"


async def test_the_key_is_on_no_command_line_and_in_no_environment(make_engine: Any):
    async with make_engine() as engine:
        for name in ("cmdline", "environ"):
            assert engine.api_key.encode() not in Path(f"/proc/{engine.pid}/{name}").read_bytes()
        assert engine.api_key not in repr(engine.state)


async def test_a_killed_child_comes_back_at_the_same_url_with_the_same_key(make_engine: Any, weights: Path):
    async with make_engine() as engine:
        url, first = engine.base_url, engine.pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: engine.state.alive and engine.pid != first)
        assert engine.base_url == url
        assert await asyncio.to_thread(ask, engine, engine.api_key) == 200
        assert engine.state.restarts == 1
        assert "signal 9" in engine.state.detail
    assert len({(port, key) for _, port, key in starts(weights)}) == 1


async def test_a_frozen_child_is_noticed_killed_and_replaced(make_engine: Any):
    async with make_engine() as engine:
        first = engine.pid
        os.kill(first, signal.SIGSTOP)
        await until(lambda: engine.state.alive and engine.pid not in (None, first))
        assert not alive(first)
        assert "health checks" in engine.state.detail


async def test_a_child_that_keeps_dying_is_given_up_with_its_last_words(make_engine: Any, weights: Path):
    async with make_engine("dies", patience=Patience(quick_s=60, quick_deaths=3, pause_s=0.02)) as engine:
        await until(lambda: engine.state.status == "failed")
        assert not engine.state.alive
        assert "exit code 9" in engine.state.detail
        assert "E it fell" in engine.state.detail
        assert len(starts(weights)) == 3
        await asyncio.sleep(0.3)
        assert len(starts(weights)) == 3


async def test_pauses_between_restarts_grow(make_engine: Any):
    async with make_engine("dies", patience=Patience(quick_s=60, quick_deaths=4, pause_s=0.4)) as engine:
        started = time.monotonic()
        await until(lambda: engine.state.status == "failed")
        assert time.monotonic() - started > 0.4 + 0.8 + 1.6


async def test_restarts_that_fail_count_as_deaths(make_engine: Any, weights: Path):
    async with make_engine("broken-later") as engine:
        os.kill(engine.pid, signal.SIGKILL)
        await until(lambda: engine.state.status == "failed")
        assert "nonsense" in engine.state.detail
        assert len(starts(weights)) == 3


async def test_weights_that_do_not_load_are_an_error_with_the_reason(make_engine: Any):
    engine = make_engine("broken")
    with pytest.raises(ModelUnavailable, match=r"exit code 3.*the file is nonsense"):
        await engine.__aenter__()
    assert engine.state.status == "failed"
    assert engine.pid is None


async def test_a_start_that_takes_too_long_is_given_up_and_leaves_no_process(make_engine: Any, weights: Path):
    engine = make_engine("slow", patience=Patience(start_s=2.0))
    with pytest.raises(ModelUnavailable, match="within 2 s"):
        await engine.__aenter__()
    assert not any(alive(int(pid)) for pid, *_ in starts(weights))


async def test_a_cancelled_start_leaves_no_process(make_engine: Any, weights: Path):
    engine = make_engine("slow")
    start = asyncio.create_task(engine.__aenter__())
    await until(Path(f"{weights}.starts").exists)
    await asyncio.sleep(0.1)
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert not any(alive(int(pid)) for pid, *_ in starts(weights))


async def test_missing_weights_are_a_configuration_error(tmp_path: Path):
    with pytest.raises(ConfigurationError, match="hisolver weights fetch"):
        await EmbeddedEngine(tmp_path / "none.gguf").__aenter__()


async def test_a_child_that_ignores_the_end_is_killed(make_engine: Any):
    async with make_engine("deaf") as engine:
        pid = engine.pid
    assert not alive(pid)


async def test_a_child_that_writes_a_flood_does_not_stall(make_engine: Any):
    async with make_engine("noisy") as engine:
        await asyncio.sleep(0.3)
        assert engine.state.alive


async def test_closing_twice_or_unopened_is_harmless(make_engine: Any):
    engine = make_engine()
    await engine.aclose()
    async with engine:
        pass
    await engine.aclose()


@pytest.mark.parametrize("moment", ["serving", "starting"])
async def test_no_child_outlives_a_parent_that_was_killed(moment: str, weights: Path, child: Path):
    weights.write_text("serve" if moment == "serving" else "slow")
    parent = _start_parent(weights, child)
    await until(Path(f"{weights}.starts").exists)
    if moment == "serving":
        assert parent.stdout is not None
        assert (await asyncio.to_thread(parent.stdout.readline)).strip()
    parent.kill()
    parent.wait()
    await until(lambda: not alive(int(starts(weights)[0][0])), 2.0)


def _start_parent(weights: Path, child: Path | None) -> subprocess.Popen[bytes]:
    given = f", child=Path({str(child)!r})" if child else ""
    program = (
        "import asyncio\nfrom pathlib import Path\nfrom server.engine.embedded import EmbeddedEngine\n"
        "async def main():\n"
        f"    async with EmbeddedEngine(Path({str(weights)!r}), context=2048{given}) as engine:\n"
        "        print(engine.pid, flush=True)\n        await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)


def test_threads_are_physical_cores_within_the_quota(tmp_path: Path):
    for cpu in os.sched_getaffinity(0):
        topology = tmp_path / f"devices/system/cpu/cpu{cpu}/topology"
        topology.mkdir(parents=True)
        (topology / "physical_package_id").write_text("0\n")
        (topology / "core_id").write_text(f"{cpu // 2}\n")
    assert usable_cores(tmp_path) == len({cpu // 2 for cpu in os.sched_getaffinity(0)})
    (tmp_path / "fs/cgroup").mkdir(parents=True)
    (tmp_path / "fs/cgroup/cpu.max").write_text("50000 100000\n")
    assert usable_cores(tmp_path) == 1
    (tmp_path / "fs/cgroup/cpu.max").write_text("max 100000\n")
    assert usable_cores(tmp_path) >= 1


def _slots(engine: EmbeddedEngine) -> list[dict[str, Any]]:
    import json

    request = urllib.request.Request(engine.base_url.removesuffix("/v1") + "/slots", headers={"Authorization": f"Bearer {engine.api_key}"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return json.load(answer)


@pytest.mark.real
async def test_the_real_model_answers_caches_stops_when_cancelled_and_survives_a_kill(real_weights: Path):
    words = "Count from one to two hundred in words, one number a line, and explain each number. " * 8
    async with (
        EmbeddedEngine(real_weights, context=4096, slots=2) as engine,
        OpenAIModelClient(engine.base_url, engine.api_key, models=MODELS) as client,
    ):
        schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
        first = await client.chat("solver", [{"role": "user", "content": words}], max_tokens=4)
        again = await client.chat("solver", [{"role": "user", "content": words}], max_tokens=4)
        assert first.completion_tokens == 4
        assert again.cached_tokens > 0.9 * again.prompt_tokens
        as_json = await client.chat("solver", [{"role": "user", "content": "Seven as JSON"}], max_tokens=40, schema=schema)
        assert as_json.text.lstrip().startswith("{")

        came: asyncio.Event = asyncio.Event()
        call = asyncio.create_task(
            client.chat("solver", [{"role": "user", "content": words}], max_tokens=3000, on_text=lambda _: came.set())
        )
        await asyncio.wait_for(came.wait(), 60)
        assert any(slot["is_processing"] for slot in await asyncio.to_thread(_slots, engine))
        call.cancel()
        cancelled = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await call
        while any(slot["is_processing"] for slot in await asyncio.to_thread(_slots, engine)):
            assert time.monotonic() - cancelled < 2.0, "it goes on generating for nobody"
            await asyncio.sleep(0.02)

        pid = engine.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        # The client's own retries bridge the restart.
        assert (await client.chat("solver", [{"role": "user", "content": "hi"}], max_tokens=3)).completion_tokens > 0
        assert engine.pid != pid


@pytest.mark.real
async def test_the_real_child_ends_within_two_seconds_of_its_parents_kill(real_weights: Path):
    parent = _start_parent(real_weights, None)
    assert parent.stdout is not None
    pid = int(await asyncio.to_thread(parent.stdout.readline))
    assert alive(pid)
    parent.kill()
    parent.wait()
    await until(lambda: not alive(pid), 2.0)


@pytest.mark.real
async def test_the_real_engine_says_why_damaged_weights_do_not_load(tmp_path: Path, real_weights: Path):
    damaged = tmp_path / "damaged.gguf"
    with real_weights.open("rb") as whole:
        damaged.write_bytes(whole.read(20_000_000))
    with pytest.raises(ModelUnavailable, match=r"corrupted or incomplete|failed to load model"):
        await EmbeddedEngine(damaged).__aenter__()
