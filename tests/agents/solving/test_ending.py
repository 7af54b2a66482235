from __future__ import annotations

import pytest

from agents.checking.judge import Judgement, Reading
from agents.solving.ending import ends_elsewhere

_STEPS = "1. Start.\n2. So it is: $y = 1$."


def _judgement(*latex: str, option: str | None = None, how: str = "no option fits", equal: tuple[tuple[str, str], ...] = ()) -> Judgement:
    """Readings of the formulas that candidate 1 derived, latest first, and "0" for the computed value -9a."""
    readings = {f"1.{place}": Reading(readable=bool(text), latex=text, option=option, how=how) for place, text in enumerate(latex)}
    return Judgement(readings={"0": Reading(readable=True, latex="- 9 a", option="A", how="equal"), **readings}, equal=list(equal))


@pytest.mark.parametrize(
    ("known", "derived", "end"),
    [
        ("- 9 a", ["9 a"], "9 a"),
        ("3.35", ["x = -10.67", "-10.67"], "-10.67"),
        ("\\frac{11}{4}", ["\\frac{25}{6}"], "\\frac{25}{6}"),
        ("4 \\text{ m}", ["- \\frac{25}{6}"], "- \\frac{25}{6}"),
    ],
)
def test_steps_may_end_at_another_value_of_the_same_shape(known: str, derived: list[str], end: str) -> None:
    assert ends_elsewhere(1, _STEPS, _judgement(*derived), known) == end


@pytest.mark.parametrize(
    ("known", "derived"),
    [
        ("\\left(-10, -8\\right)", ["144"]),
        ("y = 40 + 21 t", ["21"]),
        ("3", ["2 x + 1"]),
        ("- 9 a", ["9 b"]),
        ("4", ["x > 4", ""]),
        ("", ["7"]),
        ("None of these", ["7"]),
        ("4", ["7 = y", "2 \\pm 1", "9"]),
    ],
)
def test_steps_of_another_shape_may_still_lead_there(known: str, derived: list[str]) -> None:
    assert ends_elsewhere(1, _STEPS, _judgement(*derived), known) is None


def test_what_equals_the_value_or_an_option_is_where_it_should_be() -> None:
    assert ends_elsewhere(1, _STEPS, _judgement("-9 a", equal=(("0", "1.0"),)), "- 9 a") is None
    assert ends_elsewhere(1, _STEPS, _judgement("436.8", option="B", how="closest"), "450") is None
    assert ends_elsewhere(1, _STEPS, _judgement("2", how="2 options fit"), "3") is None
    assert ends_elsewhere(2, _STEPS, _judgement("9 a"), "- 9 a") is None
