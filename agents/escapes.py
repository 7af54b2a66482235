"""LaTeX in a model's JSON: `"\\frac"` with one backslash is a form feed and `rac` by JSON's rules, and means a fraction."""

from __future__ import annotations

import re
from typing import Any

_EATEN = re.compile(
    r"[\x08\x0c\t\r](?=[A-Za-z])"
    # a line that begins with a word is the rule after \n, so only whole commands count
    r"|\n(?=(?:e|eq|abla|u|ot|otin|eg|i|leq|geq|mid|parallel)(?![A-Za-z]))"
)
_WRITTEN = {"\x08": "\\b", "\x0c": "\\f", "\t": "\\t", "\r": "\\r", "\n": "\\n"}


def unescaped(value: Any) -> Any:
    """The same JSON value with the LaTeX commands put back that were read as escapes; doubled backslashes before a command become single ones."""
    if isinstance(value, str):
        text = _EATEN.sub(lambda match: _WRITTEN[match[0]], value)
        # within an environment a doubled backslash ends a row
        return text.replace("\\\\", "\\") if re.search(r"\\\\[A-Za-z]", text) and "begin" not in text else text
    if isinstance(value, list):
        return [unescaped(item) for item in value]
    if isinstance(value, dict):
        return {key: unescaped(item) for key, item in value.items()}
    return value
