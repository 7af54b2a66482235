"""A whole base model in a folder, small enough for quick tests: random weights, a tokenizer trained here, ChatML as its template.

`make_tiny(folder)` writes what a hub's repository would hold (`config.json`, `model.safetensors`, `generation_config.json`, the tokenizer's
files). About 160,000 parameters; takes half a second after the imports. `make_dataset(folder)` writes a data set in the contract's format.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
END_OF_TURN = "<|im_end|>"
SHAPES = ("circle", "square", "triangle", "dot", "line", "arrow", "star", "ellipse")
COLOURS = ("BLUE", "RED", "GREEN", "YELLOW", "WHITE", "PURPLE", "ORANGE", "TEAL")


def pairs(count: int, *, first: int = 0) -> list[tuple[str, str]]:
    """Prompts and answers, each another, the answer determined by the prompt."""
    made = []
    for n in range(first, first + count):
        shape, colour, size = SHAPES[n % 8], COLOURS[n // 8 % 8], 1 + n // 64
        prompt = f"Draw a {colour.lower()} {shape} of size {size}."
        made.append(
            (prompt, f"class Scene{n}(Scene):\n    def construct(self):\n        self.add({shape.title()}(color={colour}).scale({size}))\n")
        )
    return made


def tiny_tokenizer(*, template: str | None = CHATML, vocabulary: int = 512) -> Any:
    """A byte-level BPE of `vocabulary` tokens with ChatML's special tokens; `<|im_end|>` ends a sequence, `<|endoftext|>` pads."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=list(SPECIAL), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator([text for pair in pairs(128) for text in pair], trainer)
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END_OF_TURN, pad_token="<|endoftext|>", model_max_length=2048)
    made.chat_template = template
    return made


def make_tiny(
    folder: Path,
    *,
    template: str | None = CHATML,
    seed: int = 0,
    hidden: int = 64,
    layers: int = 2,
    vocabulary: int = 512,
    context: int = 2048,
) -> Path:
    """Writes the model and its tokenizer to `folder` and returns it; the same arguments give the same bytes."""
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    tokenizer = tiny_tokenizer(template=template, vocabulary=vocabulary)
    config = LlamaConfig(
        vocab_size=max(vocabulary, len(tokenizer)),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id)
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def example(prompt: str, answer: str, **fields: Any) -> dict[str, Any]:
    """One example of a data set as docs/finetune.md has it."""
    messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
    name = hashlib.sha256(json.dumps(messages).encode()).hexdigest()[:16]
    made = {
        "id": name,
        "messages": messages,
        "task": "code",
        "group": name,
        "source": "test",
        "licence": "MIT",
        "origin": {},
        "check": None,
    }
    return {**made, **fields}


def make_dataset(
    folder: Path,
    *,
    train: Sequence[dict[str, Any]] | int = 48,
    validation: Sequence[dict[str, Any]] | int = 8,
    test: Sequence[dict[str, Any]] | int = 8,
) -> Path:
    """Writes a data set: the examples given, or so many made ones, none twice. Returns `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    contents = b""
    first = 0
    for name, given in (("train", train), ("validation", validation), ("test", test)):
        rows = [example(*pair) for pair in pairs(given, first=first)] if isinstance(given, int) else list(given)
        first += given if isinstance(given, int) else 0
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
        (folder / f"{name}.jsonl").write_bytes(content)
        contents += content
        counts[name] = len(rows)
    described = {
        "name": "tiny",
        "version": hashlib.sha256(contents).hexdigest()[:16],
        "corpus": "",
        "splits": counts,
        "tasks": {"code": sum(counts.values())},
    }
    (folder / "dataset.json").write_text(json.dumps({**described, "dropped": {}, "overlap": {}, "made_at": "2026-01-01T00:00:00Z"}))
    return folder
