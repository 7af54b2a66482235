"""The tests' model as a GGUF file, as llama.cpp's converter would write it: names changed, rows of query and key permuted for its rotation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}


def write_gguf(base: Path, target: Path, *, pre: str = "smollm") -> Path:
    """Writes the model in `base` (a Llama) with its tokenizer, unquantised."""
    import gguf
    from safetensors.torch import load_file

    config = json.loads((base / "config.json").read_text())
    heads, kv = config["num_attention_heads"], config["num_key_value_heads"]
    writer = gguf.GGUFWriter(target, "llama")
    writer.add_name("tiny")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(config["vocab_size"])
    _add_tokenizer(writer, base, pre)
    for name, tensor in load_file(base / "model.safetensors").items():
        writer.add_tensor(_name(name), _permuted(name, tensor, heads, kv).float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def _add_tokenizer(writer: Any, base: Path, pre: str) -> None:
    import gguf

    found = json.loads((base / "tokenizer.json").read_text())
    special = {token["id"]: token["content"] for token in found["added_tokens"]}
    tokens = sorted({**found["model"]["vocab"], **{content: n for n, content in special.items()}}.items(), key=lambda item: item[1])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list([token for token, _ in tokens])
    writer.add_token_types([gguf.TokenType.CONTROL if n in special else gguf.TokenType.NORMAL for _, n in tokens])
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in found["model"]["merges"]])
    ids = {content: n for n, content in special.items()}
    writer.add_bos_token_id(ids["<|im_start|>"])
    writer.add_eos_token_id(ids["<|im_end|>"])
    writer.add_pad_token_id(ids["<|endoftext|>"])
    writer.add_add_bos_token(False)
    writer.add_chat_template((base / "chat_template.jinja").read_text())


def _name(name: str) -> str:
    if name.startswith("model.layers."):
        _, _, layer, rest = name.split(".", 3)
        return f"blk.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"
    return {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight"}[name]


def _permuted(name: str, tensor: Any, heads: int, kv: int) -> Any:
    for part, count in (("q_proj", heads), ("k_proj", kv)):
        if part in name:
            return (
                tensor.reshape(count, 2, tensor.shape[0] // count // 2, *tensor.shape[1:]).swapaxes(1, 2).reshape(tensor.shape).contiguous()
            )
    return tensor
