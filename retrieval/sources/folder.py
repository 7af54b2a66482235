"""Files in folders of this machine. No link is followed, nothing but regular files is opened."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from pathlib import Path

from retrieval.errors import RequestError
from retrieval.sources.base import Found, Known, Snapshot, SourceName, Target, TargetError, Unchanged
from retrieval.sources.keep import FILE_BYTES, Selection

MEMBERS = 200_000


class FolderSource:
    """The `Source` "folder". A folder's revision is a hash of what is kept of it."""

    name: SourceName = "folder"
    workers = 2

    def __init__(self, folders: Sequence[Path], *, licence: str = "") -> None:
        for folder in folders:
            if not folder.is_dir():
                raise RequestError(f"{folder} is not a folder")
        self._folders = [folder.resolve() for folder in folders]
        self._licence = licence

    @property
    def request(self) -> str:
        return json.dumps([sorted(map(str, self._folders)), self._licence])

    def find(self, asked: Collection[str], started: date) -> Iterator[Found]:
        yield Found("folders", tuple(Target(str(folder), licence=self._licence, url=folder.as_uri()) for folder in self._folders))

    def fetch(self, target: Target, known: Known | None) -> Snapshot | Unchanged:
        selection = Selection()
        read_folder(Path(target.name), selection)
        revision = revision_of(selection.files)
        if known is not None and known.revision == revision:
            return Unchanged()
        return Snapshot(target.name, revision, target.licence or selection.licence, selection.files, selection.skipped, url=target.url)

    def counts(self) -> dict[str, float]:
        return {}

    def close(self) -> None: ...


def read_folder(folder: Path, selection: Selection) -> None:
    """Hands what lies in a folder to `selection`; folders whose names begin with a dot are left out. Raises `TargetError`."""
    members = 0
    unreadable: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in (*folders, *files):
            members += 1
            if members > MEMBERS:
                raise TargetError("too_much", f"more than {MEMBERS} files")
            path = Path(place, name)
            if path.is_symlink():
                selection.skipped["link"] += 1
            elif name in files:
                read_file(path, path.relative_to(folder).as_posix(), selection)
    if unreadable and Path(str(unreadable[0].filename)) == folder:
        raise TargetError("unreadable", str(unreadable[0].strerror))
    if unreadable:
        selection.skipped["unreadable"] += len(unreadable)


def revision_of(files: dict[str, bytes]) -> str:
    """16 hex digits that depend on paths and content."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{len(path)}:{path}:{hashlib.sha256(files[path]).hexdigest()}".encode())
    return digest.hexdigest()[:16]


def read_file(path: Path, name: str, selection: Selection) -> None:
    """Hands one file to `selection` under `name`. Opens it without following a link that came meanwhile, and without waiting for a pipe."""
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            selection.skipped["special_file"] += 1
            return
        kept = selection.wants(name, status.st_size)
        if kept is None:
            return
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                selection.skipped["special_file"] += 1
                return
            selection.add(kept, file.read(FILE_BYTES + 1))
    except OSError:
        selection.skipped["unreadable"] += 1
