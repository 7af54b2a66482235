"""Models that say what a test wants, and a judge to go with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from finetune.report.items import DataSet, Item, Message
from finetune.report.ports import Answer, Likelihood, Model, Sampling, Verdict

Says = Callable[[Model, str], Answer]


def said(text: str, *, away: bool = False) -> Answer:
    return Answer(text, len(text.split()), not away, away)


def held_out(count: int = 40, *, check: bool = True) -> DataSet:
    items = tuple(
        Item(
            f"{n:04d}",
            ({"role": "user", "content": f"question {n}"},),
            f"answer {n}",
            "solve",
            {"kind": "answer", "answer": "x"} if check else None,
        )
        for n in range(count)
    )
    return DataSet("made", "f" * 16, items, count)


@dataclass
class Talker:
    """Fits `Generates`: `says` is given the model and the prompt's text. `stops_after` batches it is killed, as a process would be."""

    says: Says
    batch: int = 4
    stops_after: int | None = None
    asked: list[tuple[Model, tuple[str, ...], Sampling]] = field(default_factory=list)
    longest: int = 10_000

    def fits(self, prompt: Sequence[Message], new_tokens: int) -> bool:
        return len(prompt[-1]["content"]) <= self.longest

    async def answers(self, model: Model, prompts: Sequence[Sequence[Message]], sampling: Sampling) -> list[Answer]:
        if self.stops_after is not None and len(self.asked) >= self.stops_after:
            raise KeyboardInterrupt
        texts = tuple(prompt[-1]["content"] for prompt in prompts)
        self.asked.append((model, texts, sampling))
        return [self.says(model, text) for text in texts]


@dataclass
class ScoringTalker(Talker):
    """Fits `Scores` as well: each word of the completion costs one nat, half of one for the tuned model."""

    read: int = 0

    def length(self, item: Item) -> int:
        return len(item.completion.split()) + 1

    async def likelihood(self, model: Model, item: Item, others: Sequence[Item]) -> Likelihood:
        self.read += 1
        assert others and all(other.id != item.id for other in others)
        nats = (1.0 if model == "base" else 0.5) * self.length(item)
        return Likelihood(nats, self.length(item), nats + 1)


@dataclass
class Believer:
    """Fits `Judge`: right is what holds the word `right`; what holds `strange` nobody can tell, as long as it is not `wise`."""

    wise: bool = False
    judged: int = 0

    async def verdict(self, item: Item, text: str) -> Verdict:
        self.judged += 1
        if "strange" in text and not self.wise:
            return Verdict(None, "nobody knows")
        return Verdict("right" in text, text)
