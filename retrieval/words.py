"""Words as the lexical half of the index counts them: identifiers split, endings cut, filler left out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from retrieval.extract import words_of

WORD = re.compile(r"[^\W\d_]+|\d+")
LATIN = re.compile(r"[A-Za-z]+")
MOST = 4000
"""Words taken of one text: far more than any description has, so that a pasted book costs no minutes."""
ENDINGS = (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("s", ""))
SHORTEST_STEM = 3
_FILLER = """a about after all also an and any are around as at be been before being below beside between both but by can could did do does down each every
    example for from had has have her here his how if in into is it its just let like made make may more most much must no nor not of off on once one only
    onto or other our out over own put scene see shall she should show shown shows so some such than that the their them then there these they thing things
    this those through to too under until up us use used uses very was we were what when where which while who why will with without would you your"""
FILLER = frozenset(_FILLER.split())


def words(text: str) -> list[str]:
    """The words of prose or of identifiers, in order, repeats kept: `get_riemannRectangles` gives "get", "riemann", "rectangle"."""
    found: list[str] = []
    for match in WORD.finditer(text):
        whole = match[0]
        parts = words_of(whole).split() if LATIN.fullmatch(whole) else [whole.lower()]
        found += [stem(part) for part in parts if part not in FILLER]
        if len(found) >= MOST:
            break
    return found[:MOST]


def words_of_names(names: Iterable[str]) -> list[str]:
    """The same over identifiers."""
    return words(" ".join(names))


def stem(word: str) -> str:
    """A word without its plural or verb ending; the light stemmer of Harman (JASIS 42, 1991) with -ing and -ed besides."""
    for ending, instead in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM and not word.endswith("ss"):
            return word[: -len(ending)] + instead
    return word
