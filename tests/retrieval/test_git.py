from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from retrieval.collect import collect
from retrieval.errors import RequestError
from retrieval.opt_out import OptOut
from retrieval.sources.git import GitSource, checked, reason
from retrieval.store import read_corpus, read_repositories

SCENE = "from manim import *\n"
GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.defpath, "HOME": "/nonexistent"}


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always"]
    return subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True, env=GIT).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "lib").mkdir(parents=True)
    (folder / "scene.py").write_text(SCENE)
    (folder / "lib" / "helper.py").write_text("X = 1\n")
    (folder / "LICENSE").write_text("MIT License\nPermission is hereby granted, free of charge, to any person obtaining a copy\n")
    (folder / "link.py").symlink_to("/etc/passwd")
    (folder / "lfs.py").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


def run(tmp_path: Path, *names: str | Path, again: bool = False) -> dict[str, Any]:
    source = GitSource([str(name) for name in names], user_agent="hisolver-test", environment={})
    return collect(source, tmp_path / "corpus", opt_out=OptOut([]), again=again)


def paths(tmp_path: Path) -> Counter[str]:
    return Counter(file.path for file in read_corpus(tmp_path / "corpus"))


@pytest.fixture
def served(repository: Path, tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """The repository behind git's own smart HTTP server, and what was asked for."""
    git(tmp_path, "clone", "-q", "--bare", str(repository), str(tmp_path / "www" / "repo.git"))
    seen: list[str] = []

    class Backend(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None: ...

        def do_GET(self) -> None:
            seen.append(f"{self.command} {self.path} {self.headers.get('User-Agent')}")
            path, _, query = self.path.partition("?")
            if path.startswith("/secret"):
                self.send_response(401)
                self.send_header("WWW-Authenticate", "Basic realm=x")
                self.end_headers()
                return
            environment = {
                **GIT,
                "GIT_PROJECT_ROOT": str(tmp_path / "www"),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            }
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            reply = subprocess.run(["git", "http-backend"], input=sent, env=environment, capture_output=True).stdout
            head, _, body = reply.partition(b"\r\n\r\n")
            fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(fields.pop("Status", "200").split()[0]))
            for name, value in fields.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

    with ThreadingHTTPServer(("127.0.0.1", 0), Backend) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
        server.shutdown()


@pytest.mark.parametrize("bare", [False, True])
def test_a_local_repository_is_read_without_a_checkout(repository: Path, tmp_path: Path, bare: bool) -> None:
    if bare:
        git(tmp_path, "clone", "-q", "--bare", str(repository), str(tmp_path / "bare.git"))
        commit, name = git(repository, "rev-parse", "HEAD"), tmp_path / "bare.git"
    else:
        commit, name = git(repository, "rev-parse", "HEAD"), repository
        (repository / "not_committed.py").write_text(SCENE)
    before = sorted(str(path) for path in name.rglob("*"))
    summary = run(tmp_path, name)
    assert sorted(str(path) for path in name.rglob("*")) == before
    [row] = read_repositories(tmp_path / "corpus")
    assert (row.revision, row.licence, row.name, row.url) == (commit, "MIT", str(name), name.as_uri())
    assert paths(tmp_path) == Counter({"scene.py": 1, "lib/helper.py": 1})
    assert summary["skipped_files"] == {"lfs_pointer": 1, "link": 1}
    assert run(tmp_path, name)["repositories"] == {"unchanged": 1}
    (repository / "new.py").write_text(SCENE)
    git(repository, "add", "new.py")
    git(repository, "commit", "-qm", "two")
    if not bare:
        assert run(tmp_path, name)["repositories"] == {"collected": 1} and paths(tmp_path)["new.py"] == 1


def test_a_remote_repository_is_cloned_shallow_and_asked_for_news_only(
    served: tuple[str, list[str]], repository: Path, tmp_path: Path
) -> None:
    url, seen = served[0] + "/repo.git", served[1]
    run(tmp_path, url)
    [row] = read_repositories(tmp_path / "corpus")
    assert (row.name, row.url, row.revision) == (url, url, git(repository, "rev-parse", "HEAD"))
    assert paths(tmp_path) == Counter({"scene.py": 1, "lib/helper.py": 1})
    assert seen and all("hisolver-test" in line for line in seen)
    fetched = len(seen)
    assert run(tmp_path, url)["repositories"] == {"unchanged": 1} and len(seen) - fetched < fetched
    (repository / "new.py").write_text(SCENE)
    git(repository, "add", "new.py")
    git(repository, "commit", "-qm", "two")
    git(repository, "push", "-q", str(tmp_path / "www" / "repo.git"), "main")
    assert run(tmp_path, url)["repositories"] == {"collected": 1} and paths(tmp_path)["new.py"] == 1


def test_a_remote_that_wants_a_password_or_is_not_there_asks_nobody(served: tuple[str, list[str]], tmp_path: Path) -> None:
    summary = run(tmp_path, served[0] + "/secret/repo.git", served[0] + "/nowhere.git")
    assert summary["reasons"] == {"forbidden": 1, "not_found": 1} and summary["repositories"] == {"failed": 1, "gone": 1}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("fatal: could not read Username for 'http://127.0.0.1:40401': terminal prompts disabled", "forbidden"),
        ("fatal: loose object 40104043403e6dd9f24a59b1d1a1d4d0a4b8f7c1 (stored in .git/objects/40) is corrupt", "git_failed"),
        ("fatal: repository 'http://127.0.0.1:34401/nowhere.git/' not found", "not_found"),
        ("fatal: unable to access 'https://host.example/error-404/': Could not resolve host: host.example", "connection"),
        ("fatal: unable to access 'https://host.example/x/': The requested URL returned error: 403", "forbidden"),
        ("fatal: unable to access 'https://host.example/401/': The requested URL returned error: 500", "git_failed"),
    ],
)
def test_what_a_url_has_in_it_is_not_what_git_says_of_it(told: str, expected: str) -> None:
    assert reason(told) == expected


def test_hooks_filters_submodules_and_helpers_of_a_hostile_repository_never_run(repository: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    command = f"touch {canary}; false"
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    git(other, "commit", "-qm", "x", "--allow-empty")
    git(repository, "submodule", "--quiet", "add", str(other), "sub")
    (repository / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    git(repository, "add", ".gitattributes")
    git(repository, "commit", "-qm", "evil")
    for hook in ("post-checkout", "pre-commit", "reference-transaction", "post-index-change"):
        path = repository / ".git" / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{command}\n")
        path.chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.sshCommand",
        "credential.helper",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "core.pager",
    ):
        git(repository, "config", key, command)
    git(repository, "config", "remote.origin.url", f"ext::sh -c touch% {canary}")
    git(repository, "config", "protocol.ext.allow", "always")
    git(repository, "config", "remote.origin.promisor", "true")
    git(repository, "config", "extensions.partialClone", "origin")
    git(repository, "config", "core.repositoryFormatVersion", "1")
    gone = git(repository, "rev-parse", "HEAD:scene.py")
    canary.unlink(missing_ok=True)
    summary = run(tmp_path, repository)
    assert summary["repositories"] == {"collected": 1} and summary["skipped_files"]["submodule"] == 1
    (repository / ".git" / "objects" / gone[:2] / gone[2:]).unlink()  # now git would like to fetch it from that remote
    assert run(tmp_path, repository, again=True)["skipped_files"]["object_missing"] == 1
    assert paths(tmp_path) == Counter(), "what is left does not mention Manim"
    assert not canary.exists()


def test_what_is_no_repository_or_empty_is_counted(tmp_path: Path, repository: Path) -> None:
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "-q")
    plain = repository / "lib"  # inside a repository, but none itself
    broken = tmp_path / "broken"
    shutil.copytree(repository, broken, symlinks=True)
    for path in (broken / ".git" / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"")
    summary = run(tmp_path, tmp_path / "empty", plain, broken, "http://127.0.0.1:9/x.git")
    found = {row.name: (row.state, row.reason) for row in read_repositories(tmp_path / "corpus")}
    assert found[str(tmp_path / "empty")] == ("failed", "empty_repository")
    assert found[str(plain)] == ("gone", "not_found")
    assert found[str(broken)][0] == "failed" and found["http://127.0.0.1:9/x.git"] == ("failed", "connection")
    assert summary["files"] == 0


@pytest.mark.parametrize(
    "name",
    [
        "",
        "--upload-pack=touch x",
        "ext::sh -c touch% x",
        "git://host/x",
        "ftp://host/x",
        "https://user:secret@host/x.git",
        "https://token@host/x.git",
        "git@host:x.git",
        "ssh://git:pw@host/x",
        "https:///x",
        "/nowhere/at/all",
        "file:///nowhere",
        "https://host/x\n",
    ],
)
def test_urls_that_git_could_take_for_something_else_are_refused(name: str) -> None:
    with pytest.raises(RequestError) as caught:
        checked(name)
    assert "secret" not in caught.value.message and "pw" not in caught.value.message


def test_a_file_url_is_read_as_the_folder_it_names(repository: Path, tmp_path: Path) -> None:
    assert checked(repository.as_uri()) == str(repository)
    assert run(tmp_path, repository.as_uri())["repositories"] == {"collected": 1}
