"""Weighs candidate answers against each other. Pure arithmetic over what the judge read.

The weights are the measured reliability of each kind of path with the small embedded model (docs/adr/0003): a value that a program computed and
that is exactly one option is right far more often than a letter that prose names.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from agents.checking.judge import Judgement

DIRECT, REASONED, PROGRAM, DOUBTFUL, PROSE_VALUE, PROSE_LETTER, LOOSE = 4.0, 1.2, 1.0, 0.4, 0.8, 0.5, 0.6
SUBSTITUTED = 2.0
"""What an answer gains that satisfies the problem's own conditions."""
_LOOSE_RULES = {"closest", "member", "percent"}
NO_OPTION = ""
"""What a value stands for that is none of the offered ones: it elects nobody, and counts as doubt."""
LETTERS = 2
"""So many bare letters, and most of all, count as steps that agree with a computation."""
SECOND_LOOK = 0.6
"""What a vote of the third and later rounds counts of one before: sampled answers are right less often than the most likely ones."""
FREE_FORMS = ("reason", "brief")
"""Kinds of candidates that vote like worked steps and are not shown."""
AGREEMENT, AGREEMENT_ALONE = 0.6, 0.7
"""Share of all weight that an answer needs beside a matching computation, since one lucky pair among many must not verify; the second where no
condition or option of the problem was tried."""
SUPPORT = 3
"""So many steps and programs must come to an answer that no formula of the problem confirms: the same misreading often happens twice."""


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
    """Whether it may carry `verified`: no bare letter, and no untrustworthy computation."""
    exact: bool = True
    """Whether the value is the option itself, rather than near it or one of several."""
    complete: bool = True
    """Whether a program used every number of the problem; what was left out may have been overlooked."""
    satisfies: bool = False
    """Whether it was put into the problem's own conditions, and they hold."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The winning class with the votes for it, best first. `proof` names what verifies it: "algebra", "options", "substitution", "program", "trial" or "" (nothing)."""

    winner: str | None
    votes: tuple[Vote, ...]
    proof: str
    share: float
    """The winner's part of all weight, 0 to 1."""
    refuted: tuple[int, ...] = ()
    """Candidates whose answer breaks a condition of the problem."""


def cast(
    candidates: Sequence[Mapping[str, str]],
    letters: Mapping[int, str],
    judgement: Judgement,
    substituted: Mapping[str, str],
    *,
    has_options: bool,
) -> tuple[list[Vote], list[int]]:
    """One vote for every candidate whose answer is readable, and the candidates refuted.

    `judgement` holds a reading for candidate i under "i"; for prose that named a letter, "i.0", "i.1", ... are the formulas it derived, latest
    first. `substituted` says for some readings whether they satisfy or violate the problem's own conditions, under "(A)" for option A.
    """
    first_equal: dict[str, str] = {}
    for left, right in judgement["equal"]:
        first_equal[right] = first_equal.get(left, left)
    lettered = {
        str(index): letter
        for index, candidate in enumerate(candidates)
        if candidate["kind"] == "direct" and (letter := candidate.get("letter"))
    }
    # options such as "II only" hold no value: what equals the value for which algebra chose one stands for it too
    same_as = {name: lettered[other] for pair in judgement["equal"] for name, other in (pair, reversed(pair)) if other in lettered}
    votes: list[Vote] = []
    refuted: list[int] = []
    for index, candidate in enumerate(candidates):
        if candidate["kind"] == "guided":
            continue
        vote: Vote | None
        if candidate["kind"] == "trial":
            vote = _of_trial(index, candidate)
        elif has_options and index in letters:
            vote = _of_letter(index, letters[index], judgement)
        else:
            vote = _of_value(index, candidate, judgement, same_as if has_options else first_equal, has_options=has_options)
        if vote is None:
            continue
        verdict = substituted.get(vote.value or "") or (substituted.get(f"({vote.stands_for})") if has_options else None)
        if verdict == "violates" and candidate["kind"] != "direct":
            refuted.append(index)
            continue
        if int(candidate.get("round", "0")) > 1 and candidate["kind"] != "direct":
            vote = replace(vote, weight=vote.weight * SECOND_LOOK)
        votes.append(vote if verdict != "satisfies" else _satisfied(vote))
    return votes, refuted


def only_fitting(letters: Sequence[str], substituted: Mapping[str, str]) -> str | None:
    """The one option that can satisfy the problem's conditions, every other breaking one; None where several can, or all break one.

    It need not be decided itself (sentences such as "no solution" are not): a problem with options has one that is right.
    """
    left = [letter for letter in letters if substituted.get(f"({letter})") != "violates"]
    return left[0] if len(left) == 1 < len(letters) else None


def _satisfied(vote: Vote) -> Vote:
    return replace(vote, satisfies=True)


def _of_letter(index: int, letter: str, judgement: Judgement) -> Vote:
    """The option that the prose's own derivation reaches counts for more than the letter it names."""
    readings = judgement["readings"]
    derived = next(
        (
            name
            for name in sorted(readings)
            if name.startswith(f"{index}.") and readings[name]["option"] and readings[name]["how"] == "equal"
        ),
        None,
    )
    if derived is not None:
        return Vote(index, "prose", str(readings[derived]["option"]), PROSE_VALUE, derived, sound=True)
    return Vote(index, "prose", letter, PROSE_LETTER, None, sound=False)


def _of_trial(index: int, candidate: Mapping[str, str]) -> Vote | None:
    """The problem with numbers put in came to what exactly one option gives for them."""
    if not candidate["answer"]:
        return None
    weight = DOUBTFUL if candidate["reason"] or not candidate["letter"] else PROGRAM
    stands_for = candidate["letter"] or NO_OPTION
    return Vote(index, "trial", stands_for, weight, None, sound=not candidate["reason"], complete=_complete(candidate))


def _complete(candidate: Mapping[str, str]) -> bool:
    return not candidate.get("left_out")


def _of_value(
    index: int, candidate: Mapping[str, str], judgement: Judgement, same_as: Mapping[str, str], *, has_options: bool
) -> Vote | None:
    """`same_as` names what an equal value stands for."""
    name = str(index)
    reading = judgement["readings"].get(name)
    if candidate["kind"] == "direct" and has_options and candidate.get("letter"):
        return Vote(index, "direct", candidate["letter"], DIRECT, name, sound=True)
    if reading is None or not reading["readable"]:
        return None
    stands_for = reading["option"] or same_as.get(name, NO_OPTION if has_options else name)
    loose = reading["how"] in _LOOSE_RULES
    if candidate["kind"] == "direct":
        weight = DIRECT
    elif candidate["kind"] == "program":
        weight = DOUBTFUL if candidate["reason"] else (LOOSE if loose else PROGRAM)
    else:
        weight = DOUBTFUL if candidate["reason"] else LOOSE if loose else REASONED if candidate["kind"] == "reason" else PROSE_VALUE
    kind = "prose" if candidate["kind"] in FREE_FORMS else candidate["kind"]
    sound, complete = not candidate["reason"], _complete(candidate)
    return Vote(index, kind, stands_for, weight, name, sound=sound, exact=not loose, complete=complete)


def tally(
    votes: Sequence[Vote],
    judgement: Judgement,
    refuted: Sequence[int] = (),
    letters: Mapping[int, str] | None = None,
    greedy: Collection[int] | None = None,
    only: str | None = None,
) -> Tally:
    """The class with most weight, and what verifies it: two ways to it that share nothing, one of them a computation.

    Algebra on the problem's formulas, or the problem's own conditions with the answer put in, together with a model's steps or program; or a
    program together with steps that reach the same value (or name its option, several times over). Algebra and one substitution read the same
    formulas, so that the two of them are one way; but where every option was tried and `only` one fits, the others having broken a condition each,
    algebra that came to it without them is confirmed. `letters` are those that prose named, the refuted among them too: they elect nobody, but where
    one letter was left because the others are impossible, it was no choice. `greedy` are the candidates of the first, most likely answers (None: all): what they
    name counts by itself, what was sampled only where most agree.
    """
    if not votes:
        return Tally(None, (), proof="", share=0.0, refuted=tuple(refuted))
    weights: dict[str, float] = {}
    for vote in votes:
        weights[vote.stands_for] = weights.get(vote.stands_for, 0.0) + vote.weight
    for satisfied in {vote.stands_for for vote in votes if vote.satisfies and vote.stands_for}:
        weights[satisfied] += SUBSTITUTED
    # ties go to the earlier class: the greedy first round
    winner = max((name for name in weights if name), key=lambda name: weights[name], default=None)
    if winner is None:
        return Tally(None, (), proof="", share=0.0, refuted=tuple(refuted))
    ours = tuple(sorted((vote for vote in votes if vote.stands_for == winner), key=lambda vote: -vote.weight))
    share = weights[winner] / sum(weights.values())
    chosen = {vote.index: vote.stands_for for vote in votes if vote.kind == "prose" and vote.value is None}
    chosen |= {index: letter for index, letter in (letters or {}).items() if index in refuted}
    named = [letter for _, letter in sorted(chosen.items())]
    first = next((letter for index, letter in sorted(chosen.items()) if greedy is None or index in greedy), None)
    by_letter = bool(named) and (first == winner or (named.count(winner) >= LETTERS and 2 * named.count(winner) > len(named)))
    proof = _proof(ours, judgement, share, by_letter=by_letter, alone=only is not None and only == winner)
    return Tally(winner, ours, proof=proof, share=share, refuted=tuple(refuted))


def _proof(ours: Sequence[Vote], judgement: Judgement, share: float, *, by_letter: bool, alone: bool) -> str:
    """`by_letter`: the letters that prose named, the most likely of them or most, agree; one among many would be chance. `alone`: of all options, each
    put into the problem's conditions, this one fits."""
    direct = any(vote.kind == "direct" for vote in ours)
    programs = [vote for vote in ours if vote.kind in ("program", "trial") and vote.sound]
    prose = [vote for vote in ours if vote.kind == "prose"]
    values = [vote for vote in prose if vote.value is not None]
    if direct and (programs or values or by_letter):
        return "algebra"
    if direct and alone:
        return "options"
    if share < AGREEMENT:
        return ""
    if any(vote.satisfies for vote in ours) and not direct and (programs or values or by_letter):
        return "substitution"
    # no formula of the problem takes part, so that nothing else would notice a number that was overlooked
    programs = [vote for vote in programs if vote.complete]
    equal = {frozenset(pair) for pair in judgement["equal"]}
    reached = any(
        frozenset((computed.value, steps.value)) in equal or (computed.exact and steps.exact and steps.value is not None)
        for computed in programs
        for steps in prose
    )
    letters = [vote for vote in prose if vote.value is None]
    named = by_letter and any(computed.exact for computed in programs) and bool(letters) and len(letters) + len(programs) > LETTERS
    agreeing = len(programs) + len(values if reached else prose)
    proof = programs[0].kind if (reached or named) and agreeing >= SUPPORT else ""
    return "" if proof == "program" and share < AGREEMENT_ALONE else proof
