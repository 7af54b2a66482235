"""A local server that speaks the part of GitHub's REST API that collecting uses, with its shapes, limits and faults.

In a test: `with GithubServer(repositories) as server`. By itself: `python github_server.py --repositories 200 --files 100` prints its URL as JSON,
then serves until standard input closes; `/_expected` lists what a collector must end up with and `/_stats` what it has asked for.
Archives come from another port, as GitHub's come from codeload.github.com. Standard library only, so that it starts at once.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import random
import re
import socket
import struct
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit

SHOWN = 1000


@dataclass
class FakeRepository:
    """One repository. `files` by path; `members` are added to its archive as they are, after the files."""

    full_name: str
    files: dict[str, bytes]
    number: int = 0
    licence: str | None = "MIT"
    stars: int = 1
    created: date = date(2022, 3, 4)
    pushed_at: str = "2026-01-02T03:04:05Z"
    branch: str = "main"
    topics: tuple[str, ...] = ("manim",)
    private: bool = False
    members: list[tuple[tarfile.TarInfo, bytes]] = field(default_factory=list)
    archive: bytes | None = None
    comment: bool = True

    @property
    def commit(self) -> str:
        digest = hashlib.sha1(self.full_name.split("/")[1].encode(), usedforsecurity=False)
        for path, content in sorted(self.files.items()):
            digest.update(path.encode() + b"\0" + content)
        return digest.hexdigest()

    def tarball(self) -> bytes:
        """As `git archive` makes it: one folder around all, the commit in a global pax header."""
        if self.archive is not None:
            return self.archive
        raw = io.BytesIO()
        root = f"{self.full_name.replace('/', '-')}-{self.commit[:7]}"
        headers = {"comment": self.commit} if self.comment else {}
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers) as archive:
            folder = tarfile.TarInfo(root)
            folder.type = tarfile.DIRTYPE
            archive.addfile(folder)
            for path, content in self.files.items():
                member = tarfile.TarInfo(f"{root}/{path}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            for member, content in self.members:
                archive.addfile(member, io.BytesIO(content))
        self.archive = gzip.compress(raw.getvalue(), compresslevel=1, mtime=0)
        return self.archive


@dataclass
class Fault:
    """What the next `times` requests whose path matches get instead of an answer. `kind` is a status, or "reset", "cut", "slow", "json"."""

    path: str
    kind: int | str
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    message: str = ""


class GithubServer:
    """Serves `repositories` on two ports of loopback. `token` is the only one that is taken; None takes none and asks for none.

    `prefix` is /api/v3 on GitHub Enterprise."""

    def __init__(
        self,
        repositories: list[FakeRepository],
        *,
        token: str | None = None,
        core: int = 5000,
        window_s: int = 3600,
        archive_delay: float = 0.0,
        prefix: str = "",
    ) -> None:
        self.repositories = {repository.full_name.lower(): repository for repository in repositories}
        for number, repository in enumerate(repositories, 1000):
            repository.number = repository.number or number
        self.token = token
        self.renamed: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.archives: Counter[str] = Counter()
        self.most_at_once = 0
        self.limit = core
        self.used = 0
        self.window_s = window_s
        self.reset = int(time.time()) + window_s
        self.archive_delay = archive_delay
        self.lock = threading.Lock()
        self._running = 0
        self._servers = [_Http(self, _Api), _Http(self, _Codeload)]
        self.prefix = prefix
        self.url, self.codeload = (f"http://127.0.0.1:{server.server_address[1]}" for server in self._servers)
        self.url += prefix
        self._threads = [
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True) for server in self._servers
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def paths(self, pattern: str = "") -> list[str]:
        return [path for path, _ in self.seen if re.search(pattern, path)]

    def fault_for(self, path: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and re.search(fault.path, path):
                    fault.times -= 1
                    return fault
        return None

    def item(self, repository: FakeRepository) -> dict[str, Any]:
        """A repository as the REST API shows it (the fields that clients look at)."""
        owner, name = repository.full_name.split("/")
        licence = repository.licence
        api = f"{self.url}/repos/{repository.full_name}"
        return {
            "id": repository.number,
            "node_id": f"R_{repository.number}",
            "name": name,
            "full_name": repository.full_name,
            "private": repository.private,
            "owner": {"login": owner, "id": 7, "type": "User", "url": f"{self.url}/users/{owner}"},
            "html_url": f"https://github.com/{repository.full_name}",
            "description": "animations",
            "fork": False,
            "url": api,
            "archive_url": f"{api}/{{archive_format}}{{/ref}}",
            "created_at": f"{repository.created.isoformat()}T00:00:00Z",
            "updated_at": repository.pushed_at,
            "pushed_at": repository.pushed_at,
            "size": sum(map(len, repository.files.values())) // 1024,
            "stargazers_count": repository.stars,
            "language": "Python",
            "license": None
            if licence is None
            else {"key": licence.lower(), "name": licence, "spdx_id": licence, "url": None, "node_id": "L"},
            "topics": list(repository.topics),
            "visibility": "private" if repository.private else "public",
            "default_branch": repository.branch,
            "disabled": False,
            "archived": False,
        }

    def search(self, query: str) -> list[FakeRepository]:
        """What a query finds: topic:, created:A..B, stars:A..B, and words in the name."""
        found = list(self.repositories.values())
        for term in query.split():
            key, colon, value = term.partition(":")
            if not colon:
                found = [one for one in found if term.strip('"').lower() in one.full_name.lower()]
            elif key == "topic":
                found = [one for one in found if value in one.topics]
            elif key == "created":
                first, last = map(date.fromisoformat, value.split(".."))
                found = [one for one in found if first <= one.created <= last]
            elif key == "stars":
                fewest, most = map(int, value.split(".."))
                found = [one for one in found if fewest <= one.stars <= most]
        return [one for one in found if not one.private]

    def expected(self) -> dict[str, dict[str, str]]:
        return {
            one.full_name: {path: hashlib.sha256(content).hexdigest() for path, content in one.files.items()}
            for one in self.repositories.values()
        }


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, github: GithubServer, handler: type[_Handler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.github = github

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no error of the server's."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Http

    def log_message(self, format: str, *args: Any) -> None: ...

    def send(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None, *, declared: int | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body) if declared is None else declared))
        self.end_headers()
        self.wfile.write(body)

    def break_off(self, *, reset: bool) -> None:
        self.close_connection = True
        self.wfile.flush()
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def do_GET(self) -> None:
        github = self.server.github
        with github.lock:
            github.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            github._running += 1
            github.most_at_once = max(github.most_at_once, github._running)
        try:
            self.answer(github)
        finally:
            with github.lock:
                github._running -= 1

    def answer(self, github: GithubServer) -> None:
        raise NotImplementedError


class _Api(_Handler):
    def answer(self, github: GithubServer) -> None:
        if not self.path.startswith(github.prefix):
            return self.send(404, b"<html>Page not found</html>", {"Content-Type": "text/html"})
        parts = urlsplit(self.path.removeprefix(github.prefix))
        if parts.path in ("/_expected", "/_stats"):
            shown = (
                github.expected()
                if parts.path == "/_expected"
                else {"requests": len(github.seen), "archives": sum(github.archives.values())}
            )
            return self.send(200, json.dumps(shown).encode())
        if (fault := github.fault_for(self.path)) is not None:
            return self.fail(github, fault)
        given = self.headers.get("Authorization", "")
        if github.token is not None and given and given not in (f"token {github.token}", f"Bearer {github.token}"):
            return self.json(
                github, 401, {"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}
            )
        if not self.headers.get("User-Agent"):
            return self.json(github, 403, {"message": "Request forbidden by administrative rules."})
        with github.lock:
            if time.time() >= github.reset:
                github.used, github.reset = 0, int(time.time()) + github.window_s
            exhausted = github.used >= github.limit
            github.used += not exhausted
        if exhausted:
            return self.json(
                github, 403, {"message": "API rate limit exceeded for 127.0.0.1.", "documentation_url": "https://docs.github.com/rest"}
            )
        if parts.path == "/search/repositories":
            return self.search(github, parse_qs(parts.query))
        if match := re.fullmatch(r"/repositories/(\d+)(/.*)?", parts.path):
            repository = next((one for one in github.repositories.values() if one.number == int(match[1])), None)
            return self.repository(github, repository, match[2] or "")
        if match := re.fullmatch(r"/repos/([^/]+/[^/]+)(/.*)?", parts.path):
            name = match[1].lower()
            if name in github.renamed:
                number = github.repositories[github.renamed[name].lower()].number
                place = f"{github.url}/repositories/{number}{match[2] or ''}"
                moved = {"message": "Moved Permanently", "url": place, "documentation_url": "https://docs.github.com/"}
                return self.json(github, 301, moved, {"Location": place})
            return self.repository(github, github.repositories.get(name), match[2] or "")
        return self.json(github, 404, {"message": "Not Found"})

    def search(self, github: GithubServer, query: dict[str, list[str]]) -> None:
        text, page, size = query["q"][0], int(query.get("page", ["1"])[0]), int(query.get("per_page", ["30"])[0])
        found = github.search(text)
        shown = found[:SHOWN]
        pages = max(1, -(-len(shown) // size))
        if page > pages and page * size > SHOWN:
            return self.json(github, 422, {"message": "Only the first 1000 search results are available"})
        base = f"{github.url}/search/repositories?q={quote(text, safe='')}&per_page={size}"
        links = [f'<{base}&page={page + 1}>; rel="next"', f'<{base}&page={pages}>; rel="last"'] if page < pages else []
        links += [f'<{base}&page={page - 1}>; rel="prev"', f'<{base}&page=1>; rel="first"'] if page > 1 else []
        items = [github.item(one) for one in shown[(page - 1) * size : page * size]]
        body = {"total_count": len(found), "incomplete_results": False, "items": items}
        self.json(github, 200, body, {"Link": ", ".join(links)} if links else {}, resource="search")

    def repository(self, github: GithubServer, repository: FakeRepository | None, rest: str) -> None:
        if repository is None or (repository.private and not self.headers.get("Authorization")):
            return self.json(github, 404, {"message": "Not Found", "status": "404"})
        if rest == "":
            body = github.item(repository)
            etag = f'W/"{hashlib.sha256(json.dumps(body).encode()).hexdigest()}"'
            if self.headers.get("If-None-Match") == etag:
                with github.lock:
                    github.used -= 1  # GitHub counts no 304
                return self.json(github, 304, None, {"ETag": etag})
            return self.json(github, 200, body, {"ETag": etag})
        if rest.startswith("/tarball"):
            place = f"{github.codeload}/{repository.full_name}/legacy.tar.gz/refs/heads/{repository.branch}"
            return self.json(github, 302, None, {"Location": place})
        if rest.startswith("/commits/"):
            return self.json(github, 200, {"sha": repository.commit, "node_id": "C", "commit": {"message": "x"}})
        return self.json(github, 404, {"message": "Not Found"})

    def json(self, github: GithubServer, status: int, body: Any, headers: dict[str, str] | None = None, *, resource: str = "core") -> None:
        limits = {
            "X-RateLimit-Limit": str(github.limit),
            "X-RateLimit-Remaining": str(max(0, github.limit - github.used)),
            "X-RateLimit-Reset": str(github.reset),
            "X-RateLimit-Used": str(github.used),
            "X-RateLimit-Resource": resource,
        }
        content = b"" if body is None else json.dumps(body).encode()
        self.send(
            status,
            content,
            {"Content-Type": "application/json; charset=utf-8", "X-GitHub-Media-Type": "github.v3", **limits, **(headers or {})},
        )

    def fail(self, github: GithubServer, fault: Fault) -> None:
        if fault.kind == "reset":
            return self.break_off(reset=True)
        if fault.kind == "slow":
            time.sleep(3)
            return self.break_off(reset=False)
        if fault.kind == "json":
            return self.send(200, b'{"total_count": 3, "items": [{"id"', {"Content-Type": "application/json"})
        if fault.kind == "cut":
            self.send(200, b'{"total_count": 3, ', {"Content-Type": "application/json"}, declared=4000)
            return self.break_off(reset=False)
        if fault.kind == "incomplete":
            return self.json(github, 200, {"total_count": 0, "incomplete_results": True, "items": []})
        status = int(fault.kind)
        body = {"message": fault.message or f"fault {status}", "documentation_url": "https://docs.github.com/rest"}
        return self.send(status, json.dumps(body).encode(), {"Content-Type": "application/json", **fault.headers})


class _Codeload(_Handler):
    def answer(self, github: GithubServer) -> None:
        match = re.match(r"/([^/]+/[^/]+)/legacy\.tar\.gz/", self.path)
        repository = github.repositories.get(match[1].lower()) if match else None
        fault = github.fault_for(self.path)
        if repository is None:
            return self.send(404, b"404: Not Found")
        with github.lock:
            github.archives[repository.full_name] += 1
        time.sleep(github.archive_delay)
        content = repository.tarball()
        headers = {"Content-Type": "application/x-gzip", "Content-Disposition": "attachment; filename=archive.tar.gz"}
        if fault is None:
            return self.send_chunked(content, headers)
        if fault.kind == "reset":
            self.send(200, content[: len(content) // 2], headers, declared=len(content))
            return self.break_off(reset=True)
        if fault.kind == "cut":
            return self.send_chunked(content[: len(content) // 2], headers)  # a proxy that gave up: the transfer looks whole
        if fault.kind == "slow":
            self.send(200, content[:10], headers, declared=len(content))
            time.sleep(3)
            return self.break_off(reset=False)
        if fault.kind == "redirect":
            return self.send(302, b"", {"Location": fault.message or self.path})
        return self.send(int(fault.kind), b"fault", fault.headers)

    def send_chunked(self, content: bytes, headers: dict[str, str]) -> None:
        """As codeload does, whose archives are made while they are sent."""
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(content), 2**16):
            part = content[start : start + 2**16]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
        self.wfile.write(b"0\r\n\r\n")


def scene_file(number: int, words: Callable[[], str]) -> bytes:
    """A Python file of a few kilobytes with a scene in it."""
    lines = [f'        self.play(Write(Text("{words()} {step} {number}")))' for step in range(12)]
    return ("from manim import *\n\n\n" + f"class Scene{number}(Scene):\n    def construct(self):\n" + "\n".join(lines) + "\n").encode()


def many(repositories: int, files: int, seed: int = 5) -> list[FakeRepository]:
    """Repositories that differ in files, licence, stars and age; one file in twenty is the same everywhere."""
    chance = random.Random(seed)

    def words() -> str:
        return " ".join("".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(3, 9))) for _ in range(6))

    common = scene_file(0, words)
    found = []
    for number in range(repositories):
        content = {
            f"part{index % 7}/scene_{index}.py": common if index % 20 == 0 else scene_file(number * files + index, words)
            for index in range(files)
        }
        found.append(
            FakeRepository(
                f"owner{number % 37}/manim-{number}",
                content,
                licence=chance.choice(["MIT", "Apache-2.0", "GPL-3.0", None]),
                stars=chance.randint(0, 400),
                created=date(2018, 1, 1) + timedelta(days=chance.randint(0, 2500)),
                pushed_at=(datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randint(0, 500_000))).strftime("%Y-%m-%dT%H:%M:%SZ"),
            )
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repositories", type=int, default=200)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--archive-delay", type=float, default=0.0)
    chosen = parser.parse_args()
    repositories = many(chosen.repositories, chosen.files)
    for repository in repositories:
        repository.tarball()
    with GithubServer(repositories, core=1_000_000, archive_delay=chosen.archive_delay) as server:
        print(json.dumps({"url": server.url, "files": chosen.repositories * chosen.files}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
