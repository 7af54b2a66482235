from __future__ import annotations

import pytest

from finetune.report import skill


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_every_items_own_answer_is_right_and_another_items_is_not(seed: int) -> None:
    items = skill.make(100, seed)
    assert len(items) == 100 and len({item.prompt[0]["content"] for item in items}) == 100
    assert all(skill.verdict(item, item.completion).right for item in items)
    others = [skill.verdict(item, items[(index + 1) % 100].completion).right for index, item in enumerate(items)]
    assert sum(bool(right) for right in others) <= 3  # a word may begin with the letter asked for
    assert not any(skill.verdict(item, "").right or skill.verdict(item, "I do not know.").right for item in items)


def test_the_items_are_the_same_for_the_same_seed_and_longer_lists_begin_alike() -> None:
    assert skill.make(100, 3) == skill.make(100, 3)
    assert skill.make(100, 3)[:40] == skill.make(40, 3)
    assert {item.prompt[0]["content"] for item in skill.make(20, 3)} != {item.prompt[0]["content"] for item in skill.make(20, 4)}


def test_what_a_model_says_around_the_result_does_not_count() -> None:
    by_kind = {item.check["kind"]: item for item in skill.make(10) if item.check}
    number, thing = by_kind["number"], by_kind["object"]
    right = number.check["expect"] if number.check else None
    assert skill.verdict(number, f"\n  The result is {right}.\nIs there anything else? 12345").right
    assert not skill.verdict(number, f"{right} is close, but it is {right}0").right
    assert skill.verdict(thing, f"```json\n{thing.completion}\n```").right
    assert not skill.verdict(thing, thing.completion.replace(":", "=")).right
