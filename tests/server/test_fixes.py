from __future__ import annotations

from pathlib import Path

from server.fixes import MOST, FileFixMemory, key_of


async def test_a_fix_is_offered_for_the_same_error_with_other_values(tmp_path: Path) -> None:
    memory = FileFixMemory(tmp_path / "data" / "fixes.jsonl")
    await memory.keep("TypeError: f() takes 2 positional arguments but 3 were given", "f(1, 2, 3)", "f(1, 2)")
    found = await FileFixMemory(tmp_path / "data" / "fixes.jsonl").recall("TypeError: f() takes 4 positional arguments but 9 were given")
    assert found == {"statement": "f(1, 2, 3)", "replacement": "f(1, 2)"}


async def test_another_name_is_another_error(tmp_path: Path) -> None:
    memory = FileFixMemory(tmp_path / "fixes.jsonl")
    await memory.keep("NameError: name 'Heart' is not defined", "Heart()", "Circle()")
    assert await memory.recall("NameError: name 'Moon' is not defined") is None


async def test_the_latest_fix_counts_and_the_same_one_is_kept_once(tmp_path: Path) -> None:
    memory = FileFixMemory(tmp_path / "fixes.jsonl")
    for new in ("a", "b", "b"):
        await memory.keep("ValueError: no", "x", new)
    assert (await memory.recall("ValueError: no") or {})["replacement"] == "b"
    assert len((tmp_path / "fixes.jsonl").read_text().splitlines()) == 2


async def test_the_oldest_fixes_go_when_there_are_too_many(tmp_path: Path) -> None:
    memory = FileFixMemory(tmp_path / "fixes.jsonl")
    (tmp_path / "fixes.jsonl").write_text("".join(f'{{"error": "e{n}", "statement": "s", "replacement": "r"}}\n' for n in range(MOST)))
    await memory.keep("new", "s", "r")
    assert await memory.recall("e0") is None
    assert await memory.recall("new") is not None


async def test_a_broken_file_costs_the_memory_only(tmp_path: Path) -> None:
    file = tmp_path / "fixes.jsonl"
    file.write_bytes(b'{"error": 3}\nnot json\n\xff\xfe')
    memory = FileFixMemory(file)
    assert await memory.recall("x") is None
    file.write_text('{"error": 3}\nnot json\n')
    await memory.keep("x", "a", "b")
    assert await memory.recall("x") is not None


async def test_a_full_disk_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("")
    memory = FileFixMemory(tmp_path / "in the way" / "fixes.jsonl")
    await memory.keep("x", "a", "b")
    assert await memory.recall("x") is None


def test_the_key_keeps_what_says_what_is_wrong() -> None:
    assert key_of("NameError: name 'Heart' is not defined") != key_of("NameError: name 'Moon' is not defined")
    assert key_of('ValueError: "abc" at 3.5') == key_of('ValueError: "xyz" at 7')
