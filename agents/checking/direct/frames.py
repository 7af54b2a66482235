"""Pieces of English that several families share: relations told in words, statements by Roman numeral, words of a story. Runs inside the sandbox only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sympy

from agents.checking.direct.reading import Direct, Given, read_formula

STORY = re.compile(r"\b(?:figure|table|diagram|scatterplot|histogram|shown|chart|box ?plot|dot plot)\b", re.IGNORECASE)

_QUANTITY = r"(⟦\d+⟧|-?\d+(?:,\d{3})*(?:\.\d+)?(?![\d.]*%| percent))"
_END = r"(?=\s*(?:[,.?;]|and\b|what\b|then\b|which\b|$))"
_RELATIONS: tuple[tuple[re.Pattern[str], Callable[..., Any]], ...] = tuple(
    (re.compile(pattern.replace("Q", _QUANTITY).replace("END", _END), re.IGNORECASE), build)
    for pattern, build in (
        (r"the sum of Q and Q (?:is|equals|is equal to) QEND", lambda a, b, c: sympy.Eq(a + b, c, evaluate=False)),
        (r"the product of Q and Q (?:is|equals|is equal to) QEND", lambda a, b, c: sympy.Eq(a * b, c, evaluate=False)),
        (r"(?<!times )(?<!than )(?<!of )Q is Q more than Q(?! times)END", lambda a, b, c: sympy.Eq(a, c + b, evaluate=False)),
        (r"(?<!times )(?<!than )(?<!of )Q is Q less than Q(?! times)END", lambda a, b, c: sympy.Eq(a, c - b, evaluate=False)),
        (r"(?<!than )(?<!of )Q is Q times QEND", lambda a, b, c: sympy.Eq(a, b * c, evaluate=False)),
        (r"(?<!than )(?<!of )Q is (?:twice|double) QEND", lambda a, b: sympy.Eq(a, 2 * b, evaluate=False)),
        (
            r"(?<!times )(?<!than )(?<!twice )(?<!of )(?<!from )(?<!to )(?<!by )(?:\bis )?Q (?:is )?(?:equal to|equals) QEND",
            lambda a, b: sympy.Eq(a, b, evaluate=False),
        ),
    )
)
_OPERATION = re.compile(
    r"\b(?:increas\w+|decreas\w+|rais\w+|lower(?:s|ed|ing)|reduc\w+|exceed\w*|power|times|twice|thrice|doubl\w+|half|halv\w+|tripl\w+|quadrupl\w+|(?:\w+-)?(?:thirds?|fourths?|fifths?|quarters?)"
    r"|squared?|cubed?|square root|reciprocal|inverse|mirror\w*|flip\w*|divided|plus|minus|add(?:ed|ing)?|subtract(?:ed|ing)?|multipl(?:y|ied|ying)"
    r"|sum|product|difference|quotient|ratio|average|percent|%|opposite|negation|absolute value|more|less|fewer|after|before|move[sd]?|shift\w*|translat\w*|reflect\w*|rotat\w*|rounded|digits?)\b",
    re.IGNORECASE,
)
# "the product ⟦xy⟧" only names what is printed
_NAMING = re.compile(r"\b(?:sum|product|difference|quotient|ratio) (?=⟦)", re.IGNORECASE)
_ROMAN = re.compile(r"(?<![A-Za-z])(I{1,3}|IV)\.\s*(⟦\d+⟧|-?\d+(?:\.\d+)?)(?=\s*(?:I{1,3}\.|IV\.|$|[;,]))")


def quantity(given: Given, text: str) -> Any:
    """The expression that `⟦2⟧` or `1,200` stands for, None where it is none."""
    value = given.at(text[1:-1]) if text.startswith("⟦") else read_formula(text)
    return value if isinstance(value, sympy.Expr) else None


def word_equations(given: Given) -> list[Any]:
    """The equations that the frame states in words: `⟦0⟧ is 10 more than 14`."""
    return _in_words(given)[0]


def unexplained(given: Given, *understood: re.Pattern[str]) -> bool:
    """Whether the frame does something to a quantity ("three times the value of", "increased by 5") beyond what `understood` and equations in words say."""
    rest = _in_words(given)[1]
    for pattern in (*understood, _NAMING):
        rest = pattern.sub(" ", rest)
    return _OPERATION.search(rest) is not None


def operates(text: str) -> bool:
    """Whether the words do something to a quantity."""
    return _OPERATION.search(text) is not None or "%" in text


def _in_words(given: Given) -> tuple[list[Any], str]:
    """The equations told in words, and the frame without them: what one pattern took, no other may read again."""
    found: list[Any] = []
    rest = given.frame
    for pattern, build in _RELATIONS:

        def _take(match: re.Match[str], build: Callable[..., Any] = build) -> str:
            parts = [quantity(given, group) for group in match.groups()]
            if any(part is None for part in parts) or not any(part.free_symbols for part in parts):
                return match[0]
            found.append(build(*parts))
            return " "

        rest = pattern.sub(_take, rest)
    return found, rest


def roman_choice(given: Given, holds: Callable[[Any], bool | None]) -> Direct | None:
    """The option that names exactly the numbered statements for which `holds` is true."""
    items = numbered_values(given)
    if items is None:
        return None
    verdicts = {name: holds(value) for name, value in items.items()}
    if None in verdicts.values():
        return None
    true = {name for name, verdict in verdicts.items() if verdict}
    fitting = [option for option in given.options if _named(option.text, set(items)) == true]
    if len(fitting) != 1:
        return None
    return Direct(sympy.FiniteSet(*(items[name] for name in true)), fitting[0].letter, "trying the numbered values")


def numbered_values(given: Given) -> dict[str, Any] | None:
    """The values or points that a problem numbers `I.`, `II.`, ...; None where it numbers none, or where one cannot be read."""
    items = {match[1]: _quantity_or_point(given, match[2]) for match in _ROMAN.finditer(given.frame)}
    if len(items) < 2 or list(items) != ["I", "II", "III", "IV"][: len(items)] or any(value is None for value in items.values()):
        return None
    return items


def _quantity_or_point(given: Given, text: str) -> Any:
    value = given.at(text[1:-1]) if text.startswith("⟦") else read_formula(text)
    return value if isinstance(value, (sympy.Expr, sympy.Tuple)) else None


def _named(text: str, all_names: set[str]) -> set[str] | None:
    """The numerals that an option such as `I and III only` or `Neither I nor II` names."""
    plain = text.replace("$", " ").strip(" .")
    names = set(re.findall(r"\b(?:I{1,3}|IV)\b", plain))
    if re.fullmatch(r"(?i)none(?: of the above)?", plain) or (re.match(r"(?i)neither\b", plain) and names == all_names):
        return set()
    rest = re.sub(r"\b(?:I{1,3}|IV|and|only|or|both)\b|[, ]", "", plain)
    return names if names and not rest and "or" not in plain.lower().split() else None
