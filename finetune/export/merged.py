"""The base with the adapter worked into its weights: a folder of safetensors that needs no knowledge of adapters."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from finetune.errors import RegistryError
from finetune.export.peft import read_adapter
from finetune.export.whole_folder import write_folder

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "generation_config.json",
)


def export_merged(adapter_folder: Path, base_folder: Path, out: Path) -> None:
    """Writes the merged model into the folder `out`, whole or not at all, in the base's precision.

    `base_folder` holds the base as `finetune.base` checks it. Memory: the base once. Raises `RegistryError` for an adapter that does not
    fit, `BaseModelError`, `OSError`.
    """
    from finetune.base import check_folder

    read_adapter(adapter_folder)
    check_folder(base_folder)

    def fill(folder: Path) -> None:
        _merge(adapter_folder, base_folder).save_pretrained(folder)
        for name in TOKENIZER_FILES:
            if (base_folder / name).is_file():
                shutil.copyfile(base_folder / name, folder / name)

    write_folder(out, fill, ours=("config.json",))


def _merge(adapter_folder: Path, base_folder: Path) -> Any:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(
        base_folder, dtype="auto", local_files_only=True, trust_remote_code=False, use_safetensors=True
    )
    try:
        with torch.no_grad():
            return PeftModel.from_pretrained(model, str(adapter_folder), is_trainable=False).merge_and_unload(safe_merge=True)
    except (RuntimeError, ValueError, KeyError) as error:
        raise RegistryError(f"the adapter is for another base: {' '.join(str(error).split())[:300]}") from error
