"""Downloads a distribution without running any of it. Wheels come through pip; a source distribution does not, since pip builds it to read its
metadata, which runs its code (https://github.com/pypa/pip/issues/1884): its file is looked up in the same indexes and taken as it is."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

from retrieval.sources.base import TargetError

if TYPE_CHECKING:
    from packaging.version import Version

PIP_S = 900
TIMEOUT_S = 30
DEFAULT_INDEX = "https://pypi.org/simple"
ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
PAGE_BYTES = 64 * 2**20
ARCHIVE_BYTES = 2**30
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input")


def download(requirement: str, folder: Path, environment: Mapping[str, str], user_agent: str) -> Path:
    """The source distribution of `NAME` or `NAME==VERSION` in `folder`, which has examples and tests beside the package; its wheel where that is newer or
    alone. Raises `TargetError`."""
    from packaging.utils import parse_wheel_filename

    found, fault = None, None
    try:
        found = _source_of(requirement, _indexes(folder, environment), user_agent)
    except TargetError as error:
        fault = error
    if found is not None and "==" in requirement:
        return _fetch(*found[1:], folder, user_agent)
    command = [*PIP, "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder), requirement]
    done = _pip(command, folder, environment)
    wheel = next(iter(sorted(folder.glob("*.whl"))), None) if done.returncode == 0 else None
    if wheel is not None and (found is None or found[0] < parse_wheel_filename(wheel.name)[1]):
        return wheel
    if found is not None:
        return _fetch(*found[1:], folder, user_agent)
    if fault is not None:
        raise fault
    reasons = [line for line in done.stdout.splitlines() if line.startswith("ERROR")]
    raise TargetError("not_found", (reasons or ["pip got no wheel"])[-1][:300])


def _pip(command: list[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - our own arguments, no shell; the environment holds pip's configuration
            command,
            cwd=folder,
            env={**environment, "TMPDIR": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=PIP_S,
        )
    except subprocess.TimeoutExpired:
        raise TargetError("timeout", f"pip took more than {PIP_S} s") from None


def _indexes(folder: Path, environment: Mapping[str, str]) -> list[str]:
    """The user's own indexes, as pip has them; only those that are reached over HTTP."""
    told: dict[str, str] = {}
    for line in _pip([*PIP, "config", "list"], folder, environment).stdout.splitlines():
        key, _, value = line.partition("=")
        told[key.rpartition(".")[2]] = " ".join(shlex.split(value)) if value.startswith(("'", '"')) else value
    if told.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        return []
    urls = [told.get("index-url", DEFAULT_INDEX), *told.get("extra-index-url", "").split()]
    return [url.rstrip("/") for url in urls if urlsplit(url).scheme in ("http", "https")]


def _source_of(requirement: str, indexes: list[str], user_agent: str) -> tuple[Version, str, str] | None:
    """Version, URL and SHA-256 ("" where the index tells none) of the newest source distribution that fits."""
    from packaging.utils import canonicalize_name
    from packaging.version import Version

    name, _, wanted = requirement.partition("==")
    best: tuple[Version, str, str] | None = None
    for index in indexes:
        for file, url, digest in _files(f"{index}/{canonicalize_name(name)}/", user_agent):
            version = _version_of(file, name)
            if version is None or (version != Version(wanted) if wanted else version.is_prerelease):
                continue
            if best is None or version > best[0]:
                best = (version, url, digest)
    return best


def _version_of(file: str, name: str) -> Version | None:
    from packaging.utils import InvalidSdistFilename, canonicalize_name, parse_sdist_filename
    from packaging.version import InvalidVersion

    try:
        found, version = parse_sdist_filename(file)
    except (InvalidSdistFilename, InvalidVersion):
        return None
    return version if found == canonicalize_name(name) else None


def _files(url: str, user_agent: str) -> Iterator[tuple[str, str, str]]:
    """Name, URL and SHA-256 of what an index lists for one project; nothing where it does not know it. Raises `TargetError`."""
    import requests

    try:
        with requests.get(url, headers={"Accept": ACCEPT, "User-Agent": user_agent}, timeout=TIMEOUT_S, stream=True) as response:
            if response.status_code == 404:
                return
            if response.status_code != 200:
                raise TargetError("server_error", f"{urlsplit(url).hostname}: {response.status_code}")
            page = response.raw.read(PAGE_BYTES, decode_content=True)
            is_json = "json" in response.headers.get("content-type", "")
            base = response.url
    except requests.RequestException as error:
        raise TargetError("connection", f"{urlsplit(url).hostname}: {type(error).__name__}") from error
    if is_json:
        try:
            files = json.loads(page)["files"]
            yield from ((file["filename"], urljoin(base, file["url"]), file.get("hashes", {}).get("sha256", "")) for file in files)
        except (ValueError, KeyError, TypeError) as error:
            raise TargetError("server_error", f"{urlsplit(url).hostname} lists its files in no way that is known") from error
    else:
        for link in _Links.of(page.decode("utf-8", "replace")):
            target, fragment = urldefrag(urljoin(base, link))
            digest = re.search(r"sha256=([0-9a-f]{64})", fragment)
            yield urlsplit(target).path.rpartition("/")[2], target, digest[1] if digest else ""


def _fetch(url: str, digest: str, folder: Path, user_agent: str) -> Path:
    import requests

    if urlsplit(url).scheme not in ("http", "https"):
        raise TargetError("server_error", "the index names an address that is not one to follow")
    path = folder / "source.archive"
    seen = hashlib.sha256()
    size = 0
    try:
        with requests.get(url, headers={"User-Agent": user_agent}, timeout=TIMEOUT_S, stream=True) as response, path.open("wb") as file:
            if response.status_code != 200:
                raise TargetError("server_error", f"{urlsplit(url).hostname}: {response.status_code}")
            for chunk in response.iter_content(2**16):
                size += len(chunk)
                if size > ARCHIVE_BYTES:
                    raise TargetError("archive_too_large", f"more than {ARCHIVE_BYTES} bytes")
                seen.update(chunk)
                file.write(chunk)
    except requests.RequestException as error:
        raise TargetError("connection", f"{urlsplit(url).hostname}: {type(error).__name__}") from error
    if digest and seen.hexdigest() != digest:
        raise TargetError("wrong_hash", urlsplit(url).path.rpartition("/")[2])
    return path


class _Links(HTMLParser):
    @classmethod
    def of(cls, page: str) -> list[str]:
        parser = cls()
        parser.feed(page)
        return parser.found

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]
