"""Python distributions: installed ones, wheels and source distributions. They are read, never imported, built or run."""

from __future__ import annotations

import importlib.metadata
import json
import re
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from email.parser import HeaderParser
from pathlib import Path

from retrieval.errors import RequestError
from retrieval.licence import spdx_of_metadata
from retrieval.sources.archive import CHUNK, read_tar, read_zip
from retrieval.sources.base import Found, Known, Snapshot, SourceName, Target, TargetError, Unchanged
from retrieval.sources.folder import read_file
from retrieval.sources.keep import Selection
from retrieval.sources.package_index import download

ARCHIVES = (".whl", ".tar.gz", ".zip")
METADATA_BYTES = 2**20
_REQUIREMENT = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:==([A-Za-z0-9.!+_-]+))?")
_METADATA = re.compile(r"PKG-INFO|[^/]+\.dist-info/METADATA")


class PackagesSource:
    """The `Source` "packages". Each of `wanted` is a name, `NAME==VERSION`, or the path of a wheel or source distribution; none means Manim and
    what is installed for it. Names are looked up among what is installed, or with `fetch_them` in pip's index, whatever is installed."""

    name: SourceName = "packages"

    def __init__(
        self, wanted: Sequence[str], *, environment: Mapping[str, str], user_agent: str, fetch_them: bool = False, workers: int = 2
    ) -> None:
        for name in wanted:
            if name.endswith(ARCHIVES) and not Path(name).is_file():
                raise RequestError(f"{name} is not a file")
            if not name.endswith(ARCHIVES) and not _is_requirement(name):
                raise RequestError(f"{name!r} is neither NAME, NAME==VERSION nor the path of a wheel or source distribution")
        self.workers = workers
        self._wanted = list(wanted)
        self._environment = environment
        self._user_agent = user_agent
        self._fetch_them = fetch_them

    @property
    def request(self) -> str:
        return json.dumps([sorted(self._wanted), self._fetch_them])

    def find(self, asked: Collection[str], started: date) -> Iterator[Found]:
        names = self._wanted or plugins()
        if not names:
            raise RequestError("Manim is not installed, so there is nothing to collect; name a distribution and add --download")
        yield Found("packages", tuple(self._target(name) for name in names))

    def fetch(self, target: Target, known: Known | None) -> Snapshot | Unchanged:
        if target.ref == "installed":
            if known is not None:
                return Unchanged()  # a distribution does not change under its version
            name, _, version = target.name.partition("==")
            return _installed(name, version)
        if target.ref == "file":
            return _archive(Path(target.name), Path(target.name).name)
        with tempfile.TemporaryDirectory(prefix="hisolver-pip-") as scratch:
            path = download(target.name, Path(scratch), self._environment, self._user_agent)
            return _archive(path, path.name)

    def counts(self) -> dict[str, float]:
        return {}

    def close(self) -> None: ...

    def _target(self, name: str) -> Target:
        if name.endswith(ARCHIVES):
            return Target(str(Path(name).absolute()), ref="file")
        match = _REQUIREMENT.fullmatch(name)
        assert match is not None  # noqa: S101 - __init__ looked at it
        if self._fetch_them:
            return Target(name, ref="download")
        try:
            found = importlib.metadata.version(match[1])
        except importlib.metadata.PackageNotFoundError:
            return Target(name, ref="installed")
        # another version than the one that is wanted fails under the name that was asked for
        return Target(name if match[2] not in (None, found) else f"{canonical(match[1])}=={found}", ref="installed")


def plugins() -> list[str]:
    """Manim, where it is installed, and the installed distributions that need it or call themselves its plugins, by name."""
    found: set[str] = set()
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        needs = {canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in distribution.requires or () if "extra ==" not in line}
        if name and (
            canonical(name) == "manim" or "manim" in needs or any(point.group == "manim.plugins" for point in distribution.entry_points)
        ):
            found.add(canonical(name))
    return sorted(found - {"hisolver"})


def canonical(name: str) -> str:
    """The one spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_requirement(text: str) -> bool:
    from packaging.version import InvalidVersion, Version

    match = _REQUIREMENT.fullmatch(text)
    try:
        return match is not None and (match[2] is None or bool(Version(match[2])))
    except InvalidVersion:
        return False


class _PackageSelection(Selection):
    """Takes the metadata beside the files."""

    def __init__(self) -> None:
        super().__init__()
        self.metadata = ""

    def wants(self, path: str, size: int) -> str | None:
        if _METADATA.fullmatch(path):
            return path if size <= METADATA_BYTES else None
        return super().wants(path, size)

    def speaks_for_all(self, path: str) -> bool:
        return super().speaks_for_all(path) or path.partition("/")[0].endswith(".dist-info")

    def add(self, path: str, content: bytes) -> None:
        if _METADATA.fullmatch(path):
            self.metadata = content[:METADATA_BYTES].decode("utf-8", "replace")
        else:
            super().add(path, content)


def _installed(name: str, version: str) -> Snapshot:
    try:
        distribution = importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        raise TargetError("not_installed", f"{name} is not installed; --download takes it from the package index") from None
    if version not in ("", distribution.version):
        raise TargetError(
            "not_installed", f"{name} {distribution.version} is installed, not {version}; --download takes that from the package index"
        )
    selection = _PackageSelection()
    selection.metadata = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    for file in distribution.files or ():
        if ".." not in file.parts:  # scripts lie outside
            read_file(Path(str(file.locate())), file.as_posix(), selection)
    return _snapshot(selection, name)


def _archive(path: Path, name: str) -> Snapshot:
    selection = _PackageSelection()
    with path.open("rb") as handle:
        is_zip = handle.read(4) == b"PK\x03\x04"
        handle.seek(0)
        if is_zip:
            read_zip(handle, selection, strip_root=not name.endswith(".whl"))
        else:
            read_tar(iter(lambda: handle.read(CHUNK), b""), selection)
    return _snapshot(selection, name)


def _snapshot(selection: _PackageSelection, name: str) -> Snapshot:
    told = HeaderParser().parsestr(selection.metadata)
    version = (told["Version"] or "").strip()
    if not told["Name"] or not _REQUIREMENT.fullmatch(f"{told['Name']}=={version}"):
        raise TargetError("no_metadata", f"{name} does not tell its name and version")
    called = canonical(told["Name"])
    licence = spdx_of_metadata(told["License-Expression"] or "", told["License"] or "", told.get_all("Classifier") or ())
    return Snapshot(
        name=f"{called}=={version}",
        revision=version,
        licence=licence or selection.licence,
        files=selection.files,
        skipped=selection.skipped,
        url=f"https://pypi.org/project/{called}/{version}/",
        identity=called,
    )
