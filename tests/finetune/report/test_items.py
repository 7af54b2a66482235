from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finetune.errors import DataError
from finetune.report.items import load_items


def example(name: str, **fields: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "2 + 3?"}, {"role": "assistant", "content": "5"}]
    return {"id": name, "messages": messages, "task": "solve", "check": {"kind": "answer", "answer": "5"}, **fields}


def written(folder: Path, *lines: Any, described: Any = None) -> Path:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    (folder / "test.jsonl").write_text(text, encoding="utf-8")
    if described is not None:
        (folder / "dataset.json").write_text(json.dumps(described))
    return folder


def test_the_last_message_is_the_answer_and_all_before_it_the_prompt(tmp_path: Path) -> None:
    data = load_items(written(tmp_path, example("a"), described={"name": "sums", "version": "abc"}))
    (item,) = data.items
    assert [message["role"] for message in item.prompt] == ["system", "user"] and item.completion == "5"
    assert (data.name, data.version, data.held_out) == ("sums", "abc", 1)


def test_a_longer_report_holds_a_shorter_ones_items(tmp_path: Path) -> None:
    folder = written(tmp_path, *(example(name) for name in "dbca"))
    assert [item.id for item in load_items(folder).items] == list("abcd")
    assert load_items(folder, 2).items == load_items(folder, 3).items[:2]
    assert load_items(folder, 2).held_out == 4


def test_without_a_description_the_version_is_of_the_content(tmp_path: Path) -> None:
    first = load_items(written(tmp_path, example("a"))).version
    assert first == load_items(written(tmp_path, example("a"))).version != load_items(written(tmp_path, example("b"))).version


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2 is damaged"),
        ("[]", "no id"),
        (example(""), "no id"),
        (example("a"), "twice"),
        (example("b", messages=[]), "at least a prompt and an answer"),
        (example("b", messages=[{"role": "user", "content": "x"}, {"role": "user", "content": "y"}]), "must be the assistant's"),
        (example("b", messages=[{"role": "user", "content": "x"}, {"role": "assistant", "content": "  "}]), "not empty"),
        (example("b", messages=[{"role": "tool", "content": "x"}, {"role": "assistant", "content": "y"}]), "role and content"),
        (example("b", check="render"), "check must be"),
        (example("b", check={"kind": "answer"}), "needs the answer"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: Any, told: str) -> None:
    with pytest.raises(DataError, match=told):
        load_items(written(tmp_path, example("a"), line))


def test_what_was_learnt_is_not_asked(tmp_path: Path) -> None:
    written(tmp_path, example("a"), example("b"))
    (tmp_path / "train.jsonl").write_text(json.dumps(example("b")) + "\n")
    with pytest.raises(DataError, match=r"1 of the 2 held-out examples .* in train.jsonl"):
        load_items(tmp_path)


def test_an_empty_split_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no examples"):
        load_items(written(tmp_path))
    with pytest.raises(DataError, match="cannot be read"):
        load_items(tmp_path / "nowhere")
