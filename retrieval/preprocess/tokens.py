"""Code as tokens, by one regular expression: quick enough to be made of every scene."""

from __future__ import annotations

import re

STRING = r"(?:\b[rRbBuUfF]{1,2})?(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?'''|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')"
TOKEN = re.compile(rf"(?P<comment>#[^\n]*)|(?P<string>{STRING})|(?P<other>\w+|[^\s\w])", re.DOTALL)
_BARE = re.compile(rf"#[^\n]*|{STRING}|\w+|[^\s\w]", re.DOTALL)
_DOCSTRING = re.compile(r"^[ \t]*[rRuU]?(?:\"\"\"(?:[^\\]|\\.)*?\"\"\"|'''(?:[^\\]|\\.)*?''')[ \t]*$", re.DOTALL | re.MULTILINE)


def tokens_of(code: str) -> list[str]:
    """The tokens in order, strings whole; comments and docstrings are left out."""
    return [token for token in _BARE.findall(_DOCSTRING.sub("", code)) if token[0] != "#"]


def words_of_tokens(tokens: list[str]) -> list[str]:
    """The identifiers and keywords among the tokens, each once, in order."""
    return [token for token in dict.fromkeys(tokens) if token.isidentifier()]
