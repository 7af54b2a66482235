"""The whole step on a corpus file that is written by hand: outputs, resuming, two at once, workers that die."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.errors import RetrievalError
from retrieval.preprocess import running
from retrieval.preprocess.library import Library
from retrieval.preprocess.outputs import export_tasks, read_scenes
from retrieval.preprocess.pipeline import preprocess
from retrieval.preprocess.reading import Reader

SCHEMA = """
CREATE TABLE repositories(id INTEGER PRIMARY KEY, source TEXT, name TEXT, licence TEXT, revision TEXT, fetched_at TEXT, etag TEXT, pushed_at TEXT, state TEXT, reason TEXT);
CREATE TABLE files(repository INTEGER, path TEXT, sha256 TEXT, PRIMARY KEY(repository, path));
CREATE TABLE blobs(sha256 TEXT PRIMARY KEY, content BLOB);
"""
SCENE = "from manim import *\n\n\nclass {0}(Scene):\n    def construct(self):\n        self.add(Text('{0}'), Dot(radius={1}))\n"
ROOT = Path(__file__).parents[3]


def fill(folder: Path, repositories: dict[str, dict[str, str]], revision: str = "1") -> Path:
    """A corpus of these repositories, in place of what was there."""
    folder.mkdir(exist_ok=True)
    (folder / "corpus.sqlite").unlink(missing_ok=True)
    with closing(sqlite3.connect(folder / "corpus.sqlite")) as connection:
        connection.executescript(SCHEMA)
        for number, (name, files) in enumerate(repositories.items(), 1):
            connection.execute(
                "INSERT INTO repositories(id, source, name, licence, revision, state) VALUES (?, 'github', ?, 'MIT', ?, 'collected')",
                (number, name, revision),
            )
            for path, text in files.items():
                digest = hashlib.sha256(text.encode()).hexdigest()
                connection.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (digest, zlib.compress(text.encode())))
                connection.execute("INSERT INTO files VALUES (?, ?, ?)", (number, path, digest))
        connection.commit()
    return folder


def several(count: int) -> dict[str, dict[str, str]]:
    return {f"a/{n}": {"a.py": SCENE.format(f"Film{n}", n), "bad.py": "class A(Scene:\n", "b.py": "x = 1\n"} for n in range(count)}


def test_the_outputs_are_there_sorted_and_say_the_same(tmp_path: Path, library: Library):
    import pyarrow.parquet as pq

    summary = preprocess(fill(tmp_path, several(3)), workers=2, library=library)
    rows = [json.loads(line) for line in (tmp_path / "scenes.jsonl").read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {row["scene"] for row in rows} == {"Film0", "Film1", "Film2"}
    assert set(rows[0]) == {
        "id", "scene", "source", "licence", "description", "code", "origin", "flavour", "migrated", "cluster", "uses", "needs_latex", "three_d",
    }  # fmt: skip
    assert pq.read_table(tmp_path / "scenes.parquet").to_pylist() == rows
    assert json.loads((tmp_path / "preprocess.summary.json").read_text()) == summary
    assert (summary["files"], summary["scenes"], summary["failed"], summary["repositories"]) == (9, 3, {}, 3)
    assert summary["version"] == hashlib.sha256((tmp_path / "scenes.jsonl").read_bytes()).hexdigest()
    assert [record.id for record in read_scenes(tmp_path / "scenes.jsonl")] == [row["id"] for row in rows]


def test_again_only_what_changed_is_done_and_the_rest_stays(tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch):
    repositories = several(4)
    preprocess(fill(tmp_path, repositories), library=library)
    first = (tmp_path / "scenes.jsonl").read_bytes()
    done: list[str] = []
    real = running._pool

    def watched(corpus: Path, given: list[object], *rest: object) -> object:
        done.extend(getattr(repository, "name", "") for repository in given)
        return real(corpus, given, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(running, "_pool", watched)
    assert preprocess(tmp_path, library=library)["reused"] == 4
    assert done == [] and (tmp_path / "scenes.jsonl").read_bytes() == first
    repositories["a/2"]["a.py"] = SCENE.format("Changed", 2)
    del repositories["a/3"]
    summary = preprocess(fill(tmp_path, repositories), library=library)
    assert done == ["a/2"] and summary["reused"] == 2
    assert {record.scene for record in read_scenes(tmp_path / "scenes.jsonl")} == {"Film0", "Film1", "Changed"}


def test_the_result_does_not_depend_on_how_many_work(tmp_path: Path, library: Library):
    one, two = fill(tmp_path / "one", several(5)), fill(tmp_path / "two", several(5))
    preprocess(one, workers=1, library=library)
    preprocess(two, workers=3, library=library)
    assert (one / "scenes.jsonl").read_bytes() == (two / "scenes.jsonl").read_bytes()


def test_without_a_corpus_or_with_a_damaged_one_it_says_what_to_do(tmp_path: Path, library: Library):
    with pytest.raises(RetrievalError, match="hisolver corpus collect"):
        preprocess(tmp_path, library=library)
    (tmp_path / "corpus.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(RetrievalError, match="cannot be read"):
        preprocess(tmp_path, library=library)


def test_a_second_run_at_the_same_time_is_refused(tmp_path: Path, library: Library):
    import fcntl

    fill(tmp_path, several(1))
    with (tmp_path / ".preprocess.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(RetrievalError, match="another"):
            preprocess(tmp_path, library=library)
    assert not (tmp_path / "scenes.jsonl").exists()


def test_a_damaged_work_file_is_begun_anew(tmp_path: Path, library: Library):
    fill(tmp_path, several(2))
    (tmp_path / "preprocess.work.sqlite").write_bytes(b"rubbish " * 500)
    assert preprocess(tmp_path, library=library)["scenes"] == 2


def test_an_owner_who_opted_out_is_left_out(tmp_path: Path, library: Library):
    fill(tmp_path, several(2))
    with closing(sqlite3.connect(tmp_path / "corpus.sqlite")) as connection:
        connection.execute("UPDATE repositories SET state = 'refused' WHERE name = 'a/0'")
        connection.commit()
    assert [repository.name for repository in Reader(tmp_path / "corpus.sqlite").repositories()] == ["a/1"]


def test_a_worker_that_dies_costs_its_repository_and_no_other(tmp_path: Path, library: Library):
    """The kernel kills the process that has the repository in hand, twice: it is counted as crashed."""
    repositories = {f"a/{n}": {f"part_{k}.py": SCENE.format(f"F{n}x{k}", k) for k in range(3)} for n in range(3)}
    scenes = [f"class S{n}(Scene):\n    def construct(self):\n        self.add(Dot(radius={n}))\n" for n in range(12_000)]
    for k in range(3):
        repositories.setdefault("a/slow", {})[f"many_{k}.py"] = "from manim import *\n" + "".join(scenes[4000 * k : 4000 * (k + 1)])
    repositories["a/slow"] |= {f"x{k}.py": "" for k in range(9)}
    fill(tmp_path, repositories)
    killed: list[int] = []
    stop = threading.Event()

    def hunt() -> None:
        # The first two processes that come, each as soon as it works: both have the largest repository in hand, which would take them many seconds.
        while not stop.is_set() and len(killed) < 2:
            for child in children_of(os.getpid()):
                if child not in killed and is_at_work(child):
                    killed.append(child)
                    os.kill(child, signal.SIGKILL)
            time.sleep(0.02)

    hunter = threading.Thread(target=hunt)
    hunter.start()
    try:
        summary = preprocess(tmp_path, workers=1, library=library)
    finally:
        stop.set()
        hunter.join()
    assert len(killed) == 2
    assert summary["failed"] == {"crashed": 12}
    assert summary["scenes"] == 9


def children_of(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if (
                entry.name.isdigit()
                and f"PPid:\t{parent}\n" in (entry / "status").read_text()
                and b"spawn_main" in (entry / "cmdline").read_bytes()
            ):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def is_at_work(process: int) -> bool:
    """Whether a pool's process has come so far that it watches its parent, from a thread; before, it is still being told what to do."""
    try:
        return len(list(Path(f"/proc/{process}/task").iterdir())) > 1
    except OSError:
        return False


def test_killed_at_any_point_nothing_is_half_written_and_the_next_run_goes_on(tmp_path: Path, library: Library):
    fill(tmp_path, several(30))
    program = "import sys\nfrom pathlib import Path\nfrom retrieval.preprocess.pipeline import preprocess\nif __name__ == '__main__':\n    preprocess(Path(sys.argv[1]), workers=1)\n"
    script = tmp_path / "run.py"
    script.write_text(program)
    for delay in (1.0, 6.0):
        process = subprocess.Popen([sys.executable, str(script), str(tmp_path)], env={**os.environ, "PYTHONPATH": str(ROOT)})
        time.sleep(delay)
        workers = children_of(process.pid)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 30
        while any(Path(f"/proc/{worker}").exists() for worker in workers) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not any(Path(f"/proc/{worker}").exists() for worker in workers), "a worker outlived its parent"
        if (tmp_path / "scenes.jsonl").exists():
            assert len(list(read_scenes(tmp_path / "scenes.jsonl"))) == 30
    assert preprocess(tmp_path, workers=1, library=library)["scenes"] == 30


def test_a_full_disk_is_an_error_with_a_name_and_leaves_the_old_files(tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch):
    preprocess(fill(tmp_path, several(1)), library=library)
    before = (tmp_path / "scenes.jsonl").read_bytes()
    fill(tmp_path, several(2))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RetrievalError, match="No space left"):
        preprocess(tmp_path, library=library)
    assert (tmp_path / "scenes.jsonl").read_bytes() == before
    assert not list(tmp_path.glob(".*.new"))


def test_tasks_have_the_shape_that_labelling_reads(tmp_path: Path, library: Library):
    preprocess(fill(tmp_path, several(2)), library=library)
    out = tmp_path / "tasks.jsonl"
    records = list(read_scenes(tmp_path / "scenes.jsonl"))
    assert export_tasks(records, out) == 2
    tasks = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [list(task) for task in tasks] == [["data"], ["data"]]
    assert {task["data"]["code"] for task in tasks} == {record.code for record in records}
    assert export_tasks([records[0], replace(records[1], cluster=records[0].id)], out) == 1
    with pytest.raises(RetrievalError, match="preprocess"):
        list(read_scenes(tmp_path / "nothing.jsonl"))
    out.write_text("{}\n")
    with pytest.raises(RetrievalError, match="line 1"):
        list(read_scenes(out))


async def test_over_a_dask_scheduler_the_result_is_the_same(tmp_path: Path, library: Library, make_cluster: Callable[[], object]):
    here, there = fill(tmp_path / "here", several(3)), fill(tmp_path / "there", several(3))
    preprocess(here, library=library)
    with make_cluster() as address:  # type: ignore[attr-defined]
        import asyncio

        await asyncio.to_thread(preprocess, there, scheduler=address, library=library)
    assert (here / "scenes.jsonl").read_bytes() == (there / "scenes.jsonl").read_bytes()


@pytest.fixture
def make_cluster() -> Callable[[], object]:
    from contextlib import contextmanager

    @contextmanager
    def cluster() -> object:  # type: ignore[misc]
        from distributed import LocalCluster

        with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1") as found:
            yield found.scheduler_address

    return cluster


def test_a_scheduler_that_does_not_answer_is_an_error(tmp_path: Path, library: Library):
    with pytest.raises(RetrievalError, match="no Dask scheduler"):
        preprocess(fill(tmp_path, several(1)), scheduler="tcp://127.0.0.1:9", library=library)
