"""Weighs candidate answers against each other. Pure arithmetic over what the judge read.

The weights are the measured reliability of each kind of path with the small embedded model (docs/adr/0003): a value that a program computed and
that is exactly one option is right far more often than a letter that prose names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.checking.judge import Judgement

PROGRAM, PROGRAM_DOUBTFUL, PROSE_VALUE, PROSE_LETTER, LOOSE = 1.0, 0.4, 0.8, 0.5, 0.6
_LOOSE_RULES = {"closest", "member", "percent"}


@dataclass(frozen=True, slots=True)
class Vote:
    """One candidate's say: `index` in the list of candidates, its answer class (an option letter, or the index of an equal candidate), and its weight."""

    index: int
    kind: str
    stands_for: str
    weight: float
    sound: bool
    """Whether it may carry `verified`: a value, not a letter, from an untainted computation or from prose."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The winning class with the votes for it, best first, and whether prose and program agree on it apart from each other."""

    winner: str | None
    votes: tuple[Vote, ...]
    agreed: bool
    share: float
    """The winner's part of all weight, 0 to 1."""


def cast(candidates: Sequence[Mapping[str, str]], letters: Mapping[int, str], judgement: Judgement, *, has_options: bool) -> list[Vote]:
    """One vote for every candidate whose answer is readable and, where there are options, is exactly one of them."""
    votes: list[Vote] = []
    same: dict[int, int] = {}
    for left, right in judgement["equal"]:
        a, b = sorted((int(left), int(right)))
        same[b] = min(same.get(b, b), same.get(a, a))
    for index, candidate in enumerate(candidates):
        reading = judgement["readings"].get(str(index))
        if index in letters and has_options:
            votes.append(Vote(index, "prose", letters[index], PROSE_LETTER, sound=False))
            continue
        if reading is None or not reading["readable"]:
            continue
        stands_for = reading["option"] if has_options else str(same.get(index, index))
        if stands_for is None:
            continue
        loose = reading["how"] in _LOOSE_RULES
        if candidate["kind"] == "program":
            weight = PROGRAM_DOUBTFUL if candidate["reason"] else (LOOSE if loose else PROGRAM)
        else:
            weight = LOOSE if loose else PROSE_VALUE
        votes.append(Vote(index, candidate["kind"], stands_for, weight, sound=not candidate["reason"]))
    return votes


def tally(votes: Sequence[Vote], judgement: Judgement) -> Tally:
    """The class with most weight; `agreed` when a sound program and sound prose of that class also hold equal values."""
    if not votes:
        return Tally(None, (), agreed=False, share=0.0)
    weights: dict[str, float] = {}
    for vote in votes:
        weights[vote.stands_for] = weights.get(vote.stands_for, 0.0) + vote.weight
    # ties go to the earlier class: the greedy first round
    winner = max(weights, key=lambda name: weights[name])
    ours = sorted((vote for vote in votes if vote.stands_for == winner), key=lambda vote: -vote.weight)
    equal = {frozenset(pair) for pair in judgement["equal"]}
    agreed = any(
        program.sound and prose.sound and frozenset((str(program.index), str(prose.index))) in equal
        for program in ours
        if program.kind == "program"
        for prose in ours
        if prose.kind == "prose"
    )
    return Tally(winner, tuple(ours), agreed=agreed, share=weights[winner] / sum(weights.values()))
