"""A whole data set, from its sources to its folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from finetune.data import stored
from finetune.data.example import as_row, example_id
from finetune.data.make import Order, make
from finetune.data.splits import Shares
from finetune.data.stored import data_version, mend, read_facts, read_rows
from finetune.errors import DataError
from tests.finetune.data.making import RENDERED, example, pair, record, scene, write_corpus, write_lines
from tests.finetune.tiny import make_dataset

WORDS = [
    "amber",
    "brick",
    "cedar",
    "delta",
    "ember",
    "flint",
    "grove",
    "heath",
    "inlet",
    "jade",
    "kelp",
    "lagoon",
    "maple",
    "north",
    "ochre",
    "pearl",
    "quartz",
    "river",
    "slate",
    "thorn",
]


def rows(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Questions that are no twins of each other."""
    made = []
    for number in range(first, first + count):
        words = [WORDS[(number * step + offset) % 20] for offset, step in enumerate((1, 3, 7, 9, 11, 13, 17, 19))]
        made.append({"prompt": f"{' '.join(words)} {number}?", "completion": f"answer {number}"})
    return made


def read(folder: Path, split: str) -> list[dict[str, Any]]:
    return list(read_rows(folder, split))


def test_the_folder_holds_what_the_contract_says(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "own.jsonl", [*rows(60), rows(1)[0], {"prompt": "no answer"}])
    facts = make(Order(out=tmp_path / "out", files=[path], seed=3))
    folder = tmp_path / "out"
    assert sorted(file.name for file in folder.iterdir()) == ["CARD.md", "dataset.json", "test.jsonl", "train.jsonl", "validation.jsonl"]
    assert json.loads((folder / "dataset.json").read_text()) == facts
    assert facts["version"] == data_version(folder)
    assert sum(facts["splits"].values()) == 60
    assert facts["tasks"] == {"chat": 60}
    assert facts["dropped"] == {"the same example again": 1, "own.jsonl: no answer": 1}
    for split, count in facts["splits"].items():
        assert len(read(folder, split)) == count > 0
    row = read(folder, "train")[0]
    assert set(row) == {"id", "messages", "task", "group", "source", "licence", "origin", "check"}
    assert row["id"] == example_id(row["messages"])


def test_the_same_order_gives_the_same_version_and_another_seed_another(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "own.jsonl", rows(60))
    versions = [make(Order(out=tmp_path / name, files=[path], seed=seed))["version"] for name, seed in (("a", 0), ("b", 0), ("c", 1))]
    assert versions[0] == versions[1] != versions[2]


def test_what_is_held_out_is_left_out_and_counted(tmp_path: Path) -> None:
    own_rows = rows(60)
    held = write_lines(
        tmp_path / "held.jsonl",
        [{"question": own_rows[5]["prompt"]}, {"question": own_rows[6]["prompt"]}, {"question": "quite another thing"}],
    )
    order = Order(out=tmp_path / "out", files=[write_lines(tmp_path / "own.jsonl", own_rows)], held_out=[held])
    facts = make(order)
    assert facts["overlap"] == {"held.jsonl": {"items": 3, "found": 2}}
    assert facts["dropped"]["overlaps with held.jsonl"] == 2
    asked = {row["messages"][0]["content"] for split in ("train", "validation", "test") for row in read(tmp_path / "out", split)}
    assert own_rows[5]["prompt"] not in asked
    assert len(asked) == 58


def test_strict_refuses_the_whole_and_writes_nothing(tmp_path: Path) -> None:
    own_rows = rows(60)
    held = write_lines(tmp_path / "held.jsonl", [{"question": own_rows[5]["prompt"]}])
    with pytest.raises(DataError, match=r"1 of 60 examples overlap .*1 of 1 items of held\.jsonl"):
        make(Order(out=tmp_path / "out", files=[write_lines(tmp_path / "own.jsonl", own_rows)], held_out=[held], strict=True))
    assert not (tmp_path / "out").exists()


def test_training_on_the_test_alone_is_refused(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "own.jsonl", rows(30))
    with pytest.raises(DataError, match="nothing is left to train on"):
        make(Order(out=tmp_path / "out", files=[path], held_out=[path]))


def test_a_licence_that_does_not_allow_it_is_left_out_unless_one_says_otherwise(tmp_path: Path) -> None:
    scenes = [
        record(scene(f"S{number}", f"self.wait({number})"), repository=f"r/{number}", licence=("MIT", "GPL-3.0-only", "")[number % 3])
        for number in range(30)
    ]
    corpus = write_corpus(
        tmp_path / "corpus",
        [(row, RENDERED) for row in scenes],
        pairs=[pair(row, f"{WORDS[number % 20]} {number}") for number, row in enumerate(scenes)],
    )
    order = Order(out=tmp_path / "out", corpus=corpus, shares=Shares(0, 0))
    facts = make(order)
    assert facts["licences"] == {"MIT": 10}
    assert facts["dropped"] == {
        "licence: GPL-3.0-only": 10,
        "licence: not known": 10,
        "changes undone: no Manim is installed to tell which names are old": 1,
    }
    assert facts["corpus"] == "0123456789abcdef"
    other = make(Order(out=tmp_path / "all", corpus=corpus, shares=Shares(0, 0), any_licence=True))
    assert other["licences"] == {"MIT": 10, "GPL-3.0-only": 10, "": 10}
    assert "licences: all, by --any-licence" in (tmp_path / "all" / "CARD.md").read_text()


def test_one_repository_cannot_be_split_and_its_scenes_can(tmp_path: Path) -> None:
    scenes = [record(scene(f"S{number}", f"self.wait({number})"), repository="only/one") for number in range(40)]
    corpus = write_corpus(
        tmp_path / "corpus",
        [(row, RENDERED) for row in scenes],
        pairs=[pair(row, f"{WORDS[number % 20]} {number}") for number, row in enumerate(scenes)],
    )
    with pytest.raises(DataError, match=r"1 groups leave .* empty.*--split-by scene"):
        make(Order(out=tmp_path / "out", corpus=corpus))
    assert min(make(Order(out=tmp_path / "out", corpus=corpus, by="scene"))["splits"].values()) > 0


def test_an_empty_order_and_one_answer_everywhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is nothing to learn from"):
        make(Order(out=tmp_path / "out"))
    files = [
        write_lines(tmp_path / f"{name}.jsonl", [{"prompt": f"{name} {number}", "completion": "same"} for number in range(15)])
        for name in "ab"
    ]
    with pytest.raises(DataError, match=r"30 of 30 answers are the same"):
        make(Order(out=tmp_path / "out", files=files))


def test_rows_of_one_template_are_refused_where_a_test_is_to_be_split_off(tmp_path: Path) -> None:
    asked = "{} " + " ".join(f"word{number}" for number in range(60))
    path = write_lines(
        tmp_path / "own.jsonl", [{"prompt": asked.format(number), "completion": f"circle {number}"} for number in range(100)]
    )
    with pytest.raises(DataError, match=r"of 100 examples are near-duplicates .*--validation 0 --test 0"):
        make(Order(out=tmp_path / "out", files=[path]))
    assert make(Order(out=tmp_path / "out", files=[path], shares=Shares(0, 0)))["splits"]["train"] == 100


def test_a_folder_with_other_things_in_it_is_never_replaced(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "own.jsonl", rows(60))
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").touch()
    with pytest.raises(DataError, match="is no data set"):
        make(Order(out=tmp_path / "out", files=[path]))
    assert (tmp_path / "out" / "thesis.docx").exists()


def test_a_data_set_is_replaced_whole(tmp_path: Path) -> None:
    order = Order(out=tmp_path / "out", files=[write_lines(tmp_path / "own.jsonl", rows(60))])
    first = make(order)
    write_lines(tmp_path / "own.jsonl", rows(80))
    second = make(order)
    assert read_facts(tmp_path / "out") == second != first
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_full_disk_leaves_the_old_data_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = Order(out=tmp_path / "out", files=[write_lines(tmp_path / "own.jsonl", rows(60))])
    first = make(order)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(stored, "sync", full)
    with pytest.raises(OSError, match="No space left"):
        make(order)
    assert read_facts(tmp_path / "out") == first
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


KILLED = """
import sys
from pathlib import Path
from finetune.data import stored
from finetune.data.make import Order, make
rename = Path.rename
def stop(self, target):
    if len(sys.argv) > 3 and sys.argv[3] in self.name:
        print("now", flush=True)
        import time; time.sleep(60)
    return rename(self, target)
Path.rename = stop
make(Order(out=Path(sys.argv[1]), files=[Path(sys.argv[2])]))
"""


@pytest.mark.parametrize("moment", [".part-", "out"])
def test_a_run_that_is_killed_while_it_puts_the_folder_in_place_loses_nothing(tmp_path: Path, moment: str) -> None:
    own_rows = write_lines(tmp_path / "own.jsonl", rows(60))
    first = make(Order(out=tmp_path / "out", files=[own_rows]))
    command = [sys.executable, "-c", KILLED, str(tmp_path / "out"), str(own_rows), moment]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3], env={**os.environ, "PYTHONPATH": "."})
    assert child.stdout is not None
    assert child.stdout.readline() == b"now\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    mend(tmp_path / "out")
    assert read_facts(tmp_path / "out")["version"] == first["version"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_files_that_were_changed_by_hand_are_refused(tmp_path: Path) -> None:
    make(Order(out=tmp_path / "out", files=[write_lines(tmp_path / "own.jsonl", rows(60))]))
    with (tmp_path / "out" / "train.jsonl").open("a") as file:
        file.write(json.dumps(as_row(example("a question", "an answer"))) + "\n")
    with pytest.raises(DataError, match=r"are not those that dataset\.json names"):
        read_facts(tmp_path / "out")


@pytest.mark.parametrize("splits", [None, [], {"train": 4}, {"train": "4", "validation": 0, "test": 0}])
def test_a_description_that_does_not_count_its_splits_is_refused(tmp_path: Path, splits: object) -> None:
    made = make_dataset(tmp_path / "out", train=4)
    facts = json.loads((made / stored.FACTS).read_bytes())
    (made / stored.FACTS).write_text(json.dumps({**facts, "splits": splits}))
    with pytest.raises(DataError, match="make the data set again"):
        read_facts(made)


def test_the_card_cannot_be_broken_by_what_strangers_named(tmp_path: Path) -> None:
    row = {**rows(1)[0], "source": "a | b <script>alert(1)</script>\n# heading"}
    make(Order(out=tmp_path / "out", files=[write_lines(tmp_path / "own.jsonl", [row])], shares=Shares(0, 0)))
    card = (tmp_path / "out" / "CARD.md").read_text()
    assert "<script>" not in card
    assert "\n# heading" not in card
    assert "VERSION" not in card


def test_ten_thousand_examples_are_made_in_good_time(tmp_path: Path) -> None:
    """The bound is a generous one for a busy machine; docs/adr/0017 has what was measured."""
    import random

    chance = random.Random(0)
    made = [
        {
            "prompt": " ".join(chance.choices(WORDS, k=40)) + f" {number}",
            "completion": " ".join(chance.choices(WORDS, k=200)) + f" {number}",
        }
        for number in range(10_000)
    ]
    held = write_lines(tmp_path / "held.jsonl", [{"question": " ".join(chance.choices(WORDS, k=30))} for _ in range(1000)])
    began = time.process_time()
    facts = make(Order(out=tmp_path / "out", files=[write_lines(tmp_path / "own.jsonl", made)], held_out=[held]))
    seconds = time.process_time() - began
    assert sum(Counter(facts["splits"]).values()) + sum(facts["dropped"].values()) == 10_000
    assert seconds < 60, f"{seconds:.0f} s of processor time"


def test_answers_that_are_too_long_are_left_out_and_counted(tmp_path: Path) -> None:
    lines = [*rows(30), *({"prompt": one["prompt"], "completion": "long " * 50} for one in rows(3, first=30))]
    facts = make(Order(out=tmp_path / "set", files=(write_lines(tmp_path / "own.jsonl", lines),), longest=100))
    assert sum(facts["splits"].values()) == 30
    assert facts["dropped"]["its answer has more than 100 characters"] == 3
    assert "at most 100 characters" in (tmp_path / "set" / "CARD.md").read_text()
