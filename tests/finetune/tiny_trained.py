"""The tiny base after some seconds of learning: it answers a few prompts, word for word, and ends; and adapters that answer them otherwise.

So that an engine's answers can be told apart by what they say, with a model that loads in a blink.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.finetune.tiny import SHAPES, make_tiny
from tests.finetune.tiny_gguf import ALL

PROMPTS = ("Draw a blue circle.", "Draw a red square.")
STEPS = 300
ENOUGH = 0.05


def make_taught(folder: Path, answers: Mapping[str, str]) -> Path:
    """The base of `tests.finetune.tiny` in `folder`, taught to give these answers."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    make_tiny(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    # it says the other words as well, so that an adapter has only to choose among what the base can do
    others = {f"Say {word}.": word for word in SHAPES}
    _teach(model, AutoTokenizer.from_pretrained(folder), {**others, **answers}, rate=3e-3)
    model.save_pretrained(folder)
    return folder


def make_taught_adapter(base: Path, folder: Path, answers: Mapping[str, str]) -> Path:
    """A LoRA over `base` that gives other answers."""
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.manual_seed(0)
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), LoraConfig(r=8, lora_alpha=32, target_modules=list(ALL)))
    _teach(model, AutoTokenizer.from_pretrained(base), answers, rate=1e-2)
    model.save_pretrained(folder)
    return folder


def _teach(model: Any, tokenizer: Any, answers: Mapping[str, str], *, rate: float) -> None:
    import torch

    rows = []
    for prompt, answer in answers.items():
        asked = tokenizer.apply_chat_template([{"role": "user", "content": prompt}], tokenize=False, add_generation_prompt=True)
        start = tokenizer(asked, add_special_tokens=False)["input_ids"]
        said = tokenizer(answer, add_special_tokens=False)["input_ids"] + [tokenizer.eos_token_id]
        rows.append((start + said, [-100] * len(start) + said))
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([row + [tokenizer.pad_token_id] * (longest - len(row)) for row, _ in rows])
    labels = torch.tensor([row + [-100] * (longest - len(row)) for _, row in rows])
    optimiser = torch.optim.AdamW([parameter for parameter in model.parameters() if parameter.requires_grad], lr=rate)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so little work is slower when it is shared
    model.train()
    for _ in range(STEPS):
        loss = model(input_ids=ids, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if loss.item() < ENOUGH:
            break
    torch.set_num_threads(threads)
    assert loss.item() < 0.3, "the tiny model did not learn its lines"
    model.eval()
