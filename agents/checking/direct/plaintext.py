"""Finds the formulas of a problem that was typed without dollars, so that `Solve 2x + 3 = 7` reads like `Solve $2x + 3 = 7$`."""

from __future__ import annotations

import re

_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"
_PIECE = re.compile(
    rf"(?P<space>\s+)|(?P<number>{_NUMBER})|(?P<name>\b(?:sqrt|sin|cos|tan|log|ln|pi)\b)|(?P<letters>(?<![A-Za-z'’])[a-zA-Z]{{1,2}}(?![A-Za-z'’]))|(?P<operator><=|>=|≤|≥|\*\*|[-+*/^=<>()|−·×])"
)
_WORDS = {
    "is",
    "of",
    "if",
    "to",
    "in",
    "at",
    "it",
    "an",
    "as",
    "be",
    "by",
    "do",
    "he",
    "me",
    "my",
    "no",
    "on",
    "or",
    "so",
    "up",
    "us",
    "we",
    "am",
    "go",
    "If",
    "Is",
    "In",
    "At",
    "It",
    "An",
    "As",
    "By",
    "Do",
    "He",
    "My",
    "No",
    "On",
    "Or",
    "So",
    "To",
    "Up",
    "We",
    "Of",
    "cm",
    "mm",
    "km",
    "kg",
    "ft",
    "lb",
    "oz",
    "mi",
    "ml",
}


def delimit(stem: str) -> str:
    """The stem with dollars around every plain-text formula; unchanged where it has delimiters of its own."""
    if re.search(r"\$|\\\(|\\\[|\\begin", stem):
        return stem
    runs: list[tuple[int, int]] = []
    position = 0
    while position < len(stem):
        end, last = position, position
        while (match := _PIECE.match(stem, end)) and not (match["letters"] and match["letters"] in _WORDS):
            end = match.end()
            if not match["space"]:
                last = end
        if last > position and _is_formula(stem[position:last]):
            runs.append((position, last))
            position = last
        else:
            skipped = re.compile(r"[A-Za-z'’]+|\d[\d,.]*|.", re.DOTALL).match(stem, position)
            position = skipped.end() if skipped else position + 1
    text = stem
    for start, stop in reversed(runs):
        run = stem[start:stop]
        lead = re.match(r"(?:[aAI]\s+|[-−·×)]\s+|\s+)*", run)
        offset = lead.end() if lead else 0
        if _is_formula(run[offset:]):
            text = f"{text[: start + offset]}${_as_latex(run[offset:])}${text[stop:]}"
    return text


def _is_formula(run: str) -> bool:
    """At least one letter together with an operator or a relation, brackets in balance, nothing hanging over the edge."""
    run = run.strip()
    if run.count("(") != run.count(")") or run.count("|") % 2 or not re.search(r"[a-zA-Z]", run):
        return False
    if re.fullmatch(r"[b-zB-HJ-Z]", run):
        return True
    if re.search(r"[a-zA-Z)]\s+(?:a|A|I)\b|\b(?:a|A|I)\s+[a-zA-Z\d(]", run) or re.search(r"[a-zA-Z]\s+[a-zA-Z]{2}\b", run):
        return False
    return (
        bool(re.search(r"[-+*/^=<>≤≥−·×(]|\d[a-zA-Z]", run))
        and not re.match(r"[*/^=<>≤≥)·×]", run)
        and not re.search(r"[-+*/^=<>≤≥(−·×]$", run)
    )


def _as_latex(run: str) -> str:
    run = (
        run.replace("**", "^")
        .replace("<=", r"\le ")
        .replace(">=", r"\ge ")
        .replace("≤", r"\le ")
        .replace("≥", r"\ge ")
        .replace("×", "*")
        .replace("·", "*")
    )
    run = re.sub(r"\bsqrt\s*\(((?:[^()]|\([^()]*\))*)\)", r"\\sqrt{\1}", run)
    run = re.sub(r"\b(sin|cos|tan|log|ln|pi)\b", r"\\\1 ", run)
    run = re.sub(r"\^\s*\(((?:[^()]|\([^()]*\))*)\)", r"^{\1}", run)
    run = re.sub(r"\^\s*(-?\d+(?:\.\d+)?)", r"^{\1}", run)
    return run.replace("*", r" \cdot ")
