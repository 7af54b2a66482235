"""Problems that the tutor itself puts before the learner: a variant to practise on, or what was read from a picture.

They stand in the assistant's message as a block quote under a heading, so that any client which sends the chat back sends them too: the chat
needs no id and outlives a restart.
"""

from __future__ import annotations

import re
from typing import Literal

Posed = Literal["variant", "picture"]

HEADINGS: dict[Posed, str] = {"variant": "**Another one like it**", "picture": "**This is what I read**"}
_QUOTE = re.compile(r"((?:^>.*(?:\n|\Z))+)", re.MULTILINE)


def quote(kind: Posed, problem: str) -> str:
    """The heading and the problem as a Markdown block quote."""
    lines = "\n".join(f"> {line}".rstrip() for line in problem.strip().splitlines())
    return f"{HEADINGS[kind]}\n\n{lines}"


def without_quotes(message: str) -> str:
    """The message without what it quotes: text from a picture must not pass for the tutor's own words ("**Hint 4 of 4**")."""
    return _QUOTE.sub("", message)


def find_posed(message: str) -> tuple[Posed, str] | None:
    """What kind of problem an assistant's message poses, and its text; None where it poses none."""
    for kind, heading in HEADINGS.items():
        _, found, after = message.partition(heading)
        if found and (block := _QUOTE.search(after)):
            return kind, "\n".join(re.sub(r"^> ?", "", line) for line in block[1].splitlines()).strip()
    return None
