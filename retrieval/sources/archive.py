"""Reads tar.gz and zip files that strangers made: in memory, one member at a time, nothing ever written to a disk, no link ever followed.

A tar is read as a stream while it is still downloading. What the archive says of itself (sizes, names, counts) is never trusted.
"""

from __future__ import annotations

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Self, cast

from retrieval.sources.base import TargetError
from retrieval.sources.keep import FILE_BYTES, Selection

CHUNK = 2**16


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes of the archive, bytes unpacked, how many times larger unpacked (asked once `ratio_from` bytes are), and members."""

    archive_bytes: int = 2**30
    total_bytes: int = 4 * 2**30
    ratio: float = 200.0
    ratio_from: int = 64 * 2**20
    members: int = 100_000
    header_bytes: int = 2**20


LIMITS = Limits()


class ArchiveError(TargetError):
    """`reason` is archive_truncated (worth another try), archive_damaged, archive_bomb or archive_too_large."""


def read_tar(chunks: Iterable[bytes], selection: Selection, limits: Limits = LIMITS, *, strip_root: bool = True) -> str:
    """Hands the files of a tar.gz to `selection`, without the folder that git archive and sdists put around all. Returns the commit, or "".

    The commit is the comment that `git archive`, and so GitHub, writes into the archive. Raises `ArchiveError`, and what `chunks` raises.
    """
    stream = _Gunzip(chunks, limits)
    members = 0
    try:
        with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|", bufsize=CHUNK, tarinfo=_Member) as archive:
            while (member := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # or every header of a large archive stays in memory
                members += 1
                if members > limits.members:
                    raise ArchiveError("archive_bomb", f"more than {limits.members} members")
                path = member.name.partition("/")[2] if strip_root and not member.name.startswith(("/", "..")) else member.name
                if member.isdir():
                    continue
                if member.islnk() or member.issym():
                    selection.skipped["link"] += 1
                elif member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
                    selection.skipped["special_file"] += 1
                elif (kept := selection.wants(path, member.size)) is not None and (handle := archive.extractfile(member)) is not None:
                    selection.add(kept, handle.read())
            commit = str(archive.pax_headers.get("comment", ""))
        stream.finish()
    except (tarfile.TarError, zlib.error, EOFError, ValueError, LookupError, OverflowError, RecursionError) as error:
        if stream.ended_early:
            raise ArchiveError("archive_truncated") from error
        raise ArchiveError("archive_damaged", str(error)[:200]) from error
    return commit if len(commit) in (40, 64) and all(sign in "0123456789abcdef" for sign in commit) else ""


def read_zip(handle: IO[bytes], selection: Selection, limits: Limits = LIMITS, *, strip_root: bool = False) -> None:
    """Hands the files of a zip, or a wheel, to `selection`. `handle` must seek. Raises `ArchiveError`."""
    read = 0
    try:
        with zipfile.ZipFile(handle) as archive:
            if len(archive.filelist) > limits.members:
                raise ArchiveError("archive_bomb", f"more than {limits.members} members")
            for member in archive.filelist:
                path = member.filename.partition("/")[2] if strip_root else member.filename
                kind = stat.S_IFMT(member.external_attr >> 16)
                if member.is_dir():
                    continue
                if kind == stat.S_IFLNK:
                    selection.skipped["link"] += 1
                elif kind not in (0, stat.S_IFREG):
                    selection.skipped["special_file"] += 1
                elif member.flag_bits & 1:
                    selection.skipped["encrypted"] += 1
                elif (kept := selection.wants(path, member.file_size)) is not None:
                    with archive.open(member) as file:
                        content = file.read(FILE_BYTES + 1)
                    read += len(content)
                    if read > limits.total_bytes or (read > limits.ratio_from and read > limits.ratio * _size(handle)):
                        raise ArchiveError("archive_bomb", f"{read} bytes so far")
                    selection.add(kept, content)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, LookupError, NotImplementedError, OverflowError) as error:
        raise ArchiveError("archive_damaged", str(error)[:200]) from error


def _size(handle: IO[bytes]) -> int:
    place = handle.tell()
    size = handle.seek(0, 2)
    handle.seek(place)
    return size


class _Member(tarfile.TarInfo):
    """A header that tarfile cannot read ends the archive quietly; here it is an error. So is a header that asks for memory without end."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        if len(buf) == tarfile.BLOCKSIZE and not any(buf):
            return super().frombuf(buf, encoding, errors)  # the mark at the end, which tarfile wants to see
        try:
            member = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            raise ArchiveError("archive_damaged", str(error)) from error
        if member.size < 0 or (member.type in b"xgXLK" and member.size > LIMITS.header_bytes):
            raise ArchiveError("archive_bomb", "a header of impossible size")
        return member


class _Gunzip:
    """What tarfile reads from: unpacks as it is asked, counts, and knows whether the end was the end."""

    def __init__(self, chunks: Iterable[bytes], limits: Limits) -> None:
        self.ended_early = False
        self._chunks: Iterator[bytes] = iter(chunks)
        self._limits = limits
        self._unpacker = zlib.decompressobj(wbits=31)
        self._rest = b""
        self._packed = 0
        self._unpacked = 0

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, fewer only at the end. Raises `ArchiveError`, `zlib.error`."""
        parts: list[bytes] = []
        while size > 0:
            part = self._some(size)
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def finish(self) -> None:
        """Reads to the end, so that the checksum there is checked. Raises `ArchiveError`, `zlib.error`."""
        while self._some(CHUNK):
            pass

    def _some(self, size: int) -> bytes:
        while not self._unpacker.eof:
            if not self._rest:
                self._rest = next(self._chunks, b"")
                self._packed += len(self._rest)
                if self._packed > self._limits.archive_bytes:
                    raise ArchiveError("archive_too_large", f"more than {self._limits.archive_bytes} bytes")
                if not self._rest:
                    self.ended_early = True
                    raise ArchiveError("archive_truncated")
            part = self._unpacker.decompress(self._rest, size)
            self._rest = self._unpacker.unconsumed_tail
            self._unpacked += len(part)
            too_many = self._unpacked > self._limits.total_bytes
            too_dense = self._unpacked > self._limits.ratio_from and self._unpacked > self._limits.ratio * self._packed
            if too_many or too_dense:
                raise ArchiveError("archive_bomb", f"{self._unpacked} bytes out of {self._packed}")
            if part:
                return part
        return b""
