"""What a PEFT folder must be before anything is made of it. The folders are written here, without torch."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune.errors import RegistryError
from finetune.export.peft import check_finite, read_adapter
from finetune.export.tensors import read_header, read_tensor
from finetune.export.vllm import check_vllm, export_vllm, max_rank

Q, V = "model.layers.0.self_attn.q_proj", "model.layers.0.self_attn.v_proj"
CONFIG: dict[str, Any] = {
    "peft_type": "LORA",
    "r": 4,
    "lora_alpha": 8,
    "base_model_name_or_path": "some/base",
    "bias": "none",
    "target_modules": ["q_proj"],
}


def save(path: Path, tensors: dict[str, np.ndarray[Any, Any]]) -> None:
    header, blob = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(blob), len(blob) + len(raw)]}
        blob += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + blob)


def lora(*names: str, rank: int = 4, value: float = 0.5) -> dict[str, np.ndarray[Any, Any]]:
    made: dict[str, np.ndarray[Any, Any]] = {}
    for name in names:
        made[f"base_model.model.{name}.lora_A.weight"] = np.full((rank, 16), value)
        made[f"base_model.model.{name}.lora_B.weight"] = np.full((16, rank), value)
    return made


Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(tensors: dict[str, np.ndarray[Any, Any]] | None = None, **config: Any) -> Path:
        folder = tmp_path / "adapter"
        folder.mkdir(exist_ok=True)
        (folder / "adapter_config.json").write_text(json.dumps(CONFIG | config))
        save(folder / "adapter_model.safetensors", lora(Q) if tensors is None else tensors)
        return folder

    return made


def test_a_plain_lora_is_read_with_its_scale(make: Make) -> None:
    adapter = read_adapter(make(lora(Q, V)))
    assert [module.name for module in adapter.modules] == [Q, V]
    assert (adapter.rank, adapter.modules[0].scale, adapter.base_model) == (4, 2.0, "some/base")
    check_finite(adapter)


def test_scales_of_patterns_and_of_rank_stabilised_lora_are_those_of_peft(make: Make) -> None:
    folder = make(lora(Q) | lora(V, rank=2), alpha_pattern={"v_proj": 10}, rank_pattern={"v_proj": 2})
    assert [module.scale for module in read_adapter(folder).modules] == [2.0, 5.0]
    assert read_adapter(make(use_rslora=True)).modules[0].scale == 4.0


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"use_dora": True}, "DoRA"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"bias": "all"}, "bias"),
        ({"lora_bias": True}, "lora_bias"),
        ({"fan_in_fan_out": True}, "fan_in_fan_out"),
        ({"trainable_token_indices": [1]}, "trainable_token_indices"),
        ({"peft_type": "IA3"}, "IA3"),
        ({"r": 8}, "rank 4"),
        ({"lora_alpha": "much"}, "damaged"),
        ({"lora_alpha": float("inf")}, "damaged"),
        ({"alpha_pattern": {"(a+)+$": 4}}, "regular expression"),
    ],
)
def test_what_no_server_could_serve_is_refused_with_the_setting(make: Make, config: dict[str, Any], told: str) -> None:
    with pytest.raises(RegistryError, match=told):
        read_adapter(make(**config))


def test_a_pickled_adapter_is_refused_and_never_opened(make: Make, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "went off",))

    for name in ("adapter_model.bin", "optimizer.pt"):
        folder = make()
        (folder / name).write_bytes(pickle.dumps(Bomb()))
        with pytest.raises(RegistryError, match="pickled"):
            read_adapter(folder)
        (folder / name).unlink()
    assert not (tmp_path / "went off").exists()


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[:-5],
        lambda raw: raw + b"more",
        lambda raw: raw[:4],
        lambda raw: b"\xff" * 8 + raw[8:],
        lambda raw: raw[:8] + b"[" + raw[9:],
        lambda raw: raw.replace(b'"data_offsets": [0,', b'"data_offsets": [8,'),
        lambda raw: raw.replace(b'"F32"', b'"I64"'),
        lambda raw: raw.replace(b"[4, 16]", b"[4, -6]"),
        lambda raw: b"",
    ],
)
def test_a_damaged_file_is_told_as_damaged(make: Make, damage: Callable[[bytes], bytes]) -> None:
    folder = make()
    path = folder / "adapter_model.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(RegistryError):
        read_adapter(folder)


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"base_model.model.lm_head.weight": np.zeros((4, 4))},
        {"model.q.lora_A.weight": np.zeros((4, 16)), "model.q.lora_B.weight": np.zeros((16, 4))},
        {name: tensor for name, tensor in lora(Q).items() if "lora_A" in name},
        lora(Q) | {f"base_model.model.{Q}.lora_B.weight": np.zeros((16, 3))},
        lora(Q) | {f"base_model.model.{Q}.lora_magnitude_vector": np.zeros((16,))},
    ],
)
def test_a_file_that_holds_no_whole_lora_is_refused(make: Make, tensors: dict[str, np.ndarray[Any, Any]]) -> None:
    with pytest.raises(RegistryError):
        read_adapter(make(tensors))


def test_numbers_that_are_none_and_an_adapter_that_changes_nothing_are_refused(make: Make) -> None:
    with pytest.raises(RegistryError, match="went astray"):
        check_finite(read_adapter(make(lora(Q, value=float("nan")))))
    untrained = lora(Q) | {f"base_model.model.{Q}.lora_B.weight": np.zeros((16, 4))}
    with pytest.raises(RegistryError, match="changes nothing"):
        check_finite(read_adapter(make(untrained)))


def test_a_link_out_of_the_folder_is_no_file(make: Make, tmp_path: Path) -> None:
    folder = make()
    (tmp_path / "secret").write_text("{}")
    (folder / "adapter_config.json").unlink()
    (folder / "adapter_config.json").symlink_to(tmp_path / "secret")
    with pytest.raises(RegistryError, match="plain file"):
        read_adapter(folder)


def test_brain_floats_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "bf16.safetensors"
    raw = np.array([0x3F80, 0xC000, 0x3EAB], dtype="<u2").tobytes()
    text = json.dumps({"x": {"dtype": "BF16", "shape": [3], "data_offsets": [0, 6]}}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + raw)
    assert read_tensor(path, read_header(path)["x"]).tolist() == [1.0, -2.0, pytest.approx(0.333984375)]


@pytest.mark.parametrize(("rank", "limit"), [(1, 1), (4, 8), (16, 16), (17, 32), (200, 256), (300, 320), (512, 512)])
def test_vllm_is_started_with_the_smallest_rank_that_it_knows(make: Make, rank: int, limit: int) -> None:
    assert max_rank(read_adapter(make(lora(Q, rank=rank), r=rank))) == limit


def test_an_export_for_vllm_is_a_folder_and_its_command(make: Make, tmp_path: Path) -> None:
    made = export_vllm(make(), tmp_path / "out", name="manim", base_model="some/base")
    assert sorted(path.name for path in made.folder.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]
    assert f"--enable-lora --max-lora-rank 8 --max-loras 2 --lora-modules manim={tmp_path}/out" in made.command
    export_vllm(make(), tmp_path / "out", name="manim", base_model="some/base")  # again: replaces its own


def test_an_export_does_not_overwrite_what_is_not_its_own(make: Make, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.tex").write_text("years")
    with pytest.raises(RegistryError, match="something else"):
        export_vllm(make(), tmp_path / "out", name="manim", base_model="some/base")
    assert (tmp_path / "out" / "thesis.tex").read_text() == "years"


def test_vllm_refuses_ranks_and_scales_that_differ_between_modules(make: Make) -> None:
    with pytest.raises(RegistryError, match="differently"):
        check_vllm(read_adapter(make(lora(Q, V), alpha_pattern={"v_proj": 3})))
    with pytest.raises(RegistryError, match="different ranks"):
        check_vllm(read_adapter(make(lora(Q) | lora(V, rank=2), rank_pattern={"v_proj": 2}, alpha_pattern={"v_proj": 4})))
    with pytest.raises(RegistryError, match="at most 512"):
        max_rank(read_adapter(make(lora(Q, rank=513), r=513)))
