"""A trainable model out of a GGUF file: dequantised once, kept as safetensors.

transformers reads a GGUF (`gguf_file=`) but refuses to save what it read, since the model still calls itself quantised; its tensors are
therefore moved into a fresh model of the same configuration. The 1.5B takes 90 seconds on two cores, the 135M a few.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from finetune.errors import BaseModelError

FORMAT = "1"
"""Part of the folder's name; another number makes every model anew."""


def dequantised(gguf: Path, cache: Path, *, name: str) -> Path:
    """The folder of the model in `gguf`, made where it is not there yet. It has that name once it is whole. Raises `BaseModelError`, `OSError`."""
    with gguf.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    folder = cache / f"{name}-{digest[:12]}-{FORMAT}"
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(dir=cache, prefix=f".{name}-"))
    try:
        _convert(gguf, work)
        for file in work.iterdir():
            with file.open("rb") as handle:
                os.fsync(handle.fileno())
        work.chmod(0o755)
        try:
            work.rename(folder)
        except OSError:
            if not folder.is_dir():  # otherwise another process was quicker, and made the same
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _convert(gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    try:
        tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
        config = AutoConfig.from_pretrained(gguf.parent, gguf_file=gguf.name)
        read = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BaseModelError(f"{gguf} cannot be read as a model: {' '.join(str(error).split())[:300]}") from error
    _split_digits(gguf, tokenizer)
    with torch.device("meta"):
        fresh = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    fresh.load_state_dict(read.state_dict(), assign=True)
    fresh.tie_weights()
    fresh.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id
    )
    fresh.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def _split_digits(gguf: Path, tokenizer: Any) -> None:
    """SmolLM's tokenizer takes digits one by one before anything else (llama.cpp: the `smollm` pre-tokenizer), which transformers' reader forgets."""
    from gguf import GGUFReader
    from tokenizers import pre_tokenizers

    field = GGUFReader(gguf).fields.get("tokenizer.ggml.pre")
    if field is not None and field.contents() == "smollm":
        tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)]
        )
