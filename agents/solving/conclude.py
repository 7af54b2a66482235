"""From the votes to a solution: the answer, the steps that lead to it, and how far it can be trusted, in words for the learner."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.checking.judge import Judgement
from agents.solving.ending import ends_elsewhere
from agents.solving.missing import missing_part
from agents.solving.paths import Candidate
from agents.solving.votes import FREE_FORMS, Tally
from agents.solving.wording import two_readings
from agents.state import Problem, Solution, Step, Verification
from agents.worked import idea_of, steps_of

_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")
_COUNTED = re.compile(r"\$(?!\\\$)([^$]+)\$\s+([A-Za-z][A-Za-z ]{0,40})")


def conclude(problem: Problem, candidates: Sequence[Candidate], judgement: Judgement, result: Tally, sound: Mapping[int, int]) -> Solution:
    """`sound` says for the candidates of `reaching_steps` how many of their steps, from the first, hold; those beyond are not shown."""
    option = next((option for option in problem["options"] if option["letter"] == result.winner), None)
    ours = [vote.index for vote in result.votes]
    best = ours[0] if ours else next((index for index, candidate in enumerate(candidates) if candidate["answer"]), None)
    shown = steps_to_show(candidates, sound)
    whole = shown is not None and sound[shown] >= _count(candidates[shown])
    by_algebra = None if whole and result.votes else derived_steps(candidates, result)
    refuted = not result.votes and bool(result.refuted)
    answer = _answer_text(option["text"] if option else "", candidates, judgement, best)
    solution = Solution(
        answer=answer,
        choice=option["letter"] if option else None,
        steps=by_algebra or _steps(candidates, judgement, result, shown, sound),
        verification=_verification(problem, candidates, judgement, result, refuted=refuted),
        problem_id=problem["id"],
    )
    if shown is not None and whole and option and not result.proof:
        end = ends_elsewhere(shown, candidates[shown]["text"], judgement, bare(option["text"]))
        guess = f" These steps end at ${end}$, which is none of the options: ({option['letter']}) is a guess."
        solution["verification"]["detail"] += guess if end else ""
    if shown is not None and not by_algebra and (idea := idea_of(candidates[shown]["text"])):
        solution["idea"] = idea
    return solution


def reaching_steps(candidates: Sequence[Candidate], judgement: Judgement, result: Tally) -> list[int]:
    """The worked steps that reach the winner, independent ones first. Without a winner the first steps, which are shown as far as they hold.

    Steps that name the winning option but end at another value than the computed one do not reach it.
    """
    if not result.votes:
        return [index for index, candidate in enumerate(candidates) if candidate["kind"] == "prose"][:1]
    names = {vote.value for vote in result.votes}
    equal = {name for pair in judgement["equal"] if names & set(pair) for name in pair}
    readings = judgement["readings"]
    guided = [
        index
        for index, candidate in enumerate(candidates)
        if candidate["kind"] == "guided"
        and (str(index) in equal or (str(index) in readings and readings[str(index)]["option"] == result.winner))
    ]
    known = _known(judgement, result)
    straying = {
        vote.index
        for vote in result.votes
        if vote.value is None and ends_elsewhere(vote.index, candidates[vote.index]["text"], judgement, known)
    }
    short = [vote.index for vote in result.votes if candidates[vote.index]["kind"] == "prose" and vote.index not in straying]
    return sorted(short) + guided


def _known(judgement: Judgement, result: Tally) -> str:
    """The LaTeX of the value that a computation found for the winner; empty where none did."""
    computed = next((vote for vote in result.votes if vote.kind != "prose" and vote.sound and vote.value), None)
    return judgement["readings"][computed.value or ""]["latex"] if computed is not None else ""


def steps_to_show(candidates: Sequence[Candidate], sound: Mapping[int, int]) -> int | None:
    """Of the steps in `sound` the first that hold throughout, else those that hold longest; None where there are none."""
    whole = [index for index, holding in sound.items() if holding >= _count(candidates[index])]
    return whole[0] if whole else max(sound, key=lambda index: sound[index], default=None)


def derived_steps(candidates: Sequence[Candidate], result: Tally) -> list[Step]:
    """The steps that algebra tells for the winner, or else a program that came to it; empty where neither tells any."""
    told = [(vote.kind, worked) for vote in result.votes if (worked := candidates[vote.index].get("worked", ""))]
    best = min(told, key=lambda item: item[0] != "direct", default=None)
    return steps_of(best[1]) if best else []


def _count(candidate: Candidate) -> int:
    return len(steps_of(candidate["text"]))


def _steps(candidates: Sequence[Candidate], judgement: Judgement, result: Tally, shown: int | None, sound: Mapping[int, int]) -> list[Step]:
    computed = next((vote for vote in result.votes if vote.kind != "prose" and vote.value), None)
    if shown is not None:
        steps = steps_of(candidates[shown]["text"])
        keep = sound.get(shown, len(steps))
        if keep >= len(steps):
            return steps
        steps = steps[:keep]
        if computed is None:
            return steps
    else:
        steps = []
    if computed is None:
        return steps
    value = judgement["readings"][computed.value or ""]["latex"]
    if computed.kind == "direct":
        said = "From here, computer" if steps else "Set up the equations of the problem; computer"
        said += " algebra gives"
    else:
        said = "From here, a" if steps else "A"
        said += " program written for this problem computes"
    return [*steps, Step(say=f"{said} ${value}$.", latex=value)]


def _answer_text(option: str, candidates: Sequence[Candidate], judgement: Judgement, best: int | None) -> str:
    if option:
        return bare(option)
    if best is None:
        return ""
    reading: Any = judgement["readings"].get(str(best))
    if candidates[best]["kind"] not in ("prose", *FREE_FORMS) and reading and reading["readable"]:
        return _DECIMAL.sub(lambda match: f"{float(match[0]):.8g}", str(reading["latex"]))
    return bare(candidates[best]["answer"])


def bare(text: str) -> str:
    """Without the dollars where the whole text is one formula, or one with a unit behind it."""
    text = text.strip().rstrip(".")
    if counted := _COUNTED.fullmatch(text):
        return f"{counted[1].strip()} \\text{{ {counted[2]}}}"
    whole = text.startswith("$") and text.endswith("$") and text.count("$") == 2 and not text.startswith("$\\$")
    return text[1:-1].strip() if whole else text


def _verification(problem: Problem, candidates: Sequence[Candidate], judgement: Judgement, result: Tally, *, refuted: bool) -> Verification:
    has_options = bool(problem["options"])
    computed = next((vote for vote in result.votes if vote.kind != "prose" and vote.sound), None)
    tail = f", which is option ({result.winner}) and no other" if has_options else ""
    reading = judgement["readings"].get(computed.value or "") if computed is not None else None
    value = reading["latex"] if reading is not None else ""
    if result.proof == "algebra":
        told = f" gives ${value}${tail}" if value else f" leaves option ({result.winner}) alone"
        return Verification(
            status="verified",
            method="algebra",
            detail=f"Computer algebra on the problem's own formulas{told}, and {_other(result)}.",
        )
    if result.proof == "options":
        found = f" gives ${value}$, which is" if value else " leads to"
        return Verification(
            status="verified",
            method="options",
            detail=f"Computer algebra{found} option ({result.winner}); each option was also put into the problem's conditions, and no other fits.",
        )
    if result.proof == "substitution":
        return Verification(
            status="verified",
            method="substitution",
            detail=f"Put back into the problem's own conditions, this answer makes all of them true{tail}, and {_other(result)}.",
        )
    if result.proof == "program":
        return Verification(
            status="verified",
            method="program",
            detail=f"A program computed ${value}$ apart from {_apart(candidates, result)}, and both agree{tail}.",
        )
    if result.proof == "trial":
        return Verification(status="verified", method="trial", detail=_trial_detail(candidates, result))
    if refuted:
        return Verification(
            status="refuted",
            method="substitution",
            detail="Put back into the problem's own conditions, this answer does not make them true, and no other attempt came to one that does.",
        )
    if part := missing_part(problem["stem"]):
        detail = f"The problem speaks of a {part} that I do not have, so this is a guess: send what the {part} shows in words or numbers."
        return Verification(status="unverified", method="none", detail=detail)
    if words := two_readings(problem["stem"]):
        detail = f"The words “{words}” can be read in two ways, so this answer holds for one of them only."
        return Verification(status="unverified", method="none", detail=detail)
    return Verification(status="unverified", method="none", detail=_doubt(candidates, result, has_options=has_options))


def _trial_detail(candidates: Sequence[Candidate], result: Tally) -> str:
    value = next(candidates[vote.index]["answer"] for vote in result.votes if vote.kind == "trial" and vote.sound)
    return (
        f"With numbers put in for the letters, a program computed ${value}$, which option ({result.winner}) gives and no other, "
        "and the worked steps came to the same option."
    )


def _apart(candidates: Sequence[Candidate], result: Tally) -> str:
    """What a program agrees with: worked steps, or only solutions in free form, which are not shown."""
    steps = any(vote.kind == "prose" and candidates[vote.index]["kind"] not in FREE_FORMS for vote in result.votes)
    return "the steps" if steps else "other solutions in words"


def _other(result: Tally) -> str:
    """What came to the winner beside algebra or substitution, and how."""
    if any(vote.kind == "prose" and vote.value is not None for vote in result.votes):
        return "the worked steps came to the same"
    if any(vote.kind in ("program", "trial") for vote in result.votes):
        return "a program came to the same"
    return "a separate attempt at the problem chose the same option"


def _doubt(candidates: Sequence[Candidate], result: Tally, *, has_options: bool) -> str:
    """Why nothing confirms the answer, in one line."""
    kinds = {vote.kind for vote in result.votes}
    programs = [candidate for candidate in candidates if candidate["kind"] in ("program", "trial")]
    if "direct" in kinds:
        return "Computer algebra gives this answer, but nothing apart from it came to the same."
    if "prose" in kinds and kinds & {"program", "trial"}:
        return "A computation agrees with these steps, but other attempts gave other results."
    if kinds & {"program", "trial"}:
        return "A program computed this answer, but the worked steps did not come to it."
    if not programs:
        return "This answer rests on judgement and cannot be computed." if has_options else "Nothing was computed apart from the steps."
    if not any(candidate["answer"] for candidate in programs):
        return "No computation succeeded for this problem, so nothing confirms the steps."
    return (
        "The computation did not reach one of the offered answers." if has_options else "The computation did not confirm the worked steps."
    )
