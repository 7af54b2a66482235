"""The deploy check: a few prompts to the new adapter and to the base, before any learner's request reaches it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from agents.context import ChatMessage, ModelClient, ModelReply, Role
from agents.errors import ModelError

PROMPTS: dict[str, tuple[str, ...]] = {
    "coder": (
        "Write a Manim scene that shows a blue circle.",
        "Write a Manim scene that shows the text Hello.",
        "Write a Manim scene in which a square turns into a circle.",
    ),
    "solver": ("What is 12 + 30? Answer with the number.", "Solve 2x = 10 for x.", "What is 15% of 40?"),
    "tutor": ("Give me a hint for 2x + 3 = 11.", "Explain in one sentence what a prime number is.", "What should I try first on x^2 = 9?"),
    "vision": ("Say ready.", "What is 2 + 2?"),
}
MAX_TOKENS = 384
SECONDS = 120.0
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Canary:
    """What became of one prompt. `ended` is whether the answer came to its end by itself; `differs` whether it is another than the base's."""

    prompt: str
    text: str
    ended: bool
    base_ended: bool
    differs: bool
    seconds: float


@dataclass(frozen=True, slots=True)
class CanaryReport:
    """`faults` say why traffic must not move; empty when it may."""

    canaries: tuple[Canary, ...]
    faults: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.faults


async def check(
    tuned: ModelClient,
    base: ModelClient,
    role: Role,
    prompts: Sequence[str] = (),
    *,
    max_tokens: int = MAX_TOKENS,
    seconds: float = SECONDS,
) -> CanaryReport:
    """Asks both for the same, without chance. `prompts` replaces those of the role; `seconds` bounds the answer to one prompt.

    The adapter fails when an answer is not text, does not come in time, or runs to the limit where the base's did not; when none of its
    answers ends by itself; and when all are the base's, to the letter: then it changes nothing. A model that fails altogether is a fault as well.
    """
    canaries: list[Canary] = []
    faults: list[str] = []
    for prompt in prompts or PROMPTS[role]:
        try:
            ours = await _ask(tuned, role, prompt, max_tokens, seconds)
        except (ModelError, TimeoutError) as error:
            reason = error.message if isinstance(error, ModelError) else f"no answer within {seconds:g} s"
            faults.append(f"{prompt[:SHOWN]!r}: {reason}")
            continue
        theirs: ModelReply | None = None
        with suppress(ModelError, TimeoutError):  # the base is not on trial; the adapter is then compared with nothing
            theirs = await _ask(base, role, prompt, max_tokens, seconds)
        canary = Canary(
            prompt,
            ours.text,
            ended=ours.finish_reason == "stop",
            base_ended=theirs is not None and theirs.finish_reason == "stop",
            differs=theirs is None or theirs.text != ours.text,
            seconds=ours.seconds,
        )
        canaries.append(canary)
        if not ours.text.strip():
            faults.append(f"{prompt[:SHOWN]!r}: the answer is empty")
        if "\N{REPLACEMENT CHARACTER}" in ours.text:
            faults.append(f"{prompt[:SHOWN]!r}: the answer is not valid UTF-8")
        if canary.base_ended and not canary.ended:
            faults.append(f"{prompt[:SHOWN]!r}: the answer did not end within {max_tokens} tokens, the base's does")
    if canaries and not any(canary.ended for canary in canaries):
        faults.append(f"no answer ended by itself within {max_tokens} tokens")
    if canaries and not any(canary.differs for canary in canaries):
        faults.append("every answer is the base's to the letter: the adapter is not applied, or changes nothing")
    return CanaryReport(tuple(canaries), tuple(faults))


async def _ask(model: ModelClient, role: Role, prompt: str, max_tokens: int, seconds: float) -> ModelReply:
    messages: list[ChatMessage] = [{"role": "user", "content": prompt}]
    async with asyncio.timeout(seconds):
        return await model.chat(role, messages, max_tokens=max_tokens, temperature=0.0, seed=0)
