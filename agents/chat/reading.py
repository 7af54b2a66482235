"""The chat as far as it matters now, from its messages alone: no id and no stored state are needed to read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from agents.chat import intents, retakes
from agents.chat.problems import as_problem, has_image, has_task, is_problem, is_topic, split_problems, strip_command, text_of
from agents.chat.work import Work, bare_lines, last_value, letters_in, read_work
from agents.posed import find_posed, without_quotes
from agents.state import Asked, Problem, Retake, Skill, TurnKind

HINT_HEADING = "**Hint {level} of {of}**"
_GIVEN_HINT = re.compile(r"\*\*Hint (\d+) of \d+\*\*")
STEP_HEADING = "**About step {step}**"
_EXPLAINED = re.compile(r"\*\*About step (\d+)\*\*")
_ANSWER_SHOWN = re.compile(r"\*\*Answer:")
_NOTHING = Asked(step=None, differently=False, difficulty="same")


@dataclass(frozen=True, slots=True)
class Reading:
    """`problem` is None when the chat holds none. `asks` is False for a description that has nothing to be solved in it. `others` counts
    further problems in the same message, `hints_given` the rungs already handed out for this problem, `shown` tells whether its answer was shown.
    `remark` marks words that ask for nothing, `corrected` what was read from a picture with the learner's correction put in."""

    kind: TurnKind
    problem: Problem | None
    asks: bool = False
    others: int = 0
    hints_given: int = 0
    shown: bool = False
    asked: Asked = field(default_factory=lambda: _NOTHING)
    claim: str = ""
    attempt: str = ""
    remark: bool = False
    unconfirmed: bool = False
    """Whether the tutor still waits for a yes to what it read from a picture."""
    corrected: str = ""
    retake: Retake | None = None
    """What is wanted of the animation that this problem has already."""


@dataclass(frozen=True, slots=True)
class _Posed:
    """The current problem: where it was posed, in which words, and with what work and request."""

    at: int
    text: str
    work: Work
    wanted: TurnKind | None


def read_chat(messages: Sequence[AnyMessage], skill: Skill | None) -> Reading:
    """`skill` is what the caller asked for by name: it holds for every problem posed, and for remarks that ask for nothing else in so many words."""
    turns = [message for message in messages if isinstance(message, (HumanMessage, AIMessage))]
    if not turns:
        return Reading(kind=skill or "solve", problem=None)
    if isinstance(turns[-1], HumanMessage) and has_image(turns[-1]):
        return Reading(kind="picture", problem=None)
    posed = _current(turns, skill)
    last = text_of(turns[-1])
    pending = _pending(turns)
    if pending is not None and (posed is None or posed.at != len(turns) - 1):
        return Reading(kind="picture", problem=None, unconfirmed=True, corrected=intents.corrected(pending, last) or "")
    if posed is None:
        work = read_work(last)
        kind: TurnKind = skill or ("assess" if work.judge else intents.intent(last)) or "solve"
        return Reading(kind=kind, problem=None, remark=intents.is_remark(last), claim=work.claim, attempt=work.attempt)
    parts = split_problems(strip_command(posed.text))
    problem = as_problem(parts[0])
    since = [without_quotes(text_of(turn)) for turn in turns[posed.at + 1 :] if isinstance(turn, AIMessage)]
    hints = max((int(level) for text in since for level in _GIVEN_HINT.findall(text)), default=0)
    shown = any(_ANSWER_SHOWN.search(text) for text in since)
    fresh = posed.at == len(turns) - 1
    work = posed.work if fresh else _work_on(last, problem, hints=hints, shown=shown)
    again = None if fresh else retakes.retake(last, turns[posed.at : -1])
    kind = (
        (skill or posed.wanted or ("assess" if work.judge or work.attempt else "solve"))
        if fresh
        else "animate"
        if again is not None
        else _follow_up(last, work, skill, hints, shown, turns)
    )
    if not fresh and kind in ("assess", "hint") and not (work.claim or work.attempt):
        work = _earlier_work(turns[posed.at :], problem, posed.work)
    return Reading(
        kind=kind,
        problem=problem,
        asks=has_task(problem),
        others=len(parts) - 1,
        hints_given=hints,
        shown=shown,
        asked=Asked(step=intents.asked_step(last), differently=intents.wants_other_words(last), difficulty=intents.difficulty(last))
        if not fresh
        else _NOTHING,
        claim=work.claim,
        attempt=work.attempt,
        remark=not fresh and again is None and intents.is_remark(last),
        retake=again,
    )


def _follow_up(last: str, work: Work, skill: Skill | None, hints: int, shown: bool, turns: Sequence[AnyMessage]) -> TurnKind:
    """What a message about the current problem asks for."""
    # the wish may stand before the work or behind it
    wanted = (intents.intent(work.rest) or intents.intent(last.partition(work.attempt)[2])) if work.attempt else intents.intent(last)
    if work.judge and wanted not in ("hint", "variant"):
        return "assess"
    if (
        wanted == "variant"
        and hints
        and not shown
        and re.fullmatch(r"\W*(?:and )?(?:another|one more|next)(?: one)?\W*(?:please)?\W*", last, re.IGNORECASE)
    ):
        # after a hint, "another one" means another hint
        return "hint"
    if wanted is not None:
        return wanted
    if work.attempt:
        return "assess"
    if skill is not None:
        return skill
    if hints and not shown and not (intents.confirms(last) and _last_rung(turns)):
        return "hint"
    return "solve"


def _last_rung(turns: Sequence[AnyMessage]) -> bool:
    """Whether the tutor has just given its last hint and offered the solution."""
    before = next((text_of(turn) for turn in reversed(turns) if isinstance(turn, AIMessage)), "")
    found = re.search(r"\*\*Hint (\d+) of (\d+)\*\*", before)
    return bool(found and found[1] == found[2])


def _current(turns: Sequence[AnyMessage], skill: Skill | None) -> _Posed | None:
    """The last problem posed, by the learner or by the tutor. What was read from a picture counts from the learner's yes on."""
    current: _Posed | None = None
    pending: tuple[str, TurnKind | None] | None = None
    wish: TurnKind | None = None
    hints = shown = False
    for at, turn in enumerate(turns):
        text = text_of(turn)
        if isinstance(turn, AIMessage):
            own = without_quotes(text)
            hints, shown = hints or bool(_GIVEN_HINT.search(own)), shown or bool(_ANSWER_SHOWN.search(own))
            posed = find_posed(text)
            pending = (posed[1], wish) if posed and posed[0] == "picture" else None
            if posed and posed[0] == "variant":
                current, hints, shown = _Posed(at, posed[1], Work(rest=posed[1]), None), False, False
            continue
        if has_image(turn):
            wish = intents.opening_intent(text) or intents.intent(text)
            continue
        if pending is not None and _goes_ahead(text):
            current, hints, shown = _Posed(at, pending[0], Work(rest=pending[0]), intents.intent(text) or pending[1]), False, False
            continue
        if (found := _posed_by_learner(text, at, turns, current, skill, hints=hints, shown=shown)) is not None:
            current, hints, shown = found, False, False
    return current


def _goes_ahead(text: str) -> bool:
    """A yes to what was read from a picture, or a request that takes it for granted ("solve it, please")."""
    answer = intents.confirms(text)
    short = len(text.split()) <= 12 and not re.search(r"\d", text)
    return short and (answer is True or (answer is None and intents.intent(text) in ("solve", "hint", "animate")))


def _posed_by_learner(
    text: str, at: int, turns: Sequence[AnyMessage], current: _Posed | None, skill: Skill | None, *, hints: bool, shown: bool
) -> _Posed | None:
    work = read_work(text)
    wanted = intents.opening_intent(text)
    if current is None:
        if is_problem(work.rest):
            return _Posed(at, work.rest, work, wanted)
        if at == len(turns) - 1 and (skill or intents.intent(text)) == "animate" and is_topic(text):
            # whoever asks for an animation by name may name any topic, with or without formulas
            return _Posed(at, text, Work(rest=text), "animate")
        return None
    if retakes.retake(text, turns[current.at : at]) is not None:
        return None
    if not is_problem(work.rest) or _about(work.rest, current.text, hints=hints, shown=shown):
        return None
    return _Posed(at, work.rest, work, wanted)


def _about(text: str, problem: str, *, hints: bool, shown: bool) -> bool:
    """Whether the words are about the current problem, though they hold numbers and a question: no new problem stands in them."""
    body = strip_command(text)
    if as_problem(text)["options"]:
        return False
    kind = intents.intent(body)
    if kind in ("explain", "variant") and len(body.split()) <= 30 and not re.search(r"\b(?:if|suppose|given|let)\b", body, re.IGNORECASE):
        return True
    if kind in ("hint", "solve") and len(body.split()) <= 12 and not re.search(r"[=<>]|\$|\^", body):
        return True
    lines = bare_lines(body)
    if not lines or not letters_in(body) <= letters_in(problem) or not _numbers(body) & _numbers(problem):
        return False
    return (hints and not shown) or (len(lines) > 1 and bool(last_value(body)))


def _numbers(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def _work_on(text: str, problem: Problem, *, hints: int, shown: bool) -> Work:
    """The claim and the work in a message about the current problem."""
    work = read_work(text)
    if not work.claim and not work.attempt and bare_lines(text) and not (shown and len(bare_lines(text)) == 1 and not last_value(text)):
        return Work(rest="", claim=last_value(text), attempt=text.strip(), judge=True)
    return work


def _earlier_work(turns: Sequence[AnyMessage], problem: Problem, posed: Work) -> Work:
    """What the learner proposed before on this problem, for whoever insists without saying it again."""
    for turn in reversed(turns[1:-1]):
        if isinstance(turn, HumanMessage):
            work = _work_on(text_of(turn), problem, hints=0, shown=False)
            if work.claim or work.attempt:
                return work
    return posed


def _pending(turns: Sequence[AnyMessage]) -> str | None:
    """What was read from a picture, where the tutor's last message asks whether it is right."""
    if len(turns) < 2 or not isinstance(turns[-2], AIMessage):
        return None
    posed = find_posed(text_of(turns[-2]))
    return posed[1] if posed and posed[0] == "picture" else None


def last_hint(messages: Sequence[AnyMessage]) -> str:
    """The text of the latest hint, without its heading; "" where none was given."""
    for message in reversed(messages):
        if isinstance(message, AIMessage) and _GIVEN_HINT.search(text_of(message)):
            body = _GIVEN_HINT.split(text_of(message))[-1].strip()
            return re.split(r"\n\n(?:I could not check my own solution|That was the last hint)", body)[0].strip()
    return ""


def step_explained(messages: Sequence[AnyMessage]) -> int | None:
    """The step that the tutor's last message explained."""
    before = next((text_of(message) for message in reversed(messages) if isinstance(message, AIMessage)), "")
    found = _EXPLAINED.search(before)
    return int(found[1]) if found else None
