"""A LoRA as llama.cpp takes it. The format is that of llama.cpp's convert_lora_to_gguf.py, which no package brings."""

from __future__ import annotations

from pathlib import Path

from finetune.export.base_gguf import halves, place, read_base
from finetune.export.peft import read_adapter


def export_gguf_lora(adapter_folder: Path, base_gguf: Path, out: Path) -> int:
    """Writes the adapter for the base into `out` (not atomically: give a temporary name). Returns the number of matrices.

    Raises `RegistryError` for an adapter that cannot be served or is for another base, `OSError`.
    """
    import gguf
    import numpy as np

    adapter = read_adapter(adapter_folder)
    base = read_base(base_gguf)
    placed = place(adapter, base)
    writer = gguf.GGUFWriter(out, base.architecture)
    try:
        writer.add_type(gguf.GGUFType.ADAPTER)
        writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
        writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, adapter.alpha)
        for each in placed:
            a, b = halves(adapter, base, each)
            # llama.cpp scales by alpha over rank; what a module has of its own (patterns, rank-stabilised LoRA) goes into B.
            own = each.module.scale * each.module.rank / adapter.alpha if adapter.alpha else 0.0
            writer.add_tensor(f"{each.target}.weight.lora_a", np.ascontiguousarray(a))
            writer.add_tensor(f"{each.target}.weight.lora_b", np.ascontiguousarray(b if own == 1.0 else b * np.float32(own)))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()
    return len(placed)
