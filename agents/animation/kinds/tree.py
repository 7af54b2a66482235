"""Experiments in several draws, as a tree of probabilities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from agents.animation.kinds.base import Kind, Label


def _share(text: str) -> Fraction:
    try:
        value = Fraction(text.strip().replace(" ", ""))
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{text!r} is no probability") from None
    if not 0 <= value <= 1 or value.denominator > 10_000:
        raise ValueError("a probability lies between 0 and 1")
    return value


class Branch(BaseModel):
    """One outcome: its `label`, its probability `p` ("1/2", "0.3"), and what may follow."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    label: Label
    p: str = Field(max_length=12)
    then: list[Branch] = Field(default_factory=list, max_length=3)

    @field_validator("p")
    @classmethod
    def _probability(cls, text: str) -> str:
        _share(text)
        return text


class Tree(Kind):
    """One to three draws with two or three outcomes each. At every fork the probabilities add up to 1. `marked` paths (labels from the root, as in
    "red-blue") are highlighted, and their probabilities added."""

    stage: ClassVar[str] = "tree"
    kind: Literal["tree"] = "tree"
    branches: list[Branch] = Field(min_length=2, max_length=3)
    marked: list[str] = Field(default_factory=list, max_length=8)

    @model_validator(mode="after")
    def _adds_up(self) -> Tree:
        def check(branches: list[Branch], depth: int) -> int:
            if sum(_share(branch.p) for branch in branches) != 1:
                raise ValueError("the probabilities at a fork add up to 1")
            if depth > 3:
                raise ValueError("a tree of more than three draws cannot be read in a video")
            return sum(check(branch.then, depth + 1) if branch.then else 1 for branch in branches)

        if check(self.branches, 1) > 9:
            raise ValueError("a tree with more than nine ends cannot be read in a video")
        return self

    def on_stage(self) -> dict[str, str]:
        return {"products": "the probabilities at the ends, from top to bottom"}

    def data(self) -> dict[str, Any]:
        ends: list[dict[str, Any]] = []

        def walk(branches: list[Branch], path: tuple[str, ...], p: Fraction) -> list[dict[str, Any]]:
            out = []
            for branch in branches:
                here, product = (*path, branch.label), p * _share(branch.p)
                node: dict[str, Any] = {"label": branch.label, "p": branch.p, "end": None, "then": []}
                if branch.then:
                    node["then"] = walk(branch.then, here, product)
                else:
                    node["end"] = len(ends)
                    ends.append({"p": str(product), "marked": "-".join(here) in self.marked, "value": product})
                out.append(node)
            return out

        branches = walk(self.branches, (), Fraction(1))
        total = sum((end["value"] for end in ends if end["marked"]), Fraction(0))
        return {
            "branches": branches,
            "ends": [{"p": end["p"], "marked": end["marked"]} for end in ends],
            "total": f"{' + '.join(end['p'] for end in ends if end['marked'])} = {total}" if sum(end["marked"] for end in ends) > 1 else "",
        }


Outcomes = Mapping[str, int]
"""How many there are of each."""
_ENDS = 9


def of_stages(stages: Sequence[Outcomes]) -> list[dict[str, Any]]:
    """The branches of a tree with a fork for each stage, every stage with its own outcomes."""
    if not stages:
        return []
    total = sum(stages[0].values())
    return [{"label": name, "p": f"{n}/{total}", "then": of_stages(stages[1:])} for name, n in stages[0].items()]


def taken_out(left: Outcomes, draws: int) -> list[dict[str, Any]]:
    """The branches of draws one after the other of which nothing is put back."""
    total = sum(left.values())
    rest = left.items() if draws and total else ()
    return [{"label": name, "p": f"{n}/{total}", "then": taken_out({**left, name: n - 1}, draws - 1)} for name, n in rest if n]


def of_draws(bag: Outcomes, draws: int, *, put_back: bool) -> list[dict[str, Any]]:
    """The branches of `draws` out of a bag, of as many as a tree can show. Raises ValueError for a bag of nothing."""
    if not bag or min(bag.values()) < 1:
        raise ValueError("a bag holds at least one of each outcome")
    while draws > 1 and len(bag) ** draws > _ENDS:
        draws -= 1
    return of_stages([bag] * draws) if put_back else taken_out(bag, draws)
