"""What a request wants to see beside the picture that it describes: an arrow, a frame, a flash. No reader draws these; the coder can."""

from __future__ import annotations

import re

from agents.animation.asked.words import says

MOST_CHARS = 120
_THINGS = r"(?:arrow|star|ring|brace|box|frame|rectangle|circle|cross|check ?mark|speech bubble|question mark|exclamation mark)"
_VERBS = (
    r"(?:highlight|flash|pulse|blink|wiggle|shake|underline|emphasi[sz]e|encircle|point (?:at|to|out)|"
    r"circle (?:the|its|it|each|both|all)\b|(?:frame|box) (?:the|its|it|each|both|all)\b|colou?r (?:the|its|it|each|both|all)\b|"
    rf"(?:draw|add|put|place|show|point) (?:a|an|the)(?: [a-z]+){{0,2}} {_THINGS} (?:around|round|at|to|on|over|under|next|beside|above|below|from|that|which|pointing)|"
    r"(?:write|put|add) (?:the )?(?:word|words|text|note|sign)\b)"
)
_WISH = re.compile(
    rf"(?:[,;.!?]\s+|\b(?:and|then|but)\s+)(?:(?:and|then|also|please|finally|afterwards)\s+)*({_VERBS}(?:[^.;!?]|\.(?=\d))*)",
    re.IGNORECASE,
)


def addition_in(request: str) -> str:
    """The first such wish that follows what is to be drawn, in the request's own words; "" where there is none."""
    found = _WISH.search(" ".join(request.split()))
    return found[1].strip(" ,")[:MOST_CHARS] if found is not None else ""


def without_addition(request: str) -> str:
    """The request without that wish: a box around something is no solid."""
    words = " ".join(request.split())
    found = _WISH.search(words)
    return f"{words[: found.start()]}{words[found.end() :]}" if found is not None else request


def may_add(topic: str) -> bool:
    """Whether a topic speaks of such things, so that the model is offered to ask for them: each field that it may fill costs certainty."""
    return says(topic, rf"\b{_VERBS}|\b{_THINGS}s? (?:around|pointing)\b|\bwith an? (?:[a-z]+ )?arrow\b")
