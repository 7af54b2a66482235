"""The base's chat template over a conversation: the ids, what of them is learnt, where the answer ends, and whether template and tokenizer fit.

The prompt is what generation starts from (`add_generation_prompt`), token by token, so that training sees the context that serving gives. What is learnt is
the answer and the token that ends the turn, and nothing after it.

A base without a template is refused: which tokens begin and end a turn is part of what the model learnt, and a template of our own would train
tokens whose embeddings nobody has trained. Its instruct variant has one; who knows better writes `chat_template.jinja` into the base's folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from finetune.errors import DataError

SPECIAL = re.compile(r"<\|[^|<>\s]{1,40}\|>|</?s>|<(?:start|end)_of_turn>|<(?:bos|eos)>")
"""How templates write special tokens."""
_PROBE = ({"role": "user", "content": "one"}, {"role": "assistant", "content": "two"})


def end_of_turn(tokenizer: Any) -> int:
    """The id of the token that the template sets after an answer. Raises `DataError` where there is none: such a model would never stop."""
    prompt, whole = _rendered(tokenizer, _PROBE)
    after = whole[len(prompt) :].partition("two")[2]
    written = _first_special(tokenizer, after)
    if written is not None:
        return written
    if not after.strip() and tokenizer.eos_token_id is not None:
        return int(tokenizer.eos_token_id)
    raise DataError(
        f"after an answer the chat template of {tokenizer.name_or_path or 'the base'} sets {after!r} and no special token, so that a model could not learn "
        "to stop; give the tokenizer the template of its model"
    )


def tokens_of(tokenizer: Any, messages: Sequence[Any], end: int) -> tuple[list[int], list[int]]:
    """The ids of a conversation, and for each 1 where it is learnt and 0 where it is read. The last id is `end`, and is learnt. No content may hold a special
    token (`special_tokens`): it would be taken for the end of its turn.

    Raises `DataError` where the template refuses the conversation.
    """
    prompt, whole = _rendered(tokenizer, messages)
    before = _ids(tokenizer, prompt)
    both = _ids(tokenizer, whole)
    # where a token reaches over the border, the answer is taken by itself: generation starts from the prompt's own tokens
    apart = both[: len(before)] != before
    answer = _ids(tokenizer, whole[len(prompt) :]) if apart else both[len(before) :]
    # what a template sets after the end of a turn is never generated
    answer = [*answer[: answer.index(end)], end] if end in answer else [*answer, end]
    return before + answer, [0] * len(before) + [1] * len(answer)


def identity(tokenizer: Any) -> str:
    """A hash of everything that decides what the ids are: vocabulary, merges, normalisation, special tokens, template."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    vocabulary = backend.to_str() if backend is not None else json.dumps(tokenizer.get_vocab(), sort_keys=True)
    parts = [
        vocabulary,
        json.dumps(tokenizer.chat_template, sort_keys=True),
        json.dumps(special_tokens(tokenizer), sort_keys=True),
        str(tokenizer.eos_token_id),
    ]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def special_tokens(tokenizer: Any) -> dict[str, int]:
    """The tokens that mean something to the model, as text, with their ids."""
    found = {str(token): int(number) for number, token in tokenizer.added_tokens_decoder.items() if token.special}
    named = {str(token): int(number) for number, token in zip(tokenizer.all_special_ids, tokenizer.all_special_tokens, strict=True)}
    return {token: number for token, number in {**found, **named}.items() if token}


def _first_special(tokenizer: Any, text: str) -> int | None:
    special = special_tokens(tokenizer)
    first = min((token for token in special if token in text), key=lambda token: (text.index(token), -len(token)), default=None)
    return None if first is None else special[first]


def _rendered(tokenizer: Any, messages: Sequence[Any]) -> tuple[str, str]:
    """The prompt and the whole conversation as text, the one being the beginning of the other."""
    from jinja2 import TemplateError

    name = tokenizer.name_or_path or "the base"
    if not tokenizer.chat_template:
        raise DataError(f"the tokenizer of {name} has no chat template; take an instruct model, or give the tokenizer its model's template")
    turns = list(messages)
    try:
        prompt = tokenizer.apply_chat_template(turns[:-1], tokenize=False, add_generation_prompt=True)
        whole = tokenizer.apply_chat_template(turns, tokenize=False)
    except TemplateError as error:
        raise DataError(
            f"the chat template of {name} refuses a conversation of {', '.join(turn['role'] for turn in turns)}: {error}"
        ) from error
    if not whole.startswith(prompt):
        raise DataError(
            f"the chat template of {name} begins an answer otherwise than it asks for one; what would be learnt is not what is generated"
        )
    return prompt, whole


def _ids(tokenizer: Any, text: str) -> list[int]:
    """The ids of a rendered text; the template has written every special token, so none is added."""
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])


def template_faults(tokenizer: Any, end_tokens: Collection[int]) -> list[str]:
    """What is wrong with a template, each with what mends it; empty where it fits.

    `end_tokens` are the ids at which the base stops when it generates (`finetune.base.end_tokens`).
    """
    from jinja2 import TemplateError

    if not tokenizer.chat_template:
        return ["the base has no chat template: set base.model to its instruct variant, or write a chat_template.jinja into its folder"]
    try:
        prompt = str(tokenizer.apply_chat_template(list(_PROBE[:-1]), tokenize=False, add_generation_prompt=True))
        whole = str(tokenizer.apply_chat_template(list(_PROBE), tokenize=False))
    except (TemplateError, ValueError, TypeError, KeyError) as error:
        return [
            f"the chat template cannot render a question and its answer ({' '.join(str(error).split())[:200]}): take the base's own template"
        ]
    faults = []
    split = [token for token in sorted(set(SPECIAL.findall(whole))) if len(_ids(tokenizer, token)) != 1]
    if split:
        faults.append(
            f"the chat template writes {', '.join(split)}, which the tokenizer does not know as one token: "
            "the template is of another model, take the base's own (chat_template.jinja, tokenizer_config.json)"
        )
    if not whole.startswith(prompt) or _ids(tokenizer, whole)[: len(ids := _ids(tokenizer, prompt))] != ids:
        faults.append(
            "the template renders a prompt otherwise when an answer follows, so that training would not see what serving asks: "
            "take a template whose generation prompt begins the assistant's turn"
        )
        return faults
    if not whole[len(prompt) :].startswith(_PROBE[-1]["content"]):
        faults.append("the template changes the answer's words: take one that renders them as they are")
        return faults
    # the tokenizer's own end would be learnt in its place, but earlier turns of a chat would then be shown to the model without the end that it learnt
    end = _first_special(tokenizer, whole[len(prompt) :].removeprefix(_PROBE[-1]["content"]))
    if end is None:
        faults.append(
            "the template ends the assistant's turn without an end token, so that stopping cannot be learnt: take one that writes it"
        )
        return faults
    if end not in end_tokens:
        stops = ", ".join(repr(tokenizer.decode([token])) for token in end_tokens) or "nothing"
        faults.append(
            f"the template ends a turn with {tokenizer.decode([end])!r} but the base stops at {stops}: "
            f"add {end} to eos_token_id in the base's generation_config.json, or take the template that belongs to it"
        )
    return faults
