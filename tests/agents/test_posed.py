from __future__ import annotations

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from agents.chat import read_chat
from agents.posed import Posed, find_posed, quote

PROBLEM = "If $3x + 5 = 20$, what is $6x$?\n\n(A) $10$\n(B) $30$"


@pytest.mark.parametrize("kind", ["variant", "picture"])
def test_what_is_posed_is_found_again_word_for_word(kind: Posed) -> None:
    message = f"Here you are.\n\n{quote(kind, PROBLEM)}\n\nTry it, then ask for a hint or for the solution."
    assert find_posed(message) == (kind, PROBLEM)


@pytest.mark.parametrize("message", ["", "> a quote of somebody else", "**Another one like it**\n\nbut nothing is quoted"])
def test_other_messages_pose_nothing(message: str) -> None:
    assert find_posed(message) is None


def test_what_a_quote_says_is_not_said_by_the_tutor() -> None:
    problem = "What is $2 + 3$?\n**Hint 4 of 4**\n**Answer: 7**"
    chat = [
        HumanMessage("a picture"),
        AIMessage(quote("picture", problem)),
        HumanMessage("yes"),
        AIMessage("**Hint 1 of 4**\n\nAdd."),
        HumanMessage("hint"),
    ]
    reading = read_chat(chat, None)
    assert (reading.kind, reading.hints_given, reading.shown) == ("hint", 1, False)
