"""The steps of a solution that the model wrote in a form of its own: of each computation the sentence that says why, and the formula."""

from __future__ import annotations

import re
from itertools import groupby

from agents.checking.prose import RELATION, as_latex, formulas, plain_maths, with_amounts
from agents.checking.recalculation import computes_wrongly

_DISPLAY = re.compile(r"\$\$\s*(.+?)\s*\$\$", re.DOTALL)
_MARKS = re.compile(r"^\s*(?:(?:#+|[-*•]|\d{1,2}[.)]|\(?[a-h]\))\s+)*(?:\**\s*step\s*\d+\s*[:.]\s*)?", re.IGNORECASE)
_CONCLUDES = re.compile(r"\\boxed|^\W*(?:the )?(?:final )?answer\b|\bthe (?:final )?answer is\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[a-z)\d%][.?!])\s+(?=[A-Z])")
_COMPUTES = re.compile(r"[-+*/×÷·<>≤≥]|\\(?:times|cdot|div|[dt]?frac|sqrt|leq?|geq?)(?![a-zA-Z])|\d\s*[a-z]|^\s*[a-zA-Z]\s*=")
"""A computation, an equation of letters, or the value of one: more than the name of a number."""
_OPENING = re.compile(r"^(?:therefore|thus|so|hence|next|now|first|then|finally)\b(?! that\b),?\s*", re.IGNORECASE)
_STATES = re.compile(r"\b(?:is|are|becomes?|equals?)$")
_BARE = re.compile(r"[\d\s.,()\\$%=+*/×÷·-]+")
_WITH_UNITS = re.compile(r"\d[^=]*[-+*/×÷][^=]*=\s*\\?\$?\d")
"""Such as `5 classes a day * 5 days = 25 classes`."""
_CODE = "```"
_MAX_STEPS = 8
_MAX_CHARS = 180
"""Of the words of a step: a longer sentence is no reason that a learner reads beside one computation."""


def steps_in(text: str, answer: str) -> list[str]:
    """The steps of a solution (Markdown with LaTeX) in order, each ending in its formula; empty where there are none, too many, one computes wrongly, or
    the last does not come to the answer."""
    if _CODE in text:
        return []
    one_line = _DISPLAY.sub(_inline, text)
    steps: list[str] = []
    said = ""
    for raw in one_line.splitlines():
        line = with_amounts(_MARKS.sub("", raw).replace("**", "").strip(), r"\$")
        line = re.sub(r"\$ ([^$]*[^$ ]) \$", r"$\1$", line)
        if not line or _CONCLUDES.search(line):
            continue
        alone = re.fullmatch(r"\$((?:[^$\\]|\\.)+)\$[.,]?", line)
        if alone is None and not _computed(line):
            said = line
            continue
        if alone and not (_COMPUTES.search(alone[1]) and RELATION.search(alone[1])):
            continue
        steps.append(_step(said, alone[1].strip(" .,")) if alone else _sentence(line))
        said = ""
    steps = [step for step, _ in groupby(steps)]
    if not steps or len(steps) > _MAX_STEPS or any(computes_wrongly(step) for step in steps):
        return []
    return steps if _squeezed(answer) in _squeezed(steps[-1].rpartition("=")[2]) else []


def _inline(display: re.Match[str]) -> str:
    formula = re.sub(r"(?<!\\)\$", r"\\$", " ".join(display[1].split()))
    return f"${formula}$"


def _squeezed(text: str) -> str:
    return re.sub(r"[\s,$\\]|\{,\}|\\text\{[^{}]*\}", "", text)


def _computed(line: str) -> bool:
    found = [*formulas(line), *plain_maths(line)]
    return bool(_WITH_UNITS.search(line)) or any(RELATION.search(piece.latex) and _COMPUTES.search(piece.latex) for piece in found)


def _step(said: str, formula: str) -> str:
    reason = _OPENING.sub("", _SENTENCE.split(said)[-1]).strip().rstrip(".:, ")
    if not reason or len(reason) > _MAX_CHARS or RELATION.search(reason):
        return f"${formula}$."
    joint = "" if _STATES.search(reason) else ":"
    return f"{reason[0].upper()}{reason[1:]}{joint} ${formula}$."


def _sentence(line: str) -> str:
    line = _OPENING.sub("", line).rstrip(".:, ")
    if _BARE.fullmatch(line):
        formula = as_latex(line.replace(r"\$", ""))
        return f"${formula}$."
    return f"{line[0].upper()}{line[1:]}."
