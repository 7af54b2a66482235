from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.errors import CorpusError
from retrieval.sources.base import Known, Snapshot
from retrieval.store import CorpusStore, collector_lock, corpus_version, pack, read_corpus, read_repositories


def put(store: CorpusStore, name: str, files: dict[str, bytes], *, asked: str = "", revision: str = "r1", identity: str = "") -> None:
    snapshot = Snapshot(name, revision, "MIT", files, etag="e", pushed_at="p", url=f"https://x/{name}", identity=identity)
    store.save("github", asked or name, snapshot, pack(files))


def content(folder: Path) -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = {}
    for file in read_corpus(folder):
        found.setdefault(file.repository.name, {})[file.path] = file.content
    return found


def blobs(folder: Path) -> int:
    with sqlite3.connect(folder / "corpus.sqlite") as base:
        return int(base.execute("SELECT count(*) FROM blobs").fetchone()[0])


def test_what_is_saved_is_read_back_with_its_origin(tmp_path: Path) -> None:
    with CorpusStore(tmp_path) as store:
        put(store, "a/b", {"x.py": b"import manim\n", "y/ü.py": b""})
        assert store.known("github", "a/b") == Known("r1", "e", "p")
        assert store.known("git", "a/b") is None
    [first, second] = read_corpus(tmp_path)
    assert (first.path, first.content, first.repository.licence, first.repository.revision) == ("x.py", b"import manim\n", "MIT", "r1")
    assert second.path == "y/ü.py" and first.repository.url == "https://x/a/b" and first.repository.state == "collected"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.sqlite"], "no write-ahead log is left beside it"


def test_the_same_content_is_held_once_and_goes_with_its_last_file(tmp_path: Path) -> None:
    with CorpusStore(tmp_path) as store:
        put(store, "a/a", {"x.py": b"same", "y.py": b"same", "z.py": b"other"})
        put(store, "b/b", {"x.py": b"same"})
        assert blobs(tmp_path) == 2
        put(store, "a/a", {"new.py": b"new"}, revision="r2")
        assert blobs(tmp_path) == 2 and content(tmp_path) == {"a/a": {"new.py": b"new"}, "b/b": {"x.py": b"same"}}
        store.fail("github", "b/b", "refused", "opted_out", forget=True)
        assert blobs(tmp_path) == 1 and content(tmp_path) == {"a/a": {"new.py": b"new"}}


def test_a_new_name_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    with CorpusStore(tmp_path) as store:
        put(store, "old/name", {"x.py": b"1"}, identity="77")
        put(store, "new/name", {"x.py": b"1"}, identity="77")
        put(store, "other/name", {"x.py": b"1"}, identity="78")
        store.fail("github", "asked/so", "failed", "connection")
        put(store, "third/name", {"x.py": b"1"}, asked="asked/so")
    assert [row.name for row in read_repositories(tmp_path)] == ["new/name", "other/name", "third/name"]


def test_a_failure_keeps_what_is_there_and_a_first_one_is_noted(tmp_path: Path) -> None:
    with CorpusStore(tmp_path) as store:
        put(store, "a/a", {"x.py": b"1"})
        store.fail("github", "a/a", "failed", "timeout")
        store.fail("github", "b/b", "failed", "timeout")
        store.fail("github", "b/b", "gone", "not_found")
        assert store.known("github", "a/a") is not None and store.known("github", "b/b") is None
        assert store.totals() == {"collected": 1, "gone": 1, "files": 1, "blobs": 1}
    assert [(row.state, row.reason) for row in read_repositories(tmp_path)] == [("collected", "timeout"), ("gone", "not_found")]


def test_the_version_depends_on_what_is_there_and_not_on_when_it_came(tmp_path: Path) -> None:
    versions = []
    for folder, order in ((tmp_path / "1", ("a/a", "b/b")), (tmp_path / "2", ("b/b", "a/a"))):
        with CorpusStore(folder) as store:
            for name in order:
                put(store, name, {"x.py": name.encode()})
        versions.append(corpus_version(folder))
    assert versions[0] == versions[1]
    with CorpusStore(tmp_path / "2") as store:
        put(store, "a/a", {"x.py": b"changed"})
        assert store.version() != versions[0]


def test_a_save_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    with CorpusStore(tmp_path) as store:
        put(store, "a/a", {"x.py": b"1"})
        with pytest.raises(sqlite3.ProgrammingError):  # a value that SQLite cannot hold, in the midst of the files
            store.save("github", "a/a", Snapshot("a/a", "r2", "", {}), [("ok.py", "0" * 64, b"1"), ("bad.py", object(), b"2")])  # type: ignore[list-item]
        assert content(tmp_path) == {"a/a": {"x.py": b"1"}}
        put(store, "b/b", {"x.py": b"2"})
        assert len(content(tmp_path)) == 2


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    with CorpusStore(tmp_path) as store:
        put(store, "a/a", {"x.py": b"1"})
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages + 20}")
        with pytest.raises(CorpusError, match=r"full.*goes on once there is room"):
            put(store, "a/a", {f"{n}.py": os.urandom(9000) for n in range(50)}, revision="r2")
        assert content(tmp_path) == {"a/a": {"x.py": b"1"}}
        store._connection.execute("PRAGMA max_page_count = 1000000")
        put(store, "a/a", {"y.py": b"2"}, revision="r2")
        assert content(tmp_path) == {"a/a": {"y.py": b"2"}}


FILL = """
import os, resource, signal, sys
from pathlib import Path
from retrieval.errors import CorpusError
from tests.retrieval.test_store import put
from retrieval.store import CorpusStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
store = CorpusStore(Path(sys.argv[1]))
try:
    for number in range(200):
        put(store, f"a/{number}", {"x.py": os.urandom(5000)})
        print(number, flush=True)
except CorpusError as error:
    print("told:", error.message)
"""


def test_a_disk_that_ends_in_the_midst_of_a_run_keeps_every_whole_repository(tmp_path: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", FILL, str(tmp_path)], capture_output=True, text=True)
    *written, told = ran.stdout.splitlines()
    assert "told:" in told and "nothing is half-written" in told, ran.stdout + ran.stderr
    kept = content(tmp_path)
    assert len(written) > 5 and set(kept) == {f"a/{number}" for number in written}
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_damaged_file_and_a_newer_version_are_told(tmp_path: Path) -> None:
    (tmp_path / "corpus.sqlite").write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    with pytest.raises(CorpusError, match=r"damaged.*move it away"):
        CorpusStore(tmp_path)
    with pytest.raises(CorpusError, match="damaged"):
        list(read_corpus(tmp_path))
    newer = tmp_path / "newer"
    CorpusStore(newer).close()
    with sqlite3.connect(newer / "corpus.sqlite") as base:
        base.execute("PRAGMA user_version = 9")
    with pytest.raises(CorpusError, match="version 9"):
        CorpusStore(newer)
    with pytest.raises(CorpusError, match="hisolver corpus collect"):
        list(read_corpus(tmp_path / "nowhere"))


def test_a_second_collector_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    program = "import sys, time\nfrom pathlib import Path\nfrom retrieval.store import collector_lock\n"
    program += "with collector_lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)\n"
    first = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout is not None and first.stdout.readline() == "held\n"
        with pytest.raises(CorpusError, match=rf"another collector \(process {first.pid}\)"), collector_lock(tmp_path):
            raise AssertionError("two at once")
    finally:
        first.kill()
        first.wait()
    with collector_lock(tmp_path):
        pass


def test_a_reader_sees_one_state_while_a_collector_goes_on(tmp_path: Path) -> None:
    with CorpusStore(tmp_path) as store:
        put(store, "a/a", {"x.py": b"1"})
        put(store, "b/b", {"x.py": b"1"})
        reading = read_corpus(tmp_path)
        assert next(reading).repository.revision == "r1"
        put(store, "b/b", {"x.py": b"2"}, revision="r2")
        assert [(file.repository.revision, file.content) for file in reading] == [("r1", b"1")]
