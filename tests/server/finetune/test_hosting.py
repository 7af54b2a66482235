"""Adapters deployed, replaced, rolled back and taken away while the model serves, with the real engine and a tiny model that was taught its answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import pytest

from agents.context import Role
from agents.errors import ConfigurationError
from finetune.registry import Registry
from server.hosting import AdapterRefused, ModelHost
from server.settings import Settings, load_settings
from tests.finetune.tiny_trained import PROMPTS
from tests.server.finetune.conftest import BASE, FIRST, SECOND

pytestmark = pytest.mark.real


@pytest.fixture
async def host(settings: Settings) -> AsyncIterator[ModelHost]:
    made = ModelHost(settings)
    yield made
    await made.aclose()


async def says(host: ModelHost, role: Role) -> dict[str, str]:
    model = await host.model()
    return {prompt: (await model.chat(role, [{"role": "user", "content": prompt}], max_tokens=16)).text for prompt in PROMPTS}


def alive(pid: int | None) -> bool:
    return (
        pid is not None and Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    )


async def engine_pid(host: ModelHost) -> int | None:
    engine = (await host.model()).engine
    return engine.pid if engine else None


async def gone(pid: int | None) -> None:
    for _ in range(200):
        if not alive(pid):
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the former engine is still there")


async def test_the_coder_answers_by_its_adapter_and_the_solver_by_the_base_from_one_process(
    host: ModelHost, put: Callable[..., str]
) -> None:
    version = put("first")
    assert await says(host, "coder") == BASE
    former = await engine_pid(host)
    report = await host.deploy("shapes", version, prompts=PROMPTS)
    assert [canary.text for canary in report.canaries] == list(FIRST.values())
    both = await asyncio.gather(*(says(host, role) for role in ("coder", "solver", "coder", "tutor")))  # type: ignore[arg-type]
    assert both == [FIRST, BASE, FIRST, BASE]
    assert host.roles()["coder"] == {"model": f"shapes-{version}", "adapter": {"name": "shapes", "version": version, "rank": 8}}
    assert host.roles()["solver"] == {"model": "hisolver-base", "adapter": None}
    assert host.status()["adapters"] == {"coder": {"name": "shapes", "version": version}}
    await gone(former)


async def test_versions_replace_each_other_roll_back_and_give_way_to_the_base(
    host: ModelHost, put: Callable[..., str], settings: Settings
) -> None:
    registry = Registry(settings.adapters_dir)
    first, second = put("first"), put("second")
    await host.deploy("shapes", first, prompts=PROMPTS)
    await host.deploy("shapes", second, prompts=PROMPTS)
    assert await says(host, "coder") == SECOND
    await host.deploy("shapes", registry.before("shapes"), prompts=PROMPTS, back=True)
    assert await says(host, "coder") == FIRST
    assert (registry.current("shapes"), registry.history("shapes")) == (first, [])
    await host.undeploy("coder")
    assert await says(host, "coder") == BASE
    assert registry.roles() == {}
    with pytest.raises(AdapterRefused, match="no adapter serves"):
        await host.undeploy("coder")


async def test_an_adapter_that_answers_nonsense_never_serves_and_the_former_one_still_does(
    host: ModelHost, put: Callable[..., str], settings: Settings
) -> None:
    first, wild = put("first"), put("wild")
    await host.deploy("shapes", first, prompts=PROMPTS)
    before = await engine_pid(host)
    with pytest.raises(AdapterRefused, match="did not pass the deploy check"):
        await host.deploy("shapes", wild, prompts=PROMPTS)
    assert await says(host, "coder") == FIRST
    assert await engine_pid(host) == before
    assert Registry(settings.adapters_dir).current("shapes") == first


async def test_an_adapter_is_refused_before_a_model_is_started_for_it(host: ModelHost, put: Callable[..., str], settings: Settings) -> None:
    registry = Registry(settings.adapters_dir)
    other = put("second", "other", weights="something-else")
    with pytest.raises(AdapterRefused, match="for another base: something-else"):
        await host.deploy("other", other)
    bare = put("second", "bare", export=False)
    with pytest.raises(AdapterRefused, match="not exported"):
        await host.deploy("bare", bare)
    damaged = put("first")
    path = registry.path("shapes", damaged) / "adapter.gguf"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(AdapterRefused, match="damaged"):
        await host.deploy("shapes", damaged)
    with pytest.raises(AdapterRefused, match="no version"):
        await host.deploy("shapes", "0" * 12)
    await host.aclose()
    host = ModelHost(load_settings(max_lora_rank=4))
    with pytest.raises(AdapterRefused, match="rank 8 and the server allows 4"):
        await host.deploy("bare", bare)


async def test_what_was_deployed_serves_from_the_next_start_on(host: ModelHost, put: Callable[..., str], settings: Settings) -> None:
    await host.deploy("shapes", put("first"), prompts=PROMPTS)
    await host.aclose()
    again = ModelHost(settings)
    try:
        assert await says(again, "coder") == FIRST
        assert await says(again, "solver") == BASE
    finally:
        await again.aclose()


async def test_the_settings_may_name_the_adapter_of_a_role_and_a_wrong_name_is_told(settings: Settings, put: Callable[..., str]) -> None:
    put("second")
    named = ModelHost(load_settings(coder_model="shapes"))
    try:
        assert await says(named, "coder") == SECOND
        with pytest.raises(AdapterRefused, match="HISOLVER_CODER_MODEL names shapes"):
            await named.undeploy("coder")
    finally:
        await named.aclose()
    wrong = ModelHost(load_settings(coder_model="no-such"))
    with pytest.raises(ConfigurationError, match="no adapter no-such"):
        await wrong.model()
    await wrong.aclose()


async def test_a_turn_that_began_with_the_former_model_goes_on_with_the_new_one(host: ModelHost, put: Callable[..., str]) -> None:
    await host.deploy("shapes", put("first"), prompts=PROMPTS)
    former = await host.model()
    await host.deploy("shapes", put("second"), prompts=PROMPTS)
    await asyncio.gather(*host._draining)
    said = [(await former.chat("coder", [{"role": "user", "content": prompt}], max_tokens=16)).text for prompt in PROMPTS]
    assert dict(zip(PROMPTS, said, strict=True)) == SECOND


async def test_no_call_is_lost_while_adapters_are_replaced(host: ModelHost, put: Callable[..., str]) -> None:
    first, second = put("first"), put("second")
    await host.deploy("shapes", first, prompts=PROMPTS)
    stop = asyncio.Event()
    heard: list[Mapping[str, str]] = []

    async def ask() -> None:
        while not stop.is_set():
            heard.append(await says(host, "coder"))

    tasks = [asyncio.create_task(ask()) for _ in range(2)]
    for version in (second, first, second):
        await host.deploy("shapes", version, prompts=PROMPTS)
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.gather(*tasks)
    answers = [answer for each in heard for answer in each.items()]
    assert set(answers) <= set(FIRST.items()) | set(SECOND.items())
    assert await says(host, "coder") == SECOND
