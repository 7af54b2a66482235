"""The base in GGUF with the adapter worked into it: one file that any llama.cpp serves without knowing of adapters.

Only the matrices that the adapter changes are computed anew; all others keep their bytes. The `gguf` package quantises to the types in
`TYPES`. It only reads the K-quants (Q4_K and such), and xllamacpp offers no quantiser, so those cannot be written here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from finetune.errors import ConfigError
from finetune.export.base_gguf import halves, open_reader, place, read_base
from finetune.export.peft import read_adapter

TYPES = ("F32", "F16", "BF16", "Q8_0", "Q5_1", "Q5_0", "Q4_1", "Q4_0")


def export_gguf_merged(adapter_folder: Path, base_gguf: Path, out: Path, kind: str = "Q8_0") -> int:
    """Writes the merged model into `out` (not atomically); changed matrices become `kind`, one of `TYPES`. Returns their number.

    Memory: one matrix at a time as 32-bit floats, and the result of all. Raises `ConfigError` for another type, `RegistryError` for an
    adapter that does not fit, `OSError`.
    """
    import gguf
    import numpy as np

    if kind not in TYPES:
        raise ConfigError(
            f"merged weights cannot be written as {kind}; the gguf package writes {', '.join(TYPES)} (K-quants: llama.cpp's own llama-quantize)"
        )
    adapter = read_adapter(adapter_folder)
    base = read_base(base_gguf)
    changed = {f"{each.target}.weight": each for each in place(adapter, base)}
    reader = open_reader(base_gguf)
    writer = gguf.GGUFWriter(out, base.architecture)
    try:
        _copy_fields(reader, writer)
        for tensor in reader.tensors:
            each = changed.get(tensor.name)
            if each is None:
                writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
                continue
            a, b = halves(adapter, base, each)
            weight = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(b.shape[0], a.shape[1])
            merged = (weight + np.float32(each.module.scale) * (b @ a)).astype(np.float32)
            wanted = gguf.GGMLQuantizationType[kind]
            if (
                wanted not in (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.F16)
                and merged.shape[1] % gguf.GGML_QUANT_SIZES[wanted][0]
            ):
                wanted = gguf.GGMLQuantizationType.F16  # rows must be whole blocks
            writer.add_tensor(tensor.name, gguf.quants.quantize(merged, wanted), raw_dtype=wanted)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()
    return len(changed)


def _copy_fields(reader: Any, writer: Any) -> None:
    import gguf

    for name, field in reader.fields.items():
        # the first two are the file's own header, the third the writer adds by itself
        if name.startswith("GGUF.") or name == gguf.Keys.General.ARCHITECTURE:
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), kind, inner)
