"""What counts as an overlap with a held-out item, and what does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finetune.data.held_out import read_held_out
from finetune.data.overlap import HeldOut, Item, found_by_set
from finetune.errors import DataError
from tests.finetune.data.making import example, scene, write_lines

PROBLEM = "A baker packs 12 rolls into each of 35 bags on Friday and has 8 rolls left over. How many rolls did the baker make?"
SHORT = "Factor x^2 - 5x + 6."
PROGRAM = scene("Shown", "\n        ".join(f"dot{number} = Dot(radius={number}).shift({number} * RIGHT)" for number in range(9)))


def found(text: str, *items: str, answer: str = "nothing of note") -> bool:
    held_out = HeldOut([Item("set", f"{number}", (item,)) for number, item in enumerate(items)])
    return bool(held_out.overlaps(example(text, answer)))


@pytest.mark.parametrize(
    "text",
    [
        PROBLEM,
        PROBLEM.upper().replace(".", " !"),
        f"Solve this with care: {PROBLEM} Show your work.",
        "Yesterday a baker packs 12 rolls into each of 35 bags on Friday and has a rest.",
        PROBLEM.replace("12", "14").replace("35", "36"),
    ],
)
def test_a_problem_is_found_again(text: str) -> None:
    assert found(text, PROBLEM)


def test_it_is_found_in_the_answer_too() -> None:
    assert found("What is a good exercise?", PROBLEM, answer=f"This one: {PROBLEM}")


@pytest.mark.parametrize(
    "text", ["A baker packs rolls into bags. How many does he pack?", "How many rolls did the baker make on Friday?", ""]
)
def test_another_problem_with_the_same_words_is_not(text: str) -> None:
    assert not found(text, PROBLEM)


def test_a_short_item_is_found_whole_and_not_in_part() -> None:
    assert found("Please: factor x^2 - 5x + 6, quickly", SHORT)
    assert not found("Please: factor x^2 - 5x + 4, quickly", SHORT)


def test_an_item_of_few_words_must_be_all_of_the_text() -> None:
    assert found("pythagorean theorem.", "Pythagorean Theorem")
    assert not found("Explain the Pythagorean Theorem to a child", "Pythagorean Theorem")


def test_what_all_programs_share_is_no_overlap_and_a_copied_program_is() -> None:
    begins_alike = scene("Shown", "\n        ".join(f"square{number} = Square().scale({number}).shift(UP)" for number in range(9)))
    assert not found("draw", PROGRAM, answer=begins_alike)
    assert found("draw", PROGRAM, answer=PROGRAM.replace("Shown", "Renamed"))


def test_every_item_that_an_example_holds_is_named() -> None:
    items = [Item("a", "1", (PROBLEM,)), Item("b", "2", (SHORT,)), Item("b", "3", ("Prove that there is no largest prime number.",))]
    held_out = HeldOut(items)
    hits = held_out.overlaps(example(f"{PROBLEM} Then: {SHORT}", "ok"))
    assert hits == {0, 1}
    assert list(found_by_set(items, hits)) == [("a", 1, 1), ("b", 2, 1)]


def test_nothing_overlaps_with_no_items() -> None:
    assert HeldOut([]).overlaps(example(PROBLEM, PROBLEM)) == set()


def test_sets_are_read_in_every_shape(tmp_path: Path) -> None:
    write_lines(
        tmp_path / "problems.jsonl",
        [{"id": "p1", "question": PROBLEM, "label": "D", "expect": {"answer": "a thing that is not compared here"}}],
    )
    write_lines(tmp_path / "chats.jsonl", [{"turns": [{"learner": SHORT}]}])
    instructions = {"role": "system", "content": "instructions that all of them share"}
    chat = [instructions, {"role": "user", "content": "What is 2 + 2?"}, {"role": "assistant", "content": "It is four."}]
    (tmp_path / "own.json").write_text(json.dumps([{"messages": chat}]))
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout" / "clean.py").write_text(PROGRAM)
    (tmp_path / "README.md").write_text("not an item")
    items = read_held_out([tmp_path])
    assert {(item.set, item.texts) for item in items} == {
        ("problems.jsonl", (PROBLEM,)),
        ("chats.jsonl", (SHORT,)),
        ("own.json", ("What is 2 + 2?", "It is four.")),
        ("layout", (PROGRAM,)),
    }


def test_a_data_set_of_ours_can_be_held_out(tmp_path: Path) -> None:
    row = {"id": "1", "messages": [{"role": "user", "content": PROBLEM}, {"role": "assistant", "content": "428"}], "task": "solve"}
    (item,) = read_held_out([write_lines(tmp_path / "test.jsonl", [row])])
    assert item.texts == (PROBLEM, "428")


@pytest.mark.parametrize("name", ["gone.jsonl", "empty.jsonl", "folder"])
def test_a_check_against_nothing_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match=r"there is no|holds no held-out items"):
        read_held_out([tmp_path / name])


def test_the_eval_sets_of_this_repository_are_found_in_what_copies_them() -> None:
    """Every item of the real sets, put into an example, is an overlap with its own set."""
    folder = Path(__file__).parents[3] / "evals" / "datasets"
    items = read_held_out([folder])
    held_out = HeldOut(items)
    missed = []
    for number, item in enumerate(items[::7]):
        longest = max(item.texts, key=len)
        if number * 7 not in held_out.overlaps(example(longest, "an answer of no importance")):
            missed.append((item.set, item.name))
    assert missed == []
    assert len(items) > 900
