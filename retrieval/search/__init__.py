"""Searches the scene index: by meaning and by words, with filters, near-duplicates once, cut to what fits a prompt."""

from __future__ import annotations

from retrieval.search.filters import Filters
from retrieval.search.fuse import WAYS, By
from retrieval.search.searcher import Scene, Searcher

__all__ = ["WAYS", "By", "Filters", "Scene", "Searcher"]
