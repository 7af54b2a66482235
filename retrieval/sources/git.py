"""Git repositories, local or remote, bare or not, read through the git command: their objects only. Nothing is checked out, so no hook, filter,
submodule or LFS object is ever touched."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

from retrieval.errors import RequestError
from retrieval.sources.base import Found, Known, Snapshot, SourceName, Target, TargetError, Unchanged
from retrieval.sources.keep import Selection

REMOTE = ("https", "http", "ssh")
CLONE_S = 1800
READ_S = 600
PACK_KIB = 4 * 2**20
"""KiB that a fetched pack may be large: a clone that goes on for ever ends there."""
MEMBERS = 200_000
PASSED_ON = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "GIT_SSL_CAINFO",
    "SSL_CERT_FILE",
    "SSH_AUTH_SOCK",
)
_SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "credential.helper=",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "protocol.ext.allow=never",
    "gc.auto=0",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=60",
)


class GitSource:
    """The `Source` "git". `environment` is where proxies and certificates are looked up, `user_agent` what servers are told."""

    name: SourceName = "git"

    def __init__(
        self, repositories: Sequence[str], *, user_agent: str, environment: Mapping[str, str], licence: str = "", workers: int = 2
    ) -> None:
        self.workers = workers
        self._git = shutil.which("git")
        if self._git is None:
            raise RequestError("the git command is missing; install it with `apt-get install git`")
        self._names = [checked(name) for name in repositories]
        self._licence = licence
        self._user_agent = user_agent
        self._passed_on = {name: environment[name] for name in PASSED_ON if name in environment}

    @property
    def request(self) -> str:
        return json.dumps([sorted(self._names), self._licence])

    def find(self, asked: Collection[str], started: date) -> Iterator[Found]:
        yield Found("repositories", tuple(Target(name, licence=self._licence, url=_url(name)) for name in self._names))

    def fetch(self, target: Target, known: Known | None) -> Snapshot | Unchanged:
        with tempfile.TemporaryDirectory(prefix="hisolver-git-") as scratch:
            home = Path(scratch)
            if "://" not in target.name:
                return self._read(target, Path(target.name), known, home)
            if known is not None and self._head_of(target.name, home) == known.revision:
                return Unchanged()
            folder = home / "repository"
            self._run(
                ["clone", "--quiet", "--bare", "--depth=1", "--single-branch", "--no-tags", "--template=", "--", target.name, str(folder)],
                home,
                CLONE_S,
                transport=urlsplit(target.name).scheme,
            )
            return self._read(target, folder, known, home)

    def counts(self) -> dict[str, float]:
        return {}

    def close(self) -> None: ...

    def _head_of(self, url: str, home: Path) -> str:
        told = self._run(["ls-remote", "--quiet", "--", url, "HEAD"], home, READ_S, transport=urlsplit(url).scheme)
        return told.decode("ascii", "replace").partition("\t")[0]

    def _read(self, target: Target, folder: Path, known: Known | None, home: Path) -> Snapshot | Unchanged:
        # -C and not --git-dir, since it may have a .git or be one; the ceiling in the environment keeps git from looking further up
        within = ["-C", str(folder)]
        try:
            commit = (
                self._run([*within, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"], home, READ_S, ceiling=folder.parent)
                .decode("ascii")
                .strip()
            )
        except TargetError as error:
            # rev-parse is silent about a repository that has no commit yet, and about nothing else
            raise error if error.detail else TargetError("empty_repository") from error
        if known is not None and known.revision == commit:
            return Unchanged()
        selection = Selection()
        objects = self._listed(
            self._run([*within, "ls-tree", "-r", "-l", "-z", "--full-tree", commit], home, READ_S, ceiling=folder.parent), selection
        )
        with self._batch(within, home, folder.parent) as process:
            for digest, path in objects:
                selection.add(path, _blob(process, digest))
        return Snapshot(target.name, commit, target.licence or selection.licence, selection.files, selection.skipped, url=target.url)

    def _listed(self, listing: bytes, selection: Selection) -> list[tuple[str, str]]:
        """Object and path of the files that are wanted."""
        entries = listing.split(b"\0")[:-1]
        if len(entries) > MEMBERS:
            raise TargetError("too_much", f"more than {MEMBERS} files")
        wanted: list[tuple[str, str]] = []
        for entry in entries:
            about, _, raw = entry.partition(b"\t")
            mode, kind, digest, size = about.decode("ascii").split()
            if mode == "120000":
                selection.skipped["link"] += 1
            elif kind == "commit":
                selection.skipped["submodule"] += 1
            elif not size.isdigit():
                selection.skipped["object_missing"] += 1  # of a partial clone, or damaged
            elif (path := selection.wants(raw.decode("utf-8", "surrogateescape"), int(size))) is not None:
                wanted.append((digest, path))
        return wanted

    @contextmanager
    def _batch(self, within: list[str], home: Path, ceiling: Path) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(  # noqa: S603
            self._command([*within, "cat-file", "--batch"]),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=self._environment(home, "none", ceiling),
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()

    def _run(self, arguments: list[str], home: Path, timeout: float, *, transport: str = "none", ceiling: Path | None = None) -> bytes:
        """What git prints. Raises `TargetError` with git's own last line, without what it may tell of a password."""
        try:
            done = subprocess.run(  # noqa: S603
                self._command(arguments),
                env=self._environment(home, transport, ceiling),
                capture_output=True,
                stdin=subprocess.DEVNULL,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired:
            raise TargetError("timeout", f"git {arguments[0]} took more than {timeout:.0f} s") from None
        if done.returncode != 0:
            lines = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
            detail = next((line for line in lines if line.startswith("fatal:")), lines[-1] if lines else "")[:300]
            raise TargetError(reason(detail), detail)
        return done.stdout

    def _command(self, arguments: list[str]) -> list[str]:
        options = [part for option in (*_SAFE, f"http.userAgent={self._user_agent}") for part in ("-c", option)]
        return ["/bin/sh", "-c", f'ulimit -f {PACK_KIB * 2}; exec "$@"', "sh", str(self._git), *options, *arguments]

    def _environment(self, home: Path, transport: str, ceiling: Path | None = None) -> dict[str, str]:
        """Nothing of ours but proxies and certificates; one way to fetch, or none: then a partial clone cannot fetch what it lacks either."""
        return {
            "PATH": os.defpath,
            "HOME": str(home),
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CEILING_DIRECTORIES": str(ceiling or home),
            "GIT_ALLOW_PROTOCOL": transport,
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "/bin/false",
            "SSH_ASKPASS": "/bin/false",
            "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes -oPermitLocalCommand=no -oProxyCommand=none",
            **self._passed_on,
        }


def checked(name: str) -> str:
    """The URL, or the absolute path of a local repository. Raises `RequestError` for what git might take for something else."""
    if not name or name.startswith("-") or any(ord(sign) < 32 for sign in name):
        raise RequestError(f"{name!r} is not a repository")
    if re.match(r"[\w+.-]+::", name) or ("://" not in name and re.match(r"[^/]+@[^/]+:", name)):
        raise RequestError(f"{name!r} is not taken; write https://HOST/PATH, ssh://HOST/PATH or a folder")
    if "://" in name and not name.startswith("file://"):
        parts = urlsplit(name)
        if parts.scheme not in REMOTE or not parts.hostname:
            raise RequestError(f"{parts.scheme}:// is not taken; write {', '.join(f'{scheme}://' for scheme in REMOTE)} or a folder")
        if parts.password or (parts.username and parts.scheme != "ssh"):
            raise RequestError(
                f"the URL of {parts.hostname} has a name or password in it, which would be kept in the corpus; write it without"
            )
        return name
    path = Path(unquote(urlsplit(name).path) if name.startswith("file://") else name)
    if not path.is_dir():
        raise RequestError(f"{path} is not a folder")
    return str(path.resolve())


def _url(name: str) -> str:
    return name if "://" in name else Path(name).as_uri()


def reason(detail: str) -> str:
    """The kind of failure that git's last word on it tells of: what a `TargetError` gives as its reason."""
    told = re.sub(r"'[^']*'", "", detail.lower())  # what git quotes is a name, which may itself say anything
    if "dubious ownership" in told:
        return "owned_by_another"
    if any(word in told for word in ("not found", "does not exist", "error: 404", "not a git repository", "does not appear to be")):
        return "not_found"
    if any(
        word in told
        for word in ("authentication", "could not read username", "permission denied", "error: 403", "error: 401", "terminal prompts")
    ):
        return "forbidden"
    return "connection" if any(word in told for word in ("resolve host", "connect", "timed out", "early eof", "hung up")) else "git_failed"


def _blob(process: subprocess.Popen[bytes], digest: str) -> bytes:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 - both are pipes
    try:
        process.stdin.write(digest.encode("ascii") + b"\n")
        process.stdin.flush()
        told = process.stdout.readline().split()
        if len(told) != 3:
            raise TargetError("object_missing", digest)
        content = process.stdout.read(int(told[2]) + 1)
    except OSError as error:
        raise TargetError("git_failed", str(error)) from error
    if len(content) != int(told[2]) + 1:
        raise TargetError("object_missing", digest)
    return content[:-1]
