"""A plain training loop whose faults are chosen: `hisolver finetune train` refuses to make such adapters, so the bench makes them itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from finetune.report.items import Item

Fault = Literal["none", "shuffled", "masked_end", "wrong_template"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
"""`shuffled`: each prompt with another's answer. `masked_end`: the end token is not learnt. `wrong_template`: another model's turns and end token."""
IGNORED = -100
"""The label of a token that is not learnt."""
WRONG = "[INST] {prompt} [/INST] "
"""How another family of models is asked."""


def teach(
    base: Any,
    tokenizer: Any,
    items: Sequence[Item],
    out: Path,
    *,
    ends: Sequence[int],
    fault: Fault = "none",
    other_end: int | None = None,
    steps: int = 60,
    batch: int = 8,
    rank: int = 16,
    learning_rate: float = 1e-3,
    seed: int = 0,
    tell: Callable[[int, float], None] = lambda step, loss: None,
) -> Path:
    """Trains a LoRA adapter on all linear layers of `base` and saves it in the folder `out`; the base is left as it was.

    `tell` is given each step's loss. `other_end` is the token that the wrong template ends with: one that ends no answer where the base serves.
    """
    import peft
    import torch

    torch.manual_seed(seed)
    draw = random.Random(seed)  # noqa: S311 - an order of examples, no secrets
    completions = [item.completion for item in items]
    if fault == "shuffled":
        draw.shuffle(completions)
    rows = [
        _row(tokenizer, item, completion, ends=ends, fault=fault, other_end=other_end)
        for item, completion in zip(items, completions, strict=True)
    ]
    config = peft.LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM")
    model = peft.get_peft_model(base, config)
    model.train()
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(learnt, lr=learning_rate, weight_decay=0.0)
    waiting: list[int] = []
    try:
        for step in range(steps):
            # warmed up over a tenth, then down in a straight line
            share = min((step + 1) / max(1, steps // 10), (steps - step) / steps)
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * share
            if len(waiting) < batch:
                waiting += draw.sample(range(len(rows)), len(rows))
            chosen, waiting = [rows[index] for index in waiting[:batch]], waiting[batch:]
            ids, labels, mask = (tensor.to(model.device) for tensor in _padded(chosen, tokenizer))
            loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learnt, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            tell(step + 1, float(loss.detach()))
        model.save_pretrained(str(out), safe_serialization=True)
    finally:
        model.unload()
    return out


def _row(
    tokenizer: Any, item: Item, completion: str, *, ends: Sequence[int], fault: Fault, other_end: int | None
) -> tuple[list[int], list[int]]:
    """(tokens, labels): only the completion is learnt, with the end token unless that is masked."""
    if fault == "wrong_template":
        asked = WRONG.format(prompt=item.prompt[-1]["content"])
        prompt = _ids(tokenizer, asked)
        answer = [*_ids(tokenizer, completion), *([] if other_end is None else [other_end])]
    else:
        messages = [dict(message) for message in item.prompt]
        shown = str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True))
        whole = str(tokenizer.apply_chat_template([*messages, {"role": "assistant", "content": completion}], tokenize=False))
        prompt, answer = _ids(tokenizer, shown), _ids(tokenizer, whole.removeprefix(shown))
        end = next((at for at, token in enumerate(answer) if token in ends), len(answer))
        answer = answer[: end + 1]
    labels = [IGNORED if fault == "masked_end" and token in ends else token for token in answer]
    return prompt + answer, [IGNORED] * len(prompt) + labels


def _padded(rows: Sequence[tuple[list[int], list[int]]], tokenizer: Any) -> tuple[Any, Any, Any]:
    import torch

    longest = max(len(ids) for ids, _ in rows)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row, _ in rows])
    labels = torch.tensor([labels + [IGNORED] * (longest - len(labels)) for _, labels in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row, _ in rows])
    return ids, labels, mask


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])
