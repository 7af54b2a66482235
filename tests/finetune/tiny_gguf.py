"""The tiny base of `tests.finetune.tiny` as llama.cpp takes it, and random LoRA adapters for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from finetune.export.base_gguf import permute

SHORT = {
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
ALL = tuple(name.split(".")[1] for name in SHORT if "proj" in name)


def write_gguf(folder: Path, out: Path) -> Path:
    """The model in `folder` (tied embeddings) as 32-bit GGUF, with its tokenizer and template."""
    import gguf
    from safetensors.numpy import load_file
    from transformers import AutoTokenizer

    config = json.loads((folder / "config.json").read_text())
    tokenizer = AutoTokenizer.from_pretrained(folder)
    heads, keys = config["num_attention_heads"], config["num_key_value_heads"]
    writer = gguf.GGUFWriter(out, "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(keys)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(config["hidden_size"] // heads)
    writer.add_rope_freq_base((config.get("rope_parameters") or config)["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    _write_tokenizer(writer, folder, tokenizer, config["vocab_size"])
    for name, tensor in load_file(folder / "model.safetensors").items():
        parts = name.split(".")
        if parts[1] == "layers":
            short = SHORT[".".join(parts[3:-1])]
            rows = permute(tensor, heads if short == "attn_q" else keys) if short in ("attn_q", "attn_k") else tensor
            writer.add_tensor(f"blk.{parts[2]}.{short}.weight", rows.copy())
        else:
            writer.add_tensor({"embed_tokens": "token_embd.weight", "norm": "output_norm.weight"}[parts[1]], tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return out


def _write_tokenizer(writer: Any, folder: Path, tokenizer: Any, size: int) -> None:
    import gguf

    model = json.loads((folder / "tokenizer.json").read_text())["model"]
    known = {index: token for token, index in tokenizer.get_vocab().items()}
    special = set(tokenizer.all_special_ids) | {tokenizer.convert_tokens_to_ids("<|im_start|>")}
    kinds = [
        gguf.TokenType.CONTROL if index in special else gguf.TokenType.NORMAL if index in known else gguf.TokenType.UNUSED
        for index in range(size)
    ]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([known.get(index, f"[unused{index}]") for index in range(size)])
    writer.add_token_types(kinds)
    writer.add_token_merges([merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_add_bos_token(False)
    writer.add_chat_template(tokenizer.chat_template)


def make_adapter(base: Path, folder: Path, *, seed: int = 1, rank: int = 4, size: float = 0.1, **config: Any) -> Path:
    """A LoRA with random halves for the base in `folder`, saved as PEFT saves it; `config` are fields of `peft.LoraConfig`."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    wrapped = get_peft_model(model, LoraConfig(**({"r": rank, "lora_alpha": 2 * rank, "target_modules": list(ALL)} | config)))
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in wrapped.named_parameters():
            if "lora_A" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=chance) * 0.2)
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=chance) * size)
    wrapped.save_pretrained(folder)
    return folder
