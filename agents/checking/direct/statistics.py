"""Mean, median, mode and range of a list of numbers that the problem prints. Runs inside the sandbox only."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sympy

from agents.checking.direct.frames import unexplained
from agents.checking.direct.reading import Direct, Given, read_formula

_NUMBER = r"-?\d+(?:,\d{3}(?!\d))*(?:\.\d+)?"
_ASKED = re.compile(
    r"\b(?:what is|find|determine|calculate) the (mean|average|median|mode|range|sum)(?: \(arithmetic mean\))?(?: value)?(?: of)?(?: (?:the|this|these|following|given|above|data|set|list|values?|numbers?|scores?|of|in|shown|for|first|six|five|seven|eight|four|nine|ten))*:?\s*(?:[?⟦\d{(-]|$)",
    re.IGNORECASE,
)
_LIST = re.compile(rf"(?<![\d.]){_NUMBER}(?:\s*,\s*(?:and\s+)?{_NUMBER}){{2,}}(?:,?\s+and\s+{_NUMBER})?")
_LOADED = re.compile(
    r"\b(?:missing|added|removed|replaced|include[sd]?|including|weighted|if|when|new|another|other|increase[sd]?|decrease[sd]?|frequency|times|each|per|more|less|than|standard|table|unknown|except|drop\w*|discard\w*|eliminat\w*|lowest|highest|every|begins?|continues?|pattern|sequence|first)\b",
    re.IGNORECASE,
)


def answer(given: Given) -> Direct | None:
    asked = _ASKED.search(given.question)
    if asked is None or given.tables or given.conditions or _LOADED.search(given.frame) or unexplained(given, _ASKED):
        return None
    numbers = _numbers(given)
    if numbers is None:
        return None
    value = _MEASURES[asked[1].lower()](sorted(numbers))
    return None if value is None else Direct(value, None, f"the {asked[1].lower()} of the list")


def _numbers(given: Given) -> list[Any] | None:
    """The one list of numbers of the problem; None where there are several, or other numbers beside it."""
    spelled = re.sub(r"⟦(\d+)⟧", lambda match: f" {given.texts[int(match[1])]} ".replace("\\{", " ").replace("\\}", " "), given.frame)
    lists = _LIST.findall(spelled)
    rest = _LIST.sub(" ", spelled)
    if len(lists) != 1 or re.search(r"\d|\\", rest):
        return None
    texts = [text for text in re.split(r"\s*,\s*(?:and\s+)?|\s+and\s+", lists[0]) if text]
    values = [read_formula(text) for text in texts]
    return values if all(value is not None and value.is_number for value in values) else None


def _median(numbers: list[Any]) -> Any:
    half = len(numbers) // 2
    return numbers[half] if len(numbers) % 2 else (numbers[half - 1] + numbers[half]) / 2


def _mode(numbers: list[Any]) -> Any:
    best = max(numbers.count(number) for number in numbers)
    modes = {number for number in numbers if numbers.count(number) == best}
    return modes.pop() if best > 1 and len(modes) == 1 else None


def _mean(numbers: list[Any]) -> Any:
    return sympy.Add(*numbers) / len(numbers)


_MEASURES: dict[str, Callable[[list[Any]], Any]] = {
    "mean": _mean,
    "average": _mean,
    "median": _median,
    "mode": _mode,
    "range": lambda numbers: numbers[-1] - numbers[0],
    "sum": lambda numbers: sympy.Add(*numbers),
}
