from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from agents.errors import StorageError
from server.artifacts import FileArtifactStore

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def video(tmp_path: Path) -> Path:
    path = tmp_path / "made.mp4"
    path.write_bytes(CONTENT)
    return path


def test_a_file_is_taken_over_whole_under_an_unguessable_id(tmp_path: Path, video: Path) -> None:
    store = FileArtifactStore(tmp_path / "store", base_url="http://h:1")
    stored = store.add(video, media_type="video/mp4", owner="a")
    assert len(stored.id) == 43 and stored.url == f"http://h:1/v1/artifacts/{stored.id}"
    assert not video.exists() and stored.path.read_bytes() == CONTENT
    found = store.find(stored.id, owner="a")
    assert found is not None and (found.media_type, found.owner) == ("video/mp4", "a")
    assert store.find(stored.id, owner="b") is None
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == sorted([stored.id, f"{stored.id}.json"])


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_is_a_storage_error_and_the_file_stays(tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    store = FileArtifactStore(tmp_path / "store")
    if call == "fsync":
        monkeypatch.setattr(os, "fsync", full)
    else:
        real = Path.replace
        monkeypatch.setattr(Path, "replace", lambda self, to: full() if self.suffix == ".tmp" else real(self, to))
    with pytest.raises(StorageError, match="the disk is full"):
        store.add(video, media_type="video/mp4", owner="a")
    assert video.read_bytes() == CONTENT
    assert list((tmp_path / "store").iterdir()) == [], "nothing half-written is left"


def test_a_file_on_another_disk_is_copied(tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.replace

    def across(self: Path, to: Path) -> Path:
        if self == video:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return real(self, to)

    monkeypatch.setattr(Path, "replace", across)
    stored = FileArtifactStore(tmp_path / "store").add(video, media_type="video/mp4", owner="a")
    assert stored.path.read_bytes() == CONTENT and not video.exists()


def test_a_link_is_not_taken_for_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s")
    link = tmp_path / "link"
    link.symlink_to(secret)
    with pytest.raises(StorageError):
        FileArtifactStore(tmp_path / "store").add(link, media_type="video/mp4", owner="a")
    assert secret.read_text() == "s"


def test_old_artifacts_go_and_new_ones_stay(tmp_path: Path, video: Path) -> None:
    store = FileArtifactStore(tmp_path / "store")
    old = store.add(video, media_type="video/mp4", owner="a")
    video.write_bytes(b"new")
    new = store.add(video, media_type="video/mp4", owner="a")
    for path in (old.path, old.path.with_name(f"{old.id}.json")):
        os.utime(path, (1, 1))
    assert store.purge(3600) == 2
    assert store.find(old.id, owner=None) is None and store.find(new.id, owner=None) is not None


@pytest.fixture
async def stored(house: Any, video: Path) -> Any:
    return house.runtime.artifacts.add(video, media_type="video/mp4", owner="local")


async def test_the_whole_file_with_its_type(house: Any, stored: Any) -> None:
    response = await house.client.get(f"/v1/artifacts/{stored.id}")
    assert response.status_code == 200 and response.content == CONTENT
    headers = response.headers
    assert headers["content-type"] == "video/mp4" and headers["x-content-type-options"] == "nosniff"
    assert headers["accept-ranges"] == "bytes" and headers["etag"]
    head = await house.client.head(f"/v1/artifacts/{stored.id}")
    assert head.status_code == 200 and head.content == b"" and int(head.headers["content-length"]) == len(CONTENT)
    same = await house.client.get(f"/v1/artifacts/{stored.id}", headers={"if-none-match": headers["etag"]})
    assert same.status_code == 304


N = len(CONTENT)
RANGES = [
    ("bytes=0-9", 206, CONTENT[:10]),
    ("bytes=100-", 206, CONTENT[100:]),
    ("bytes=-7", 206, CONTENT[-7:]),
    (f"bytes=5-{N * 9}", 206, CONTENT[5:]),
    (f"bytes=-{N * 9}", 206, CONTENT),
    (f"bytes={N}-", 416, None),
    ("bytes=-0", 416, None),
    ("bytes=9-5", 200, CONTENT),
    ("bytes=a-b", 200, CONTENT),
    ("chickens=0-1", 200, CONTENT),
    ("bytes=0-1,3-4", 200, CONTENT),
    ("bytes=" + ",".join(f"{n}-{n}" for n in range(5000)), 200, CONTENT),
    ("bytes=" + "9" * 5000 + "-", 200, CONTENT),
]


@pytest.mark.parametrize(("value", "status", "content"), RANGES)
async def test_one_range_is_served_and_everything_else_is_bounded(
    house: Any, stored: Any, value: str, status: int, content: bytes | None
) -> None:
    response = await house.client.get(f"/v1/artifacts/{stored.id}", headers={"range": value})
    assert response.status_code == status
    if content is None:
        assert response.headers["content-range"] == f"bytes */{N}" and response.json()["error"]["code"] == "range_not_satisfiable"
    else:
        assert response.content == content


async def test_everything_odd_is_the_same_404(open_house: Any, video: Path) -> None:
    house = await open_house(api_keys="one,two")
    mine = {"authorization": "Bearer one"}
    made = await house.chat(model="hisolver-animate", headers=mine)
    artifact_id = made.json()["hisolver"]["animation"]["url"].rpartition("/")[2]
    assert (await house.client.get(f"/v1/artifacts/{artifact_id}", headers=mine)).status_code == 200
    assert (await house.client.get(f"/v1/artifacts/{artifact_id}")).status_code == 200, (
        "the id is a secret of its own, for players and links"
    )
    (house.settings.data_dir / "artifacts" / ("L" * 43)).symlink_to("/etc/passwd")
    (house.settings.data_dir / "artifacts" / f"{'L' * 43}.json").write_text(json.dumps({"media_type": "text/plain", "owner": "x"}))
    odd = [
        ("/v1/artifacts/" + "A" * 43, mine),
        (f"/v1/artifacts/{artifact_id}", {"authorization": "Bearer two"}),
        (f"/v1/artifacts/{artifact_id}.json", mine),
        (f"/v1/artifacts/{artifact_id}%00", mine),
        (f"/v1/artifacts/..%2fartifacts%2f{artifact_id}", mine),
        (f"/v1/artifacts/../artifacts2/{artifact_id}", mine),
        ("/v1/artifacts/%2fetc%2fpasswd", mine),
        ("/v1/artifacts//etc/passwd", mine),
        ("/v1/artifacts/" + "L" * 43, {}),
        ("/v1/artifacts/", mine),
        ("/nowhere", {}),
    ]
    bodies = set()
    for path, headers in odd:
        response = await house.client.get(path, headers=headers)
        assert response.status_code == 404, path
        bodies.add(response.text)
    assert len(bodies) == 1


async def test_a_type_that_browsers_would_run_is_never_named(house: Any, video: Path) -> None:
    stored = house.runtime.artifacts.add(video, media_type="text/html", owner="local")
    response = await house.client.get(f"/v1/artifacts/{stored.id}")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in response.headers["content-security-policy"]


async def test_an_animation_is_delivered_with_a_link_that_plays(house: Any) -> None:
    animation = (await house.chat(model="hisolver-animate")).json()["hisolver"]["animation"]
    assert "artifact_id" not in animation
    part = await house.client.get(animation["url"], headers={"range": "bytes=0-3"})
    assert part.status_code == 206 and part.content == b"0123"
