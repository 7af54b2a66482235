"""What `make` does once: weights into the cache, the scene index beside them."""

from __future__ import annotations

import sys

from server.settings import Settings, load_settings

EMBEDDINGS = "all-minilm-l6-v2"


def needed_weights(settings: Settings) -> list[str]:
    """The names of the weights that these settings need."""
    return [EMBEDDINGS] if settings.model_url else [settings.weights, EMBEDDINGS]


def fetch_weights(names: list[str]) -> None:
    """Fetches what is missing. Raises `ModelUnavailable`, `StorageError`, `ConfigurationError`."""
    from server.engine.fetch import fetch_all
    from server.engine.progress import progress_for

    settings = load_settings()
    for name, path in fetch_all(names or needed_weights(settings), settings.cache_dir, progress_for(sys.stderr)).items():
        sys.stdout.write(f"{name}: {path}\n")


def build_index() -> None:
    """Builds the scene index where it is missing. Raises `RetrievalError`, `ModelUnavailable`, `StorageError`."""
    from server.ports import open_searcher

    settings = load_settings()
    open_searcher(settings.cache_dir)
    sys.stdout.write(f"the scene index is in {settings.cache_dir}\n")
