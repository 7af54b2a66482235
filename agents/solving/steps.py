"""Whether worked steps can be right together, and what to do about those that cannot."""

from __future__ import annotations

from collections.abc import Sequence

from agents.checking.judge import Runs, first_broken_steps
from agents.state import Step


async def holding_steps(sandbox: Runs, worked: Sequence[Sequence[Step]]) -> list[int]:
    """For each solution, how many of its steps hold, counted from the first: all of them where none is found broken."""
    if not worked:
        return []
    broken = await first_broken_steps(sandbox, [[step["say"] for step in steps] for steps in worked])
    return [len(steps) if at is None else at for steps, at in zip(worked, broken, strict=True)]
