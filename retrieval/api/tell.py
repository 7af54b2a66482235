"""What of the API stands in a prompt: a signature and one line for each parameter that matters, within a budget."""

from __future__ import annotations

import re
from collections.abc import Sequence

from retrieval.api.index import Api
from retrieval.api.read import Callable, Parameter

DOC_CHARS = 90


def tell(api: Api, names: Sequence[str], about: str, chars: int) -> str:
    """Lines on the callables `names` (as `Api.find` takes them, or the bare name of a method), at most `chars` characters.

    Of each the signature, then its parameters: those whose names stand in `about` first, then those that must be given. What is unknown or does not
    fit is left out; "" where nothing is left.
    """
    lines: list[str] = []
    told: set[str] = set()
    asked = set(re.findall(r"\w+", about))
    for name in names:
        one = _one(api, name)
        if one is None or one.name in told:
            continue
        told.add(one.name)
        parameters = [item for item in api.parameters_of(one) if item.doc]
        parameters.sort(key=lambda item: (item.name not in asked, not item.required))
        for line in (api.signature(one), *map(_line, parameters)):
            if sum(len(known) + 1 for known in lines) + len(line) <= chars:
                lines.append(line)
            elif line == api.signature(one):
                break
    return "\n".join(lines)


def _one(api: Api, name: str) -> Callable | None:
    found = api.find(name)
    if found is None and "." not in name:
        methods = api.methods_called(name)
        # a name that many classes have says nothing without its class
        found = methods[0] if methods and len({api.signature(one) for one in methods}) == 1 else None
    return found


def _line(parameter: Parameter) -> str:
    doc = parameter.doc if len(parameter.doc) <= DOC_CHARS else f"{parameter.doc[:DOC_CHARS].rsplit(' ', 1)[0]}..."
    return f"- {parameter.name}: {doc}"
