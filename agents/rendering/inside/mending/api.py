"""What the installed Manim's callables take, and names that are near to a wrong one."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable, Iterable
from typing import Any


def parameters(target: Callable[..., Any]) -> tuple[dict[str, inspect.Parameter], bool]:
    """The named parameters of a function, or of a class with those that it passes on to its bases; and whether it takes any keyword at all."""
    found: dict[str, inspect.Parameter] = {}
    owners: Iterable[Any] = inspect.getmro(target) if inspect.isclass(target) else [target]
    for owner in owners:
        function = owner.__dict__.get("__init__") if inspect.isclass(owner) else owner
        function = inspect.unwrap(function) if function is not None else None
        if function is None or not (inspect.isfunction(function) or inspect.ismethod(function)):
            continue
        passes_on = False
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                passes_on = True
            elif parameter.kind is not parameter.VAR_POSITIONAL and parameter.name != "self":
                found.setdefault(parameter.name, parameter)
        if not passes_on:
            return found, False
    return found, True


def nearest(name: str, known: Iterable[str], cutoff: float) -> str | None:
    """The known public name that is most like `name`, else None."""
    matches = difflib.get_close_matches(name, [other for other in known if not other.startswith("_")], n=1, cutoff=cutoff)
    return matches[0] if matches else None
