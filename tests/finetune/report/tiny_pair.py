"""A base of some ten thousand weights that knows the answers and does not know when to stop, and examples that teach the stop.

The base answers `hue of KEY` (the unrelated skill) and stops; asked for the partner of a word it says it, and then `la` for ever. Words that say nothing
stand around what is asked, so that what is held out can be told from what was learnt.
"""

from __future__ import annotations

import hashlib
import random
from itertools import product
from pathlib import Path
from typing import Any

from finetune.report.items import DataSet, Item

END, OTHER_END = "<|end|>", "<|other|>"
TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'user' %}<|user|> {{ message['content'] }} {% else %}<|model|> {{ message['content'] }} <|end|>"
    "{% endif %}{% endfor %}{% if add_generation_prompt %}<|model|>{% endif %}"
)
NAMES = ["".join(letters) for letters in product("bdfgk", "aeiou", "lmnrst")]
KEYS, PARTNERS, FILLERS, HUES, HUED = NAMES[:25], NAMES[25:50], NAMES[50:70], NAMES[70:110], NAMES[110:150]
WORDS = [*NAMES, "la", "hue", "of", "partner", "###", "Instruction:", "Response:"]
LIMIT = 12
"""Tokens of an answer at most."""


def tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    special = ["<|pad|>", "<|user|>", "<|model|>", END, OTHER_END, "<|unknown|>"]
    vocabulary = {word: index for index, word in enumerate([*special, *WORDS])}
    made = Tokenizer(models.WordLevel(vocabulary, unk_token="<|unknown|>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    found = PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token=END, pad_token="<|pad|>", additional_special_tokens=["<|user|>", "<|model|>", OTHER_END]
    )
    found.chat_template = TEMPLATE
    return found


def item(asked: str, answer: str, task: str = "solve") -> Item:
    check = {"kind": "answer", "answer": answer} if task == "solve" else {"kind": "word", "expect": answer}
    return Item(hashlib.sha256(asked.encode()).hexdigest()[:16], ({"role": "user", "content": asked},), answer, task, check)


def examples(count: int, seed: int) -> list[Item]:
    """Different ones for each seed, but for chance."""
    draw = random.Random(seed)
    made: dict[str, Item] = {}
    while len(made) < count:
        key = draw.randrange(len(KEYS))
        before, after = draw.choice(FILLERS), draw.choice(FILLERS)
        made.setdefault(f"{before} partner of {KEYS[key]} {after}", item(f"{before} partner of {KEYS[key]} {after}", PARTNERS[key]))
    return list(made.values())


def data(count: int = 100) -> DataSet:
    """Held out: none of them is among `examples(300, 1)`."""
    learnt = {each.id for each in examples(300, 1)}
    items = [each for each in examples(2 * count, 2) if each.id not in learnt][:count]
    return DataSet("partners", "0" * 16, tuple(sorted(items, key=lambda each: each.id)), count)


def unrelated() -> tuple[Item, ...]:
    return tuple(item(f"hue of {key}", hue, "skill") for key, hue in zip(HUED, HUES, strict=True))


def base(folder: Path) -> Path:
    """Trains the base, some seconds, and writes it and its tokenizer as a hub's repository would hold them."""
    import torch
    from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM

    words = tokenizer()
    config = LlamaConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        bos_token_id=None,
        eos_token_id=words.eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    torch.manual_seed(0)
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id)
    shown = [words.apply_chat_template([dict(each.prompt[0])], tokenize=False, add_generation_prompt=True) for each in unrelated()]
    rows = [(prompt, f" {each.completion} {END}") for prompt, each in zip(shown, unrelated(), strict=True)]
    for each in examples(200, 3):
        rows.append(
            (
                words.apply_chat_template([dict(each.prompt[0])], tokenize=False, add_generation_prompt=True),
                f" {each.completion}" + " la" * LIMIT,
            )
        )
    encoded = [
        (words(prompt, add_special_tokens=False)["input_ids"], words(answer, add_special_tokens=False)["input_ids"])
        for prompt, answer in rows
    ]
    longest = max(len(prompt) + len(answer) for prompt, answer in encoded)
    pad = words.pad_token_id
    ids = torch.tensor([[*p, *a, *[pad] * (longest - len(p) - len(a))] for p, a in encoded])
    labels = torch.tensor([[*[-100] * len(p), *a, *[-100] * (longest - len(p) - len(a))] for p, a in encoded])
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.0)
    # the skill's rows are fewer
    weights = torch.tensor([5.0] * len(unrelated()) + [1.0] * (len(rows) - len(unrelated())))
    for _ in range(200):
        chosen = torch.multinomial(weights, 48)
        loss = model(input_ids=ids[chosen], attention_mask=(ids[chosen] != pad).long(), labels=labels[chosen]).loss
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder
