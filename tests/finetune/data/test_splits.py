"""Properties of the splits, whatever the examples."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.data.example import Example
from finetune.data.near import FEW, WORDS, jaccard, shingles_of_words, twins
from finetune.data.splits import SPLITS, Shares, assigned, split_of
from finetune.errors import DataError
from retrieval.preprocess.duplicates import NEAR
from tests.finetune.data.making import example

WORD = st.sampled_from(
    ["draw", "a", "blue", "circle", "and", "the", "graph", "of", "some", "line", "through", "two", "points", "beside", "its", "square"]
)
TEXT = st.lists(WORD, min_size=6, max_size=30).map(" ".join)
GROUP = st.sampled_from([f"repository {number}" for number in range(12)])
SHARES = Shares(0.25, 0.25)


@st.composite
def copied(draw: st.DrawFn, most: int = 16) -> list[Example]:
    """Examples of which some are others with a word or two changed, in the same repository or another."""
    base = draw(st.lists(TEXT, min_size=1, max_size=8))
    found = []
    for number in range(draw(st.integers(2, most))):
        words = draw(st.sampled_from(base)).split()
        if draw(st.booleans()):
            words[draw(st.integers(0, len(words) - 1))] = draw(WORD)
        found.append(example(" ".join(words), f"answer {number}", group=draw(GROUP)))
    return found


def splits(examples: list[Example], seed: int = 0, shares: Shares = SHARES) -> list[str | None]:
    return list(assigned(examples, twins(examples), seed, shares))


@given(copied())
@settings(max_examples=60, deadline=None)
def test_no_twin_and_no_repository_crosses_a_split(examples: list[Example]) -> None:
    places = splits(examples)
    for (left, one), (right, other) in combinations([pair for pair in zip(examples, places, strict=True) if pair[1]], 2):
        if left.group == right.group:
            assert one == other
        words = [WORDS.findall(item.asked) for item in (left, right)]
        if min(map(len, words)) >= 8 and jaccard(*map(shingles_of_words, words)) >= 0.95:
            assert one == other


@given(copied(), st.integers(0, 5), st.randoms())
@settings(max_examples=40, deadline=None)
def test_the_same_seed_gives_the_same_split_whatever_the_order(examples: list[Example], seed: int, chance: object) -> None:
    order = sorted(range(len(examples)), key=lambda _: chance.random())  # type: ignore[attr-defined]
    shuffled = splits([examples[number] for number in order], seed)
    plain = splits(examples, seed)
    assert shuffled == [plain[number] for number in order]


# fewer rows than make a line a shared one (`finetune.data.near.FEW`): what only shared lines made twins of is no twin any more
@given(copied(FEW // 2 - 1), copied(FEW // 2 - 1))
@settings(max_examples=60, deadline=None)
def test_adding_rows_moves_no_old_row_to_another_split(old: list[Example], new: list[Example]) -> None:
    before = splits(old)
    after = splits([*old, *new])[: len(old)]
    for row, one, other in zip(old, before, after, strict=True):
        # a row may be left out for a twin that came; it never moves, and nothing that comes brings it back
        assert other in (one, None)
        assert one in (split_of(row.group, 0, SHARES), None)


@given(copied(), copied())
@settings(max_examples=60, deadline=None)
def test_what_is_added_for_training_takes_nothing_from_the_test(old: list[Example], new: list[Example]) -> None:
    before = splits(old)
    training = [one for one in new if split_of(one.group, 0, SHARES) == "train"]
    after = splits([*old, *training])[: len(old)]
    assert [one for one in before if one == "test"] == [two for one, two in zip(before, after, strict=True) if one == "test"]


@given(st.text(min_size=1), st.floats(0, 0.45), st.floats(0, 0.45))
def test_a_larger_test_takes_groups_from_training_only(group: str, validation: float, test: float) -> None:
    small = split_of(group, 0, Shares(validation, test))
    large = split_of(group, 0, Shares(validation, min(test + 0.1, 0.5)))
    assert large == small or (small, large) == ("train", "test")


def test_shares_are_what_was_asked_for() -> None:
    counts = Counter(split_of(f"group {number}", 7, Shares(0.1, 0.2)) for number in range(10_000))
    assert {name: round(counts[name] / 10_000, 1) for name in SPLITS} == {"train": 0.7, "validation": 0.1, "test": 0.2}


def test_another_seed_splits_otherwise() -> None:
    groups = [f"group {number}" for number in range(100)]
    assert [split_of(group, 1, SHARES) for group in groups] != [split_of(group, 2, SHARES) for group in groups]


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (-0.1, 0.1), (0, 1)])
def test_shares_that_leave_nothing_to_train_on_are_refused(validation: float, test: float) -> None:
    with pytest.raises(DataError, match="nothing to train on"):
        Shares(validation, test)


def test_twins_are_found_in_the_answer_and_through_others() -> None:
    words = [f"word{number}" for number in range(60)]
    texts = [" ".join([*words[: 60 - changed], *(f"other{number}" for number in range(changed))]) for changed in (0, 3, 6)]
    ends = [shingles_of_words(text.split()) for text in texts]
    assert jaccard(ends[0], ends[2]) < NEAR + 0.05 < jaccard(ends[0], ends[1])
    examples = [example(f"question number {number}", text) for number, text in enumerate(texts)]
    assert twins([*examples, example("unlike all", "something else " * 12)]) == [0, 0, 0, 3]


def test_short_answers_and_short_questions_make_no_twins() -> None:
    asked = [
        "Is seven a prime number, and why do you think so?",
        "Does this long line cross the other one anywhere at all?",
        "Draw a circle.",
        "Draw a circle.",
    ]
    assert twins([example(text, "yes") for text in asked]) == [0, 1, 2, 3]


def test_a_long_instruction_that_all_rows_share_makes_no_twins_of_them() -> None:
    instruction = " ".join(f"rule{number}" for number in range(200))
    examples = [
        example(f"{instruction}\n\nThe text number {number} is about thing{number} and about thing{number * 7}.", "yes")
        for number in range(40)
    ]
    assert twins(examples) == list(range(40))


def test_rows_of_one_template_are_found_without_comparing_each_with_each() -> None:
    template = " ".join(f"word{number}" for number in range(60))
    assert set(twins([example(f"{number} {template}", "ok") for number in range(300)])) == {0}
