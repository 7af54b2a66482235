"""What renders: handed in, because retrieval knows no renderer. `server.corpus.rendering` is the real one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from retrieval.errors import RetrievalError


class RenderingFailed(RetrievalError):
    """There is no report: the renderer, its worker or the walls failed over a scene. Whether the scene is to blame is not known yet."""


class RenderingUnavailable(RetrievalError):
    """Nothing can be rendered here now (no sandbox, no scheduler, a full disk). No scene is to blame, so the run ends."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The render report in its own words, as far as the corpus keeps it. `seconds` of video and `wall_s` of work; `still` says that the thumbnail
    was written, `late` that the scene failed for want of time, which on a machine that is too busy is not its fault."""

    ok: bool
    seconds: float
    wall_s: float
    error: Mapping[str, Any] | None
    shown: Sequence[Mapping[str, Any]]
    layout: Sequence[Mapping[str, Any]]
    still: bool
    late: bool = False


class SceneRenderer(Protocol):
    """`manim` is its Manim's version, `version` a hash of everything else that decides what a scene looks like."""

    manim: str
    version: str

    async def width(self) -> int:
        """How many calls of `render` it can use at the same time. Raises `RenderingUnavailable`."""
        ...

    async def render(self, code: str, scene: str, *, quality: str, timeout_s: float, still: Path) -> Rendered:
        """Renders one class; of a scene that rendered, a small PNG is written to `still`, whole or not at all.

        A scene that fails is a report with an `error`. Raises `RenderingFailed` or `RenderingUnavailable`; cancelling ends the render.
        """
        ...
