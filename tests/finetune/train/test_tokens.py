from __future__ import annotations

from pathlib import Path

import pytest

from finetune.errors import DataError
from finetune.train.tokens import tokenise
from tests.finetune.tiny import END_OF_TURN, example, make_dataset, tiny_tokenizer


def test_an_answer_reaches_to_its_end_of_turn_and_no_further(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer()
    made = tokenise(make_dataset(tmp_path, train=[example("Two?", "2\n\nTwo.")]), tokenizer, max_length=100)
    row = made.splits["train"][0]
    learnt = [token for token, mask in zip(row["input_ids"], row["completion_mask"], strict=True) if mask]
    prompt = [token for token, mask in zip(row["input_ids"], row["completion_mask"], strict=True) if not mask]
    assert tokenizer.decode(learnt) == "2\n\nTwo." + END_OF_TURN
    assert tokenizer.decode(prompt) == "<|im_start|>user\nTwo?<|im_end|>\n<|im_start|>assistant\n"
    assert made.tokens["train"] == len(row["input_ids"])


def test_what_is_cut_and_what_has_no_room_is_counted(tmp_path: Path) -> None:
    rows = [example("Two?", "two " * 200), example("Two? " * 200, "2"), example("Two?", "2"), example("Two?", " ")]
    made = tokenise(make_dataset(tmp_path, train=rows, validation=0, test=0), tiny_tokenizer(), max_length=64)
    assert (made.truncated["train"], made.dropped["train"], len(made.splits["train"])) == (1, 2, 2)
    assert max(len(ids) for ids in made.splits["train"]["input_ids"]) == 64
    assert len(made.splits["validation"]) == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"messages": [{"role": "user", "content": "größer"}]}'.encode("latin-1"), "line 2: not UTF-8"),
        (b"{", "line 2: no example"),
        (b'{"text": "Two"}', "line 2: no example"),
        (b"[1]", "line 2: no example"),
    ],
)
def test_a_line_that_is_no_example_is_named(tmp_path: Path, line: bytes, told: str) -> None:
    folder = make_dataset(tmp_path, train=1)
    with (folder / "train.jsonl").open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(DataError, match=told):
        tokenise(folder, tiny_tokenizer(), max_length=64)
