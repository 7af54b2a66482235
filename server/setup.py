"""What `make` does once: weights into the cache, the scene index beside them."""

from __future__ import annotations

import sys
from pathlib import Path

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


def build_index(corpus: Path | None = None) -> None:
    """Builds the index of Manim's documentation and of its API where it is missing, or renews that of a corpus. Raises `RetrievalError`."""
    from agents.errors import RetrievalError
    from retrieval.api import ensure_api
    from retrieval.errors import RetrievalError as IndexFault
    from retrieval.index import ensure_index, index_corpus

    settings = load_settings()
    try:
        ensure_api(settings.cache_dir)
        index = ensure_index(settings.cache_dir) if corpus is None else index_corpus(settings.cache_dir, corpus)
    except IndexFault as error:
        raise RetrievalError(error.message) from error
    sys.stdout.write(f"{index.manifest.count} scenes are indexed in {index.folder}\n")


def warm_up() -> None:
    """Lets the embedded model read our prompts once, so that its first answer comes as fast as any other; instant when that is done.

    Raises `ModelUnavailable`, `StorageError`, `ConfigurationError`.
    """
    import asyncio

    from server.ports import Ports

    async def warm() -> None:
        ports = Ports(load_settings())
        try:
            ports.start(warm=True)
            await ports.ready()
        finally:
            await ports.aclose()

    settings = load_settings()
    marker = settings.cache_dir / "states" / _prompts_marker(settings)
    if settings.model_url or marker.is_file():
        return
    sys.stderr.write("the model reads its prompts once (about a minute)\n")
    asyncio.run(warm())
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.touch()


def _prompts_marker(settings: Settings) -> str:
    """A name that changes with the prompts, the weights and the engine."""
    import hashlib
    from importlib.metadata import version
    from importlib.resources import files

    from server.engine.generation import WARM_UP

    texts = [files("agents.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8") for name, _ in WARM_UP]
    return hashlib.sha256("\0".join([settings.weights, version("xllamacpp"), *texts]).encode()).hexdigest()[:24] + ".done"
