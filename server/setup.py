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

    from server.ports import WARM_UP

    texts = [files("agents.prompts").joinpath(f"{name}.md").read_text(encoding="utf-8") for name in WARM_UP]
    return hashlib.sha256("\0".join([settings.weights, version("xllamacpp"), *texts]).encode()).hexdigest()[:24] + ".done"
