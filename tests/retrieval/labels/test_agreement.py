from __future__ import annotations

import random

import pytest

from retrieval.labels.agreement import agreement, alpha, between, interval, jaccard, nominal, ordinal, token_f1
from retrieval.labels.records import Label

# The table of Krippendorff's paper of 2011, section E: four observers, twelve units, values missing; and the alphas that he gives for it.
OBSERVERS = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]
TABLE = [[int(value) for value in unit if value != "."] for unit in zip(*(row.split() for row in OBSERVERS), strict=True)]


@pytest.mark.parametrize(("distance", "published"), [(nominal, 0.743), (ordinal, 0.815), (interval, 0.849)])
def test_alpha_is_the_one_that_krippendorff_publishes_for_his_table(distance: object, published: float) -> None:
    assert alpha(TABLE, distance) == pytest.approx(published, abs=5e-4)


def test_full_agreement_is_one_and_chance_is_nought() -> None:
    assert alpha([[1, 1], [2, 2], [5, 5]], ordinal) == 1.0
    chance = random.Random(1)
    assert abs(alpha([[chance.randint(1, 5), chance.randint(1, 5)] for _ in range(4000)], nominal)) < 0.03


def test_disagreement_on_purpose_is_below_nought() -> None:
    assert alpha([[1, 5], [5, 1], [1, 5]], interval) < 0


def test_alpha_is_not_told_where_there_is_nothing_to_compare() -> None:
    assert alpha([], nominal) is None
    assert alpha([[1], [2]], nominal) is None
    assert alpha([[3, 3], [3, 3]], ordinal) is None  # without any variation chance agrees as well


def test_sets_of_tags_that_overlap_agree_in_part() -> None:
    assert jaccard(frozenset("ab"), frozenset("bc")) == pytest.approx(2 / 3)
    assert jaccard(frozenset(), frozenset()) == 0.0
    same = alpha([[frozenset("ab"), frozenset("ab")], [frozenset("c"), frozenset("c")]], jaccard)
    near = alpha([[frozenset("ab"), frozenset("a")], [frozenset("c"), frozenset("c")]], jaccard)
    far = alpha([[frozenset("ab"), frozenset("d")], [frozenset("c"), frozenset("c")]], jaccard)
    assert same == 1.0 and same > near > far


def test_an_interval_lies_around_alpha_and_narrows_with_more_scenes() -> None:
    def rated(count: int) -> list[list[int]]:
        chance = random.Random(3)
        return [[rank, min(5, max(1, rank + chance.choice([0, 0, 0, 1, -1])))] for rank in (chance.randint(1, 5) for _ in range(count))]

    few, many = rated(15), rated(400)
    low, high = between(many, ordinal)
    assert low < alpha(many, ordinal) < high
    assert between(few, ordinal)[1] - between(few, ordinal)[0] > high - low
    assert between(few[:9], ordinal) is None


def test_token_f1_is_blind_to_order_case_and_punctuation() -> None:
    assert token_f1("A square, blue.", "blue a Square") == 1.0
    assert token_f1("a blue square turns", "a red square") == pytest.approx(2 * 2 / (4 + 3))
    assert token_f1("the the the", "the") == pytest.approx(2 / 4)  # words count as often as they stand there
    assert token_f1("something", "else") == 0.0
    assert token_f1("", "else") == 0.0 and token_f1("", "!") == 1.0


def label(scene: str, by: str, description: str, tags: str, rating: int | None, *, machine: bool = False) -> Label:
    return Label(scene, description, tuple(tags.split()), rating, by, "2026-11-26T00:00:00+00:00", machine)


def test_the_report_compares_people_only_and_counts_what_they_share() -> None:
    labels = [
        label("s1", "ada", "a circle grows", "geometry", 4),
        label("s1", "bob", "a circle grows", "geometry motion", 5),
        label("s2", "ada", "a parabola", "graph", 2),
        label("s2", "bob", "the graph of a parabola", "graph", 2),
        label("s3", "ada", "a pie", "chart", None),
        label("s3", "some-model", "words of a model", "", None, machine=True),
    ]
    report = agreement(labels, {"s1": "a circle  grows", "s2": "curve"})
    assert report["scenes"] == 3 and report["shared"] == 2
    assert report["labellers"] == {"ada": 3, "bob": 2}
    assert report["description"]["f1"] == pytest.approx((1.0 + 2 * 2 / (2 + 5)) / 2, abs=1e-4)
    assert report["description"]["unchanged_drafts"] == 0.5  # both of s1 left theirs as it was, both of s2 wrote their own
    assert report["tags"]["each"]["graph"] == {"alpha": 1.0, "scenes": 1}
    assert report["tags"]["each"]["motion"]["alpha"] < 0.5
    assert 0 < report["rating"]["alpha"] < 1 and report["rating"]["interval"] is None


def test_the_report_of_one_labeller_says_that_there_is_nothing_to_compare() -> None:
    report = agreement([label("s1", "ada", "a circle", "geometry", 4)], {})
    assert report["shared"] == 0
    assert report["tags"]["alpha"] is report["rating"]["alpha"] is report["description"]["f1"] is None
