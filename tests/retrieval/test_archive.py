from __future__ import annotations

import gzip
import io
import random
import stat
import tarfile
import zipfile
from collections.abc import Iterator

import pytest

from retrieval.sources.archive import ArchiveError, Limits, read_tar, read_zip
from retrieval.sources.base import TargetError
from retrieval.sources.keep import FILE_BYTES, Selection, safe_path

SCENE = b"from manim import *\n"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def member(name: str, content: bytes = SCENE, **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    found = tarfile.TarInfo(name)
    found.size = len(content)
    for field, value in fields.items():
        setattr(found, field, value)
    return found, content


def tar(*members: tuple[tarfile.TarInfo, bytes], comment: str = COMMIT) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": comment}) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return raw.getvalue()


def chunks(data: bytes, size: int = 1000) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def read(data: bytes, limits: Limits | None = None) -> tuple[Selection, str]:
    selection = Selection()
    return selection, read_tar(chunks(data), selection, limits or Limits())


def test_files_come_without_their_root_and_with_the_commit() -> None:
    selection, commit = read(gzip.compress(tar(member("r-1/a.py"), member("r-1/b/c.py", b"x = 1\n"), member("r-1/d.png", b"manim"))))
    assert selection.files == {"a.py": SCENE, "b/c.py": b"x = 1\n"} and commit == COMMIT and not selection.skipped


@pytest.mark.parametrize("comment", ["", "not a commit", "Z" * 40])
def test_a_comment_that_is_no_commit_is_none(comment: str) -> None:
    assert read(gzip.compress(tar(member("r/a.py"), comment=comment)))[1] == ""


@pytest.mark.parametrize(
    "name", ["../../etc/cron.d/x.py", "/etc/x.py", "r/../../x.py", "r/a\\..\\x.py", "r/c:/x.py", "r/a\x01.py", "r/\udcff.py", "r/x\n.py"]
)
def test_paths_that_lead_elsewhere_are_counted_and_left_out(name: str) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
        for info, content in (member(name), member("r/good.py")):
            archive.addfile(info, io.BytesIO(content))
    selection, _ = read(gzip.compress(raw.getvalue()))
    assert selection.files == {"good.py": SCENE} and selection.skipped == {"unsafe_path": 1}


@pytest.mark.parametrize(
    ("path", "clean"), [("a//b/./c.py", "a/b/c.py"), ("./a.py", "a.py"), (".", None), ("", None), ("a/..", None), ("..a/b", "..a/b")]
)
def test_a_path_is_written_in_one_way(path: str, clean: str | None) -> None:
    assert safe_path(path) == clean


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (tarfile.SYMTYPE, "link"),
        (tarfile.LNKTYPE, "link"),
        (tarfile.CHRTYPE, "special_file"),
        (tarfile.FIFOTYPE, "special_file"),
        (tarfile.BLKTYPE, "special_file"),
    ],
)
def test_links_and_devices_are_never_followed(kind: bytes, reason: str) -> None:
    selection, _ = read(gzip.compress(tar(member("r/a.py", b"", type=kind, linkname="/etc/passwd"), member("r/good.py"))))
    assert selection.files == {"good.py": SCENE} and selection.skipped == {reason: 1}


def test_what_is_too_large_null_or_a_pointer_is_counted() -> None:
    selection, _ = read(
        gzip.compress(
            tar(
                member("r/good.py"),
                member("r/large.py", b"x" * (50 * 2**20)),
                member("r/nulls.py", b"manim\0"),
                member("r/lfs.py", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"),
                member("r/venv/site-packages/manim/__init__.py"),
                member("r/good.py", b"again"),
                member("r/plain.ipynb", b"{}"),
            )
        )
    )
    assert selection.files == {"good.py": SCENE}
    assert selection.skipped == {"too_large": 1, "null_bytes": 1, "lfs_pointer": 1, "foreign_code": 1, "same_path": 1}


def test_a_repository_that_never_mentions_manim_gives_nothing() -> None:
    assert read(gzip.compress(tar(member("r/a.py", b"import numpy\n"), member("r/README.md", b"manim"))))[0].files == {}


@pytest.mark.parametrize(
    ("limits", "data"),
    [
        (Limits(total_bytes=2**20), gzip.compress(tar(member("r/a.bin", b"\0" * (3 * 2**20))))),
        (Limits(ratio=50, ratio_from=2**16), gzip.compress(tar(member("r/a.bin", b"\0" * (3 * 2**20))))),
        (Limits(members=10), gzip.compress(tar(*(member(f"r/{n}.txt") for n in range(12))))),
        (Limits(), gzip.compress(tar(member("r/" + "x" * (2 * 2**20) + ".py")))),
        (Limits(), gzip.compress(b"\0" * (80 * 2**20))),
    ],
    ids=["total", "ratio", "members", "header", "zeros"],
)
def test_bombs_end_before_they_go_off(limits: Limits, data: bytes) -> None:
    with pytest.raises(ArchiveError) as caught:
        read(data, limits)
        # eighty megabytes of zeros are an archive that has ended at once; what comes behind the end is still counted
    assert caught.value.reason == "archive_bomb"


def test_an_archive_that_is_too_long_is_refused_while_it_comes() -> None:
    noise = random.Random(1).randbytes(2**20)
    with pytest.raises(ArchiveError, match="archive_too_large"):
        read(gzip.compress(tar(member("r/a.bin", noise))), Limits(archive_bytes=2**19))


def test_an_archive_cut_anywhere_is_never_taken_for_a_whole_one() -> None:
    whole = gzip.compress(tar(*(member(f"r/{n}.py", SCENE + bytes([65 + n]) * 700) for n in range(6))), mtime=0)
    for cut in range(0, len(whole) - 1, 7):
        with pytest.raises(ArchiveError) as caught:
            read(whole[:cut])
        assert caught.value.reason == "archive_truncated"
    assert len(read(whole)[0].files) == 6


def test_a_tar_that_is_cut_before_it_is_packed_is_damaged() -> None:
    plain = tar(*(member(f"r/{n}.py") for n in range(6)))
    end = plain.rstrip(b"\0")
    for cut in (512, 1024, len(end) // 2, len(end) // 1024 * 1024):
        with pytest.raises(ArchiveError) as caught:
            read(gzip.compress(plain[:cut]))
        assert caught.value.reason == "archive_damaged"


def test_noise_is_an_error_of_ours_and_no_other() -> None:
    chance = random.Random(7)
    plain = bytearray(tar(*(member(f"r/{n}.py") for n in range(4)), member("r/" + "y" * 150 + ".py")))
    outcomes = set()
    for _ in range(300):
        spoilt = bytearray(plain)
        for _ in range(chance.randint(1, 30)):
            spoilt[chance.randrange(len(spoilt) - 2048)] = chance.randrange(256)
        try:
            read(gzip.compress(bytes(spoilt), compresslevel=1))
            outcomes.add("read")
        except TargetError as error:
            outcomes.add(error.reason)
    assert "archive_damaged" in outcomes and outcomes <= {"read", "archive_damaged", "archive_bomb"}
    for wrong in (b"", b"PK\x03\x04", b"<html>rate limit</html>", chance.randbytes(5000)):
        with pytest.raises(ArchiveError):
            read(wrong)


def test_a_wrong_checksum_at_the_end_is_damage() -> None:
    data = bytearray(gzip.compress(tar(member("r/a.py"))))
    data[-6] ^= 0xFF
    with pytest.raises(ArchiveError, match="archive_damaged"):
        read(bytes(data))


def zipped(*entries: tuple[str, bytes, int]) -> io.BytesIO:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return raw


def test_a_zip_is_read_with_the_same_care() -> None:
    selection = Selection()
    raw = zipped(
        ("a/x.py", SCENE, stat.S_IFREG | 0o644),
        ("../y.py", SCENE, 0),
        ("link.py", b"/etc/passwd", stat.S_IFLNK | 0o777),
        ("pipe.py", b"", stat.S_IFIFO | 0o644),
        ("big.py", b"m" * (FILE_BYTES + 1), 0),
    )
    read_zip(raw, selection)
    assert selection.files == {"a/x.py": SCENE}
    assert selection.skipped == {"unsafe_path": 1, "link": 1, "special_file": 1, "too_large": 1}


def test_a_zip_that_lies_about_sizes_or_is_noise_is_damaged() -> None:
    raw = bytearray(zipped(("x.py", SCENE * 5000, 0)).getvalue())
    place = raw.rindex(b"PK\x01\x02")
    raw[place + 24 : place + 28] = (10).to_bytes(4, "little")  # the unpacked size in the directory
    with pytest.raises(ArchiveError, match="archive_damaged"):
        read_zip(io.BytesIO(bytes(raw)), Selection())
    with pytest.raises(ArchiveError, match="archive_damaged"):
        read_zip(io.BytesIO(b"PK\x03\x04 and nothing more"), Selection())
    with pytest.raises(ArchiveError, match="archive_bomb"):
        read_zip(zipped(*((f"{n}.py", b"m" * 2**20, 0) for n in range(8))), Selection(), Limits(ratio_from=2**20))


def test_a_document_is_kept_where_it_shows_code_for_manim() -> None:
    selection = read(
        gzip.compress(
            tar(
                member("r/README.md", b"# manim\n```python\nclass A(Scene):\n    pass\n```\n"),
                member("r/docs/a.rst", b".. manim:: A\n"),
                member("r/docs/b.rst", b"All about manim and its classes\n"),
                member("r/docs/c.md", b"class A(B):\n"),
            )
        )
    )[0]
    assert set(selection.files) == {"README.md", "docs/a.rst"}
