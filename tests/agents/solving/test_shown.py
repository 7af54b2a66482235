"""What of the worked steps a learner sees while they are written: with the real checker in the real sandbox."""

from __future__ import annotations

import asyncio

import pytest

from agents.errors import SandboxError
from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.job import Job, Outcome
from agents.solving.shown import ShownSteps

IDEA = "Idea: isolate $x$.\n\n"
GOOD = "1. Start from $3(x + 2) = 21$.\n2. Divide both sides by 3: $x + 2 = 7$.\n"
BROKEN = "3. Subtract 2: $x = 9$.\n4. Check it: $x + 2 = 11$.\n"


class Counted:
    """The real sandbox, how many jobs it was given, and how many of them run."""

    def __init__(self) -> None:
        self.sandbox, self.jobs, self.running = Bubblewrap(), 0, 0

    async def run(self, job: Job) -> Outcome:
        self.jobs += 1
        self.running += 1
        try:
            return await self.sandbox.run(job)
        finally:
            self.running -= 1


async def _shown(text: str, sandbox: Counted, *, slowly: bool = False) -> str:
    """What is shown of a text that comes at once, or so `slowly` that every check ends before the next line begins."""
    seen: list[str] = []
    async with ShownSteps(sandbox, seen.append) as shown:
        for line in text.splitlines(keepends=True):
            for place in range(0, len(line), 5):
                shown.feed(line[place : place + 5])
            await asyncio.sleep(0.05 * slowly)
            while slowly and sandbox.running:
                await asyncio.sleep(0.05)
    return "".join(seen)


@pytest.mark.real
async def test_steps_that_hold_are_shown_whole_and_in_order_and_the_answer_line_is_kept_back() -> None:
    sandbox = Counted()
    whole = f"**Idea:** isolate $x$.\n\n{GOOD}3. Subtract 2: $x = 5$.\n"
    said = await _shown(f"{IDEA}{GOOD}3. Subtract 2: $x = 5$.\n\nAnswer: $5$", sandbox, slowly=True)
    assert whole.startswith(said.rstrip()) and GOOD.strip() in said
    assert sandbox.jobs == 1, "a lone step at the end is worth no check of its own"


async def test_what_comes_all_at_once_is_left_to_the_check_of_the_whole() -> None:
    said = await _shown(IDEA + GOOD, Counted())
    assert said.strip() == "**Idea:** isolate $x$."


@pytest.mark.real
async def test_with_the_first_step_that_breaks_with_those_before_nothing_more_is_shown() -> None:
    said = await _shown(IDEA + GOOD + BROKEN, Counted(), slowly=True)
    assert said.strip() == f"**Idea:** isolate $x$.\n\n{GOOD}".strip()


async def test_a_story_in_numbers_needs_no_sandbox_and_false_arithmetic_ends_it() -> None:
    sandbox = Counted()
    text = "1. She has $3 + 4 = 7$ apples.\n2. She gives 2 away: $7 - 2 = 6$.\n3. So 6 are left.\n"
    assert (await _shown(text, sandbox)).strip() == "1. She has $3 + 4 = 7$ apples."
    assert sandbox.jobs == 0


async def test_the_idea_does_not_wait_for_anything() -> None:
    seen: list[str] = []
    async with ShownSteps(Counted(), seen.append) as shown:
        shown.feed("Idea: isolate $x$ ")
        assert "isolate" in "".join(seen)


async def test_a_generation_that_fails_leaves_no_check_running() -> None:
    class Slow(Counted):
        async def run(self, job: Job) -> Outcome:
            await asyncio.sleep(30)
            raise SandboxError("never reached")

    seen: list[str] = []
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(5), ShownSteps(Slow(), seen.append) as shown:
            shown.feed(GOOD)
            await asyncio.sleep(0.05)
            raise ConnectionError
    assert seen == []
