from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from retrieval.collect import collect
from retrieval.errors import RequestError
from retrieval.opt_out import OptOut
from retrieval.sources.packages import PackagesSource, canonical, plugins
from retrieval.store import read_corpus, read_repositories

SCENE = "from manim import *\nclass A(Scene):\n    pass\n"


def metadata(name: str, version: str, *lines: str) -> str:
    return "\n".join(["Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}", *lines, "", "About manim.\n"])


def wheel(folder: Path, name: str, version: str, files: dict[str, str], *lines: str) -> Path:
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    content = {**files, f"{info}/METADATA": metadata(name, version, *lines), f"{info}/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n"}
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in content.items():
            archive.writestr(file, text)
        hashes = (base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode() for text in content.values())
        rows = [f"{file},sha256={digest},{len(text)}" for (file, text), digest in zip(content.items(), hashes, strict=True)]
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]))
    return path


def sdist(folder: Path, name: str, version: str, files: dict[str, str], *lines: str) -> Path:
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for file, text in {"PKG-INFO": metadata(name, version, *lines), **files}.items():
            member = tarfile.TarInfo(f"{name}-{version}/{file}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def run(folder: Path, *names: str | Path, **options: Any) -> dict[str, Any]:
    again = options.pop("again", False)
    source = PackagesSource([str(name) for name in names], **{"environment": dict(os.environ), "user_agent": "hisolver-test", **options})
    return collect(source, folder, opt_out=OptOut([]), again=again)


def paths(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in read_corpus(folder):
        found.setdefault(file.repository.name, []).append(file.path)
    return found


def test_manim_itself_is_read_from_what_is_installed(tmp_path: Path) -> None:
    from importlib.metadata import version

    before = set(sys.modules)
    summary = run(tmp_path, "Manim")
    assert not {name for name in set(sys.modules) - before if name.partition(".")[0] == "manim"}, "it is read, not imported"
    [row] = read_repositories(tmp_path)
    assert (row.name, row.revision, row.licence) == (f"manim=={version('manim')}", version("manim"), "MIT")
    assert "manim/mobject/geometry/arc.py" in paths(tmp_path)[row.name] and summary["files"] > 100
    assert run(tmp_path, "manim")["repositories"] == {"unchanged": 1}
    assert "manim" in plugins()


def test_wheels_and_source_distributions_are_read_from_files(tmp_path: Path) -> None:
    canary = tmp_path / "ran"
    one = wheel(tmp_path, "manim_one", "1.0", {"manim_one/a.py": SCENE, "manim_one/b.so": "x"}, "License-Expression: MIT OR Apache-2.0")
    files = {"setup.py": f"open({str(canary)!r}, 'w')", "src/two/a.py": SCENE, "docs/x.rst": ".. manim:: A", "docs/y.md": "nothing"}
    two = sdist(tmp_path, "manim_two", "2.0", files, "Classifier: License :: OSI Approved :: BSD License", "License: BSD-3-Clause")
    run(tmp_path / "c", one, two)
    assert paths(tmp_path / "c") == {"manim-one==1.0": ["manim_one/a.py"], "manim-two==2.0": ["docs/x.rst", "setup.py", "src/two/a.py"]}
    assert {row.name: row.licence for row in read_repositories(tmp_path / "c")} == {
        "manim-one==1.0": "MIT OR Apache-2.0",
        "manim-two==2.0": "BSD-3-Clause",
    }
    assert not canary.exists()


def test_a_newer_version_takes_the_place_of_the_older(tmp_path: Path) -> None:
    for version in ("1.0", "1.1"):
        run(tmp_path / "c", wheel(tmp_path, "manim_one", version, {"manim_one/a.py": SCENE}))
    assert list(paths(tmp_path / "c")) == ["manim-one==1.1"]


class Index:
    """A package index on loopback: one project a folder, JSON or HTML as PEP 691 and 503 have it."""

    def __init__(self, folder: Path, *, as_json: bool) -> None:
        self.seen: list[str] = []
        self.spoil = False
        index = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None: ...

            def do_GET(self) -> None:
                index.seen.append(self.path)
                parts = self.path.strip("/").split("/")
                if parts[0] == "files":
                    return self.reply("application/octet-stream", (folder / parts[1]).read_bytes() + b"x" * index.spoil)
                found = [path for path in folder.iterdir() if canonical(path.name.split("-")[0]) == parts[-1]]
                if not found:
                    return self.send_error(404)
                digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in found}
                if as_json:
                    files = [
                        {"filename": name, "url": f"../../files/{name}", "hashes": {"sha256": digest}} for name, digest in digests.items()
                    ]
                    body = {"meta": {"api-version": "1.0"}, "name": parts[-1], "files": files}
                    return self.reply("application/vnd.pypi.simple.v1+json", json.dumps(body).encode())
                links = "".join(f'<a href="/files/{name}#sha256={digest}">{name}</a>' for name, digest in digests.items())
                return self.reply("text/html", f"<html><body>{links}</body></html>".encode())

            def reply(self, kind: str, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/simple"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def environment(self) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        return mine | {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": self.url, "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "0"}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(params=[True, False], ids=["json", "html"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    (tmp_path / "index").mkdir()
    made = Index(tmp_path / "index", as_json=request.param)
    yield made
    made.close()


def test_downloads_prefer_the_source_distribution_and_never_run_it(tmp_path: Path, index: Index) -> None:
    canary, place = tmp_path / "ran", tmp_path / "index"
    evil = f"open({str(canary)!r}, 'w')\nraise SystemExit('ran')\n"
    wheel(place, "manim_one", "1.0", {"manim_one/a.py": SCENE}, "License: MIT")
    sdist(place, "manim_one", "1.0", {"setup.py": evil, "manim_one/a.py": SCENE, "examples/b.py": SCENE})
    for version in ("0.9", "2.0", "3.0rc1"):
        sdist(place, "manim_two", version, {"setup.py": evil, "a.py": SCENE})
    wheel(place, "manim_three", "0.1", {"manim_three/a.py": SCENE})
    sdist(place, "manim_three", "0.2", {"new.py": SCENE}, "License: MIT")
    wheel(place, "manim_four", "0.2", {"manim_four/new.py": SCENE}, "License: MIT")
    sdist(place, "manim_four", "0.1", {"old.py": SCENE})
    summary = run(
        tmp_path / "c",
        "manim-one==1.0",
        "manim_two",
        "manim-three",
        "manim-four",
        "no-such-thing",
        fetch_them=True,
        environment=index.environment,
    )
    assert not canary.exists()
    assert paths(tmp_path / "c") == {
        "manim-four==0.2": ["manim_four/new.py"],
        "manim-one==1.0": ["examples/b.py", "manim_one/a.py", "setup.py"],
        "manim-three==0.2": ["new.py"],
        "manim-two==2.0": ["a.py", "setup.py"],
    }
    assert summary["repositories"] == {"collected": 4, "gone": 1} and summary["reasons"] == {"not_found": 1, "without_licence": 2}
    run(tmp_path / "c", "manim_two==0.9", fetch_them=True, environment=index.environment)
    assert "manim-two==0.9" in paths(tmp_path / "c") and "manim-two==2.0" not in paths(tmp_path / "c")


def test_a_download_with_a_wrong_hash_is_refused(tmp_path: Path, index: Index) -> None:
    sdist(tmp_path / "index", "manim_two", "2.0", {"a.py": SCENE})
    index.spoil = True
    assert run(tmp_path / "c", "manim_two", fetch_them=True, environment=index.environment)["reasons"] == {"wrong_hash": 1}


def test_what_is_not_installed_or_not_a_distribution_is_counted(tmp_path: Path) -> None:
    (tmp_path / "noise.whl").write_bytes(b"PK\x03\x04 noise")
    (tmp_path / "noise.tar.gz").write_bytes(b"noise")
    bare = tmp_path / "bare.zip"
    with zipfile.ZipFile(bare, "w") as archive:
        archive.writestr("x/a.py", SCENE)
    summary = run(tmp_path / "c", "no-such-plugin", "manim==0.0.1", tmp_path / "noise.whl", tmp_path / "noise.tar.gz", bare)
    assert summary["reasons"] == {"archive_damaged": 2, "no_metadata": 1, "not_installed": 2} and summary["files"] == 0


@pytest.mark.parametrize(
    "name", ["-rfile", "manim==latest", "https://x/y.txt", "manim>=1", "manim==1 --index-url=x", "", "/nowhere/x.whl", "git+https://x/y"]
)
def test_what_pip_could_take_for_something_else_is_refused(name: str) -> None:
    with pytest.raises(RequestError):
        PackagesSource([name], environment={}, user_agent="t")
