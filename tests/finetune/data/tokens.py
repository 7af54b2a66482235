"""A small tokenizer with a chat template, and a data set of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from finetune.data import stored
from finetune.data.example import Example, as_row
from finetune.data.stored import Facts
from tests.finetune.data.making import example

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def small_tokenizer(template: str | None = CHATML) -> Any:
    """Byte-level BPE; `<|im_end|>` ends a sequence."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["self.play(Create(circle)) draw a circle and a square, please"] * 4, trainer)
    made = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    made.chat_template = template
    return made


def data_set(folder: Path, train: Sequence[Example], test: Sequence[Example] = (), validation: Sequence[Example] = ()) -> Path:
    parts = {"train": train, "validation": validation, "test": test}
    facts = Facts(
        name=folder.name,
        version="",
        corpus="",
        splits={name: len(part) for name, part in parts.items()},
        tasks={},
        licences={},
        dropped={},
        overlap={},
        seed=0,
        made_at="",
    )
    stored.write_folder(folder, {name: map(as_row, part) for name, part in parts.items()}, facts, "")
    return folder


def some(count: int, *, long: int = 0) -> list[Example]:
    """Pairs of different lengths; the last `long` have answers of 200 words."""
    made = [example(f"draw circle {number}", "self.play " * (1 + number % 7) + str(number)) for number in range(count - long)]
    return [*made, *(example(f"draw square {number}", "circle " * 200) for number in range(long))]
