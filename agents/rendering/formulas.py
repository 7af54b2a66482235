"""Who sets the formulas: LaTeX, or Typst where LaTeX is not installed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Literal

from agents.sandbox import policy

Setter = Literal["latex", "typst"]
WantedSetter = Literal["auto", "latex", "typst"]
_NEEDED = ("latex", "dvisvgm")


def has_latex() -> bool:
    """Whether the programs that Manim calls are found. Their packages are not tried."""
    found = {Path(path).name for path in policy.tex_tools()}
    return all(name in found for name in _NEEDED)


def has_typst() -> bool:
    return importlib.util.find_spec("typst") is not None


def choose(wanted: WantedSetter = "auto") -> Setter:
    """What sets formulas on this machine. LaTeX is better, so `auto` takes Typst only where it is the one there is."""
    if wanted != "auto":
        return wanted
    return "latex" if has_latex() or not has_typst() else "typst"
