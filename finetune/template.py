"""Whether a chat template fits its tokenizer and the way the model generates: what is learnt is then what is asked for when it serves.

A base without a template is refused: which tokens begin and end a turn is part of what the model learnt, and a template of our own would train
tokens whose embeddings nobody has trained. Its instruct variant has one; who knows better writes `chat_template.jinja` into the base's folder.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

SPECIAL = re.compile(r"<\|[^|<>\s]{1,40}\|>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos)>")
"""How templates write special tokens."""
PROBE = ({"role": "user", "content": "What is 2 + 3?"}, {"role": "assistant", "content": "It is 5."})


def render(tokenizer: Any, messages: Sequence[Mapping[str, str]], *, prompt: bool = False) -> str:
    """The text of messages by the tokenizer's template; `prompt` adds what begins the assistant's turn. Raises `jinja2.TemplateError`, `ValueError`."""
    return str(tokenizer.apply_chat_template([dict(message) for message in messages], tokenize=False, add_generation_prompt=prompt))


def token_ids(tokenizer: Any, text: str) -> list[int]:
    """The ids of a rendered text; the template has written every special token, so none is added."""
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def end_of_turn(tokenizer: Any, messages: Sequence[Mapping[str, str]] = PROBE) -> int | None:
    """The first special token after the last assistant's words in the template's rendering; None where there is none."""
    prompt, whole = render(tokenizer, messages[:-1], prompt=True), render(tokenizer, messages)
    after = whole[len(prompt) + len(messages[-1]["content"]) :]
    special = set(tokenizer.all_special_ids) | set(getattr(tokenizer, "added_tokens_decoder", {}))
    return next((token for token in token_ids(tokenizer, after) if token in special), None)


def template_faults(tokenizer: Any, end_tokens: Collection[int]) -> list[str]:
    """What is wrong with a template, each with what mends it; empty where it fits.

    `end_tokens` are the ids at which the base stops when it generates (`finetune.base.end_tokens`).
    """
    from jinja2 import TemplateError

    if not tokenizer.chat_template:
        return ["the base has no chat template: set base.model to its instruct variant, or write a chat_template.jinja into its folder"]
    try:
        prompt, whole = render(tokenizer, PROBE[:-1], prompt=True), render(tokenizer, PROBE)
    except (TemplateError, ValueError, TypeError, KeyError) as error:
        return [
            f"the chat template cannot render a question and its answer ({' '.join(str(error).split())[:200]}): take the base's own template"
        ]
    faults = []
    split = [token for token in sorted(set(SPECIAL.findall(whole))) if len(token_ids(tokenizer, token)) != 1]
    if split:
        faults.append(
            f"the chat template writes {', '.join(split)}, which the tokenizer does not know as one token: "
            "the template is of another model, take the base's own (chat_template.jinja, tokenizer_config.json)"
        )
    if not whole.startswith(prompt) or token_ids(tokenizer, whole)[: len(ids := token_ids(tokenizer, prompt))] != ids:
        faults.append(
            "the template renders a prompt otherwise when an answer follows, so that training would not see what serving asks: "
            "take a template whose generation prompt begins the assistant's turn"
        )
        return faults
    if not whole[len(prompt) :].startswith(PROBE[-1]["content"]):
        faults.append("the template changes the answer's words: take one that renders them as they are")
        return faults
    end = end_of_turn(tokenizer)
    if end is None:
        faults.append(
            "the template ends the assistant's turn without an end token, so that stopping cannot be learnt: take one that writes it"
        )
    elif end not in end_tokens:
        stops = ", ".join(repr(tokenizer.decode([token])) for token in end_tokens) or "nothing"
        faults.append(
            f"the template ends a turn with {tokenizer.decode([end])!r} but the base stops at {stops}: "
            f"add {end} to eos_token_id in the base's generation_config.json, or take the template that belongs to it"
        )
    return faults
