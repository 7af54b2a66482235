"""The endpoints that the contract is held against: the embedded engine always, vLLM where `make test-vllm` made its environment.

Both serve SmolLM2-135M-Instruct and the adapter of the smoke run.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from finetune.export.gguf_lora import export_gguf_lora
from finetune.registry import Base, Registry
from server.engine.fetch import is_ready
from server.engine.weights import pinned
from server.hosting import ModelHost
from server.settings import Settings, load_settings
from tests.contract.smoke_run import train_smoke_adapter

WEIGHTS = "smollm2-135m-instruct-q4_1"
ADAPTER = "contract"
CONTEXT = 2048
VLLM = Path(os.environ.get("HISOLVER_TEST_VLLM", ".venv-vllm/bin/vllm")).absolute()
VLLM_START_S = 600.0


@dataclass
class Endpoint:
    """One endpoint behind our client. `restart` ends it hard and returns once it answers again."""

    kind: str
    settings: Settings
    host: ModelHost
    version: str
    restart: Callable[[], Awaitable[None]]


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pinned weights as transformers and vLLM read them."""
    from finetune.dequantise import dequantised

    cache = load_settings().cache_dir
    if not is_ready(WEIGHTS, cache):
        pytest.skip(f"no weights in the cache; fetch them with `hisolver weights fetch {WEIGHTS}`")
    return dequantised(pinned(WEIGHTS).path(cache), cache / "bases", name=WEIGHTS)


@pytest.fixture(scope="session")
def adapter_folder(base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train_smoke_adapter(tmp_path_factory.mktemp("smoke"))


@pytest.fixture(scope="session")
def published(adapter_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A registry with the adapter, and its version."""
    folder = tmp_path_factory.mktemp("contract") / "registry"
    registry = Registry(folder)
    base = Base("HuggingFaceTB/SmolLM2-135M-Instruct", None, "0" * 64, WEIGHTS)
    version = registry.publish(
        adapter_folder, name=ADAPTER, role="coder", base=base, max_rank=64, gate=None, forced=True, extras={}
    ).version
    made = folder.parent / "adapter.gguf"
    export_gguf_lora(adapter_folder, pinned(WEIGHTS).path(load_settings().cache_dir), made)
    registry.add_export(ADAPTER, version, made)
    return folder, version


@pytest.fixture(scope="session")
def vllm(base_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A vLLM server with the base and none of the adapters, started once."""
    if not VLLM.is_file():
        pytest.skip("there is no vLLM; `make test-vllm` sets it up")
    server = VllmServer(base_folder, tmp_path_factory.mktemp("vllm") / "vllm.log")
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["embedded", "vllm"])
async def endpoint(
    request: pytest.FixtureRequest, published: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Endpoint]:
    registry, version = published
    shutil.copytree(registry, tmp_path / "registry")
    given: dict[str, Any] = {"adapters": tmp_path / "registry", "data_dir": tmp_path / "data", "weights": WEIGHTS, "model_timeout": 120.0}
    for name in ("HISOLVER_MODEL_URL", "HISOLVER_CODER_MODEL", "HISOLVER_SOLVER_MODEL"):
        monkeypatch.delenv(name, raising=False)
    restart: Callable[[], Awaitable[None]]
    if request.param == "embedded":
        settings = load_settings(**given, engine_slots=4, engine_context=CONTEXT)
        host = ModelHost(settings)

        async def restart() -> None:
            engine = (await host.model()).engine
            assert engine is not None and engine.pid is not None
            former = engine.pid
            os.kill(former, signal.SIGKILL)
            async with asyncio.timeout(120):
                while engine.pid in (None, former) or not engine.state.alive:
                    await asyncio.sleep(0.05)
    else:
        server: VllmServer = request.getfixturevalue("vllm")
        name = "smollm2"
        settings = load_settings(**given, model_url=server.url, model_key=server.key, solver_model=name, coder_model=name, tutor_model=name)
        host = ModelHost(settings)

        async def restart() -> None:
            server.stop()
            await asyncio.to_thread(server.start)

    yield Endpoint(request.param, settings, host, version, restart)
    await host.aclose()
    if request.param == "vllm":
        await _unload_all(settings)


async def _unload_all(settings: Settings) -> None:
    from server.engine.remote import model_names

    key = settings.model_key.get_secret_value()
    async with httpx2.AsyncClient(trust_env=False, timeout=60, headers={"Authorization": f"Bearer {key}"}) as client:
        for name in await model_names(settings):
            if name.startswith(ADAPTER):
                await client.post(settings.model_url + "/unload_lora_adapter", json={"lora_name": name})


class VllmServer:
    """A real `vllm serve` on loopback. What it says goes into `log`."""

    def __init__(self, model: Path, log: Path) -> None:
        self._model, self._log = model, log
        self.key = secrets.token_urlsafe(16)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def start(self) -> None:
        """Starts it and waits until it answers."""
        command = [str(VLLM), "serve", str(self._model), "--served-model-name", "smollm2", "--host", "127.0.0.1", "--port", str(self._port)]
        command += ["--api-key", self.key, "--max-model-len", str(CONTEXT), "--enable-lora", "--max-lora-rank", "64", "--max-loras", "2"]
        # two of the base share a batch and round otherwise than alone: in bf16 that changes two of five answers of this model
        command += ["--enforce-eager", "--dtype", "float32"]
        environment = os.environ | {
            "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "HF_HUB_OFFLINE": "1",
            "VLLM_NO_USAGE_STATS": "1",
        }
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + VLLM_START_S
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            try:
                if httpx2.get(self.url.removesuffix("/v1") + "/health", trust_env=False, timeout=5).is_success:
                    return
            except httpx2.HTTPError:
                time.sleep(1)
        self.stop()
        pytest.fail(f"vLLM did not start: {self._log.read_text(errors='replace')[-3000:]}")

    def stop(self) -> None:
        """Ends it hard, its children too."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
