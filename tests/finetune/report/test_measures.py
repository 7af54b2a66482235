from __future__ import annotations

import math

import pytest

from finetune.report.items import Item
from finetune.report.measures import Found, is_better, measure, repetition
from finetune.report.ports import Answer, Likelihood, Model, Verdict


def items(count: int, task: str = "solve") -> list[Item]:
    return [
        Item(f"{task}-{index:03d}", ({"role": "user", "content": "?"},), "x", task, {"kind": "answer", "answer": "x"})
        for index in range(count)
    ]


def answered(
    found: Found, model: Model, item: Item, text: str = "x", *, sample: int = 0, right: bool | None = True, away: bool = False
) -> None:
    found.answers[(model, item.id, sample)] = Answer(text, len(text.split()), not away, away)
    found.verdicts[(model, item.id, sample)] = Verdict(right)


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("one two three four five", 0.0),
        ("", 0.0),
        ("la la la", 0.0),
        # nine runs of four, all the same
        ("la " * 12, 8 / 9),
        # six runs, of which a b c d comes twice
        ("a b c d x a b c d", 1 / 6),
        ("x = 1; x = 1; x = 1;", 1 - 4 / 9),
    ],
)
def test_repetition_is_the_share_of_runs_that_were_there_before(text: str, share: float) -> None:
    assert repetition(text) == pytest.approx(share)


def test_shares_are_compared_item_by_item() -> None:
    found, asked = Found(), items(40)
    for index, item in enumerate(asked):
        answered(found, "base", item, right=index < 10, away=index % 2 == 0)
        answered(found, "tuned", item, right=5 <= index < 25)
    success = measure(asked, [], found, 1)["success"]
    assert (success["base"], success["tuned"], success["difference"], success["n"]) == (0.25, 0.5, 0.25, 40)
    # 15 got better and 5 worse: 2 * (1 + 20 + 190 + 1140 + 4845 + 15504) / 2**20
    assert success["p"] == pytest.approx(2 * 21700 / 2**20)
    assert success["low"] < 0.25 < success["high"] and success["test"].startswith("McNemar")
    runaway = measure(asked, [], found, 1)["runaway"]
    assert (runaway["base"], runaway["tuned"], is_better(runaway)) == (0.5, 0.0, True)


def test_of_several_samples_the_share_that_is_right_counts_for_the_item() -> None:
    found, asked = Found(), items(30)
    for item in asked:
        for sample in range(4):
            answered(found, "base", item, sample=sample, right=sample == 0)
            answered(found, "tuned", item, sample=sample, right=sample < 3)
    success = measure(asked, [], found, 4)["success"]
    assert (success["base"], success["tuned"], success["n"]) == (0.25, 0.75, 30)
    assert success["test"].startswith("Wilcoxon") and success["p"] < 0.001


def test_what_one_of_the_two_lacks_is_left_out() -> None:
    found, asked = Found(), items(10)
    for index, item in enumerate(asked):
        answered(found, "base", item)
        if index:
            answered(found, "tuned", item, right=None if index == 1 else False)
    measures = measure(asked, [], found, 1)
    assert measures["success"]["n"] == 8 and measures["ended"]["n"] == 9
    assert "perplexity" not in measures and "skill" not in measures


def test_tasks_are_told_apart_where_there_are_several() -> None:
    found, asked = Found(), [*items(10, "solve"), *items(5, "code")]
    for item in asked:
        answered(found, "base", item, right=item.task == "solve")
        answered(found, "tuned", item)
    measures = measure(asked, [], found, 1)
    assert (measures["success_solve"]["base"], measures["success_code"]["base"]) == (1.0, 0.0)
    assert "success_solve" not in measure(items(10, "solve"), [], found, 1)


def test_perplexity_weighs_tokens_and_not_items() -> None:
    found, asked = Found(), items(2)
    for model, scale in (("base", 1.0), ("tuned", 0.5)):
        found.likelihoods[(model, asked[0].id)] = Likelihood(9 * scale * math.log(2), 9)  # type: ignore[index]
        found.likelihoods[(model, asked[1].id)] = Likelihood(1 * scale * math.log(1024), 1)  # type: ignore[index]
    perplexity = measure(asked, [], found, 1)["perplexity"]
    # (9 + 10) / 10 bits a token
    assert perplexity["base"] == pytest.approx(2**1.9) and perplexity["tuned"] == pytest.approx(2**0.95)
    assert perplexity["better"] == "lower" and is_better(perplexity)


def test_the_prompt_is_used_where_the_own_is_better_than_all_others() -> None:
    found, asked = Found(), items(4)
    for index, item in enumerate(asked):
        found.likelihoods[("base", item.id)] = Likelihood(1.0, 1, 2.0)
        found.likelihoods[("tuned", item.id)] = Likelihood(1.0, 1, 2.0 if index else 0.5)
    used = measure(asked, [], found, 1)["prompt_use"]
    assert (used["base"], used["tuned"]) == (1.0, 0.75)


def test_an_answer_of_nothing_is_counted() -> None:
    found, asked = Found(), items(4)
    for item in asked:
        answered(found, "base", item)
        answered(found, "tuned", item, " \n")
    assert measure(asked, [], found, 1)["empty"]["tuned"] == 1.0
