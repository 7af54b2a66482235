"""Weighs candidate answers against each other. Pure arithmetic over what the judge read.

The weights are the measured reliability of each kind of path with the small embedded model (docs/adr/0003): a value that a program computed and
that is exactly one option is right far more often than a letter that prose names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.checking.judge import Judgement

DIRECT, PROGRAM, PROGRAM_DOUBTFUL, PROSE_VALUE, PROSE_LETTER, LOOSE = 2.5, 1.0, 0.4, 0.8, 0.5, 0.6
_LOOSE_RULES = {"closest", "member", "percent"}


@dataclass(frozen=True, slots=True)
class Vote:
    """One candidate's say. `index` is its place in the list of candidates, `stands_for` an option letter or, where there are no options, the name of
    the first equal value; `value` names the reading that it rests on (None for a bare letter)."""

    index: int
    kind: str
    stands_for: str
    weight: float
    value: str | None
    sound: bool
    """Whether it may carry `verified`: a value, not a letter, and no untrustworthy computation."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The winning class with the votes for it, best first, and whether prose and program agree on it apart from each other."""

    winner: str | None
    votes: tuple[Vote, ...]
    agreed: bool
    share: float
    """The winner's part of all weight, 0 to 1."""


def cast(candidates: Sequence[Mapping[str, str]], letters: Mapping[int, str], judgement: Judgement, *, has_options: bool) -> list[Vote]:
    """One vote for every candidate whose answer is readable and, where there are options, is exactly one of them.

    `judgement` holds a reading for candidate i under "i"; for prose that named a letter, "i.0", "i.1", ... are the formulas it derived, latest first.
    """
    first_equal: dict[str, str] = {}
    for left, right in judgement["equal"]:
        first_equal[right] = first_equal.get(left, left)
    votes: list[Vote] = []
    for index, candidate in enumerate(candidates):
        if has_options and index in letters:
            derived = next(
                (
                    name
                    for name in _derived(index, judgement)
                    if judgement["readings"][name]["option"] and judgement["readings"][name]["how"] == "equal"
                ),
                None,
            )
            if derived is not None:
                votes.append(Vote(index, "prose", str(judgement["readings"][derived]["option"]), PROSE_VALUE, derived, sound=True))
            else:
                votes.append(Vote(index, "prose", letters[index], PROSE_LETTER, None, sound=False))
            continue
        name = str(index)
        reading = judgement["readings"].get(name)
        if reading is None or not reading["readable"]:
            continue
        stands_for = reading["option"] if has_options else first_equal.get(name, name)
        if stands_for is None:
            continue
        loose = reading["how"] in _LOOSE_RULES
        if candidate["kind"] == "direct":
            weight = DIRECT
        elif candidate["kind"] == "program":
            weight = PROGRAM_DOUBTFUL if candidate["reason"] else (LOOSE if loose else PROGRAM)
        else:
            weight = LOOSE if loose else PROSE_VALUE
        votes.append(Vote(index, candidate["kind"], stands_for, weight, name, sound=not candidate["reason"]))
    return votes


def _derived(index: int, judgement: Judgement) -> list[str]:
    return sorted(name for name in judgement["readings"] if name.startswith(f"{index}."))


def tally(votes: Sequence[Vote], judgement: Judgement) -> Tally:
    """The class with most weight; `agreed` when a sound computation and sound prose of that class also hold equal values.

    Direct algebra uses no model at all, so there the prose may have named just the letter.
    """
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
        computed.sound
        and ((prose.sound and frozenset((computed.value, prose.value)) in equal) or (computed.kind == "direct" and prose.value is None))
        for computed in ours
        if computed.kind != "prose"
        for prose in ours
        if prose.kind == "prose"
    )
    return Tally(winner, tuple(ours), agreed=agreed, share=weights[winner] / sum(weights.values()))
