"""Remembers what the model made of the prompts' stable beginnings over restarts of the server.

Reading a thousand prompt tokens takes two cores about 20 seconds; llama.cpp's server can save a slot's state to a file and restore it in
milliseconds. One file a prompt, named by a hash of everything it depends on, in the cache folder beside the weights.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx2

from agents.errors import ModelUnavailable

log = logging.getLogger(__name__)

_OLD_FILES = 24
"""State files kept; each takes 10 to 25 MB, and a changed prompt leaves its old one behind."""


class PrefixCache:
    """Warms the slots of one embedded engine. `folder` is the one that the engine was started with.

    `bodies` are what the requests of each prompt carry beside OpenAI's fields, `readers` the hash of the adapter that reads it, or "" for
    the base; both empty where the engine has no adapters.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        weights: str,
        folder: Path,
        bodies: Sequence[Mapping[str, Any]] = (),
        readers: Sequence[str] = (),
    ) -> None:
        self._root = base_url.removesuffix("/v1")
        self._headers = {"Authorization": f"Bearer {api_key}"}
        self._weights = weights
        self._folder = folder
        self._bodies = bodies
        self._readers = readers

    async def restore(self, prompts: Sequence[Sequence[Any]]) -> list[int]:
        """Puts each prompt (messages in OpenAI's shape) that has a file into a slot of its own; takes milliseconds. Returns the places of the others.

        Raises `ModelUnavailable` when the engine does not answer. A state file that cannot be used is removed.
        """
        missing: list[int] = []
        try:
            async with self._client() as client:
                for slot in range(len(prompts)):
                    file = self._file(prompts, slot)
                    there = (self._folder / file).is_file()
                    if there and self._bodies:
                        await self._attune(client, slot)
                    if not (there and await self._slot(client, slot, "restore", file)):
                        missing.append(slot)
        except httpx2.HTTPError as error:
            raise ModelUnavailable(f"the embedded model could not be warmed up: {type(error).__name__}") from error
        return missing

    async def read(self, prompts: Sequence[Sequence[Any]], missing: Sequence[int]) -> None:
        """Lets the model read these prompts and saves what it made of them. Raises `ModelUnavailable`."""
        try:
            async with self._client() as client:
                for slot in missing:
                    body = {"messages": list(prompts[slot]), "max_tokens": 1, "temperature": 0, "id_slot": slot, "cache_prompt": True}
                    body |= self._body(slot)
                    (await client.post("/v1/chat/completions", json=body)).raise_for_status()
                    await self._slot(client, slot, "save", self._file(prompts, slot))
        except httpx2.HTTPError as error:
            raise ModelUnavailable(f"the embedded model could not be warmed up: {type(error).__name__}") from error
        self._forget_old()

    def _client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(base_url=self._root, headers=self._headers, timeout=300.0, trust_env=False)

    async def _attune(self, client: httpx2.AsyncClient, slot: int) -> None:
        """One token with the prompt's adapter: a slot that changes its adapter forgets what it holds, so it must change before it is filled."""
        body = {"prompt": "a", "n_predict": 1, "id_slot": slot, **self._body(slot)}
        (await client.post("/completion", json=body)).raise_for_status()

    def _body(self, slot: int) -> Mapping[str, Any]:
        return self._bodies[slot] if self._bodies else {}

    def _file(self, prompts: Sequence[Sequence[Any]], slot: int) -> str:
        parts = [self._weights, version("xllamacpp"), json.dumps(list(prompts[slot]), sort_keys=True)]
        if self._readers and self._readers[slot]:
            parts.append(self._readers[slot])
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:24] + ".slot"

    async def _slot(self, client: httpx2.AsyncClient, slot: int, action: str, file: str) -> bool:
        answer = await client.post(f"/slots/{slot}", params={"action": action}, json={"filename": file})
        if answer.is_success:
            return True
        log.warning("the model's state could not be %sd: %s", action, answer.text[:200])
        if action == "restore":
            (self._folder / file).unlink(missing_ok=True)
        return False

    def _forget_old(self) -> None:
        files = sorted(self._folder.glob("*.slot"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[_OLD_FILES:]:
            path.unlink(missing_ok=True)
