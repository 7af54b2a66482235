"""Real worker processes: one is killed in mid-render, all are dead, whoever asked is gone."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from agents.errors import RenderError
from agents.rendering.across import job as jobs
from agents.rendering.mp4 import inspect_mp4

pytestmark = pytest.mark.real
SHORT = "self.add(Square())\nself.wait(0.5)"
BUSY = "n = 0\nwhile n < 3 * 10 ** 7:\n    n += 1\n" + SHORT
LONG = "n = 0\nwhile n < 10 ** 11:\n    n += 1"


def busy(workers: list[Any]) -> Any:
    """The worker below which a sandbox runs, if any."""
    return next((worker for worker in workers if worker.sandboxes()), None)


def alive(process: psutil.Process) -> bool:
    """Zombies, which nobody has reaped where there is no init, do nothing any more."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def ready(scheduler: Any, workers: list[Any], wait_until: Any) -> None:
    await wait_until(lambda: len(scheduler.workers) == len(workers) or any(worker.process.poll() is not None for worker in workers), 120)
    assert len(scheduler.workers) == len(workers), [worker.said[-5:] for worker in workers]


@pytest.mark.parametrize("how", ["killed", "asked to end", "frozen"])
async def test_a_worker_goes_in_mid_render_and_the_scene_is_rendered_elsewhere_and_delivered_once(
    how, across, real_sandbox, scheduler, worker, scene, tmp_path: Path, wait_until, monkeypatch
) -> None:
    from agents.rendering.across import client

    delivered: list[Path] = []

    async def deliver(report: Any, video: bytes, out: Path) -> Any:
        delivered.append(out)
        return await original(report, video, out)

    original = client.deliver
    monkeypatch.setattr(client, "deliver", deliver)
    house = await scheduler(worker_ttl=5 if how == "frozen" else None)
    workers = [worker(house.address), worker(house.address)]
    await ready(house, workers, wait_until)
    task = asyncio.create_task(across(house.address).render(scene(BUSY), out=tmp_path / "out.mp4"))
    await wait_until(lambda: busy(workers), 60)
    await asyncio.sleep(0.5)
    first = busy(workers)
    inside = first.sandboxes()
    assert inside and not task.done()
    os.kill(first.pid, {"killed": signal.SIGKILL, "asked to end": signal.SIGTERM, "frozen": signal.SIGSTOP}[how])
    report = await asyncio.wait_for(task, 200)
    assert report["ok"] and report["seconds"] == pytest.approx(inspect_mp4((tmp_path / "out.mp4").read_bytes()).seconds, abs=0.001)
    assert delivered == [tmp_path / "out.mp4"]
    if how == "frozen":
        os.kill(first.pid, signal.SIGCONT)
    await wait_until(lambda: not any(alive(process) for process in inside), 20)  # nothing that ran below it is left
    await wait_until(lambda: busy(workers) is None and not house.tasks, 20)
    await asyncio.sleep(1)
    assert delivered == [tmp_path / "out.mp4"]


async def test_a_worker_that_joins_takes_over_some_of_what_waits(
    across, real_sandbox, scheduler, worker, scene, tmp_path: Path, wait_until
) -> None:
    house = await scheduler()
    workers = [worker(house.address)]
    await ready(house, workers, wait_until)
    renderer = across(house.address)
    first = str(next(iter(house.workers)))
    tasks = [asyncio.create_task(renderer.render(scene(f"{SHORT}\n# {number}"), out=tmp_path / f"{number}.mp4")) for number in range(10)]
    await wait_until(lambda: len(house.tasks) == 10 and busy(workers), 60)
    workers.append(worker(house.address))
    await wait_until(lambda: len(house.workers) == 2, 120)
    others = [address for address in house.workers if address != first]
    await wait_until(lambda: house.workers[others[0]].processing, 60)
    assert all(report["ok"] for report in await asyncio.gather(*tasks))


async def test_a_scene_over_which_every_worker_dies_is_given_up(
    across, real_sandbox, scheduler, worker, scene, tmp_path: Path, wait_until
) -> None:
    house = await scheduler(allowed_failures=1)
    workers = [worker(house.address) for _ in range(2)]
    await ready(house, workers, wait_until)
    task = asyncio.create_task(across(house.address).render(scene(LONG), out=tmp_path / "out.mp4"))
    for _ in range(2):
        await wait_until(lambda: busy(workers), 60)
        await asyncio.sleep(0.5)
        busy(workers).kill()
    started = time.monotonic()
    with pytest.raises(RenderError, match="every worker that took up this scene died"):
        await asyncio.wait_for(task, 60)
    assert time.monotonic() - started < 10 and not (tmp_path / "out.mp4").exists()


async def test_without_a_worker_a_render_fails_when_patience_is_over(across, scheduler, scene, tmp_path: Path) -> None:
    house = await scheduler()
    started = time.monotonic()
    with pytest.raises(RenderError, match="no render worker for this version"):
        await across(house.address, patience_s=1.0).render(scene(SHORT), out=tmp_path / "out.mp4")
    assert time.monotonic() - started < 15


async def test_workers_of_other_versions_and_strangers_are_given_nothing(across, scheduler, scene, tmp_path: Path) -> None:
    from distributed import Worker

    house = await scheduler()
    async with Worker(house.address, resources={"hisolver-of-another-version": 1}, dashboard_address="127.0.0.1:0"):
        renderer = across(house.address, patience_s=1.0)
        assert await renderer.workers() == (0, 0, 1)
        with pytest.raises(RenderError, match=r"1 of other versions"):
            await renderer.render(scene(SHORT), out=tmp_path / "out.mp4")


async def test_a_dask_worker_that_is_none_of_ours_says_so(across, scheduler, scene, tmp_path: Path) -> None:
    from distributed import Worker

    house = await scheduler()
    async with Worker(house.address, resources={jobs.tag(): 1}, dashboard_address="127.0.0.1:0"):
        with pytest.raises(RenderError, match="hisolver render-worker"):
            await across(house.address).render(scene(SHORT), out=tmp_path / "out.mp4")


async def test_a_worker_stops_within_two_seconds_when_it_is_cancelled_or_whoever_asked_is_gone(
    across, real_sandbox, scheduler, worker, scene, tmp_path: Path, wait_until
) -> None:
    house = await scheduler()
    only = worker(house.address)
    await ready(house, [only], wait_until)
    renderer = across(house.address)
    task = asyncio.create_task(renderer.render(scene(LONG), out=tmp_path / "out.mp4"))
    await wait_until(only.sandboxes, 60)
    task.cancel()
    await wait_until(lambda: not only.sandboxes(), 2)

    other = asyncio.create_task(renderer.render(scene(LONG + "\n"), out=tmp_path / "out.mp4"))
    await wait_until(only.sandboxes, 60)
    renderer._client.scheduler_comm.comm.abort()  # as when its process is killed
    await renderer.aclose()
    await wait_until(lambda: not only.sandboxes(), 2)
    with pytest.raises(RenderError):
        await other


async def test_sandboxes_that_wait_end_with_a_worker_that_is_killed(
    across, real_sandbox, scheduler, start, scene, tmp_path: Path, wait_until
) -> None:
    house = await scheduler()
    only = start("server.cli", "render-worker", house.address, HISOLVER_WARM_SANDBOXES="1")
    await ready(house, [only], wait_until)
    assert (await across(house.address).render(scene(SHORT), out=tmp_path / "out.mp4"))["ok"]
    await wait_until(only.sandboxes, 60)
    waiting = only.sandboxes()
    only.kill()
    await wait_until(lambda: not any(alive(process) for process in waiting), 10)


async def test_a_plain_worker_listens_on_loopback_only_and_one_that_is_stopped_leaves_nothing(
    real_sandbox, scheduler, worker, wait_until
) -> None:
    house = await scheduler()
    only = worker(house.address)
    await ready(house, [only], wait_until)
    listening = [found.laddr for found in psutil.Process(only.pid).net_connections("inet") if found.status == psutil.CONN_LISTEN]
    assert [address.ip for address in listening] == ["127.0.0.1"]
    only.process.terminate()
    await wait_until(lambda: only.process.poll() is not None, 30)
    assert only.process.returncode == 143
    await wait_until(lambda: not house.workers, 5)
    with socket.socket() as found:
        assert found.connect_ex(tuple(listening[0])) != 0
