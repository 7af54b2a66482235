"""GIFs are made when they are first fetched: once, whole, and for their owner only."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agents.errors import RenderError
from server.late import LateArtifacts


class Maker:
    """Makes a "GIF" of the video's bytes, slowly; `failure` is raised instead after half of it."""

    def __init__(self) -> None:
        self.calls = 0
        self.failure: Exception | None = None

    async def __call__(self, sandbox: Any, video: Path, out: Path) -> None:
        self.calls += 1
        out.write_bytes(b"GIF89a")
        await asyncio.sleep(0.05)
        if self.failure is not None:
            raise self.failure
        out.write_bytes(b"GIF89a of " + video.read_bytes())


@pytest.fixture
def announced(house: Any, tmp_path: Path) -> Any:
    video = tmp_path / "made.mp4"
    video.write_bytes(b"film")
    stored = house.runtime.artifacts.add(video, media_type="video/mp4", owner="local")
    return house.runtime.artifacts.announce(stored, media_type="image/gif", owner="local")


@pytest.fixture
def maker(house: Any) -> Maker:
    maker = Maker()
    house.runtime.late = LateArtifacts(
        house.runtime.artifacts, house.runtime.context.sandbox, house.runtime.context.work_dir, {"image/gif": maker}
    )
    return maker


async def test_a_gif_is_made_once_for_all_who_ask(house: Any, announced: Any, maker: Maker) -> None:
    assert maker.calls == 0 and not announced.path.exists()
    answers = await asyncio.gather(*(house.client.get(f"/v1/artifacts/{announced.id}") for _ in range(4)))
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"GIF89a of film")] * 4
    assert answers[0].headers["content-type"] == "image/gif" and 'filename="hisolver.gif"' in answers[0].headers["content-disposition"]
    assert maker.calls == 1
    assert (await house.client.get(f"/v1/artifacts/{announced.id}", headers={"range": "bytes=0-5"})).content == b"GIF89a"
    assert maker.calls == 1 and list(house.runtime.context.work_dir.glob("late-*")) == []


async def test_a_gif_that_fails_is_an_error_and_is_made_by_a_later_request(house: Any, announced: Any, maker: Maker) -> None:
    maker.failure = RenderError("no GIF could be made (memory)")
    failed = await house.client.get(f"/v1/artifacts/{announced.id}")
    assert failed.status_code == 500 and failed.json()["error"]["code"] == "render_error"
    assert not announced.path.exists(), "nothing half-made is left"
    maker.failure = None
    assert (await house.client.get(f"/v1/artifacts/{announced.id}")).content == b"GIF89a of film"


async def test_a_client_that_goes_away_leaves_nothing_half_made(house: Any, announced: Any, maker: Maker) -> None:
    asking = asyncio.create_task(house.runtime.late.ready(announced.id, owner="local"))
    while not maker.calls:
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not announced.path.exists() and list(house.runtime.context.work_dir.glob("late-*")) == []
    assert (await house.client.get(f"/v1/artifacts/{announced.id}")).status_code == 200


async def test_nothing_is_made_for_another_owner_or_of_a_video_that_has_gone(house: Any, announced: Any, maker: Maker) -> None:
    await house.runtime.late.ready(announced.id, owner="somebody else")
    assert house.runtime.artifacts.pending(announced.id, owner="somebody else") is None
    for path in announced.path.parent.glob("*.json"):
        if path.name != f"{announced.id}.json":
            path.unlink()
    assert (await house.client.get(f"/v1/artifacts/{announced.id}")).status_code == 404
    assert maker.calls == 0
