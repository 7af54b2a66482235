from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune.base import check_folder, end_tokens, load_model, load_tokenizer, resolve_base, weight_files, weights_sha256
from finetune.config import BaseConfig
from finetune.errors import BaseModelError
from tests.finetune.gguf_file import write_gguf


@pytest.fixture
def base(tiny_base: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_base, tmp_path / "base"))


def test_a_folder_is_taken_as_it_is_and_known_by_its_weights(base: Path, tmp_path: Path) -> None:
    found = resolve_base(BaseConfig(model=str(base)), cache=tmp_path / "cache")
    assert found.origin == "folder" and found.folder == base
    assert found.sha256 == hashlib.sha256((base / "model.safetensors").read_bytes()).hexdigest()
    assert end_tokens(base, load_tokenizer(base)) == (2,)


def test_other_weights_have_another_hash_though_the_cache_knows_the_file(base: Path, tmp_path: Path) -> None:
    before = weights_sha256(base, tmp_path)
    assert weights_sha256(base, tmp_path) == before
    content = bytearray((base / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (base / "model.safetensors").write_bytes(content)
    assert weights_sha256(base, tmp_path) == hashlib.sha256(content).hexdigest() != before


def test_shards_are_known_by_all_of_them(base: Path) -> None:
    from transformers import AutoModelForCausalLM

    AutoModelForCausalLM.from_pretrained(base).save_pretrained(base, max_shard_size="100kB")
    (base / "model.safetensors").unlink(missing_ok=True)
    shards = weight_files(base)
    assert len(shards) > 1
    check_folder(base)
    whole = weights_sha256(base)
    content = bytearray(shards[0].read_bytes())
    content[-1] ^= 1
    shards[0].write_bytes(content)
    assert weights_sha256(base) != whole
    shards[1].unlink()
    with pytest.raises(BaseModelError, match=f"lacks: {shards[1].name}"):
        check_folder(base)


def _edit(name: str, **values: Any) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        found = json.loads((folder / name).read_text())
        (folder / name).write_text(json.dumps({**found, **values}))

    return edit


def _cut(folder: Path) -> None:
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(content[:-100])


def _pickled(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (_pickled, r"pickle \(pytorch_model.bin\)"),
        (lambda folder: (folder / "model.safetensors").unlink(), "no weights"),
        (_edit("config.json", auto_map={"AutoModelForCausalLM": "evil.Model"}), "config.json asks for Python code"),
        (_edit("tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.T", None]}), "tokenizer_config.json asks for Python code"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer"),
        (_cut, "model.safetensors is damaged"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\xff" * 64), "model.safetensors is damaged"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b""), "model.safetensors is damaged"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json cannot be read"),
        (lambda folder: (folder / "config.json").unlink(), "no config.json"),
        (_edit("config.json", model_type=None), "does not say which architecture"),
    ],
)
def test_what_is_no_whole_model_in_safetensors_is_refused(base: Path, tmp_path: Path, damage: Callable[[Path], None], told: str) -> None:
    damage(base)
    with pytest.raises(BaseModelError, match=told):
        folder = resolve_base(BaseConfig(model=str(base)), cache=tmp_path).folder
        load_model(folder, dtype="float32")


def test_a_pickle_is_never_opened(base: Path, tmp_path: Path) -> None:
    """An object whose unpickling leaves a file behind stands where the weights should."""
    import pickle

    class Evil:
        def __reduce__(self) -> Any:
            return (Path(tmp_path / "canary").touch, ())

    (base / "model.safetensors").unlink()
    (base / "pytorch_model.bin").write_bytes(pickle.dumps(Evil()))
    with pytest.raises(BaseModelError, match="pickle"):
        resolve_base(BaseConfig(model=str(base)), cache=tmp_path)
    assert not (tmp_path / "canary").exists()


def test_a_folder_that_is_not_there_is_not_asked_of_a_hub(tmp_path: Path) -> None:
    with pytest.raises(BaseModelError, match="no folder"):
        resolve_base(BaseConfig(model=str(tmp_path / "gone")), cache=tmp_path)


@pytest.fixture
def no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    def unreachable(*arguments: Any, **options: Any) -> str:
        raise LocalEntryNotFoundError("name or service not known")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)


@pytest.mark.usefixtures("no_hub")
def test_without_a_hub_the_pinned_weights_are_dequantised_once(tiny_base: Path, tmp_path: Path) -> None:
    import torch

    file = write_gguf(tiny_base, tmp_path / "tiny.gguf")
    asked: list[str] = []

    def pinned(name: str) -> Path:
        asked.append(name)
        return file

    config = BaseConfig(model="some/model", weights="tiny-entry")
    found = resolve_base(config, cache=tmp_path / "cache", pinned=pinned)
    assert found.origin == "weights" and asked == ["tiny-entry"] and found.model == "some/model"
    made, original = load_model(found.folder, dtype="float32"), load_model(tiny_base, dtype="float32")
    tokenizer, was = load_tokenizer(found.folder), load_tokenizer(tiny_base)
    text = "<|im_start|>user\nDraw a blue circle.<|im_end|>\n"
    ids = torch.tensor([tokenizer(text)["input_ids"]])
    assert ids.tolist() == [was(text)["input_ids"]] and tokenizer.chat_template == was.chat_template
    with torch.no_grad():
        # the weights went through bf16, which keeps 8 bits of each
        assert torch.allclose(made(ids).logits, original(ids).logits, atol=0.02)
    assert tokenizer.eos_token_id == was.eos_token_id and end_tokens(found.folder, tokenizer) == (was.eos_token_id,)
    before = (found.folder / "model.safetensors").stat().st_mtime_ns
    again = resolve_base(config, cache=tmp_path / "cache", pinned=pinned)
    assert again == found and (found.folder / "model.safetensors").stat().st_mtime_ns == before
    assert [path.name for path in (tmp_path / "cache" / "bases").iterdir() if path.is_dir() and path.name.startswith(".tiny")] == []


@pytest.mark.usefixtures("no_hub")
def test_smollms_digits_are_taken_one_by_one(tiny_base: Path, tmp_path: Path) -> None:
    from finetune.dequantise import dequantised

    tokenizer = load_tokenizer(dequantised(write_gguf(tiny_base, tmp_path / "tiny.gguf"), tmp_path / "cache", name="tiny"))
    pieces = [text for text, _ in tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str("x = 3142")]
    assert pieces[-4:] == ["3", "1", "4", "2"]


@pytest.mark.usefixtures("no_hub")
def test_a_gguf_that_is_none_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "bad.gguf"
    file.write_bytes(b"GGUF" + b"\x00" * 100)
    with pytest.raises(BaseModelError, match="cannot be read as a model"):
        resolve_base(BaseConfig(model="some/model", weights="w"), cache=tmp_path / "cache", pinned=lambda name: file)
    assert list((tmp_path / "cache" / "bases").iterdir()) == []


@pytest.mark.usefixtures("no_hub")
def test_without_a_hub_and_weights_it_is_told_what_to_set() -> None:
    with pytest.raises(BaseModelError, match=r"base\.weights"):
        resolve_base(BaseConfig(model="some/model"), cache=Path("/nowhere"))


def test_what_the_hub_does_not_have_is_told(tmp_path: Path) -> None:
    with pytest.raises(BaseModelError, match="neither a folder nor the name"):
        resolve_base(BaseConfig(model="not a name/at//all"), cache=tmp_path)


def test_qlora_holds_the_base_in_nf4_with_double_quantisation(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What transformers is asked for; that bitsandbytes does it needs a GPU."""
    import transformers

    asked: dict[str, Any] = {}
    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", lambda folder, **options: asked.update(options))
    load_model(base, dtype="bfloat16", quantised=True, device=0)
    held = asked["quantization_config"].to_dict()
    assert held["load_in_4bit"] and held["bnb_4bit_quant_type"] == "nf4" and held["bnb_4bit_use_double_quant"]
    assert held["bnb_4bit_compute_dtype"] == "bfloat16" and asked["device_map"] == {"": 0} and asked["use_safetensors"]
