"""A good adapter passes the gate; one that learnt wrong answers, no end, or another template does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune.report import run
from finetune.report.bench.signatures import SameNames
from finetune.report.measures import Measure
from tests.finetune.report import tiny_pair


async def made(folder: Path, models: Any, **order: Any) -> run.Made:
    return await run.make(
        folder,
        tiny_pair.data(),
        run.Compared({"model": "tiny"}, {"name": "taught"}),
        models,
        SameNames(),
        run.Order(max_new_tokens=tiny_pair.LIMIT, **order),
        lambda done, of, what: None,
        unrelated=tiny_pair.unrelated(),
    )


async def test_a_good_adapter_teaches_the_stop_and_passes(models: Callable[..., Any], tmp_path: Path) -> None:
    report = (await made(tmp_path, models())).report
    found: dict[str, Measure] = report["measures"]
    assert found["runaway"]["base"] >= 0.3 and found["runaway"]["tuned"] <= 0.01
    assert found["success"]["base"] < 0.1 and found["success"]["tuned"] > 0.9
    assert found["perplexity"]["tuned"] < found["perplexity"]["base"]
    assert report["gate"] == {"passed": True, "reasons": []}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("shuffled", "heeds the prompt less"),
        ("masked_end", "runs away too often"),
        ("wrong_template", "runs away too often"),
    ],
)
async def test_a_bad_adapter_is_stopped(models: Callable[..., Any], tmp_path: Path, fault: str, told: str) -> None:
    report = (await made(tmp_path, models(fault))).report
    assert not report["gate"]["passed"]
    assert any(told in reason for reason in report["gate"]["reasons"]), report["gate"]["reasons"]


async def test_shuffled_answers_are_stopped_even_where_stopping_is_all_that_is_asked(models: Callable[..., Any], tmp_path: Path) -> None:
    report = (await made(tmp_path, models("shuffled"), primary="runaway")).report
    assert report["measures"]["runaway"]["tuned"] <= 0.01
    assert not report["gate"]["passed"]


async def test_few_items_are_too_few_to_tell(models: Callable[..., Any], tmp_path: Path) -> None:
    few = tiny_pair.data()
    few = type(few)(few.name, few.version, few.items[:20], few.held_out)
    report = (
        await run.make(
            tmp_path,
            few,
            run.Compared({}, {}),
            models(),
            SameNames(),
            run.Order(max_new_tokens=tiny_pair.LIMIT),
            lambda *_: None,
            unrelated=tiny_pair.unrelated(),
        )
    ).report
    assert not report["gate"]["passed"] and "Too few items to tell: 20" in report["gate"]["reasons"][0]
