"""`python -m evals.bench.collect`: `hisolver corpus collect github` against a local server that speaks GitHub's API, alone and killed.

First one run that nobody disturbs: files a second, from the start of the process to its end, and without the start. Then the same into another
corpus, killed with SIGKILL at random moments, each time started again; at the end what the corpus holds is compared with what the server has, file
by file. The server is a process of its own on this machine, its archives made beforehand. Run it from the repository's root. Exit codes: 0 nothing
lost or doubled, 1 otherwise, 2 wrong usage, 3 a process failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from evals.errors import InfrastructureError

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "tests" / "retrieval" / "github_server.py"
START_S = 300.0


@contextmanager
def serving(repositories: int, files: int, delay: float) -> Iterator[str]:
    """The URL of a server in a process of its own. Raises `InfrastructureError`."""
    if not SERVER.is_file():
        raise InfrastructureError("server", f"{SERVER} is missing: run this from a checkout")
    command = [sys.executable, str(SERVER), "--repositories", str(repositories), "--files", str(files), "--archive-delay", str(delay)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
        try:
            line = server.stdout.readline() if server.stdout is not None else ""
            if not line:
                raise InfrastructureError("server", "the server did not start")
            yield json.loads(line)["url"]
        finally:
            server.kill()


def command(url: str, corpus: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "server.cli",
        "corpus",
        "collect",
        "github",
        "--topic",
        "manim",
        "--base-url",
        url,
        "--corpus",
        str(corpus),
        "--json",
    ]


def environment() -> dict[str, str]:
    """Ours, without a token that is meant for another GitHub."""
    return {**{name: value for name, value in os.environ.items() if name != "HISOLVER_GITHUB_TOKEN"}, "PYTHONPATH": str(ROOT)}


def undisturbed(url: str, corpus: Path) -> dict[str, Any]:
    """The summary of a run to its end, with the seconds of the whole process. Raises `InfrastructureError`."""
    begun = time.monotonic()
    done = subprocess.run(command(url, corpus), capture_output=True, text=True, env=environment())  # noqa: S603
    wall = time.monotonic() - begun
    if done.returncode != 0:
        raise InfrastructureError("collect", done.stderr.strip()[-500:] or f"exit code {done.returncode}")
    return {**json.loads(done.stdout), "wall_s": round(wall, 2)}


def killed(url: str, corpus: Path, moments: list[tuple[int, float]]) -> int:
    """Starts and kills once for each moment: so many archives handed out since the beginning, and so many seconds more. Returns how many hit."""
    before = archives(url)
    hits = 0
    for count, pause in moments:
        process = subprocess.Popen(command(url, corpus), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())  # noqa: S603
        deadline = time.monotonic() + START_S
        while archives(url) - before < count and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(pause)
        hits += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait()
    return hits


def archives(url: str) -> int:
    """How many archives the server has begun to hand out."""
    return int(httpx.get(f"{url}/_stats", timeout=60).json()["archives"])


def differences(corpus: Path, expected: dict[str, dict[str, str]]) -> dict[str, int]:
    """What the corpus lacks, has too much of, has twice, or holds damaged. Looks at the file itself, not through the code under test."""
    with closing(sqlite3.connect(corpus / "corpus.sqlite")) as base:
        rows = base.execute("SELECT name, path, sha256 FROM repositories JOIN files ON files.repository = repositories.id").fetchall()
        blobs = base.execute("SELECT sha256, content FROM blobs").fetchall()
        names = Counter(row[0] for row in base.execute("SELECT name FROM repositories"))
        sound = base.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    wanted = {(name, path, digest) for name, files in expected.items() for path, digest in files.items()}
    held = Counter(rows)
    broken = sum(hashlib.sha256(zlib.decompress(content)).hexdigest() != digest for digest, content in blobs)
    return {
        "lost": len(wanted - held.keys()),
        "foreign": len(held.keys() - wanted),
        "doubled": sum(count - 1 for count in (*held.values(), *names.values())),
        "damaged": broken + (not sound),
        "blobs_without_a_file": len({digest for digest, _ in blobs} - {row[2] for row in rows}),
    }


def measure(repositories: int, files: int, kills: int, seed: int, delay: float) -> dict[str, Any]:
    """Both runs. Raises `InfrastructureError`."""
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    moments = sorted((chance.randrange(int(repositories * 0.95)), chance.random() * 0.2) for _ in range(kills))
    with tempfile.TemporaryDirectory(prefix="hisolver-collect-") as scratch, serving(repositories, files, delay) as url:
        expected = httpx.get(f"{url}/_expected", timeout=300).json()
        alone = undisturbed(url, Path(scratch, "alone"))
        wrong_alone = differences(Path(scratch, "alone"), expected)
        before = archives(url)
        begun = time.monotonic()
        hits = killed(url, Path(scratch, "killed"), moments)
        last = undisturbed(url, Path(scratch, "killed"))
        wall = time.monotonic() - begun
        wrong = differences(Path(scratch, "killed"), expected)
        again = archives(url) - before - repositories
    return {
        "repositories": repositories,
        "files": alone["files"],
        "alone": {
            "files_per_second": alone["files_per_second"],
            "files_per_second_with_start": round(alone["files"] / alone["wall_s"], 1),
            "seconds": alone["seconds"],
            "wall_s": alone["wall_s"],
            "requests": alone["requests"],
            "archives": alone["archives"],
            **wrong_alone,
        },
        "killed": {
            "kills": hits,
            "of": kills,
            "seed": seed,
            "wall_s": round(wall, 2),
            "archives_again": again,
            "last": last["repositories"],
            **wrong,
        },
        "cores": os.cpu_count(),
        "load": [round(value, 2) for value in os.getloadavg()],
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.collect", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--repositories", type=int, default=200)
    parser.add_argument("--files", type=int, default=100, help="files a repository")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1, help="of the moments to kill at")
    parser.add_argument("--archive-delay", type=float, default=0.05, help="seconds before the server hands an archive out")
    chosen = parser.parse_args(arguments)
    if chosen.repositories < 2 or chosen.files < 1 or chosen.kills < 0 or chosen.archive_delay < 0:
        parser.error("at least two repositories with one file each, and nothing negative")
    try:
        found = measure(chosen.repositories, chosen.files, chosen.kills, chosen.seed, chosen.archive_delay)
    except InfrastructureError as error:
        sys.stderr.write(f"{error.message}\n")
        return 3
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    faults = ("lost", "foreign", "doubled", "damaged", "blobs_without_a_file")
    return int(any(found[run][fault] for run in ("alone", "killed") for fault in faults))


if __name__ == "__main__":
    sys.exit(main())
