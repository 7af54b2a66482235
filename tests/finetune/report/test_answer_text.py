from __future__ import annotations

import pytest

from finetune.report.answer_text import answer_in, letter_in

OPTIONS = [{"letter": letter, "text": text} for letter, text in zip("ABCD", ("1", "2", "3", "4"), strict=True)]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("3 + 4 = 7\n#### 7", "7"),
        (r"So \boxed{\frac{1}{2}} it is.", r"\frac{1}{2}"),
        (r"First \boxed{1}, then \boxed{2}.", "2"),
        ("We add them.\nThe answer is 12 cm.", "12 cm"),
        ("**Answer:** 12", "12"),
        ("5", "5"),
        ("x = 3", "x = 3"),
        ("Because she sells nine eggs for two dollars each she makes 18 dollars.", "18"),
        ("", ""),
        (r"\boxed{1", r"\boxed{1"),
    ],
)
def test_the_answer_is_found_where_models_put_it(text: str, answer: str) -> None:
    assert answer_in(text) == answer


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("The answer is (B).", "B"),
        ("Answer: C", "C"),
        ("D", "D"),
        ("The correct option is A, since it fits. No: the answer is B.", "B"),
        ("The answer is 3", None),
        ("A dog barks", None),
        ("The answer is H.", None),
        ("", None),
    ],
)
def test_a_letter_counts_only_where_it_is_named_as_the_answer(text: str, letter: str | None) -> None:
    assert letter_in(text, OPTIONS) == letter
