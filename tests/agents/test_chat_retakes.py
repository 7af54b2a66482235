"""What is asked of an animation that the chat has already, read from the history alone."""

from __future__ import annotations

from typing import Any

import pytest
from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from agents.chat import read_chat

PROBLEM = "If $3x + 5 = 20$, what is the value of $6x$?\n(A) 5\n(B) 30"
WHOLE = "[Watch the animation](http://h/v1/artifacts/a), [as a GIF](http://h/v1/artifacts/b) (21 s; text and formulas)."
PARTIAL = WHOLE + " Some parts could not be rendered and were left out; say *try again* and only they are made again."
FAILED = "I could not make the animation: no room."


def _chat(*texts: str) -> list[AnyMessage]:
    return [HumanMessage(text) if index % 2 == 0 else AIMessage(text) for index, text in enumerate(texts)]


@pytest.mark.parametrize("told", [PARTIAL, FAILED])
@pytest.mark.parametrize(
    "words",
    ["try again", "again please", "Please try again.", "retry", "can you try it once more?", "render it again, please", "again", "render the missing part",
     "Please add the parts that were left out", "ok, make what is missing"],
)  # fmt: skip
def test_what_is_missing_is_made_again(told: str, words: str) -> None:
    reading = read_chat(_chat("Animate this: " + PROBLEM, told, words), None)
    assert (reading.kind, reading.retake) == ("animate", {"quality": None})
    assert reading.problem is not None and reading.problem["stem"].startswith("If $3x")


@pytest.mark.parametrize("skill", [None, "animate"])
@pytest.mark.parametrize(
    ("words", "quality"),
    [("make it 720p", "m"), ("in HD please", "m"), ("HD", "m"), ("in high quality", "m"), ("Can I have the animation in high resolution?", "m"),
     ("Render the animation again at 1080p please", "h"), ("full HD please", "h"), ("in the best possible quality", "h"), ("make it 1080 p", "h"),
     ("better quality please", "better"), ("it is a bit blurry", "better"), ("a sharper video, please", "better"), ("back to 480p", "l")],
)  # fmt: skip
def test_a_quality_is_a_wish_about_the_animation_that_is_there(words: str, quality: str, skill: Any) -> None:
    reading = read_chat(_chat("Animate this: " + PROBLEM, WHOLE, words), skill)
    assert (reading.kind, reading.retake) == ("animate", {"quality": quality})
    assert reading.problem is not None and "3x" in reading.problem["text"]


@pytest.mark.parametrize(
    ("told", "words"),
    [(WHOLE, "again"), (WHOLE, "try again"), (PARTIAL, "why?"), (PARTIAL, "another one like this"), (WHOLE, "what is the missing part of the equation?"),
     ("**Answer: 30**", "make it 720p"), ("**Hint 1 of 4**\n\nLook.", "again please")],
)  # fmt: skip
def test_other_words_are_none(told: str, words: str) -> None:
    assert read_chat(_chat(PROBLEM, told, words), None).retake is None


def test_a_new_problem_has_no_animation_yet() -> None:
    reading = read_chat(_chat("Animate this: " + PROBLEM, PARTIAL, "If $7y = 21$, what is $y$?", "**Answer: 3**", "try again"), None)
    assert reading.retake is None
    assert reading.problem is not None and "7y" in reading.problem["text"]


def test_a_problem_with_such_words_is_a_problem() -> None:
    shop = "A shop sells HD screens for 720 dollars each, in high quality. How many screens do you get for 2160 dollars, if the fourth one is free?"
    reading = read_chat(_chat("Animate this: " + PROBLEM, WHOLE, shop), None)
    assert reading.retake is None and reading.problem is not None and "shop" in reading.problem["text"]
