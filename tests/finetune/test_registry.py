"""The registry: what goes in, what is refused, and that nothing is ever half there."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

from finetune import registry as module
from finetune.errors import RegistryError
from finetune.registry import Base, Manifest, Registry
from tests.finetune.adapters import BASE_SHA, sha256, write_adapter
from tests.retrieval.full_disk import full_disk

BASE = Base("some/base", None, BASE_SHA, "")


def put(registry: Registry, adapter: Path, name: str = "manim", **more: Any) -> Manifest:
    given: dict[str, Any] = {
        "role": "coder",
        "base": BASE,
        "max_rank": 16,
        "gate": {"passed": True, "reasons": []},
        "forced": False,
        "extras": {},
    }
    return registry.publish(adapter, name=name, **(given | more))


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


@pytest.fixture
def versions(registry: Registry, tmp_path: Path) -> list[str]:
    """Three versions of `manim`, in the order of their publishing."""
    return [put(registry, write_adapter(tmp_path / f"adapter{n}", value=n + 1)).version for n in range(3)]


def test_what_is_published_is_hashed_listed_and_found_whole(registry: Registry, tmp_path: Path) -> None:
    adapter, card = write_adapter(tmp_path / "adapter"), tmp_path / "CARD.md"
    card.write_text("# Data\n")
    made = put(registry, adapter, extras={"CARD.md": card})
    folder = registry.path("manim", made.version)
    assert made.files == {name: sha256(folder / name) for name in ("adapter_config.json", "adapter_model.safetensors", "CARD.md")}
    assert sha256(adapter / "adapter_model.safetensors") == made.files["adapter_model.safetensors"]
    assert registry.verify("manim", made.version) == made
    assert json.loads((folder / "manifest.json").read_text())["base"] == {
        "model": "some/base",
        "revision": None,
        "sha256": BASE_SHA,
        "weights": "",
    }
    assert [(each.name, each.version, each.serves, each.fault) for each in registry.listing()] == [("manim", made.version, False, "")]


def test_publishing_the_same_twice_is_harmless(registry: Registry, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter")
    assert put(registry, adapter) == put(registry, adapter)
    assert len(registry.versions("manim")) == 1


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../evil", "a/b", "/etc", "Manim", "-rf", "a b", "a\n", "ä", "x" * 65, "hisolver-base", "a\0b", ".hidden"]
)
def test_a_name_that_is_no_plain_name_is_refused(registry: Registry, tmp_path: Path, name: str) -> None:
    adapter = write_adapter(tmp_path / "adapter")
    with pytest.raises(RegistryError, match="no name for an adapter"):
        put(registry, adapter, name)
    for ask in (registry.versions, registry.current, registry.history, registry.latest):
        with pytest.raises(RegistryError):
            ask(name)
    assert not registry.folder.exists()


@pytest.mark.parametrize("version", ["", "..", "../../etc", "current", "0" * 11, "0" * 13, "ABCDEFABCDEF", "00000000000/"])
def test_a_version_that_is_none_is_refused(registry: Registry, versions: list[str], version: str) -> None:
    for act in (registry.path, registry.verify, registry.remove, registry.set_current):
        with pytest.raises(RegistryError):
            act("manim", version)


def test_a_rank_above_what_the_server_allows_is_refused(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="rank is 32 and the server allows 16"):
        put(registry, write_adapter(tmp_path / "adapter", rank=32))


def test_an_adapter_for_another_base_is_no_new_version_of_the_same_name(registry: Registry, versions: list[str], tmp_path: Path) -> None:
    other = write_adapter(tmp_path / "other", value=9)
    with pytest.raises(RegistryError, match="another base"):
        put(registry, other, base=Base("other/base", None, "c" * 64))
    put(registry, other, name="manim-large", base=Base("other/base", None, "c" * 64))


def test_an_unknown_role_and_a_pickled_adapter_are_refused(registry: Registry, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter")
    with pytest.raises(RegistryError, match="no role"):
        put(registry, adapter, role="king")
    (adapter / "adapter_model.bin").write_bytes(pickle.dumps(print))
    with pytest.raises(RegistryError, match="pickled"):
        put(registry, adapter)


def test_every_damage_is_found_before_it_is_served(registry: Registry, versions: list[str], tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    folder = registry.path("manim", versions[0])
    shutil.copytree(folder, whole)

    def flip(path: Path) -> None:
        raw = bytearray(path.read_bytes())
        raw[-1] ^= 1
        path.write_bytes(raw)

    def link(path: Path) -> None:
        (tmp_path / "elsewhere").write_bytes(path.read_bytes())
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere")

    def claim(**changes: Any) -> None:
        found = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps(found | changes))

    damages = [
        lambda: flip(folder / "adapter_model.safetensors"),
        lambda: (folder / "adapter_config.json").unlink(),
        lambda: link(folder / "adapter_model.safetensors"),
        lambda: (folder / "adapter_model.bin").write_bytes(b"x"),
        lambda: (folder / "more.txt").write_text("x"),
        lambda: (folder / "manifest.json").write_text("{"),
        lambda: (folder / "manifest.json").unlink(),
        lambda: claim(name="other"),
        lambda: claim(version="0" * 12),
        lambda: claim(role="king"),
        lambda: claim(files={"../../secret": "0" * 64}),
        lambda: claim(files={}),
        lambda: claim(unknown=1),
        lambda: claim(base={"model": 5, "revision": None, "sha256": "x"}),
    ]
    for damage in damages:
        damage()
        with pytest.raises(RegistryError):
            registry.verify("manim", versions[0])
        shutil.rmtree(folder)
        shutil.copytree(whole, folder)
    registry.verify("manim", versions[0])


def test_a_damaged_version_is_listed_as_damaged_and_does_not_hide_the_others(registry: Registry, versions: list[str]) -> None:
    (registry.path("manim", versions[1]) / "manifest.json").write_text("nonsense")
    assert {each.version: bool(each.fault) for each in registry.listing()} == {versions[0]: False, versions[1]: True, versions[2]: False}
    assert registry.latest("manim") == versions[2]


def test_deploying_and_rolling_back_go_along_the_history(registry: Registry, versions: list[str]) -> None:
    first, second, third = versions
    with pytest.raises(RegistryError, match="no version of manim served before"):
        registry.before("manim")
    for version in versions:
        registry.set_current("manim", version)
    assert (registry.current("manim"), registry.history("manim"), registry.roles()) == (third, [first, second], {"coder": "manim"})
    assert registry.before("manim") == second
    registry.set_back("manim", second)
    assert (registry.current("manim"), registry.history("manim")) == (second, [first])
    registry.set_back("manim", registry.before("manim"))
    assert (registry.current("manim"), registry.history("manim")) == (first, [])


def test_a_version_that_was_removed_is_skipped_on_the_way_back(registry: Registry, versions: list[str]) -> None:
    for version in versions:
        registry.set_current("manim", version)
    registry.remove("manim", versions[1])
    assert registry.before("manim") == versions[0]


def test_what_serves_is_not_removed_and_what_does_not_is(registry: Registry, versions: list[str]) -> None:
    registry.set_current("manim", versions[0])
    with pytest.raises(RegistryError, match="serves"):
        registry.remove("manim", versions[0])
    registry.remove("manim", versions[1])
    assert registry.versions("manim") == [versions[0], versions[2]]
    registry.set_base("coder")
    assert registry.roles() == {}
    registry.remove("manim", versions[0])
    registry.remove("manim", versions[2])
    assert registry.names() == []


def test_another_adapter_takes_the_role_over(registry: Registry, versions: list[str], tmp_path: Path) -> None:
    registry.set_current("manim", versions[0])
    other = put(registry, write_adapter(tmp_path / "other", value=7), name="other")
    registry.set_current("other", other.version)
    assert registry.roles() == {"coder": "other"}
    registry.remove("manim", versions[0])  # it serves no longer


def test_an_export_joins_the_manifest_and_can_be_made_again(registry: Registry, versions: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"GGUF one")
    registry.add_export("manim", versions[0], tmp_path / "a.gguf")
    (tmp_path / "a.gguf").write_bytes(b"GGUF two")
    made = registry.add_export("manim", versions[0], tmp_path / "a.gguf")
    assert registry.verify("manim", versions[0]) == made
    assert made.files["adapter.gguf"] == sha256(tmp_path / "a.gguf")


def test_an_export_that_was_killed_between_file_and_manifest_is_made_again(registry: Registry, versions: list[str], tmp_path: Path) -> None:
    (registry.path("manim", versions[0]) / "adapter.gguf").write_bytes(b"half")
    with pytest.raises(RegistryError, match="not in its manifest"):
        registry.verify("manim", versions[0])
    (tmp_path / "a.gguf").write_bytes(b"GGUF whole")
    registry.add_export("manim", versions[0], tmp_path / "a.gguf")
    registry.verify("manim", versions[0])


@pytest.mark.parametrize("broken", ["_copy", "_write_json", "sync"])
def test_a_publishing_that_fails_anywhere_leaves_nothing(
    registry: Registry, versions: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    adapter = write_adapter(tmp_path / "another", value=8)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module, broken, full)
        with pytest.raises(OSError, match="No space"):
            put(registry, adapter)
    if broken != "sync":  # sync fails after the folder has its name when it is the last one's
        assert registry.versions("manim") == versions
    assert not list(registry.folder.glob(".incoming-*"))
    made = put(registry, adapter)
    registry.verify("manim", made.version)


def test_a_full_disk_leaves_nothing(registry: Registry, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter")
    with full_disk(300), pytest.raises(OSError):
        put(registry, adapter)
    assert registry.listing() == []
    assert not list(registry.folder.glob(".incoming-*"))
    put(registry, adapter)


def _killed(folder: Path, adapter: Path) -> None:
    def die(*_: Any) -> None:
        os._exit(9)

    module._write_json = die  # type: ignore[assignment]
    put(Registry(folder), adapter)


def test_a_publishing_that_was_killed_is_cleared_away_by_the_next(registry: Registry, tmp_path: Path) -> None:
    adapter = write_adapter(tmp_path / "adapter")
    child = multiprocessing.get_context("fork").Process(target=_killed, args=(registry.folder, adapter))
    child.start()
    child.join()
    assert child.exitcode == 9
    assert len(list(registry.folder.glob(".incoming-*"))) == 1
    assert registry.listing() == []
    made = put(registry, adapter)
    assert not list(registry.folder.glob(".incoming-*"))
    registry.verify("manim", made.version)


def _publish_many(folder: Path, adapters: list[Path]) -> None:
    for adapter in adapters:
        put(Registry(folder), adapter)


def test_two_that_publish_at_once_take_turns(registry: Registry, tmp_path: Path) -> None:
    adapters = [write_adapter(tmp_path / f"adapter{n}", value=n + 1) for n in range(6)]
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=_publish_many, args=(registry.folder, adapters)) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    assert len(registry.versions("manim")) == 6
    for version in registry.versions("manim"):
        registry.verify("manim", version)


@pytest.mark.parametrize("content", ["", "../../etc", "x" * 12, "\xff\xfe"])
def test_a_damaged_current_is_told_and_not_followed(registry: Registry, versions: list[str], content: str) -> None:
    (registry.folder / "manim" / "current").write_bytes(content.encode("latin-1"))
    with pytest.raises(RegistryError, match="damaged"):
        registry.current("manim")


@pytest.mark.parametrize("content", ["[]", "{", '{"coder": "../x"}', '{"coder": 5}'])
def test_damaged_roles_are_told(registry: Registry, versions: list[str], content: str) -> None:
    (registry.folder / "roles.json").write_text(content)
    with pytest.raises(RegistryError):
        registry.roles()


def test_a_version_that_is_a_link_is_not_followed(registry: Registry, versions: list[str], tmp_path: Path) -> None:
    folder = registry.path("manim", versions[0])
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    with pytest.raises(RegistryError, match="no version"):
        registry.verify("manim", versions[0])
