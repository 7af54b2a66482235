"""Adding up what model calls cost."""

from __future__ import annotations

from agents.context import ModelReply
from agents.state import Usage


def usage_of(*replies: ModelReply) -> Usage:
    """The tokens of these calls together."""
    return {
        "prompt_tokens": sum(reply.prompt_tokens for reply in replies),
        "completion_tokens": sum(reply.completion_tokens for reply in replies),
        "cached_tokens": sum(reply.cached_tokens for reply in replies),
        "calls": len(replies),
    }
