from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from retrieval.labels.records import Annotation, instant, labels_of, merge, read_annotation, read_result

NOW = "2026-11-26T12:00:00.000000+00:00"


def annotation(number: int, scene: str = "s1", by: str = "ada", at: str = "2026-11-26T10:00:00Z", **changes: object) -> Annotation:
    made = Annotation(scene, 1, 10 + number, number, by, instant(at), instant(at), False, f"words {number}", ("graph",), 3)
    return replace(made, **changes)


def test_description_tags_and_rating_are_read_whatever_else_stands_in_a_result() -> None:
    result = [
        {"from_name": "description", "value": {"text": ["  a circle ", "grows"]}},
        {"from_name": "tags", "value": {"choices": ["motion", "geometry", "motion"]}},
        {"from_name": "rating", "value": {"rating": 4}},
        {"from_name": "other", "value": {"text": ["no"]}},
        {"from_name": "description", "value": None},
        {"from_name": "rating", "value": {"rating": "five"}},
        "nonsense",
        {},
    ]
    assert read_result(result) == ("a circle\ngrows", ("geometry", "motion"), 4)
    assert read_result([{"from_name": "description", "value": {"text": "one string"}}])[0] == "one string"
    assert read_result([]) == read_result(None) == read_result({"from_name": "description"}) == ("", (), None)


def test_who_and_when_are_an_address_and_a_time_in_utc() -> None:
    row = {
        "scene_id": "s1", "task": 5, "annotation": 7, "completed_by": 2, "created_at": "2026-11-26T11:00:00+02:00", "updated_at": "2026-11-26T09:30:00.5Z",
        "was_cancelled": False, "lead_time": 12.345, "result": [], "draft": "a draft",
    }  # fmt: skip
    read = read_annotation(row, project=3, users={2: "bob@example.com"})
    assert (read.by, read.created_at, read.updated_at, read.seconds) == (
        "bob@example.com", "2026-11-26T09:00:00.000000+00:00", "2026-11-26T09:30:00.500000+00:00", 12.3,
    )  # fmt: skip
    assert read_annotation(row | {"completed_by": 9}, project=3, users={}).by == "user 9"
    with pytest.raises(ValueError, match="yesterday"):
        read_annotation(row | {"updated_at": "yesterday"}, project=3, users={})


def test_the_later_change_wins_and_an_older_one_does_not() -> None:
    first = annotation(1)
    later = annotation(1, at="2026-11-26T11:00:00Z", description="better")
    assert merge([first], [later], project=1, now=NOW).annotations == [later]
    assert merge([later], [first], project=1, now=NOW).annotations == [later]
    assert merge([first], [later], project=1, now=NOW).counts == {"new": 0, "changed": 1, "same": 0, "deleted": 0}


def test_pulling_the_same_again_changes_nothing() -> None:
    pulled = [annotation(1), annotation(2, by="bob"), annotation(3, scene="s0", skipped=True)]
    once = merge([], pulled, project=1, now=NOW)
    twice = merge(once.annotations, pulled, project=1, now="2027-01-01T00:00:00+00:00")
    assert once.annotations == twice.annotations
    assert once.counts["new"] == 3 and twice.counts == {"new": 0, "changed": 0, "same": 3, "deleted": 0}


def test_the_order_in_which_pulls_come_makes_no_difference() -> None:
    states = [
        annotation(1),
        annotation(1, at="2026-11-26T11:00:00Z", description="b"),
        annotation(1, at="2026-11-26T11:30:00Z", description="c"),
    ]
    ends = set()
    for order in itertools.permutations(states):
        known: list[Annotation] = []
        for state in order:
            known = merge(known, [state], project=1, now=NOW).annotations
        ends.add(known[0].description)
    assert ends == {"c"}


def test_what_was_deleted_is_noted_once_and_gives_no_label() -> None:
    known = [annotation(1), annotation(2, by="bob")]
    merged = merge(known, [known[1]], project=1, now=NOW)
    assert [one.deleted_at for one in merged.annotations] == [NOW, None]
    assert [label.by for label in labels_of(merged.annotations)] == ["bob"]
    again = merge(merged.annotations, [known[1]], project=1, now="2027-01-01T00:00:00+00:00")
    assert again.annotations == merged.annotations and again.counts["deleted"] == 0


def test_annotations_of_another_project_are_not_taken_for_deleted() -> None:
    old = annotation(1, by="ada")
    other = replace(annotation(1, by="bob"), project=2)
    merged = merge([old], [other], project=2, now=NOW)
    assert len(merged.annotations) == 2 and merged.counts["deleted"] == 0


def test_a_person_s_latest_word_on_a_scene_is_the_label_and_skips_and_blanks_are_none() -> None:
    labels = labels_of(
        [
            annotation(1),
            annotation(4, at="2026-11-26T11:00:00Z"),
            annotation(2, by="bob", skipped=True),
            annotation(3, by="cy", description="", tags=(), rating=None),
            annotation(5, scene="s0", by="bob", description="", tags=(), rating=5),
        ]
    )
    assert [(label.id, label.by, label.description, label.rating) for label in labels] == [
        ("s0", "bob", "", 5),
        ("s1", "ada", "words 4", 3),
    ]
    assert not any(label.machine for label in labels)
