"""The steps that are taken out of a solution in free form: each a reason and its formula."""

from __future__ import annotations

import pytest

from agents.solving.free_form import steps_in
from agents.worked import steps_of

AT_LENGTH = r"""To determine how much Lloyd makes on eggs per week, we need to follow these steps:

1. Calculate the number of dozens of eggs.
2. Calculate the weekly earnings.

**Step 1: Calculate the number of dozens of eggs.**

His hens lay 252 eggs. Since there are 12 eggs in a dozen, we divide the number of eggs by 12:
$$
\frac{252 \text{ eggs}}{12 \text{ eggs/dozen}} = 21 \text{ dozens}
$$

**Step 2: Calculate the weekly earnings.**

Therefore, we multiply the number of dozens by the price per dozen:
$$ 21 \text{ dozens} \times 14 \text{ dollars/dozen} = 294 \text{ dollars} $$

So Lloyd makes $\boxed{294}$ dollars on eggs per week."""


def test_each_computation_is_a_step_with_the_sentence_before_it() -> None:
    assert steps_in(AT_LENGTH, "294") == [
        r"Since there are 12 eggs in a dozen, we divide the number of eggs by 12: $\frac{252 \text{ eggs}}{12 \text{ eggs/dozen}} = 21 \text{ dozens}$.",
        r"We multiply the number of dozens by the price per dozen: $21 \text{ dozens} \times 14 \text{ dollars/dozen} = 294 \text{ dollars}$.",
    ]


def test_lines_that_compute_are_steps_as_they_stand() -> None:
    text = "5 classes a day * 5 days = 25 classes\n- Therefore, the pupils are $25 \\times 15 = 375$\n375 * 2 = 750\nThe answer is 750"
    assert steps_in(text, "750") == [
        "5 classes a day * 5 days = 25 classes.",
        r"The pupils are $25 \times 15 = 375$.",
        r"$375 \cdot 2 = 750$.",
    ]


def test_amounts_of_money_are_no_formulas() -> None:
    text = "Teaching: $20/hour * 35 hours = $700\nWe need 10% of $700:\n$$ 0.10 \\times 700 = 70 $$"
    assert steps_in(text, "70") == [r"Teaching: \$20/hour * 35 hours = \$700.", r"We need 10% of \$700: $0.10 \times 700 = 70$."]


def test_money_in_formulas_is_typeset_as_money() -> None:
    text = "The revenue on Thursday is $\\$360 + \\$160 = \\$520$.\n$$ $520 - $480 = $40 $$"
    assert steps_in(text, "40") == [r"The revenue on Thursday is $\$360 + \$160 = \$520$.", r"$\$520 - \$480 = \$40$."]


def test_what_the_sentence_states_needs_no_colon() -> None:
    assert steps_in("Therefore, the equation is:\n$$ 3755 + 15n = 5000 $$", "5000") == ["The equation is $3755 + 15n = 5000$."]


def test_equations_and_their_values_are_steps() -> None:
    text = "Let $ x $ be the price:\n$$ 144 = 1.2x $$\nNow that we know it, divide both sides by 1.2:\n$$ x = \\frac{144}{1.2} $$\nThis gives:\n$$ x = 120 $$"
    assert steps_in(text, "120") == [
        "Let $x$ be the price: $144 = 1.2x$.",
        r"Now that we know it, divide both sides by 1.2: $x = \frac{144}{1.2}$.",
        "This gives: $x = 120$.",
    ]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 7.", "7"),
        ("", "7"),
        ("3 + 4 = 8\nThe answer is 8", "8"),
        ("3 + 4 = 7\nSo twice as much.\nThe answer is 14", "14"),
        ("3 + 4 = 7\n```python\nprint(3 + 4)\n```", "7"),
        ("\n".join(f"{n} + 1 = {n + 1}" for n in range(9)), "9"),
    ],
    ids=["no computation", "empty", "false", "ends elsewhere", "code", "too many"],
)
def test_there_are_none_rather_than_unfit_ones(text: str, answer: str) -> None:
    assert steps_in(text, answer) == []


def test_they_read_as_numbered_steps() -> None:
    steps = steps_in(AT_LENGTH, "294")
    told = steps_of("\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1)))
    assert [step["say"] for step in told] == steps
    assert told[-1]["latex"].endswith(r"= 294 \text{ dollars}")
