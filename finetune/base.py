"""The base model: from a folder, from a hub, or dequantised from the pinned weights, always as a folder of safetensors with a tokenizer.

Nothing that is pickled is read and no code that comes with a model is run. Dequantised weights (of 4 bits) are good for tests and for learning
what a run does; an adapter that is to be released is trained on what the hub has.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from finetune.config import BaseConfig
from finetune.errors import BaseModelError

CHUNK = 1 << 22
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
TOKENIZERS = ("tokenizer.json", "tokenizer.model")
HUB_FILES = ("*.safetensors", "*.json", "*.jinja", "tokenizer.model", "merges.txt", "vocab.txt")
"""What is fetched from a hub: never pickles, never Python."""
ANSWER_S = 10.0


class PinnedWeights(Protocol):
    """Fetches a model of weights.toml and returns the path of its verified GGUF file."""

    def __call__(self, name: str) -> Path: ...


@dataclass(frozen=True, slots=True)
class Base:
    """A base that was looked at: `folder` holds its files, `sha256` is of its weights (`weights_sha256`), `origin` says where it is from."""

    folder: Path
    model: str
    revision: str | None
    sha256: str
    origin: Literal["folder", "hub", "weights"]


def resolve_base(config: BaseConfig, *, cache: Path, pinned: PinnedWeights | None = None) -> Base:
    """The base that a configuration names, fetched and dequantised where it must be.

    `cache` is HiSolver's cache folder; `pinned` fetches the GGUF that serves where no hub is reached. Raises `BaseModelError`: not there,
    pickled, with code of its own, without a tokenizer, damaged.
    """
    folder = Path(config.model).expanduser()
    if folder.is_dir():
        check_folder(folder)
        return Base(folder.absolute(), config.model, None, weights_sha256(folder, cache), "folder")
    if config.model.startswith(("/", "./", "../", "~")):
        raise BaseModelError(f"There is no folder {config.model}; base.model is a folder or a hub's repository.")
    fetched, reason = _from_hub(config)
    if fetched is not None:
        check_folder(fetched)
        return Base(fetched, config.model, config.revision or fetched.name, weights_sha256(fetched, cache), "hub")
    if not config.weights or pinned is None:
        raise BaseModelError(
            f"{config.model} cannot be had from the hub ({reason}). Set base.model to a folder that holds it, or base.weights to an entry of weights.toml."
        )
    from finetune.dequantise import dequantised

    folder = dequantised(pinned(config.weights), cache / "bases", name=config.weights)
    check_folder(folder)
    return Base(folder, config.model, None, weights_sha256(folder, cache), "weights")


def _from_hub(config: BaseConfig) -> tuple[Path | None, str]:
    """The snapshot's folder, or None and why no hub could be asked. Raises `BaseModelError` where the hub answers that it has no such thing."""
    import httpx2
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        found = snapshot_download(config.model, revision=config.revision, allow_patterns=list(HUB_FILES), etag_timeout=ANSWER_S)
    except RevisionNotFoundError as error:
        raise BaseModelError(
            f"The hub has no revision {config.revision} of {config.model}; set base.revision to one that it has."
        ) from error
    except RepositoryNotFoundError as error:
        raise BaseModelError(
            f"The hub has no model {config.model}, or it is not open to you; set base.model, or log in with `hf auth login`."
        ) from error
    except HFValidationError as error:
        raise BaseModelError(f"{config.model} is neither a folder nor the name of a hub's repository.") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, httpx2.HTTPError, OSError) as error:
        return None, f"not reachable: {' '.join(str(error).split())[:200]}"
    return Path(found), ""


def check_folder(folder: Path) -> None:
    """Raises `BaseModelError` where `folder` is not a whole model in safetensors with a tokenizer, or wants code of its own to run."""
    config = _json(folder / "config.json", f"{folder} holds no model: it has no config.json")
    for name in ("config.json", "tokenizer_config.json", "generation_config.json"):
        if (folder / name).exists() and "auto_map" in _json(folder / name, ""):
            raise BaseModelError(
                f"{folder / name} asks for Python code of its own (auto_map), which is never run; take a model that transformers knows."
            )
    if "model_type" not in config:
        raise BaseModelError(f"{folder / 'config.json'} does not say which architecture it is (model_type).")
    for file in weight_files(folder):
        _check_safetensors(file)
    if not any((folder / name).is_file() for name in TOKENIZERS) and not (
        (folder / "vocab.json").is_file() and (folder / "merges.txt").is_file()
    ):
        raise BaseModelError(f"{folder} has no tokenizer (tokenizer.json); copy the one of the model beside its weights.")


def weight_files(folder: Path) -> list[Path]:
    """The safetensors of a model, sorted by name. Raises `BaseModelError`: none, only pickled ones, shards missing."""
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        shards = _json(index, "").get("weight_map")
        if not isinstance(shards, dict) or not all(isinstance(name, str) and name == Path(name).name for name in shards.values()):
            raise BaseModelError(f"{index} is damaged.")
        wanted = sorted({folder / name for name in shards.values()})
        if missing := [file.name for file in wanted if not file.is_file()]:
            raise BaseModelError(f"{folder} is not whole, it lacks: {', '.join(missing[:5])}. Fetch it again.")
        return wanted
    if (single := folder / "model.safetensors").is_file():
        return [single]
    if pickled := sorted(file.name for file in folder.iterdir() if file.suffix in PICKLED):
        raise BaseModelError(
            f"{folder} holds its weights as a pickle ({pickled[0]}), which can run code and is never read; "
            "take a revision with safetensors, or convert it in a sandbox of your own."
        )
    raise BaseModelError(f"{folder} has no weights (model.safetensors).")


def weights_sha256(folder: Path, cache: Path | None = None) -> str:
    """The SHA-256 (hex) of a model's weights: of its one safetensors file, or of the lines `name sha256` of its shards, by name.

    `cache` remembers it by path, length and time of change, so that 15 GB are not read again. Raises `BaseModelError`, `OSError`.
    """
    files = weight_files(folder)
    states = [[str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns] for file in files]
    key = hashlib.sha256(json.dumps(states).encode()).hexdigest()
    known = cache / "bases" / ".sha256" / key if cache is not None else None
    if known is not None and known.is_file() and len(found := known.read_text(encoding="ascii").strip()) == 64:
        return found
    digests = [(file.name, _sha256(file)) for file in files]
    whole = digests[0][1] if len(digests) == 1 else hashlib.sha256("".join(f"{n} {d}\n" for n, d in digests).encode()).hexdigest()
    if known is not None:
        from retrieval.whole import write_whole

        known.parent.mkdir(parents=True, exist_ok=True)
        write_whole(known, lambda file: file.write(whole.encode()))
    return whole


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a checked base. Raises `BaseModelError` where transformers cannot read it."""
    from transformers import AutoTokenizer

    try:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BaseModelError(f"The tokenizer in {folder} cannot be read: {_line(error)}") from error


def load_config_of(folder: Path) -> Any:
    """The transformers configuration of a checked base. Raises `BaseModelError`."""
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BaseModelError(f"{folder / 'config.json'} cannot be read: {_line(error)}") from error


def load_model(folder: Path, *, dtype: str, attention: str = "sdpa", quantised: bool = False, device: Any = None) -> Any:
    """The causal language model of a checked base; `quantised` holds it in 4 bits (bitsandbytes, NF4, double quantisation; Dettmers et al. 2023).

    `dtype` is `float32` or `bfloat16`; `device` a device map's value, None for the CPU. Raises `BaseModelError`.
    """
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    options: dict[str, Any] = {}
    if quantised:
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True, bnb_4bit_compute_dtype=getattr(torch, dtype)
        )
    if device is not None:
        options["device_map"] = {"": device}
    try:
        return AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=getattr(torch, dtype),
            attn_implementation=attention,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            **options,
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BaseModelError(f"The model in {folder} cannot be loaded: {_line(error)}") from error


def end_tokens(folder: Path, tokenizer: Any) -> tuple[int, ...]:
    """The token ids that end an answer when the base generates: of generation_config.json, else of config.json, else the tokenizer's."""
    for name in ("generation_config.json", "config.json"):
        if (folder / name).is_file():
            found = _json(folder / name, "").get("eos_token_id")
            if isinstance(found, int):
                return (found,)
            if isinstance(found, list) and found and all(isinstance(value, int) for value in found):
                return tuple(found)
    return () if tokenizer.eos_token_id is None else (int(tokenizer.eos_token_id),)


def _check_safetensors(file: Path) -> None:
    """Raises `BaseModelError` for a file that is cut or whose header is no header; reads the header only."""
    size = file.stat().st_size
    try:
        with file.open("rb") as handle:
            length = int.from_bytes(handle.read(8), "little")
            if not 2 <= length <= min(size - 8, 100_000_000):
                raise ValueError("its header has no sensible length")
            header = json.loads(handle.read(length))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        if not ends or 8 + length + max(ends) != size:
            raise ValueError(f"it has {size} bytes where its header tells of {8 + length + max(ends, default=0)}")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise BaseModelError(f"{file} is damaged: {_line(error)}. Fetch it again.") from error


def _json(path: Path, missing: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BaseModelError(f"{missing}.") from None
    except (OSError, ValueError) as error:
        raise BaseModelError(f"{path} cannot be read: {_line(error)}") from error
    if not isinstance(found, dict):
        raise BaseModelError(f"{path} is damaged: it holds no object.")
    return found


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as handle:
        while chunk := handle.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _line(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
