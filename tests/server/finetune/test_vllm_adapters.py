"""Adapters of a vLLM server, loaded, replaced and taken away by name while it answers. The real vLLM: tests/contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agents.errors import ModelUnavailable
from finetune.registry import Base, Registry
from server.hosting import AdapterRefused, ModelHost
from server.settings import Settings, load_settings
from tests.fake_vllm import Vllm
from tests.finetune.adapters import write_adapter


@pytest.fixture
def settings(vllm: Vllm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("HISOLVER_ADAPTERS", raising=False)
    for role in ("SOLVER", "CODER", "TUTOR"):
        monkeypatch.setenv(f"HISOLVER_{role}_MODEL", "base")
    monkeypatch.setenv("HISOLVER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HISOLVER_MODEL_URL", vllm.url)
    monkeypatch.setenv("HISOLVER_ADAPTERS_REMOTE", "/models/adapters")
    return load_settings()


@pytest.fixture
async def host(settings: Settings) -> AsyncIterator[ModelHost]:
    made = ModelHost(settings)
    yield made
    await made.aclose()


def published(settings: Settings, folder: Path, *, value: float, rank: int = 4) -> str:
    adapter = write_adapter(folder, value=value, rank=rank)
    base = Base("some/base", None, "b" * 64, "")
    given: dict[str, Any] = {"max_rank": 64, "gate": None, "forced": True, "extras": {}}
    return Registry(settings.adapters_dir).publish(adapter, name="manim", role="coder", base=base, **given).version


async def says(host: ModelHost, role: Any) -> str:
    return (await (await host.model()).chat(role, [{"role": "user", "content": "hello"}], max_tokens=8)).text


async def test_an_adapter_is_loaded_by_name_from_where_vllm_sees_it_and_taken_away(
    vllm: Vllm, host: ModelHost, settings: Settings, tmp_path: Path
) -> None:
    first, second = published(settings, tmp_path / "a", value=0.5), published(settings, tmp_path / "b", value=0.25)
    assert await says(host, "coder") == "from base"
    await host.deploy("manim", first)
    assert vllm.loaded == {f"manim-{first}": f"/models/adapters/manim/{first}"}
    assert (await says(host, "coder"), await says(host, "solver")) == (f"from manim-{first}", "from base")
    await host.deploy("manim", second)
    assert await says(host, "coder") == f"from manim-{second}"
    for _ in range(100):
        if list(vllm.loaded) == [f"manim-{second}"]:
            break
        await asyncio.sleep(0.02)
    assert list(vllm.loaded) == [f"manim-{second}"], "the version before stays loaded"
    await host.undeploy("coder")
    assert await says(host, "coder") == "from base"


async def test_models_tell_which_adapter_serves_which_role(host: ModelHost, settings: Settings, tmp_path: Path, open_house: Any) -> None:
    version = published(settings, tmp_path / "a", value=0.5)
    await host.deploy("manim", version)
    house = await open_house()
    house.runtime.roles = host.roles
    listed = (await house.client.get("/v1/models")).json()
    assert listed["data"][0]["id"] == "hisolver"
    roles = listed["hisolver"]["roles"]
    assert roles["coder"] == {"model": f"manim-{version}", "adapter": {"name": "manim", "version": version, "rank": 4}}
    assert roles["solver"] == {"model": "base", "adapter": None}
    assert host.status()["adapters"] == {"coder": {"name": "manim", "version": version}}


async def test_an_adapter_that_fails_the_deploy_check_is_taken_away_and_gets_no_traffic(
    vllm: Vllm, host: ModelHost, settings: Settings, tmp_path: Path
) -> None:
    vllm.reply = "the same whoever is asked"
    version = published(settings, tmp_path / "a", value=0.5)
    with pytest.raises(AdapterRefused, match="did not pass the deploy check"):
        await host.deploy("manim", version)
    assert vllm.loaded == {} and Registry(settings.adapters_dir).roles() == {}
    assert host.roles()["coder"]["adapter"] is None


async def test_a_vllm_that_may_not_load_says_how_to_start_it(vllm: Vllm, host: ModelHost, settings: Settings, tmp_path: Path) -> None:
    vllm.runtime = False
    with pytest.raises(ModelUnavailable, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING=1"):
        await host.deploy("manim", published(settings, tmp_path / "a", value=0.5))
    assert await says(host, "coder") == "from base"


async def test_what_was_deployed_is_loaded_again_at_the_next_start(vllm: Vllm, settings: Settings, tmp_path: Path) -> None:
    version = published(settings, tmp_path / "a", value=0.5)
    host = ModelHost(settings)
    await host.deploy("manim", version)
    await host.aclose()
    vllm.loaded.clear()  # vLLM was started anew too
    again = ModelHost(settings)
    assert await says(again, "coder") == f"from manim-{version}"
    await again.aclose()
