"""The socket by which a command tells the running server: only its user's, one server's, and never in the way."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from agents.errors import ConfigurationError, ModelUnavailable
from server.control import ask, listening, socket_path
from server.engine.canary import Canary, CanaryReport
from server.hosting import AdapterRefused

REPORT = CanaryReport((Canary("p", "t", ended=True, base_ended=True, differs=True, seconds=0.5),), ())


class Host:
    """What stands in for `ModelHost`: remembers what it was told, and fails as it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.done: list[Any] = []
        self._error = error

    async def deploy(self, name: str, version: str, *, prompts: list[str], back: bool) -> CanaryReport:
        if self._error is not None:
            raise self._error
        self.done.append((name, version, prompts, back))
        return REPORT

    async def undeploy(self, role: str) -> None:
        self.done.append(role)


DEPLOY = {"do": "deploy", "name": "manim", "version": "0" * 12, "prompts": ["p"], "back": True}


async def told(folder: Path, command: dict[str, Any]) -> Any:
    return await asyncio.to_thread(ask, folder, command, 10.0)


async def test_a_command_reaches_the_server_and_its_answer_comes_back(tmp_path: Path) -> None:
    host = Host()
    async with listening(host, tmp_path):  # type: ignore[arg-type]
        assert await told(tmp_path, DEPLOY) == {"ok": True, "canaries": [["p", "t", True, True, 0.5]]}
        assert await told(tmp_path, {"do": "undeploy", "role": "coder"}) == {"ok": True, "canaries": []}
    assert host.done == [("manim", "0" * 12, ["p"], True), "coder"]


async def test_without_a_server_nobody_answers_and_nothing_is_left(tmp_path: Path) -> None:
    assert await told(tmp_path, DEPLOY) is None
    async with listening(Host(), tmp_path):  # type: ignore[arg-type]
        pass
    assert not socket_path(tmp_path).exists()
    assert await told(tmp_path, DEPLOY) is None


async def test_a_refusal_comes_back_as_a_refusal(tmp_path: Path) -> None:
    async with listening(Host(AdapterRefused("it says nonsense")), tmp_path):  # type: ignore[arg-type]
        with pytest.raises(AdapterRefused, match="it says nonsense"):
            await told(tmp_path, DEPLOY)
    async with listening(Host(ModelUnavailable("no memory")), tmp_path):  # type: ignore[arg-type]
        with pytest.raises(ModelUnavailable, match="no memory"):
            await told(tmp_path, DEPLOY)


@pytest.mark.parametrize("line", [b"nonsense\n", b"[]\n", b"{}\n", b'{"do": "format"}\n', b'{"do": "deploy"}\n', b"\xff\n"])
async def test_nonsense_is_answered_and_does_no_harm(tmp_path: Path, line: bytes) -> None:
    host = Host()
    async with listening(host, tmp_path):  # type: ignore[arg-type]
        reader, writer = await asyncio.open_unix_connection(socket_path(tmp_path))
        writer.write(line)
        assert json.loads(await reader.readline())["ok"] is False
        writer.close()
        assert (await told(tmp_path, DEPLOY))["ok"]


async def test_a_line_without_end_is_dropped(tmp_path: Path) -> None:
    async with listening(Host(), tmp_path):  # type: ignore[arg-type]
        reader, writer = await asyncio.open_unix_connection(socket_path(tmp_path))
        writer.write(b"x" * 200_000)
        assert await reader.read() == b""
        assert (await told(tmp_path, DEPLOY))["ok"]


async def test_only_the_servers_own_user_can_reach_it(tmp_path: Path) -> None:
    async with listening(Host(), tmp_path):  # type: ignore[arg-type]
        assert stat.S_IMODE(socket_path(tmp_path).parent.stat().st_mode) == 0o700


async def test_a_second_server_leaves_the_first_its_socket_and_a_dead_one_is_replaced(tmp_path: Path) -> None:
    first, second = Host(), Host()
    async with listening(first, tmp_path):  # type: ignore[arg-type]
        async with listening(second, tmp_path):  # type: ignore[arg-type]
            await told(tmp_path, DEPLOY)
        await told(tmp_path, DEPLOY)
    assert (len(first.done), len(second.done)) == (2, 0)
    socket_path(tmp_path).touch()  # as a server that was killed leaves it, but for the kind of file
    async with listening(second, tmp_path):  # type: ignore[arg-type]
        await told(tmp_path, DEPLOY)
    assert len(second.done) == 1


async def test_a_data_folder_with_too_long_a_path_is_served_without_a_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 90)
    async with listening(Host(), deep):  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match="too long"):
            socket_path(deep)
