"""The public names of the installed Manim, learnt once in a child process: importing it here would cost a second and 150 MB."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import subprocess
import sys
from dataclasses import dataclass

log = logging.getLogger(__name__)
_ASK = """
import json, manim
from manim import Animation, Mobject
kind = lambda value: ("animation" if issubclass(value, Animation) else "mobject" if issubclass(value, Mobject) else "class") if isinstance(value, type) else "other"
print(json.dumps({name: kind(getattr(manim, name)) for name in dir(manim) if not name.startswith("_")}))
"""


@dataclass(frozen=True, slots=True)
class ManimNames:
    """`animations` and `mobjects` are class names; `all` is everything that `from manim import *` brings, which is empty where Manim cannot be asked."""

    animations: frozenset[str]
    mobjects: frozenset[str]
    all: frozenset[str]


@functools.cache
def _ask() -> ManimNames:
    try:
        # our own three lines on our own interpreter; the folder keeps a stray manim.cfg out
        done = subprocess.run([sys.executable, "-I", "-c", _ASK], capture_output=True, text=True, timeout=60, cwd=sys.prefix, check=True)  # noqa: S603
        kinds: dict[str, str] = json.loads(done.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        log.warning("Manim's names could not be listed: %s", error)
        return ManimNames(frozenset(), frozenset(), frozenset())
    animations, mobjects = (frozenset(name for name, kind in kinds.items() if kind == wanted) for wanted in ("animation", "mobject"))
    return ManimNames(animations, mobjects, frozenset(kinds))


async def manim_names() -> ManimNames:
    """The installed Manim's names, from the first call on out of memory."""
    return await asyncio.to_thread(_ask)
