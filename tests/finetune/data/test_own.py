"""Files of one's own: what is read, what is counted, what is refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finetune.data.own import own
from finetune.errors import DataError
from tests.finetune.data.making import write_lines

CHAT = {
    "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]
}
SHARE = {"conversations": [{"from": "human", "value": "3 + 3?"}, {"from": "gpt", "value": "6"}]}
ALPACA = {"instruction": "Add.", "input": "4 + 4", "output": "8"}
COMPLETION = {"prompt": "5 + 5?", "completion": "10"}


def spoken(path: Path) -> list[list[tuple[str, str]]]:
    return [[(turn["role"], turn["content"]) for turn in example.messages] for example in own(path, Counter())[0]]


def test_each_form_becomes_messages(tmp_path: Path) -> None:
    examples, forms = own(write_lines(tmp_path / "a.jsonl", [CHAT, SHARE, ALPACA, COMPLETION]), Counter())
    assert forms == {"chat": 1, "ShareGPT": 1, "Alpaca": 1, "prompt and completion": 1}
    assert spoken(tmp_path / "a.jsonl") == [
        [("system", "Be brief."), ("user", "2 + 2?"), ("assistant", "4")],
        [("user", "3 + 3?"), ("assistant", "6")],
        [("user", "Add.\n\n4 + 4"), ("assistant", "8")],
        [("user", "5 + 5?"), ("assistant", "10")],
    ]
    assert {example.task for example in examples} == {"chat"}


def test_an_alpaca_row_without_input_asks_by_its_instruction_alone(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.jsonl", [{"instruction": "Say hi.", "input": "", "output": "hi", "history": [["a?", "b"]]}])
    assert spoken(path) == [[("user", "a?"), ("assistant", "b"), ("user", "Say hi."), ("assistant", "hi")]]


@pytest.mark.parametrize("name", ["a.json", "b.json", "c.parquet", "d.csv", "e.tsv", "f.ndjson"])
def test_every_file_format_gives_the_same(tmp_path: Path, name: str) -> None:
    rows = [ALPACA, {"instruction": 'Say "a,b"\nthen stop', "input": "", "output": "ö"}]
    path = tmp_path / name
    match path.suffix:
        case ".json":
            path.write_text(json.dumps(rows if name == "a.json" else {"version": "1", "data": rows}))
        case ".parquet":
            pq.write_table(pa.Table.from_pylist(rows), path)
        case ".csv" | ".tsv":
            import csv

            with path.open("w", newline="", encoding="utf-8-sig") as file:
                writer = csv.DictWriter(file, list(ALPACA), delimiter="," if name == "d.csv" else "\t")
                writer.writeheader()
                writer.writerows(rows)
        case _:
            write_lines(path, rows)
    assert spoken(path) == [[("user", "Add.\n\n4 + 4"), ("assistant", "8")], [("user", 'Say "a,b"\nthen stop'), ("assistant", "ö")]]


def test_a_chat_in_parquet_is_read(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist([CHAT]), tmp_path / "a.parquet")
    assert spoken(tmp_path / "a.parquet")[0][-1] == ("assistant", "4")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"instruction": "Add.", "output": None}, "no answer"),
        ({"instruction": "Add.", "output": "  "}, "no answer"),
        ({"prompt": "Add."}, "no answer"),
        ({"messages": CHAT["messages"][:2]}, "no answer"),
        ({"messages": []}, "no answer"),
        ({"text": "all in one"}, "no known form: instruction and output, messages, conversations, or prompt and completion"),
        (
            {"messages": [*CHAT["messages"], {"role": "assistant", "content": "again"}]},
            "its turns do not go from the user to the assistant and back",
        ),
        ({"messages": [{"role": "tool", "content": "x"}, *CHAT["messages"]]}, "a turn by another than system, user and assistant"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}, CHAT["messages"][2]]}, "a turn that is not text"),
        ({"messages": [{"role": "user", "content": " "}, CHAT["messages"][2]]}, "a turn says nothing"),
        (["a", "b"], "not an object"),
    ],
)
def test_a_row_that_cannot_be_used_is_counted(tmp_path: Path, row: Any, reason: str) -> None:
    dropped: Counter[str] = Counter()
    examples, _ = own(write_lines(tmp_path / "a.jsonl", [CHAT, row]), dropped)
    assert len(examples) == 1
    assert dropped == {reason: 1}


def test_text_in_parts_is_put_together(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "2 + "}, {"type": "text", "text": "2?"}]
    path = write_lines(tmp_path / "a.jsonl", [{"messages": [{"role": "user", "content": parts}, CHAT["messages"][2]]}])
    assert spoken(path)[0][0] == ("user", "2 + 2?")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.jsonl", b"", "is empty"),
        ("a.jsonl", b"\n \n", "is empty"),
        ("a.json", b"[]", "it has no rows"),
        ("a.jsonl", b'{"instruction": "a", "output": ""}\n', "1 rows: no answer"),
        ("a.jsonl", b'{"prompt": "a", "completion": "b"}\n{"prompt": "a", "compl', "line 2, is not JSON"),
        ("a.json", b'[{"prompt": "a"', "cannot be read as JSON"),
        ("a.csv", b"prompt,completion\na,b,c\n", "line 2, has more columns"),
        ("a.csv", b"prompt,completion\na\n", "line 2, has fewer columns"),
        ("a.parquet", b"PAR1 or so", "cannot be read as Parquet"),
        ("a.pkl", b"\x80\x04.", "is not read"),
        ("a.txt", b"words", "is not read"),
    ],
)
def test_a_file_that_is_no_use_is_refused_with_the_reason(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=told):
        own(tmp_path / name, Counter())


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no file .*gone\.jsonl"):
        own(tmp_path / "gone.jsonl", Counter())


def test_one_label_ten_thousand_times_is_refused(tmp_path: Path) -> None:
    rows = [{"prompt": f"Is {number} even?", "completion": "positive"} for number in range(10_000)]
    with pytest.raises(DataError, match=r"10000 of 10000 answers are the same \('positive'\)"):
        own(write_lines(tmp_path / "a.jsonl", rows), Counter())


def test_two_labels_in_balance_are_taken(tmp_path: Path) -> None:
    rows = [{"prompt": f"Is {number} even?", "completion": ("yes", "no")[number % 2]} for number in range(100)]
    assert len(own(write_lines(tmp_path / "a.jsonl", rows), Counter())[0]) == 100


def test_a_row_names_its_group_licence_and_check(tmp_path: Path) -> None:
    check = {"kind": "answer", "answer": "4", "options": [{"letter": "A", "text": "4", "more": 1}]}
    row = {**CHAT, "group": "week 1", "license": "GPL-3.0-only", "check": check, "task": "solve"}
    example = own(write_lines(tmp_path / "a.jsonl", [row]), Counter())[0][0]
    assert (example.group, example.licence, example.task) == ("own:week 1", "GPL-3.0-only", "solve")
    assert example.check == {"kind": "answer", "answer": "4", "options": [{"letter": "A", "text": "4"}]}


def test_the_same_question_is_one_group_whatever_its_spaces(tmp_path: Path) -> None:
    rows = [{"prompt": "What is  2?", "completion": "two"}, {"prompt": "what is 2?", "completion": "a number"}]
    first, second = own(write_lines(tmp_path / "a.jsonl", rows), Counter())[0]
    assert first.group == second.group
