"""Adapters of a vLLM server: loaded and unloaded by name while it runs.

vLLM does that only when it was started with VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 and `--enable-lora`, and it reads the adapter from its own
file system: HISOLVER_ADAPTERS_REMOTE names the registry as vLLM sees it.
"""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import httpx2

from agents.errors import ModelUnavailable
from server.engine.adapters import ServedAdapter
from server.engine.client import is_loopback
from server.settings import Settings

LOAD_S = 120.0
HELP = "start vLLM with --enable-lora, --max-lora-rank, and VLLM_ALLOW_RUNTIME_LORA_UPDATING=1, or name the adapter in its --lora-modules"


async def model_names(settings: Settings) -> list[str]:
    """The names that the endpoint serves. Raises `ModelUnavailable`."""
    found = (await _call(settings, "GET", "/models", None)).get("data")
    return [str(each.get("id")) for each in found if isinstance(each, dict)] if isinstance(found, list) else []


async def load(settings: Settings, adapter: ServedAdapter) -> bool:
    """Loads the adapter unless it is there; returns whether it was loaded now. Raises `ModelUnavailable` with vLLM's own words."""
    if adapter.model_name in await model_names(settings):
        return False
    root = PurePosixPath(settings.adapters_remote or settings.adapters_dir)
    path = root / adapter.name / adapter.version
    await _call(settings, "POST", "/load_lora_adapter", {"lora_name": adapter.model_name, "lora_path": str(path)})
    return True


async def unload(settings: Settings, adapter: ServedAdapter) -> None:
    """Takes the adapter away. Raises `ModelUnavailable`."""
    await _call(settings, "POST", "/unload_lora_adapter", {"lora_name": adapter.model_name})


async def _call(settings: Settings, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {settings.model_key.get_secret_value() or 'none'}"}
    try:
        async with httpx2.AsyncClient(timeout=LOAD_S, trust_env=not is_loopback(settings.model_url)) as client:
            answer = await client.request(method, settings.model_url + path, json=body, headers=headers)
    except httpx2.HTTPError as error:
        raise ModelUnavailable(f"the model at {settings.model_url} cannot be reached: {type(error).__name__}") from error
    if not answer.is_success:
        said = " ".join(answer.text[:300].split())
        told = f"; {HELP}" if answer.status_code in (404, 405) else ""
        raise ModelUnavailable(f"the model at {settings.model_url} refused {path} ({answer.status_code}): {said}{told}")
    try:
        found = json.loads(answer.text)
    except ValueError:
        return {}  # vLLM answers a load in plain words
    return found if isinstance(found, dict) else {}
