"""Reads a chat: which problem it is about, what the learner wants now, and how many hints were already given.

Rules, not a model: they cost nothing before the first streamed word, and they behave the same every time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage

from agents.checking.problem import parse_problem
from agents.state import Option, Problem, Skill

HINT_HEADING = "**Hint {level} of {of}**"
_GIVEN_HINT = re.compile(r"\*\*Hint (\d+) of \d+\*\*")

_WANTS_HINT = re.compile(
    r"\b(?:hints?|clue|nudge|stuck|where (?:do|should) i start|next step|point me|don'?t (?:tell|give) me the answer)\b", re.IGNORECASE
)
_WANTS_VIDEO = re.compile(
    r"\b(?:animat\w+|videos?|visuali[sz]\w*|illustrat\w+|manim|draw (?:it|this|me|the)|plot (?:it|this)|picture it)\b|^\s*(?:plot|draw|sketch|graph|show (?:how|that|why))\b",
    re.IGNORECASE,
)
_WANTS_SOLUTION = re.compile(r"\b(?:solve|solution|full answer|the answer|work it out|give up|all (?:the )?steps)\b", re.IGNORECASE)
_COMMAND = re.compile(
    r"^\s*(?:hi|hello|hey)?[,!. ]*(?:please\s+|can you\s+|could you\s+|would you\s+|i (?:want|need|would like)\s+)*"
    r"(?:(?:give me|get|need|want|show me|make|create|solve|animate|explain|hint)\s*)?(?:(?:a|an|the|another|one|next|more)\s+)*"
    r"(?:hints?|clue|animation|video|solution)?\s*(?:for|of|on|about|to)?\s*(?:this|the following|my)?\s*(?:problem|question|exercise)?\s*[:\n]\s*",
    re.IGNORECASE,
)
_TASK = re.compile(
    r"\?|\b(?:find|solve|what|how (?:many|much|far|long|old)|which|determine|calculate|compute|simplify|evaluate|factor|expand|prove|value of|express|write)\b",
    re.IGNORECASE,
)
_MATHEMATICS = re.compile(
    r"\d|\$|=|\\[a-z]+|\^|\b(?:triangle|circle|angle|equation|function|parabola|theorem|probability|polygon|slope|radius|area|volume|percent|ratio|graph)\w*\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"\b(?:it|this|that|again|another|please|thanks|hello|hi)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"^\s*(?:(?:problem|question|exercise|q)\s*#?\s*\d{1,2}\s*[.):]|\d{1,2}[.)])\s+", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    """`problem` is None when the chat holds none. `asks` is False for a description that has nothing to be solved in it. `others` counts
    further problems in the same message, `hints_given` the rungs already handed out for this problem."""

    skill: Skill
    problem: Problem | None
    asks: bool
    others: int
    hints_given: int


def text_of(message: AnyMessage) -> str:
    """The text parts of a message, joined."""
    if isinstance(message.content, str):
        return message.content
    return "\n".join(part["text"] for part in message.content if isinstance(part, dict) and part.get("type") == "text")


def strip_command(text: str) -> str:
    """`Give me a hint: If 3x = 6 ...` without the request in front."""
    stripped = _COMMAND.sub("", text, count=1).strip()
    return stripped or text.strip()


def is_problem(text: str) -> bool:
    """Whether the text holds something to work on, rather than a remark about the problem before it."""
    body = strip_command(text)
    words = len(body.split())
    if parse_problem(body)["options"]:
        return True
    has_maths = bool(_MATHEMATICS.search(body))
    if re.search(r"[=<>]", body) and re.search(r"[a-zA-Z]", body) and re.search(r"\d", body):
        return True
    if re.search(r"\bhints?\b|\bstep \d\b|\b(?:this|that|your) (?:answer|step|problem|solution)\b", body, re.IGNORECASE) and words < 12:
        return False
    return (has_maths and words >= 3 and bool(_TASK.search(body) or _WANTS_VIDEO.search(body) or words >= 8)) or (
        words >= 12 and bool(_TASK.search(body))
    )


def _is_topic(text: str) -> bool:
    """Whether the words name something to show, rather than point back at what was said before."""
    words = re.findall(r"[^\W\d_]{3,}", strip_command(text))
    return len(words) >= 8 or (len(words) >= 2 and not _POINTS_BACK.search(text))


def split_problems(text: str) -> list[str]:
    """The problems of one message: numbered ones at line starts, each of which is a problem by itself; otherwise the whole text."""
    marks = list(_NUMBERED.finditer(text))
    if len(marks) >= 2:
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        parts = [text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
        if all(is_problem(part) and _TASK.search(part) for part in parts):
            return parts
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    with_options = [block for block in blocks if len(parse_problem(block)["options"]) >= 2 and parse_problem(block)["stem"]]
    if len(with_options) >= 2 and len(with_options) == len(blocks):
        return blocks
    return [text]


def intent(text: str) -> Skill | None:
    """What the words of a message ask for; None where they say nothing of the kind."""
    if _WANTS_HINT.search(text):
        return "hint"
    if _WANTS_VIDEO.search(text):
        return "animate"
    return "solve" if _WANTS_SOLUTION.search(text) else None


def _as_problem(text: str) -> Problem:
    parsed = parse_problem(strip_command(text))
    return Problem(
        id=parsed["id"],
        text=parsed["text"],
        stem=parsed["stem"],
        options=[Option(letter=option["letter"], text=option["text"]) for option in parsed["options"]],
    )


def read_chat(messages: Sequence[AnyMessage], skill: Skill | None) -> Reading:
    """The chat as far as it matters now. `skill` is what the caller asked for by name; None leaves it to the words of the last message."""
    turns = [message for message in messages if isinstance(message, (HumanMessage, AIMessage))]
    posed = [index for index, message in enumerate(turns) if isinstance(message, HumanMessage) and is_problem(text_of(message))]
    last = text_of(turns[-1]) if turns else ""
    if not posed and (skill or intent(last)) == "animate" and _is_topic(last):
        # whoever asks for an animation by name may name any topic, with or without formulas
        posed = [len(turns) - 1]
    if not posed:
        return Reading(skill=skill or intent(last) or "solve", problem=None, asks=False, others=0, hints_given=0)
    at = posed[-1]
    parts = split_problems(strip_command(text_of(turns[at])))
    problem = _as_problem(parts[0])
    hints = [int(level) for message in turns[at + 1 :] if isinstance(message, AIMessage) for level in _GIVEN_HINT.findall(text_of(message))]
    asks = bool(problem["options"] or _TASK.search(problem["text"])) and not re.match(
        r"^\s*(?:plot|draw|sketch|graph|show|animate|visuali[sz]e|illustrate|explain)\b", problem["text"], re.IGNORECASE
    )
    wanted = skill or intent(last) or ("hint" if hints and at != len(turns) - 1 and not _WANTS_SOLUTION.search(last) else "solve")
    return Reading(skill=wanted, problem=problem, asks=asks, others=len(parts) - 1, hints_given=max(hints, default=0))
