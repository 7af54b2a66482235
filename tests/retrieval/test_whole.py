"""A file is there whole or as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.whole import write_whole
from tests.retrieval.full_disk import full_disk


def test_a_file_is_replaced_in_one_step_and_may_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    write_whole(path, lambda handle: handle.write(b"new"))
    assert path.read_bytes() == b"new" and path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_leaves_the_old_file_and_no_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")
    with full_disk(), pytest.raises(OSError):
        write_whole(path, lambda handle: handle.write(b"new" * 100))
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_a_writer_that_fails_leaves_the_old_file_and_no_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"old")

    def fails(handle: object) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write_whole(path, fails)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]
