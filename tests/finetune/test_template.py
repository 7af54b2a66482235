from __future__ import annotations

import re

import pytest

from finetune.template import template_faults
from tests.finetune.tiny import CHATML, tiny_tokenizer

END = 2


@pytest.mark.parametrize(
    ("template", "ends", "told"),
    [
        (CHATML, (END,), None),
        (CHATML, (0, END), None),
        (None, (END,), "no chat template"),
        (CHATML, (0,), r"ends a turn with '<\|im_end\|>' but the base stops at '<\|endoftext\|>'"),
        (CHATML.replace("<|im_end|>", "<|eot_id|>"), (END,), r"<\|eot_id\|>, which the tokenizer does not know"),
        (CHATML.replace("<|im_end|>", ""), (END,), "without an end token"),
        (CHATML.replace("<|im_start|>assistant", "<|im_start|>bot"), (END,), "renders a prompt otherwise"),
        (
            CHATML.replace("{{ message['content'] }}", "{{ message['content'] | upper }}"),
            (END,),
            "renders a prompt otherwise|changes the answer",
        ),
        ("{{ raise_exception('only with tools') }}", (END,), "cannot render a question"),
        ("{% for message in messages", (END,), "cannot render a question"),
    ],
)
def test_a_template_fits_or_it_is_told_why_not(template: str | None, ends: tuple[int, ...], told: str | None) -> None:
    faults = template_faults(tiny_tokenizer(template=template), ends)
    if told is None:
        assert faults == []
    else:
        assert any(re.search(told, fault) for fault in faults), faults
