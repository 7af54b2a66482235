"""Words that people read in two ways: an answer that hangs on them may be right and is never called verified without a formula that says so."""

from __future__ import annotations

import re

_TWO_WAYS = re.compile(
    r"(?:\d[\d./]*|half|twice|two|three|four|five|six|ten|\w+ths?)\s+times\s+(?:more|fewer|less|larger|bigger|greater|higher|longer|smaller)\b",
    re.IGNORECASE,
)


def two_readings(stem: str) -> str:
    """The words that can be read in two ways ("3 times more": three times as much, or that much on top); "" where there are none."""
    found = _TWO_WAYS.search(stem)
    return " ".join(found[0].split()) if found else ""
