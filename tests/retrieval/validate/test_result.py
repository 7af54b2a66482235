"""What is made of a render report."""

from __future__ import annotations

from typing import Any

import pytest

from retrieval.validate.result import formulas, fullest_moment


def shown(begin: float, end: float, kind: str = "Circle", text: str | None = None) -> dict[str, Any]:
    return {"kind": kind, "text": text, "from_s": begin, "to_s": end, "line": 1}


def test_formulas_are_tex_of_whatever_class_each_once_and_in_order() -> None:
    on_screen = [
        shown(0, 1, "MathTex", "b"),
        shown(0, 1, "Text", "no"),
        shown(0, 1, "MyTex", "a"),
        shown(2, 3, "Tex", "b"),
        shown(0, 1, "Tex"),
    ]
    assert formulas(on_screen) == ["b", "a"]


@pytest.mark.parametrize(
    ("on_screen", "seconds", "moment"),
    [
        ([], 4.0, 2.0),
        ([shown(0, 4)], 4.0, 2.0),
        ([shown(0, 4), shown(2, 4)], 4.0, 3.0),
        ([shown(0, 4), shown(1, 2), shown(3, 4)], 4.0, 3.5),  # of two stretches that show as much, the later one
        ([shown(0, 9), shown(1, 2), shown(1, 2)], 4.0, 1.5),  # what claims to be there after the end is cut
        ([shown(3, 3)], 4.0, 2.0),
    ],
)
def test_the_thumbnail_is_taken_where_most_is_on_screen(on_screen: list[dict[str, Any]], seconds: float, moment: float) -> None:
    assert fullest_moment(on_screen, seconds) == moment
