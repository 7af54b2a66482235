"""What of a conversation is learnt, and that its end is."""

from __future__ import annotations

import pytest

from finetune.data.example import message
from finetune.errors import DataError
from finetune.template import end_of_turn, identity, tokens_of
from tests.finetune.data.tokens import CHATML, small_tokenizer

CHAT = [message("system", "be brief"), message("user", "draw a circle"), message("assistant", "self.play(Create(circle))")]


def test_the_answer_and_its_end_are_learnt_and_nothing_else() -> None:
    tokenizer = small_tokenizer()
    ids, mask = tokens_of(tokenizer, CHAT, end_of_turn(tokenizer))
    learnt = [number for number, learn in zip(ids, mask, strict=True) if learn]
    assert tokenizer.decode(learnt) == "self.play(Create(circle))<|im_end|>"
    assert ids[-1] == tokenizer.convert_tokens_to_ids("<|im_end|>")
    assert mask == sorted(mask)


def test_what_is_read_before_the_answer_is_what_generation_starts_from() -> None:
    tokenizer = small_tokenizer()
    ids, mask = tokens_of(tokenizer, CHAT, end_of_turn(tokenizer))
    start = tokenizer.apply_chat_template(CHAT[:-1], add_generation_prompt=True, tokenize=True, return_dict=False)
    assert ids[: mask.index(1)] == start


def test_a_token_that_would_reach_over_the_border_does_not() -> None:
    # the prompt ends in "cir", and "circle" is one token of the text as a whole
    tokenizer = small_tokenizer(
        "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }} cir{% else %}{{ m.content }}<|im_end|>{% endif %}{% endfor %}"
    )
    turns = [message("user", "draw a"), message("assistant", "cle")]
    ids, mask = tokens_of(tokenizer, turns, end_of_turn(tokenizer))
    assert ids[: mask.index(1)] == tokenizer("draw a cir")["input_ids"]
    assert tokenizer.decode(ids) == "draw a circle<|im_end|>"
    assert tokenizer("draw a circle")["input_ids"][:-1] != ids[: mask.index(1)]


def test_earlier_answers_are_read_and_not_learnt() -> None:
    tokenizer = small_tokenizer()
    turns = [message("user", "a"), message("assistant", "first"), message("user", "b"), message("assistant", "second")]
    ids, mask = tokens_of(tokenizer, turns, end_of_turn(tokenizer))
    assert tokenizer.decode([number for number, learn in zip(ids, mask, strict=True) if learn]) == "second<|im_end|>"


def test_the_end_is_the_templates_and_not_only_the_tokenizers() -> None:
    tokenizer = small_tokenizer(CHATML.replace("<|im_end|>", "<|endoftext|>"))
    assert end_of_turn(tokenizer) == tokenizer.convert_tokens_to_ids("<|endoftext|>")


def test_a_template_that_ends_nothing_gets_the_tokenizers_end() -> None:
    tokenizer = small_tokenizer(
        "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
    )
    end = end_of_turn(tokenizer)
    ids, mask = tokens_of(tokenizer, CHAT, end)
    assert (ids[-1], mask[-1]) == (tokenizer.eos_token_id, 1)


@pytest.mark.parametrize(
    ("template", "told"),
    [
        (None, "has no chat template"),
        ("{% for m in messages %}{{ m.content }}### END{% endfor %}", "could not learn to stop"),
        (
            "{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}{% if add_generation_prompt %}<think>{% endif %}",
            "begins an answer otherwise",
        ),
        ("{{ raise_exception('no such role') }}", "refuses a conversation of user"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_with_the_reason(template: str | None, told: str) -> None:
    with pytest.raises(DataError, match=told):
        end_of_turn(small_tokenizer(template))


def test_a_template_that_knows_no_system_says_so_for_the_conversation() -> None:
    tokenizer = small_tokenizer(
        "{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}" + CHATML
    )
    with pytest.raises(DataError, match=r"refuses a conversation of system, user.*System role not supported"):
        tokens_of(tokenizer, CHAT, end_of_turn(tokenizer))


def test_another_template_or_vocabulary_is_another_identity() -> None:
    one, same, other = small_tokenizer(), small_tokenizer(), small_tokenizer(CHATML + " ")
    assert identity(one) == identity(same) != identity(other)
    same.add_tokens(["another"])
    assert identity(same) != identity(one)
