"""`python -m evals.bench.overhead`: what our server adds to the time to the first streamed text.

A fake model endpoint with a fixed latency and a `hisolver serve` pointed at it run as processes of their own; the same client asks both in
turn, so that whatever else the machine does hits both alike. Exit codes: 0 within the target, 1 above it, 3 a process did not start.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypedDict

import httpx

from evals.bench.fake_endpoint import PROBLEM
from evals.errors import InfrastructureError
from evals.stats import percentile

TARGET_MS = 30.0
START_S = 120.0
WARM_UP = 2
"""Waves that are not counted."""
SETTLE_S = 0.5
"""Pause between waves: what a left stream still costs (its run is cancelled) must not fall into the next one."""


BESIDE_WORDS = 3000
BESIDE_WAIT_S = 3.0
"""How long the streams beside the measured one run alone first: their programs are checked at their beginning."""


class Figures(TypedDict):
    """Milliseconds to the first text, side by side; `added` is the difference of the medians. `load` is alone (one stream), burst (all at the
    same instant) or beside (one starts while the others stream)."""

    load: str
    streams: int
    samples: int
    direct_p50: float
    direct_p95: float
    served_p50: float
    served_p95: float
    added_p50: float


async def first_text(http: httpx.AsyncClient, url: str, model: str, *, whole: bool) -> float:
    """Seconds from sending a request to the first non-empty piece of text. The stream is left there, or read to its end if `whole`."""
    body = {"model": model, "messages": [{"role": "user", "content": PROBLEM}], "stream": True, "user": f"bench-{secrets.token_hex(8)}"}
    found: float | None = None
    started = time.perf_counter()
    try:
        async with http.stream("POST", f"{url}/v1/chat/completions", json=body) as response:
            if response.status_code != 200:
                told = (await response.aread())[:300].decode("utf-8", "replace")
                raise InfrastructureError(f"http_{response.status_code}", told)
            async for line in response.aiter_lines():
                if found is None and line.startswith("data: {") and _text_of(line):
                    found = time.perf_counter() - started
                    if not whole:
                        break
    except httpx.HTTPError as error:
        raise InfrastructureError("connection", f"{url}: {error!r}") from error
    if found is None:
        raise InfrastructureError("bad_response", f"{url} streamed no text")
    return found


def _text_of(line: str) -> str:
    choices = json.loads(line[6:]).get("choices") or []
    return "".join(str(choice.get("delta", {}).get("content") or "") for choice in choices)


async def side_by_side(direct: str, served: str, streams: int, waves: int, *, whole: bool) -> Figures:
    """`waves` waves of `streams` requests at once to each of the two addresses, in turn."""
    times: dict[str, list[float]] = {direct: [], served: []}
    models = {direct: "hisolver-base", served: "hisolver-solve"}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=120.0, limits=limits, trust_env=False) as http:
        for wave in range(waves + WARM_UP):
            for url in (direct, served) if wave % 2 else (served, direct):
                got = await asyncio.gather(*(first_text(http, url, models[url], whole=whole) for _ in range(streams)))
                if wave >= WARM_UP:
                    times[url].extend(got)
                await asyncio.sleep(SETTLE_S)
    return _figures("burst" if streams > 1 else "alone", streams, times[direct], times[served])


async def beside(direct: str, served: str, streams: int, samples: int) -> Figures:
    """`samples` single requests to each address, one after the other, while `streams - 1` others are being streamed from the same address."""
    times: dict[str, list[float]] = {direct: [], served: []}
    models = {direct: "hisolver-base", served: "hisolver-solve"}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=300.0, limits=limits, trust_env=False) as http:
        for url in (direct, served):
            others = [asyncio.create_task(first_text(http, url, models[url], whole=True)) for _ in range(streams - 1)]
            try:
                await asyncio.sleep(BESIDE_WAIT_S + 0.2 * streams)
                for number in range(samples + WARM_UP):
                    if over := [task for task in others if task.done()]:
                        over[0].result()
                        raise InfrastructureError("bench", "a stream beside the measured one ended too early")
                    took = await first_text(http, url, models[url], whole=False)
                    if number >= WARM_UP:
                        times[url].append(took)
                    await asyncio.sleep(SETTLE_S)
            finally:
                for task in others:
                    task.cancel()
                await asyncio.gather(*others, return_exceptions=True)
                await asyncio.sleep(SETTLE_S)
    return _figures("beside", streams, times[direct], times[served])


def _figures(load: str, streams: int, direct: list[float], served: list[float]) -> Figures:
    figures = {name: [1000 * (percentile(values, q) or 0.0) for q in (50, 95)] for name, values in (("direct", direct), ("served", served))}
    return Figures(
        load=load,
        streams=streams,
        samples=len(served),
        direct_p50=figures["direct"][0],
        direct_p95=figures["direct"][1],
        served_p50=figures["served"][0],
        served_p95=figures["served"][1],
        added_p50=figures["served"][0] - figures["direct"][0],
    )


@contextmanager
def running(command: list[str], ready: str, environment: dict[str, str], log: Path) -> Iterator[None]:
    """A process group for the block; it is there once `ready` answers 200. Raises `InfrastructureError` with the end of its output."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)  # noqa: S603 - our own commands
        try:
            deadline = time.monotonic() + START_S
            while not _answers(ready):
                if process.poll() is not None or time.monotonic() > deadline:
                    told = log.read_text(errors="replace")[-600:]
                    raise InfrastructureError("start", f"{' '.join(command[:4])} did not start: {told}")
                time.sleep(0.1)
            yield
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measure(latency_s: float, pause_s: float, streams: list[int], waves: dict[int, int], *, whole: bool) -> list[Figures]:
    """Starts an endpoint and a server, and measures each number of streams; more than one both in bursts and beside. Raises `InfrastructureError`."""
    found: list[Figures] = []
    with _pair(latency_s, pause_s, words=0) as (direct, served):
        for count in streams:
            found.append(asyncio.run(side_by_side(direct, served, count, waves[count], whole=whole)))
    if many := [count for count in streams if count > 1]:
        with _pair(latency_s, max(pause_s, 0.02), words=BESIDE_WORDS) as (direct, served):
            for count in many:
                found.append(asyncio.run(beside(direct, served, count, max(waves[count], 20))))
    return found


@contextmanager
def _pair(latency_s: float, pause_s: float, *, words: int) -> Iterator[tuple[str, str]]:
    """The addresses of a fake endpoint and of a server pointed at it, for the block."""
    model, ours = _free_port(), _free_port()
    # a clean set of settings: the user's own must not decide what is measured
    base = {name: value for name, value in os.environ.items() if not name.startswith("HISOLVER_")}
    with tempfile.TemporaryDirectory(prefix="hisolver-bench-") as folder:
        settings = {
            "HISOLVER_MODEL_URL": f"http://127.0.0.1:{model}/v1",
            "HISOLVER_MODEL_KEY": "bench",
            "HISOLVER_DATA_DIR": f"{folder}/data",
        }
        fake = [sys.executable, "-m", "evals.bench.fake_endpoint", "--port", str(model), "--latency", str(latency_s)]
        fake += ["--pause", str(pause_s), "--words", str(words)]
        serve = [sys.executable, "-m", "server.cli", "serve", "--host", "127.0.0.1", "--port", str(ours)]
        direct, served = f"http://127.0.0.1:{model}", f"http://127.0.0.1:{ours}"
        with (
            running(fake, f"{direct}/v1/models", base, Path(folder) / "fake.log"),
            running(serve, f"{served}/health", base | settings, Path(folder) / "serve.log"),
        ):
            yield direct, served


def table(found: list[Figures]) -> str:
    lines = [
        "| load | streams | samples | direct p50 ms | direct p95 ms | through HiSolver p50 ms | p95 ms | added to the median ms |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found:
        lines.append(
            f"| {row['load']} | {row['streams']} | {row['samples']} | {row['direct_p50']:.1f} | {row['direct_p95']:.1f} | {row['served_p50']:.1f} |"
            f" {row['served_p95']:.1f} | {row['added_p50']:.1f} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m evals.bench.overhead", description="What the server adds to the time to the first text."
    )
    parser.add_argument(
        "--latency", type=float, default=0.2, metavar="S", help="the endpoint's time to its first word (default: %(default)s)"
    )
    parser.add_argument("--pause", type=float, default=0.01, metavar="S", help="its pause between words (default: %(default)s)")
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 20], metavar="N", help="concurrent streams (default: 1 20)")
    parser.add_argument("--waves", type=int, metavar="N", help="waves of each (default: 40 for 1 stream, 12 otherwise)")
    parser.add_argument(
        "--whole", action="store_true", help="read every stream to its end, checking and all, instead of leaving at the first text"
    )
    parser.add_argument(
        "--target-ms", type=float, default=TARGET_MS, metavar="MS", help="allowed addition to the median (default: %(default)g)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON only")
    given = parser.parse_args()
    waves = {count: given.waves or (40 if count == 1 else 12) for count in given.streams}
    try:
        found = measure(given.latency, given.pause, given.streams, waves, whole=given.whole)
    except InfrastructureError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    passed = all(row["added_p50"] <= given.target_ms for row in found)
    result: dict[str, Any] = {
        "latency_s": given.latency,
        "pause_s": given.pause,
        "whole": given.whole,
        "target_ms": given.target_ms,
        "passed": passed,
        "figures": found,
    }
    sys.stdout.write(json.dumps(result, indent=1) + "\n" if given.json else table(found) + f"\n\n{json.dumps(result)}\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
