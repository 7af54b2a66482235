"""Whether what is on screen agrees with the solution that is being shown."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from agents.checking.judge import check_screen
from agents.context import Sandbox
from agents.errors import NoSandbox, SandboxError
from agents.rendering.report import Shown
from agents.state import Problem, Solution

log = logging.getLogger(__name__)
_FORMULAS = frozenset({"MathTex", "SingleStringMathTex", "Typst"})
_PARTS = frozenset({"MathTexPart"})
"""A part of a formula says nothing by itself."""
_SCALES = frozenset({"DecimalNumber", "Integer"})
"""Numbers that stand on an axis or count something: which of them are there is the picture's own business."""
MAX_TEXTS = 60


def known_from(problem: Problem | None, solution: Solution | None) -> list[str]:
    """All that a picture of the solution may draw on; empty where nothing has been solved."""
    if problem is None or solution is None:
        return []
    steps = [text for step in solution["steps"] for text in (step["say"], f"${step['latex']}$" if step["latex"] else "")]
    return [text for text in (problem["text"], *steps, f"${solution['answer']}$") if text]


def texts_of(shown: Sequence[Shown]) -> list[str]:
    """The texts on screen that hold a number, formulas between dollars."""
    found = [
        f"${thing['text']}$" if thing["kind"] in _FORMULAS else thing["text"]
        for thing in shown
        if thing["text"] and thing["kind"] not in _SCALES | _PARTS and re.search(r"\d", thing["text"])
    ]
    return list(dict.fromkeys(found))[:MAX_TEXTS]


async def disagreements(sandbox: Sandbox, shown: Sequence[Shown], known: Sequence[str]) -> list[str]:
    """The formulas on screen that contradict the solution. Raises `NoSandbox`; other failures of the walls let the picture pass, and are logged."""
    texts = texts_of(shown)
    if not texts or not known:
        return []
    try:
        wrong, strange = await check_screen(sandbox, texts, known)
    except NoSandbox:
        raise
    except SandboxError as error:
        log.warning("what is on screen was not compared with the solution: %s", error.message)
        return []
    if strange:
        log.info("numbers on screen that stand neither in the problem nor in its solution: %s", ", ".join(strange))
    return wrong
