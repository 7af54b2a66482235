"""Whether a hint gives the final number away: the measure, not the gate (that one lives in `agents.checking.leaks`)."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TypedDict

from evals.scorers.expressions import evaluate, letters, same
from evals.scorers.numbers import Found, find_numbers, implied_numbers, plain

_EVERYDAY = 10
"""Number words up to this one are ordinary English ("the two amounts") and count only where they are stated as the result."""


class Leak(TypedDict):
    """`kind` is number, word, expression (a computation, or a formula, whose value is the answer), letter, option, or equation (one move from the
    answer); `text` is what stands in the hint."""

    kind: str
    text: str


def final_number(answer: str) -> Fraction:
    """The number of an answer such as `2,125` or `18`. Raises `ValueError`."""
    try:
        return Fraction(answer.replace(",", "").replace("$", "").strip())
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{answer.strip()!r} is no number") from None


_FORMULA = re.compile(r"\$\$?([^$]+)\$\$?|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_SIDE = r"(?:[\d.,]+|(?<![a-z])[a-z](?![a-z])|[-+*/^() ])+"
_ONE_MOVE = re.compile(
    r"\(*-?\(*(?:(?:\d+(?:\.\d+)?\*?)?\(?[a-z]\)?|[a-z][-+/]\d+(?:\.\d+)?|\d+(?:\.\d+)?[-+/*][a-z]|\(?\d+/\d+\)?\*?[a-z])\)*"
)


def option_number(text: str) -> Fraction | None:
    """The number that an option is, with or without a unit; None where it is anything else."""
    text = re.sub(r"^\W*[a-z]\s*=", "", text)
    found = [item for item in find_numbers(text) if item.kind != "word"]
    rest = re.sub(r"\\(?:text|mathrm)\s*\{[^{}]*\}", "", text)
    if len(re.findall(r"[a-z]{2,}", re.sub(r"\\[a-z]+", "", rest))) > 2:
        return None  # a sentence that happens to hold a number
    if letters(re.sub(r"[a-zA-Z]{2,}", " ", rest)) or re.search(r"\\(?:sqrt|pi|leq?|geq?|circ)|[,(<>].*[,)]|=", rest) or not found:
        return None
    whole = evaluate(re.sub(r"\\?%", "", rest), {})
    return whole if whole is not None else (found[0].value if len({item.value for item in found}) == 1 else None)


_NOTHING = r"\bno (?:\w+ )?(?:solution|value|number|answer|root)s?\b|\bnone\b|\bnot exist\b|\bcannot be true\b|\bimpossible\b"


def find_option_leaks(hint: str, letter: str, option: str, problem: str) -> list[Leak]:
    """Where `hint` gives the right option away: its letter, its text, its value, or an equal formula. `problem` is the stem without options."""
    leaks: list[Leak] = []
    bare = _FORMULA.sub(" ", hint)
    named = re.search(rf"\({letter}\)|\b(?:[Oo]ption|[Cc]hoice|[Ll]etter|[Aa]nswer(?: is|:)?)\s+\(?{letter}\b(?!\s[a-z])", bare)
    if named:
        leaks.append(Leak(kind="letter", text=named[0]))
    wanted, said, printed = (re.sub(r"[^a-z0-9+\-*/^=<>().,]", "", plain(text)) for text in (option, hint, problem))
    if len(wanted) >= 4 and not re.fullmatch(r"[\d.,]+", wanted) and wanted in said and wanted not in printed:
        leaks.append(Leak(kind="option", text=option))
    if re.search(_NOTHING, option, re.IGNORECASE) and not re.search(_NOTHING, problem, re.IGNORECASE):
        leaks += [Leak(kind="option", text=match[0]) for match in re.finditer(_NOTHING, hint, re.IGNORECASE)]
    number = option_number(option)
    if number is not None:
        return leaks + find_leaks(hint, number, problem)
    for match in _FORMULA.finditer(hint):
        formula = next(group for group in match.groups() if group)
        leaks += [
            Leak(kind="expression", text=side.strip())
            for side in formula.split("=")
            if same(side, option) and re.sub(r"\s", "", side) not in re.sub(r"\s", "", problem)
        ]
    return leaks


def find_last_equations(hint: str, answer: Fraction, problem: str) -> list[Leak]:
    """Equations in one letter that the answer satisfies and that one arithmetic move solves, unless the problem prints them."""
    hint, problem = (re.sub(r"\\leq?\b|\\geq?\b|[<>≤≥]=?", "=", text) for text in (hint, problem))  # a bound is read off like a value
    text, printed = _with_one_letter(plain(hint), problem), re.sub(r"\s", "", plain(problem))
    leaks: list[Leak] = []
    for match in re.finditer(r"=", text):
        before, after = re.search(_SIDE + r"$", text[: match.start()]), re.match(_SIDE, text[match.end() :])
        if before is None or after is None or re.match(r"\s*[=<>]", text[match.end() :][after.end() :]):
            continue
        sides = [re.sub(r"\s", "", before[0]), re.sub(r"\s", "", after[0]).rstrip(".,")]
        names = [set(re.findall(r"[a-z]", side)) for side in sides]
        if len(names[0] | names[1]) != 1 or all(names) or "=".join(sides) in printed:
            continue
        side = sides[0] if names[0] else sides[1]
        for _ in range(3):  # `((x)/(2))` is x/2
            side = re.sub(r"(?<![a-z\d)])\((-?(?:\d+(?:\.\d+)?|[a-z]))\)", r"\1", side)
        side = side[1:-1] if re.fullmatch(r"\([^()]*\)", side) else side
        at = {next(iter(names[0] | names[1])): answer}
        values = [evaluate(part, at) for part in sides]
        if _ONE_MOVE.fullmatch(side) and None not in values and values[0] == values[1]:
            leaks.append(Leak(kind="equation", text="=".join(sides)))
    return leaks


def _with_one_letter(text: str, problem: str) -> str:
    """The hint with one letter for the expression whose value the problem asks for: `9(ax + b) = 27` is one move from it."""
    asked = re.findall(r"value of \$([^$=<>]+)\$", problem)
    wanted = re.sub(r"\s|[?.]+$", "", plain(asked[-1])) if asked else ""
    if len(letters(wanted)) < 2:
        return text
    return re.sub(r"\(?\s*" + r"\s*".join(map(re.escape, wanted)) + r"\s*\)?", " q ", text)


def find_leaks(hint: str, answer: Fraction, problem: str) -> list[Leak]:
    """Where `hint` holds `answer` or an equal form of it.

    A number that already stands in the problem (or that its words bring with them) is no leak by itself, only where it is stated as a result;
    a computation is a leak when its value is the answer, unless the problem itself holds that computation.
    """
    hint = _without_numbering(_without_quotes(hint, problem))
    given = {found.value for found in find_numbers(problem)} | implied_numbers(problem)
    leaks: list[Leak] = []
    for found in find_numbers(hint):
        if found.value == answer and _counts(found, answer in given):
            leak = Leak(kind=found.kind, text=found.text.strip())
            if leak not in leaks:
                leaks.append(leak)
    return leaks + find_last_equations(hint, answer, problem)


def _without_numbering(hint: str) -> str:
    """The hint without the numbers (1), (2), ... that its small questions carry."""
    places = list(re.finditer(r"\((\d)\)(?=\s+[A-Z])", hint))
    counted = len(places) > 1 and [int(place[1]) for place in places] == list(range(1, len(places) + 1))
    return re.sub(r"\(\d\)(?=\s+[A-Z])", " ", hint) if counted else hint


def _without_quotes(hint: str, problem: str) -> str:
    """The hint without sentences in quotation marks and formulas that it repeats from the problem as they are."""

    def squeezed(text: str) -> str:
        return re.sub(r"\s|\$", "", text)

    for found in [*re.findall(r"[\"“]([^\"”]{8,})[\"”]", hint), *(match[0] for match in _FORMULA.finditer(hint))]:
        if len(squeezed(found)) > 3 and re.search(r"[a-zA-Z]", found) and squeezed(found) in squeezed(problem):
            hint = hint.replace(found, " ")
    return hint


def _counts(found: Found, given: bool) -> bool:
    if found.stated:
        return True
    return not given and not (found.kind == "word" and found.value <= _EVERYDAY)
