"""Whether a problem leans on something that did not come with it: a figure, a graph or a table that its text only points at."""

from __future__ import annotations

import re

_THINGS = r"(?:figure|diagram|drawing|picture|graph|scatter ?plot|plot|histogram|bar chart|pie chart|chart|dot plot|box plot|table|map)s?"
_POINTS = re.compile(
    rf"\b(?:the |this |each )?(?P<a>{_THINGS})\b[^.?!]{{0,60}}?\b(?:above|below|shown|at (?:the )?(?:right|left)|on the (?:right|left))\b"
    rf"|\b(?:above|below|following|accompanying|given)\s+(?P<b>{_THINGS})\b"
    rf"|\b(?:shown|displayed|given|summari[sz]ed|pictured) in the (?P<c>{_THINGS})\b|\b(?:according to|based on|using|from) the (?P<d>{_THINGS})\b"
    rf"|\bin the (?P<e>figure|diagram|drawing|picture|table)\b",
    re.IGNORECASE,
)
_OF_A_FORMULA = re.compile(
    r"\bgraphs?\b[^.?!]*\bof the (?:\w+ ){0,2}(?:equation|function|inequality|inequalities|expression|system|line|parabola)s?\b[^.?!]*\babove$",
    re.IGNORECASE,
)
_TABLE_HERE = re.compile(r"\\begin\{(?:tabular|array)\}|^\s*\|.*\|\s*$|\t\S+\t", re.MULTILINE)


def missing_part(stem: str) -> str:
    """The name of what the text points at and does not hold ("figure", "table"); "" where nothing is missing."""
    if _TABLE_HERE.search(stem):
        return ""
    found = next((match for match in _POINTS.finditer(stem) if not _among_options(stem, match) and not _printed_above(stem, match)), None)
    if found is None:
        return ""
    return next(part for part in found.groups() if part).lower().rstrip("s")


def _printed_above(stem: str, match: re.Match[str]) -> bool:
    """`The graph of the equation above`: what stands above is the equation."""
    return bool(_OF_A_FORMULA.search(match[0])) and "$" in stem[: match.start()]


def _among_options(stem: str, match: re.Match[str]) -> bool:
    """`Which of the following graphs ...` speaks of the options."""
    return bool(re.search(r"\bwhich of the\s*$|\bone of the\s*$", stem[: match.start()], re.IGNORECASE)) or "following" in match[0].lower()
