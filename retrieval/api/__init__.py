"""The public names of the installed Manim, with signatures and what their docstrings say: read from its source, never imported."""

from __future__ import annotations

from retrieval.api.index import Api, api_path, ensure_api
from retrieval.api.read import Callable, Parameter
from retrieval.api.tell import tell

__all__ = ["Api", "Callable", "Parameter", "api_path", "ensure_api", "tell"]
