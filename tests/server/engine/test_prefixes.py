"""What the model made of a prompt outlives the engine: with the real llama.cpp server and whatever weights the cache holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.errors import ModelUnavailable
from server.engine.client import OpenAIModelClient
from server.engine.embedded import EmbeddedEngine
from server.engine.prefixes import PrefixCache

PROMPT: list[Any] = [{"role": "system", "content": "You are a tutor of mathematics. " * 12}, {"role": "user", "content": "Solve: "}]
WHOLE: list[Any] = [PROMPT[0], {"role": "user", "content": "Solve: 2x = 4"}]


def _cache(engine: EmbeddedEngine, name: str, folder: Path) -> PrefixCache:
    return PrefixCache(engine.base_url, engine.api_key, weights=name, folder=folder)


@pytest.mark.real
async def test_a_prompt_read_once_is_restored_by_the_next_engine_and_served_from_cache(real_weights: Path, tmp_path: Path) -> None:
    name, path = real_weights.name, real_weights
    async with EmbeddedEngine(path, slots=2, context=2048, state_dir=tmp_path) as engine:
        cache = _cache(engine, name, tmp_path)
        assert await cache.restore([PROMPT]) == [0]
        await cache.read([PROMPT], [0])
    assert len(list(tmp_path.glob("*.slot"))) == 1
    async with EmbeddedEngine(path, slots=2, context=2048, state_dir=tmp_path) as engine:
        assert await _cache(engine, name, tmp_path).restore([PROMPT]) == []
        models = dict.fromkeys(("solver", "coder", "tutor", "vision"), "hisolver-base")
        async with OpenAIModelClient(engine.base_url, engine.api_key, models=models) as client:  # type: ignore[arg-type]
            reply = await client.chat("solver", WHOLE, max_tokens=2)
    assert reply.cached_tokens > 0.7 * reply.prompt_tokens


@pytest.mark.real
async def test_a_damaged_state_is_removed_and_made_again(real_weights: Path, tmp_path: Path) -> None:
    name, path = real_weights.name, real_weights
    async with EmbeddedEngine(path, slots=2, context=2048, state_dir=tmp_path) as engine:
        cache = _cache(engine, name, tmp_path)
        await cache.read([PROMPT], [0])
        state = next(tmp_path.glob("*.slot"))
        state.write_bytes(b"nonsense" * 64)
        assert await cache.restore([PROMPT]) == [0]
        assert not state.exists()


async def test_an_engine_that_is_gone_is_a_model_that_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable):
        await PrefixCache("http://127.0.0.1:9/v1", "key", weights="none", folder=tmp_path).read([PROMPT], [0])
