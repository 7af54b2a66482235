from __future__ import annotations

import pytest

from agents.worked import LearnerStream, derived_formulas, final_answer, idea_of, option_letter, states_result, steps_of, with_money

PROSE = "1. Add 4 to both sides: \\(2x = 10\\).\n2. Divide by 2: $x = 5$.\n\nAnswer: $5$"


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_the_learner_sees_the_steps_but_never_the_answer_line_however_the_text_is_cut(size: int) -> None:
    seen: list[str] = []
    stream = LearnerStream(seen.append)
    for start in range(0, len(PROSE), size):
        stream.feed(PROSE[start : start + size])
    stream.close()
    assert "".join(seen).strip() == "1. Add 4 to both sides: $2x = 10$.\n2. Divide by 2: $x = 5$."


@pytest.mark.parametrize("line", ["Answer: $5$", "**Answer:** $5$", "**Final answer: $5$**", "answer: $5$", "- Answer: $5$"])
def test_the_answer_line_is_read_and_held_back_in_its_usual_spellings(line: str) -> None:
    seen: list[str] = []
    stream = LearnerStream(seen.append)
    stream.feed(f"1. So $x = 5$.\n{line}")
    stream.close()
    assert "nswer" not in "".join(seen)
    assert (final_answer(f"1. So $x = 5$.\n{line}") or "").strip("*") == "$5$"


def test_a_step_that_speaks_of_an_answer_is_still_shown() -> None:
    seen: list[str] = []
    stream = LearnerStream(seen.append)
    stream.feed("1. The answers of both friends add up to 10.\n2. Half of it is 5.")
    stream.close()
    assert "".join(seen).count("\n") == 1


def test_steps_carry_the_equation_they_reach() -> None:
    assert steps_of(PROSE) == [
        {"say": "Add 4 to both sides: $2x = 10$.", "latex": "2x = 10"},
        {"say": "Divide by 2: $x = 5$.", "latex": "x = 5"},
    ]


def test_a_boxed_answer_is_found_where_there_is_no_answer_line() -> None:
    assert final_answer("So \\[\\boxed{\\frac{1}{2}}\\]") == "\\frac{1}{2}"
    assert final_answer("Nothing here.") is None


@pytest.mark.parametrize(
    ("answer", "letter"), [("(B)", "B"), ("$B$", "B"), ("\\text{(C)}", "C"), ("5", None), ("$x = B$", None), ("2c", None)]
)
def test_a_bare_letter_is_told_from_a_value(answer: str, letter: str | None) -> None:
    assert option_letter(answer) == letter


def test_what_was_derived_is_taken_from_before_the_comparison_with_the_options() -> None:
    text = "1. Expand: $x^2 + 2x$.\n2. Compare: (A) has $x^2$, (B) has $x^2 + 2x$.\nAnswer: (A)"
    assert derived_formulas(text) == ["x^2 + 2x"]


def test_a_value_of_a_function_is_no_option() -> None:
    text = "1. Put it in: $f(a) = 2a + 1$.\n2. Which is option (B): $2a + 1$.\n\nAnswer: B"
    assert derived_formulas(text) == ["f(a) = 2a + 1", "2a + 1"] and states_result(text) == 2


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_the_idea_leads_and_is_shown_as_it_comes(size: int) -> None:
    text = "Idea: solve for $2x$ first.\n\n" + PROSE
    seen: list[str] = []
    stream = LearnerStream(seen.append)
    for start in range(0, len(text), size):
        stream.feed(text[start : start + size])
    stream.close()
    assert "".join(seen).startswith("**Idea:** solve for $2x$ first.\n\n1. Add 4")
    assert size > 1 or len(seen) > 15
    assert idea_of(text) == "solve for $2x$ first."
    assert steps_of(text) == steps_of(PROSE)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_money_in_a_step_opens_no_formula(size: int) -> None:
    text = "Idea: double the $60, then add $5.\n\n1. Each costs $60, so 2 cost $60 \\times 2 = 120$.\n2. With $5 more: $120 + 5 = 125$.\n\nAnswer: $125$"
    seen: list[str] = []
    stream = LearnerStream(seen.append)
    for start in range(0, len(text), size):
        stream.feed(text[start : start + size])
    stream.close()
    steps = "1. Each costs \\$60, so 2 cost $60 \\times 2 = 120$.\n2. With \\$5 more: $120 + 5 = 125$."
    assert "".join(seen).strip().endswith(f"\n\n{steps}")
    # what is kept of the solution is what was shown, the idea too, which is shown while it is written
    assert f"\n\n{steps}\n\n" in with_money(text)
    assert idea_of("".join(seen)) == idea_of(with_money(text)) == "double the $60, then add $5."
    assert [step["latex"] for step in steps_of(steps)] == ["60 \\times 2 = 120", "120 + 5 = 125"]


def test_nothing_is_shown_from_the_first_step_that_is_not_accepted() -> None:
    seen: list[str] = []
    stream = LearnerStream(seen.append, accept=lambda line: "3 + 4 = 8" not in line)
    stream.feed("1. Start with $3 + 4$.\n2. Add: $3 + 4 = 8$.\n3. Double it: $16$.\n\nAnswer: $16$")
    stream.close()
    assert "".join(seen) == "1. Start with $3 + 4$.\n"


@pytest.mark.parametrize(
    ("last", "count"),
    [
        ("Divide by $-0.15$: $x = -10.67$.", 2),
        ("The value of $d$ is the height of the vertex, which is $9a$.", 1),
        ("Height of all: $400$ cm.", 1),
        ("$\\frac{(4+w)^2}{2}$ is half of the square of the sum of $4$ and $w$.", 0),
        ("Nothing is computed.", 2),
        ("Compare with $(A)$: it is $7$.", 2),
    ],
)
def test_a_formula_that_is_only_spoken_of_is_no_result(last: str, count: int) -> None:
    assert states_result(f"1. So $y = 2$.\n2. {last}\n\nAnswer: (A)") == count
