"""A data set's examples as token ids, by the base's own chat template.

Stands in for `finetune.data.tokenised`, which has the same face and keeps what it made: where that is there, `load_tokens` takes it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.errors import DataError
from finetune.template import end_of_turn, render, token_ids

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Splits by name, each a `datasets.Dataset` with `input_ids` and `completion_mask` (1 where an answer is learnt).

    `truncated` counts answers that were cut, `dropped` prompts that leave no room for one, `tokens` the tokens, each by split.
    """

    splits: Mapping[str, Any]
    truncated: Mapping[str, int]
    dropped: Mapping[str, int]
    tokens: Mapping[str, int]


def read_messages(folder: Path, split: str) -> list[list[dict[str, str]]]:
    """The messages of a split, [] where it has no file. Raises `DataError` naming the line: no JSON, another encoding, no messages."""
    file = folder / f"{split}.jsonl"
    try:
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            messages = json.loads(line.decode("utf-8"))["messages"]
            rows.append([{"role": str(message["role"]), "content": str(message["content"] or "")} for message in messages])
        except UnicodeDecodeError:
            raise DataError(f"{file}, line {number}: not UTF-8; write the file anew in one encoding, UTF-8.") from None
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{file}, line {number}: no example with messages ({type(error).__name__}: {error}).") from error
    return rows


def tokenise(folder: Path, tokenizer: Any, *, max_length: int) -> Tokens:
    """The data set in `folder` as tokens, at most `max_length` an example. Raises `DataError`.

    An answer reaches from the end of the generation prompt to its end-of-turn token, inclusive. What is cut loses that token, which is why the
    preflight counts it. An example whose prompt leaves no room for an answer is dropped.
    """
    from datasets import Dataset

    made: dict[str, Any] = {}
    truncated: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    tokens: Counter[str] = Counter()
    for split in SPLITS:
        ids_of: list[list[int]] = []
        mask_of: list[list[int]] = []
        for messages in read_messages(folder, split):
            if not has_answer(messages):
                dropped[split] += 1
                continue
            ids, prompt = _example(tokenizer, messages)
            if prompt >= max_length:
                dropped[split] += 1
                continue
            truncated[split] += len(ids) > max_length
            ids_of.append(ids[:max_length])
            mask_of.append([0] * prompt + [1] * (len(ids_of[-1]) - prompt))
            tokens[split] += len(ids_of[-1])
        made[split] = Dataset.from_dict({"input_ids": ids_of, "completion_mask": mask_of})
    return Tokens(made, dict(truncated), dict(dropped), dict(tokens))


def has_answer(messages: list[dict[str, str]]) -> bool:
    """Whether the last message is the assistant's and says something, with a question before it."""
    return len(messages) > 1 and messages[-1]["role"] == "assistant" and bool(messages[-1]["content"].strip())


def _example(tokenizer: Any, messages: list[dict[str, str]]) -> tuple[list[int], int]:
    """The ids of a whole example up to the end of its last turn, and how many of them are prompt."""
    prompt = token_ids(tokenizer, render(tokenizer, messages[:-1], prompt=True))
    whole = token_ids(tokenizer, render(tokenizer, messages))
    if whole[: len(prompt)] != prompt:
        raise DataError("The chat template renders a prompt otherwise when an answer follows; `hisolver finetune preflight` says more.")
    end = end_of_turn(tokenizer, messages)
    if end is not None:
        whole = whole[: len(prompt) + whole[len(prompt) :].index(end) + 1]  # the newline after it is never generated
    return whole, len(prompt)
