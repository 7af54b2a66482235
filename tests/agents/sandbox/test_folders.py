from __future__ import annotations

import os
from pathlib import Path

import pytest

from agents.sandbox.folders import DEEPEST, Unbounded, remove, usage


def test_names_and_bytes_are_counted_and_no_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "big").write_bytes(b"x" * 1_000_000)
    inside = tmp_path / "in"
    (inside / "a").mkdir(parents=True)
    (inside / "a" / "f").write_bytes(b"x" * 100_000)
    os.link(inside / "a" / "f", inside / "same")
    (inside / "link").symlink_to("../out")
    names, taken = usage([str(inside)], 100)
    assert names == 4 and 100_000 <= taken < 200_000


def test_a_hole_takes_no_room(tmp_path: Path) -> None:
    with (tmp_path / "f").open("wb") as file:
        file.truncate(1 << 30)
    assert usage([str(tmp_path)], 10)[1] < 100_000


def test_counting_ends_soon_after_the_most(tmp_path: Path) -> None:
    for number in range(50):
        (tmp_path / f"{number}").touch()
    assert usage([str(tmp_path)], 10)[0] == 11


def _deep(at: Path, levels: int, name: str = "d") -> None:
    before = os.open(".", os.O_RDONLY)
    os.chdir(at)
    try:
        for _ in range(levels):
            Path(name).mkdir()
            os.chdir(name)
        Path("f").touch()
    finally:
        os.fchdir(before)
        os.close(before)


def test_folders_nested_without_end_are_said_to_be_so(tmp_path: Path) -> None:
    _deep(tmp_path, DEEPEST - 1)
    assert usage([str(tmp_path)], 1000)[0] == DEEPEST
    (tmp_path / "more").mkdir()
    _deep(tmp_path / "more", DEEPEST + 5)
    with pytest.raises(Unbounded, match="nested"):
        usage([str(tmp_path)], 1000)
    remove(str(tmp_path / "more"))


def test_a_hostile_folder_is_removed_and_nothing_outside_it(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "f").write_text("kept")
    folder = tmp_path / "gone"
    folder.mkdir()
    _deep(folder, 3000)
    (folder / "long").mkdir()
    _deep(folder / "long", 40, "n" * 250)
    (folder / "link").symlink_to(tmp_path / "kept")
    (folder / "closed").mkdir()
    (folder / "closed" / "inner").mkdir()
    (folder / "closed" / "inner").chmod(0)
    (folder / "closed").chmod(0)
    os.mkfifo(folder / "pipe")
    remove(str(folder))
    assert not folder.exists() and (tmp_path / "kept" / "f").read_text() == "kept"
