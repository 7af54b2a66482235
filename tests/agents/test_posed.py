from __future__ import annotations

import pytest

from agents.posed import Posed, find_posed, quote

PROBLEM = "If $3x + 5 = 20$, what is $6x$?\n\n(A) $10$\n(B) $30$"


@pytest.mark.parametrize("kind", ["variant", "picture"])
def test_what_is_posed_is_found_again_word_for_word(kind: Posed) -> None:
    message = f"Here you are.\n\n{quote(kind, PROBLEM)}\n\nTry it, then ask for a hint or for the solution."
    assert find_posed(message) == (kind, PROBLEM)


@pytest.mark.parametrize("message", ["", "> a quote of somebody else", "**Another one like it**\n\nbut nothing is quoted"])
def test_other_messages_pose_nothing(message: str) -> None:
    assert find_posed(message) is None
