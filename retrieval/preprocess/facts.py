"""What is read off a piece of code's text alone, remembered: scenes of one repository share most of their statements."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from retrieval.preprocess.normal import hashes_of
from retrieval.preprocess.privacy import holds_personal_data, holds_secret
from retrieval.preprocess.tokens import tokens_of, words_of_tokens

REMEMBERED = 4096
"""Statements; a repository has seldom more that scenes need."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`words` are the identifiers, each once, in order; `hashes` those of the tokens (see `hashes_of`)."""

    words: list[str]
    hashes: Any
    secret: bool
    personal: bool


def facts_of(parts: Iterable[str]) -> Facts:
    """Of code that these pieces make, which begin and end with whole lines."""
    import numpy as np

    found = [_facts(part) for part in parts]
    words = dict.fromkeys(word for one in found for word in one.words)
    return Facts(
        list(words),
        np.concatenate([one.hashes for one in found]),
        any(one.secret for one in found),
        any(one.personal for one in found),
    )


@functools.lru_cache(maxsize=REMEMBERED)
def _facts(part: str) -> Facts:
    tokens = tokens_of(part)
    return Facts(words_of_tokens(tokens), hashes_of(tokens), holds_secret(part), holds_personal_data(part))
