"""Pure: a scene file in, a report and a video out."""

from __future__ import annotations

from agents.rendering.cache import CachedRenderer, versions
from agents.rendering.gif import gif
from agents.rendering.join import join, join_videos
from agents.rendering.narrate import VoicedPart, narrate
from agents.rendering.poster import poster
from agents.rendering.renderer import ManimRenderer
from agents.rendering.report import RenderReport

__all__ = ["CachedRenderer", "ManimRenderer", "RenderReport", "VoicedPart", "gif", "join", "join_videos", "narrate", "poster", "versions"]
