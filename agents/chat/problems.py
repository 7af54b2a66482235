"""Finds the problem in a message: without the request around it, and told apart from a remark about an earlier one."""

from __future__ import annotations

import re

from langchain_core.messages import AnyMessage

from agents.checking.problem import parse_problem
from agents.state import Option, Problem

_COMMAND = re.compile(
    r"^\s*(?:hi|hello|hey)?[,!. ]*(?:please\s+|can you\s+|could you\s+|would you\s+|i (?:want|need|would like)\s+)*"
    r"(?:(?:give me|get|need|want|show me|make|create|solve|animate|explain|hint|here is|this is)\s*)?"
    r"(?:(?:a|an|the|another|one|next|more|my)\s+)*(?:hints?|clue|animation|video|solution|new|correct(?:ed)?)?\s*"
    r"(?:for|of|on|about|to|with)?\s*(?:this|the following|my)?\s*(?:problem|question|exercise|one)?\s*,?\s*(?:please)?\s*[:\n]\s*",
    re.IGNORECASE,
)
_DEMAND = re.compile(
    r"\b(?:ignore|forget|disregard|override|bypass|drop)\b[^.?!]*\b(?:rules?|instructions?|prompts?|guidelines?|restrictions?|above|before|previous(?:ly)?)\b"
    r"|\b(?:say|state|confirm|agree|admit|pretend|declare|repeat|write)\s+(?:to me\s+)?(?:that\s+)?(?:it|my (?:answer|result|solution)|the answer|\$?-?\d[\d.,/]*\$?)(?:\s|$|[.?!])",
    re.IGNORECASE,
)
TASK = re.compile(
    r"\?|\b(?:find|solve|what|how (?:many|much|far|long|old)|which|determine|calculate|compute|simplify|evaluate|factor|expand|prove|value of|express|write)\b",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"\b(?:animat\w+|visuali[sz]\w*|illustrat\w+|manim|draw|plot|sketch)\b", re.IGNORECASE)
_MATHEMATICS = re.compile(
    r"\d|\$|=|\\[a-z]+|\^|\b(?:triangle|circle|angle|equation|function|parabola|theorem|probability|polygon|slope|radius|area|volume|percent|ratio|graph)\w*\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand|dozen|how (?:many|much|old|far|long)|half|twice|sum|product)\b",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"\b(?:it|this|that|again|another|please|thanks|hello|hi)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"^\s*(?:(?:problem|question|exercise|q)\s*#?\s*\d{1,2}\s*[.):]|\d{1,2}[.)])\s+", re.IGNORECASE | re.MULTILINE)
_DESCRIBES = re.compile(r"^\s*(?:plot|draw|sketch|graph|show|animate|visuali[sz]e|illustrate|explain)\b", re.IGNORECASE)
_QUESTION = re.compile(r"\?|^\s*(?:who|what|when|where|which|why|how|write|tell|translate|explain|describe|name|list)\b", re.IGNORECASE)

_ORDER = re.compile(
    r"(?<![^\s.?!])[^.?!\n$\d]*\b(?:ignore|disregard|forget|override|bypass)\b[^.?!\n$\d]*\b(?:rules?|instructions?|prompts?|guidelines?|policy|policies|safeguards?|gate)\b[^.?!\n$\d]*(?:[.?!]+|\Z|(?=\n))",
    re.IGNORECASE,
)
"""A sentence that orders the tutor about. The problem does not need it, and a small model obeys whoever spoke last."""
_ASIDE_BEFORE = re.compile(
    r"^\s*(?:(?:hi|hello|hey|please|hints?|help|i'?m|i am|i need|i want|can you|could you|give me)\b[^.?!\n$\d:]{0,60}[.?!\n]+\s*)+(?=\S)",
    re.IGNORECASE,
)
_ASIDE_AFTER = re.compile(
    r"(?<=[.?!\n])\s*(?:(?:please|hints?\b|help|i'?m stuck|i am stuck|i need|can you help|could you help|(?:can|could) you give me|give me)\b[^.?!\n$\d]{0,60}(?:[.?!\n]+\s*|\Z))+\Z",
    re.IGNORECASE,
)


def text_of(message: AnyMessage) -> str:
    """The text parts of a message, joined."""
    if isinstance(message.content, str):
        return message.content
    return "\n".join(part["text"] for part in message.content if isinstance(part, dict) and part.get("type") == "text")


def has_image(message: AnyMessage) -> bool:
    """Whether the message carries a picture beside its text."""
    return not isinstance(message.content, str) and any(
        isinstance(part, dict) and part.get("type") in ("image", "image_url") for part in message.content
    )


def strip_command(text: str) -> str:
    """`Give me a hint: If 3x = 6 ...` without the request in front."""
    stripped = _COMMAND.sub("", text, count=1).strip()
    return stripped or text.strip()


def is_problem(text: str) -> bool:
    """Whether the text, taken by itself, holds something to work on. Remarks about an earlier problem are told apart in `work` and `intents`."""
    body = " ".join(part for part in re.split(r"(?<=[.?!])\s+|\n+", strip_command(text)) if not _DEMAND.search(part))
    words = len(body.split())
    if parse_problem(strip_command(text))["options"]:
        return True
    has_maths = bool(_MATHEMATICS.search(_without_years(body)))
    if re.search(r"[=<>]", body) and re.search(r"[a-zA-Z]", body) and re.search(r"\d", body):
        return True
    if re.search(r"\bhints?\b|\bstep \d\b|\b(?:this|that|your) (?:answer|step|problem|solution)\b", body, re.IGNORECASE) and words < 12:
        return False
    return (has_maths and words >= 3 and bool(TASK.search(body) or _SHOWN.search(body) or words >= 8)) or (
        words >= 12 and bool(TASK.search(body)) and is_mathematics(body)
    )


def _without_years(text: str) -> str:
    return re.sub(
        r"\b(in|since|of|from|until|before|after|year|by|between|and)\s+(?:1[0-9]|20)\d\d\b(?!\s*[-+*/=^%])",
        r"\1",
        text,
        flags=re.IGNORECASE,
    )


def is_mathematics(text: str) -> bool:
    """Whether the words hold any quantity or term of mathematics; a year alone is none."""
    return bool(_MATHEMATICS.search(_without_years(text)) or _QUANTITY.search(text))


def is_other_question(text: str) -> bool:
    """Whether the message asks for something that is no mathematics, rather than being a greeting."""
    return len(text.split()) >= 4 and bool(_QUESTION.search(text)) and not is_mathematics(text)


def is_topic(text: str) -> bool:
    """Whether the words name something to show, rather than point back at what was said before."""
    words = re.findall(r"[^\W\d_]{3,}", strip_command(text))
    return len(words) >= 8 or (len(words) >= 2 and not _POINTS_BACK.search(text))


def split_problems(text: str) -> list[str]:
    """The problems of one message: numbered ones at line starts, each of which is a problem by itself; otherwise the whole text."""
    marks = list(_NUMBERED.finditer(text))
    if len(marks) >= 2:
        ends = [mark.start() for mark in marks[1:]] + [len(text)]
        parts = [text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]
        if all(is_problem(part) and TASK.search(part) for part in parts):
            return parts
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    with_options = [block for block in blocks if len(parse_problem(block)["options"]) >= 2 and parse_problem(block)["stem"]]
    if len(with_options) >= 2 and len(with_options) == len(blocks):
        return blocks
    return [text]


def _without_asides(text: str) -> str:
    """The text without sentences that speak to the tutor: a request at either end, and orders to it anywhere."""
    kept = _ORDER.sub(" ", text)
    for aside in (_ASIDE_BEFORE, _ASIDE_AFTER):
        kept = aside.sub("", kept)
    return kept.strip() if is_problem(kept) else text


def as_problem(text: str) -> Problem:
    """The problem taken apart, without the requests and orders around it."""
    parsed = parse_problem(_without_asides(strip_command(text)))
    return Problem(
        id=parsed["id"],
        text=parsed["text"],
        stem=parsed["stem"],
        options=[Option(letter=option["letter"], text=option["text"]) for option in parsed["options"]],
    )


def has_task(problem: Problem) -> bool:
    """Whether something in it is to be solved, rather than only shown."""
    return bool(problem["options"] or TASK.search(problem["text"])) and not _DESCRIBES.match(problem["text"])
