"""A whole scene file from the drawing code in `stage/` and a beat's data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pprint import pformat
from typing import Any

SCENE = "Beat"
ADDITION = "addition"
"""The function that holds what is added to a scene. It is none of the scene's methods: what it plays is told by its own lines, as what `draw` plays is."""
_OWN_IMPORT = "from agents.animation.stage.common import *"


@cache
def _piece(name: str) -> str:
    text = (files("agents.animation.stage") / f"{name}.py").read_text(encoding="utf-8")
    return text.replace(_OWN_IMPORT + "\n", "").strip()


def is_composed(source: str) -> bool:
    """Whether a program begins as ours do. Anybody can write that, so it decides about effort only, never about trust."""
    return source.startswith(_piece("common"))


def compose(stage: str, data: Mapping[str, Any], head: str = "", added: str = "") -> str:
    """A standalone Manim program with one scene class, `Beat`, that draws `data` with `stage`. `head` is trusted Python put before the data.

    The data stands in it as a literal, so nothing in it can become code. `added` is a function `addition` as `agents.animation.addition` writes it.
    """
    literal = pformat(dict(data), width=130, sort_dicts=False)
    parts = [
        _piece("common"),
        _piece(stage),
        *([head] if head else []),
        f"DATA = {literal}",
        *([added] if added else []),
        f"class {SCENE}(Stage):\n    def construct(self):\n        draw(self, DATA)"
        + (f"\n\n    def extra(self):\n        {ADDITION}(self)" if added else ""),
    ]
    return "\n\n\n".join(parts) + "\n"
