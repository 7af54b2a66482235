"""What the report needs of others: somebody who answers, somebody who judges. Tests and `server.finetune` hand them in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from finetune.report.items import Item, Message

Model = Literal["base", "tuned"]
MODELS: tuple[Model, Model] = ("base", "tuned")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How answers are drawn. `max_new_tokens` ends an answer that does not end by itself; at `temperature` 0 the likeliest token is always taken."""

    max_new_tokens: int
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """`tokens` counts what was written, the end token left out; `ended` says that the model wrote an end token by itself, `ran_away` that the
    limit on length ended it. An endpoint may end an answer for a reason of its own: then it is neither."""

    text: str
    tokens: int
    ended: bool
    ran_away: bool


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Of a held-out completion after its own prompt, and after that of other items: negative log-likelihoods in nats, summed over `tokens`.

    The end token belongs to the completion. `other_nll` is the least of the others', None where there are none.
    """

    nll: float
    tokens: int
    other_nll: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`right` is None where nobody could tell: the judge was not there, or took too long."""

    right: bool | None
    detail: str = ""


class Generates(Protocol):
    """Answers prompts with the base and with the tuned model, in the same way."""

    @property
    def batch(self) -> int:
        """How many prompts it works on at the same time."""
        ...

    def fits(self, prompt: Sequence[Message], new_tokens: int) -> bool:
        """Whether the prompt and so many new tokens fit the models' context. True where that is not known."""
        ...

    async def answers(self, model: Model, prompts: Sequence[Sequence[Message]], sampling: Sampling) -> list[Answer]:
        """One answer for each prompt, in their order. Raises `FinetuneError`."""
        ...


@runtime_checkable
class Scores(Protocol):
    """Says how likely a text is. Endpoints do not, as a rule."""

    def length(self, item: Item) -> int:
        """Tokens of the completion, the end token among them."""
        ...

    async def likelihood(self, model: Model, item: Item, others: Sequence[Item]) -> Likelihood:
        """Of the item's completion after its own prompt and after each of the others'. Raises `FinetuneError`."""
        ...


class Judge(Protocol):
    """Says whether an answer does what the item asks for."""

    async def verdict(self, item: Item, text: str) -> Verdict:
        """Raises nothing that a hostile answer could cause: that is a wrong answer. What fails around it is a verdict of None."""
        ...
