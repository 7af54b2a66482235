from __future__ import annotations

import copy
from typing import Any

import pytest

from finetune.errors import GateError
from finetune.report import gate
from finetune.report.items import Item
from finetune.report.measures import Found, measure
from finetune.report.ports import Answer, Likelihood, Model, Verdict


def report(
    *,
    base: int,
    tuned: int,
    n: int = 100,
    ran: tuple[int, int] = (0, 0),
    skill: tuple[int, int] = (50, 50),
    skill_n: int = 100,
    primary: str = "success",
    nats: tuple[float, float] | None = None,
    heeded: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """So many of `n` right, so many ran away; the first ones of each, so that one model's are among the other's."""
    found = Found()
    items = [
        Item(f"{index:03d}", ({"role": "user", "content": str(index)},), "x", "solve", {"kind": "answer", "answer": "x"})
        for index in range(n)
    ]
    unrelated = [Item(f"skill-{index:03d}", ({"role": "user", "content": "x"},), "x", "skill", {}) for index in range(skill_n)]
    pairs: tuple[tuple[Model, int], ...] = (("base", 0), ("tuned", 1))
    for model, side in pairs:
        for index, item in enumerate(items):
            away = index < ran[side]
            found.answers[(model, item.id, 0)] = Answer("x", 1, not away, away)
            found.verdicts[(model, item.id, 0)] = Verdict(index < (base, tuned)[side])
            if nats:
                own = nats[side] + 0.001 * (index % 7)
                other = own + (1.0 if heeded is None or index < heeded[side] else -1.0)
                found.likelihoods[(model, item.id)] = Likelihood(own, 1, other)
        for index, item in enumerate(unrelated):
            found.verdicts[(model, item.id, 0)] = Verdict(index < skill[side])
    return {"primary": primary, "measures": dict(measure(items, unrelated, found, 1))}


def test_a_better_adapter_that_costs_nothing_passes() -> None:
    assert gate.decide(report(base=20, tuned=45)) == gate.Gate(True, ())


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (report(base=20, tuned=20), "not better: the base does what was asked on 20 of 100 items, the tuned model on 20"),
        (report(base=20, tuned=23), "not shown to be better"),
        (report(base=45, tuned=20), "It is worse"),
        (report(base=20, tuned=45, ran=(0, 2)), "runs away more often than the base: 2 of 100 answers, 0 with the base"),
        (report(base=20, tuned=45, ran=(100, 100)), "runs away too often"),
        (report(base=20, tuned=45, skill=(50, 40)), "forgot something: 40 of 100"),
        (report(base=20, tuned=45, skill=(50, 44)), "forgot something: 44 of 100"),
        (report(base=20, tuned=45, skill=(2, 2)), "cannot be told whether it forgot"),
        (report(base=20, tuned=45, skill_n=0), "Too few unrelated items"),
        (report(base=2, tuned=25, n=29), "Too few items to tell: 29"),
        (report(base=20, tuned=45, nats=(2.0, 1.0), heeded=(95, 60)), "heeds the prompt less"),
        (report(base=20, tuned=45, primary="runaway", ran=(0, 0)), "not better: the base runs away on 0 of 100"),
        (
            report(base=45, tuned=20, primary="runaway", ran=(50, 0)),
            "did what was asked less often|does what was asked less often|what was asked less often",
        ),
    ],
)
def test_what_stands_against_it_is_said(made: dict[str, Any], told: str) -> None:
    decided = gate.decide(made)
    assert not decided.passed
    assert len(decided.reasons) == 1, decided.reasons
    import re

    assert re.search(told, decided.reasons[0]), decided.reasons


def test_every_reason_is_told_and_not_only_the_first() -> None:
    decided = gate.decide(report(base=45, tuned=20, ran=(0, 30), skill=(50, 10)))
    assert [reason.split(":")[0] for reason in decided.reasons] == [
        "It is worse",
        "It runs away more often than the base",
        "It forgot something",
    ]


def test_a_better_perplexity_alone_is_no_proof_and_that_is_said() -> None:
    decided = gate.decide(report(base=20, tuned=20, nats=(2.0, 1.0)))
    assert not decided.passed and "is no proof" in decided.reasons[0]


def test_who_is_to_teach_the_stop_need_not_answer_better() -> None:
    assert gate.decide(report(base=0, tuned=0, primary="runaway", ran=(40, 1))).passed


def test_without_any_judged_answer_it_cannot_be_told() -> None:
    made = report(base=20, tuned=45)
    del made["measures"]["success"]
    decided = gate.decide(made)
    assert not decided.passed and "cannot be told whether it is better" in decided.reasons[0]


def test_one_more_in_a_hundred_may_be_chance_but_not_in_fifty() -> None:
    assert gate.decide(report(base=20, tuned=45, ran=(3, 4))).passed
    assert not gate.decide(report(base=10, tuned=25, n=50, ran=(1, 2))).passed


def test_what_the_report_says_of_its_own_gate_is_not_believed() -> None:
    made = report(base=20, tuned=20)
    made["gate"] = {"passed": True, "reasons": []}
    assert not gate.decide(made).passed


@pytest.mark.parametrize("key", ["p", "difference", "tuned_interval", "better", "n"])
@pytest.mark.parametrize("value", [None, float("nan"), "x"])
def test_a_damaged_report_is_refused_and_does_not_pass(key: str, value: Any) -> None:
    made = copy.deepcopy(report(base=20, tuned=45))
    if key == "better":
        del made["measures"]["success"][key]
    else:
        made["measures"]["success"][key] = value
    with pytest.raises(GateError, match="success"):
        gate.decide(made)


@pytest.mark.parametrize("made", [{}, {"measures": []}, {"measures": {}, "primary": "perplexity"}])
def test_what_is_no_report_is_refused(made: dict[str, Any]) -> None:
    with pytest.raises(GateError, match="no report"):
        gate.decide(made)
