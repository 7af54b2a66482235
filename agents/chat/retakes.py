"""Wishes about an animation that the chat has already: make what is missing, or render it at another quality."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import AIMessage, AnyMessage

from agents.chat.problems import text_of
from agents.rendering.report import Quality
from agents.state import Retake

WATCH = "[Watch the animation]"
LEFT_OUT = "Some parts could not be rendered"
NOT_MADE = "I could not make the animation"
"""What the tutor's own messages say of an animation: the history alone tells how it went."""

_POLITE = r"(?:(?:ok(?:ay)?|yes|no|hm+|so|then|now|and|but|please|just|let'?s|(?:can|could|would|will) (?:you|we)|i (?:want|would like)(?: you)? to)[\s,]+)*"
_AGAIN = re.compile(
    rf"^\W*{_POLITE}(?:(?:try|render|make|do|run|animate|start)\s+)?(?:(?:it|that|this|them|the (?:animation|video))\s+)?(?:all\s+)?"
    r"(?:again|once more|one more time|re-?try(?: it| that)?|another (?:try|attempt|go)|re-?render(?: it| that)?)(?:\s*,?\s*(?:please|now|then|for me))*\W*$",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"\b(?:missing|failed|left[ -]?out|remaining|broken|incomplete)\s+(?:parts?|beats?|scenes?|pieces?|bits?|sections?)\b"
    r"|\b(?:parts?|beats?|scenes?|pieces?|bits?)\s+(?:that|which)\s+(?:is|are|was|were|could|did|have|has|failed)\b[^.?!]{0,30}"
    r"|\b(?:render|make|add|finish|complete|try|redo|retry|animate)\b[^.?!]{0,25}\b(?:what(?:'s| is| was) (?:missing|left out)|the rest|the remainder)\b",
    re.IGNORECASE,
)
_BEST = re.compile(
    r"\b1080\s?p\b|\bfull[ -]?hd\b|\b(?:4k|2160\s?p|uhd)\b|\b(?:best|highest|maximum|max|top|full)(?: possible)? (?:video )?(?:quality|resolution)\b",
    re.IGNORECASE,
)
_HIGH = re.compile(
    r"\b720\s?p\b|\b(?:in|to|as|it|an?|want|with)\s+hd\b|^\W*hd\b|\bhd (?:version|video|quality|please)\b|\bhigh[ -](?:quality|res(?:olution)?|def(?:inition)?)\b",
    re.IGNORECASE,
)
_BETTER = re.compile(
    r"\b(?:better|higher|improved?|more|raise the|increase the)\s+(?:video |picture |image |render(?:ing)? )?(?:quality|resolution|definition)\b"
    r"|\b(?:sharper|crisper|less (?:blurry|pixelated|fuzzy))\b|\b(?:blurry|pixelated)\b",
    re.IGNORECASE,
)
_DRAFT = re.compile(r"\b480\s?p\b|\b(?:low(?:er|est)?|draft|smaller|worse)[ -](?:quality|res(?:olution)?|def(?:inition)?)\b", re.IGNORECASE)
_MOST_WORDS = 16


def quality_in(text: str) -> Quality | Literal["better"] | None:
    """The quality that a short remark asks for; None where it says nothing of the kind."""
    if len(text.split()) > _MOST_WORDS:
        return None
    if _BEST.search(text):
        return "h"
    if _HIGH.search(text):
        return "m"
    if _DRAFT.search(text):
        return "l"
    return "better" if _BETTER.search(text) else None


def retake(text: str, turns: Sequence[AnyMessage]) -> Retake | None:
    """What the last message `text` asks of the animation in `turns`, the messages before it since the problem was posed."""
    told = [text_of(turn) for turn in turns if isinstance(turn, AIMessage)]
    animated = [said for said in told if WATCH in said or NOT_MADE in said]
    if not animated:
        return None
    wanted = quality_in(text)
    if wanted is not None:
        return Retake(quality=wanted)
    if not _unfinished(animated[-1]):
        return None
    short = len(text.split()) <= _MOST_WORDS
    return Retake(quality=None) if (short and _MISSING.search(text)) or (_unfinished(told[-1]) and _AGAIN.match(text)) else None


def _unfinished(said: str) -> bool:
    return LEFT_OUT in said or NOT_MADE in said
