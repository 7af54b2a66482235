"""Where delivered files live: `DATA/artifacts/ID` beside `DATA/artifacts/ID.json`, which names its media type and owner.

An artifact exists as soon as its sidecar does: the content is in place before, so a reader never meets half a file. A sidecar with `of` announces
content that is made from another artifact when somebody first asks for it; until then nothing is found under that id.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import json
import logging
import os
import re
import secrets
import shutil
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from agents.context import Artifact
from agents.errors import StorageError
from server.openai.errors import ApiError

logger = logging.getLogger(__name__)

SERVED_TYPES = {
    "video/mp4": ".mp4",
    "application/json": ".json",
    "image/png": ".png",
    "image/gif": ".gif",
    "text/plain": ".txt",
    "text/vtt": ".vtt",
}
ID = re.compile(r"[A-Za-z0-9_-]{43}")
ONE_RANGE = re.compile(r"bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))")


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    path: Path
    media_type: str
    owner: str
    stat: os.stat_result


@dataclass(frozen=True, slots=True)
class Pending:
    """An announced artifact: what it is made from, and as what."""

    source: StoredArtifact
    media_type: str


def storage_error(error: OSError, what: str) -> StorageError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"{what}: the disk is full")
    return StorageError(f"{what}: {error.strerror or error}")


class FileArtifactStore:
    """`agents.context.ArtifactStore` on one folder. `base_url` is put before the path in `Artifact.url`."""

    def __init__(self, folder: Path, *, base_url: str = "") -> None:
        self._folder = folder
        self._base_url = base_url

    def add(self, path: Path, *, media_type: str, owner: str) -> Artifact:
        """Takes over the file at `path`; on failure the file stays where it was. Raises `StorageError`."""
        return self._enter(path, {"media_type": media_type, "owner": owner, "created": time.time()})

    def announce(self, of: Artifact, *, media_type: str, owner: str) -> Artifact:
        """An artifact without content yet, to be made from `of`; see `pending` and `fulfil`. Raises `StorageError`."""
        return self._enter(None, {"media_type": media_type, "owner": owner, "created": time.time(), "of": of.id})

    def _enter(self, path: Path | None, record: dict[str, Any]) -> Artifact:
        artifact_id = secrets.token_urlsafe(32)
        target, sidecar = self._folder / artifact_id, self._folder / f"{artifact_id}.json"
        moved = False
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = self._folder / f".{artifact_id}.tmp"
            try:
                self._write(temporary, json.dumps(record).encode())
                if path is not None:
                    self._move(path, target)
                    moved = True
                temporary.replace(sidecar)
            finally:
                temporary.unlink(missing_ok=True)
        except OSError as error:
            if path is not None and moved and not path.exists():
                with contextlib.suppress(OSError):
                    target.replace(path)
            raise storage_error(error, "the artifact could not be stored") from error
        return Artifact(
            id=artifact_id, url=f"{self._base_url}/v1/artifacts/{artifact_id}", media_type=str(record["media_type"]), path=target
        )

    def find(self, artifact_id: str, *, owner: str | None) -> StoredArtifact | None:
        """The artifact, or None for anything that is not a whole artifact of `owner` (None: whoever holds the id)."""
        if not ID.fullmatch(artifact_id):
            return None
        try:
            record = json.loads((self._folder / f"{artifact_id}.json").read_bytes())
            status = (self._folder / artifact_id).lstat()
            media_type, belongs = str(record["media_type"]), str(record["owner"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if not stat.S_ISREG(status.st_mode) or (owner is not None and not hmac.compare_digest(owner.encode(), belongs.encode())):
            return None
        return StoredArtifact(self._folder / artifact_id, media_type, belongs, status)

    def pending(self, artifact_id: str, *, owner: str | None) -> Pending | None:
        """What an announced artifact is to be made from; None for anything that is not one, has its content, or lost what it is made from."""
        if not ID.fullmatch(artifact_id) or os.path.lexists(self._folder / artifact_id):
            return None
        try:
            record = json.loads((self._folder / f"{artifact_id}.json").read_bytes())
            media_type, belongs, source = str(record["media_type"]), str(record["owner"]), str(record["of"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if owner is not None and not hmac.compare_digest(owner.encode(), belongs.encode()):
            return None
        found = self.find(source, owner=belongs)
        return Pending(found, media_type) if found is not None else None

    def fulfil(self, artifact_id: str, path: Path) -> None:
        """Gives an announced artifact its content, the file at `path`, whole or not at all. Raises `StorageError`."""
        try:
            self._move(path, self._folder / artifact_id)
        except OSError as error:
            raise storage_error(error, "the artifact could not be stored") from error

    def purge(self, older_than_s: float) -> int:
        """Deletes artifacts and leftovers older than that; returns how many files went."""
        limit = time.time() - older_than_s
        gone = 0
        try:
            entries = list(os.scandir(self._folder))
        except FileNotFoundError:
            return 0
        # The sidecar goes first, so that what is left of an interrupted purge is never served.
        for entry in sorted(entries, key=lambda each: not each.name.endswith(".json")):
            try:
                if entry.stat(follow_symlinks=False).st_mtime < limit and entry.is_file(follow_symlinks=False):
                    Path(entry.path).unlink(missing_ok=True)
                    gone += 1
            except OSError as error:
                logger.warning("an old artifact could not be deleted: %s", error.strerror)
        return gone

    @staticmethod
    def _write(path: Path, content: bytes) -> None:
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _move(self, path: Path, target: Path) -> None:
        if path.is_symlink() or not path.is_file():
            raise OSError(errno.EINVAL, "not a regular file")
        try:
            path.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            copy = target.with_name(f".{target.name}.copy")
            try:
                shutil.copyfile(path, copy, follow_symlinks=False)
                copy.replace(target)
            finally:
                copy.unlink(missing_ok=True)
            path.unlink()
        os.utime(target)  # retention counts from delivery, not from when a cached part was rendered


NOT_FOUND = ApiError(404, "not_found", "there is nothing here")


async def serve_artifact(request: Request, store: FileArtifactStore, artifact_id: str, owner: str | None) -> Response:
    """GET and HEAD of one artifact with one byte range; several ranges at once get the whole file. Everything odd is the same 404."""
    found = await asyncio.to_thread(store.find, artifact_id, owner=owner)
    if found is None:
        raise NOT_FOUND
    etag = f'"{artifact_id[:16]}-{found.stat.st_size:x}"'
    known = found.media_type in SERVED_TYPES
    headers = {
        "etag": etag,
        "cache-control": "private, max-age=86400, immutable",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "content-disposition": f'{"inline" if known else "attachment"}; filename="hisolver{SERVED_TYPES.get(found.media_type, ".bin")}"',
        "accept-ranges": "bytes",
    }
    if etag in (part.strip() for part in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    if ranges := request.headers.getlist("range"):
        size = found.stat.st_size
        match = ONE_RANGE.fullmatch(ranges[0]) if len(ranges) == 1 else None
        if match is None or (match[2] and int(match[2]) < int(match[1])):
            # Malformed or several at once: RFC 9110 lets a server ignore the header, and the whole file costs less than a multipart answer.
            request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
        elif int(match[1] or 0) >= size or (match[3] is not None and int(match[3]) == 0):
            unsatisfiable = (("content-range", f"bytes */{size}"),)
            raise ApiError(416, "range_not_satisfiable", "the range lies outside the file", headers=unsatisfiable)
    media_type = found.media_type if known else "application/octet-stream"
    return FileResponse(found.path, media_type=media_type, headers=headers, stat_result=found.stat)
