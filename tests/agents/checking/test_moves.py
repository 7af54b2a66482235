from __future__ import annotations

import pytest

from agents.checking.alike import alike
from agents.checking.consistency import contradictions
from agents.checking.moves import move
from agents.checking.values import from_python


@pytest.mark.parametrize(
    ("before", "after", "kind", "amount"),
    [
        ("3x + 5 = 20", "3x = 15", "subtract", "5"),
        ("3x - 5 = 10", "3x = 15", "add", "5"),
        ("3x = 15", "x = 5", "divide", "3"),
        ("-2x = 6", "x = -3", "divide", "-2"),
        ("2x = 0", "x = 0", "divide", "2"),
        (r"\frac{x}{3} = 4", "x = 12", "multiply", "3"),
        (r"\frac{2}{3}x = 10", "2x = 30", "multiply", "3"),
        ("x + 2 = 3y", "x = 3y - 2", "subtract", "2"),
        ("2(9 - b) + 7b = 33", "18 + 5b = 33", "rewrite", ""),
        ("4x^2 - 12x + 9 - x^2 + 5", "3x^2 - 12x + 14", "rewrite", ""),
        ("5 = x", "x = 5", "swap", ""),
        (r"\sqrt{x} = 3", "x = 9", "square", ""),
    ],
)
def test_what_was_done_between_two_lines_is_found(before: str, after: str, kind: str, amount: str) -> None:
    assert move(before, after) == {"kind": kind, "amount": amount}


@pytest.mark.parametrize(("before", "after"), [("3x + 5 = 20", "x = 7"), ("p + b = 9", "2p + 7b = 33"), ("3x", "x = 5"), ("{{", "x = 1")])
def test_what_no_single_move_leads_to_has_none(before: str, after: str) -> None:
    assert move(before, after) == {}


KNOWN = ["If $3x + 5 = 20$, what is $x$?", "Subtract 5: $3x = 15$.", "Divide by 3: $x = 5$."]
MADE = [{"kind": "divide", "amount": "3"}]


@pytest.mark.parametrize(
    "text",
    [
        "We divide both sides by $3$, since $15 / 3 = 5$. So $x = 5$.",
        "The $x$ is multiplied by 3, so divide by 3.",
        "It works because $3(5) + 5 = 20$.",
        "$3x - 15 = 0$ says the same.",
        r"$\frac{3x}{3} = x$ on the left.",
        "20 - 5 = 15 came before.",
        "Here $x$ has been multiplied: 3 times $x$ is 15.",
    ],
)
def test_statements_that_the_solution_bears_out_pass(text: str) -> None:
    assert contradictions(text, KNOWN, MADE) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("So $x = 6$.", "x = 6"),
        ("20 - 5 = 16 came before.", "16"),
        ("The total is 17.", "17"),
        ("We divide both sides by 5.", "divide by 5"),
        ("Multiply both sides by 3.", "multiply by 3"),
        ("Both sides are multiplied by 3.", "multiply by 3"),
        ("It follows that $y = 2x$.", "y = 2x"),
        ("To undo that, $3$ is subtracted from both sides.", "subtract by 3"),
        ("Each side is increased by 3.", "add by 3"),
    ],
)
def test_statements_that_the_solution_does_not_bear_out_are_told(text: str, reason: str) -> None:
    assert any(reason in found for found in contradictions(text, KNOWN, MADE))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("On the left, 5 is added to $3x$; to undo that, 5 is subtracted from both sides.", True),
        ("On the left, 5 is subtracted from $3x$.", True),  # this may tell the act
        ("5 is added to both sides.", False),
    ],
)
def test_the_passive_is_told_apart_by_what_it_is_done_to(text: str, said: bool) -> None:
    assert (contradictions(text, ["$3x + 5 = 20$", "$3x = 15$"], [{"kind": "subtract", "amount": "5"}]) == []) is said


@pytest.mark.parametrize(
    ("original", "other", "fits"),
    [
        ("5", "11", True),
        ("5", "5", False),
        ("5", "11/2", False),
        ("5", "-3", False),
        ("5", "4000", False),
        ("3/4", "5/6", True),
        ("3/4", "17/53", False),
        ("sqrt(2)", "2*sqrt(3)", True),
        ("sqrt(2)", "4", False),
        ("[(1, 2)]", "[(3, 5)]", True),
        ("2*x + 1", "3*x + 5", True),
        ("2*x + 1", "3*y + 5", False),
        ("2*x + 1", "x/3 + 5", False),
    ],
)
def test_a_variants_answer_must_be_as_good_as_the_originals_and_another_one(original: str, other: str, fits: bool) -> None:
    assert alike(from_python(original), from_python(other)) is fits
