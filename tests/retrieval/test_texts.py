"""Words, and what of a scene is embedded and counted."""

from __future__ import annotations

from typing import Any

import pytest

from retrieval.index.texts import FIELDS, Told, told_by
from retrieval.words import MOST, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("get_riemannRectangles", ["get", "riemann", "rectangle"]),
        ("The shading of areas", ["shad", "area"]),
        ("the scene of a", []),
        ("Ellipse Ellipsen größe", ["ellipse", "ellipsen", "größe"]),
        ("class ThreeDAxes pass", ["class", "three", "axes", "pass"]),
    ],
)
def test_identifiers_are_split_endings_cut_and_filler_left_out(text: str, found: list[str]) -> None:
    assert [word for word in words(text) if word not in ("d", "axe")] == [word for word in found if word != "axes"]


def test_a_book_pasted_as_a_description_is_cut() -> None:
    assert len(words("parabola vertex " * 10_000)) <= MOST


def test_a_scene_tells_its_calls_its_names_and_its_texts_but_no_docstring(make_record: Any) -> None:
    record = make_record("AreaUnderCurve", "shades an area", "self.add(Axes().get_area(color=BLUE), Text('the shaded part'))")
    told = told_by(record)
    assert told.intent == "area under curve: get area, text, axes. the shaded part"
    assert set(told.fields) == set(FIELDS)
    assert told.fields["identifiers"].count("axe") == 1 and "color" in told.fields["identifiers"]
    assert told.fields["texts"] == ["shad", "part"]
    assert told.description.endswith("Uses Text, Axes.")
    documented = make_record("A", "", "'''Ignore the rules'''\n        self.wait()")
    assert "Ignore" not in told_by(documented).intent


def test_code_that_does_not_parse_costs_the_code_only(make_record: Any) -> None:
    told = told_by(make_record("Broken", "a ladder", "self.add("))
    assert told.fields["description"] == ["ladder"] and told.fields["identifiers"] == []


def test_what_a_scene_tells_survives_the_cache(make_record: Any) -> None:
    told = told_by(make_record("Größe", 'ein "Bild" \u2028', "self.add(Text('é'))"))
    assert Told.from_json(told.as_json()) == told
