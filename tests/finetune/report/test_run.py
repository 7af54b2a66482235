"""A report from beginning to end, over models that say what they are told to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finetune.errors import ReportError
from finetune.report import gate, run, skill
from finetune.report.items import DataSet
from finetune.report.ports import Answer, Model
from tests.finetune.report.talkers import Believer, ScoringTalker, Talker, held_out, said

SKILL = {item.prompt[-1]["content"]: item.completion for item in skill.make()}
COMPARED = run.Compared({"model": "some/base", "sha256": "b"}, {"name": "run", "sha256": "a"})


def talk(model: Model, asked: str) -> Answer:
    if asked in SKILL:
        return said(SKILL[asked])
    number = int(asked.split()[-1])
    if model == "base":
        return said("on and on " * 30, away=True) if number % 2 else said("wrong")
    return said(f"right {number}")


async def make(out: Path, models: Any, judge: Any = None, data: DataSet | None = None, order: run.Order | None = None) -> run.Made:
    return await run.make(out, data or held_out(), COMPARED, models, judge or Believer(), order or run.Order(), lambda *_: None)


async def test_what_the_page_of_the_contract_says_stands_in_the_report(tmp_path: Path) -> None:
    await make(tmp_path, ScoringTalker(talk))
    report = json.loads((tmp_path / "report.json").read_text())
    assert {"base", "adapter", "dataset", "items", "measures", "gate"} <= report.keys()
    assert {"base", "tuned", "difference", "low", "high", "p", "better"} <= report["measures"]["success"].keys()
    assert list(report["measures"]) == ["success", "runaway", "ended", "empty", "repetition", "length", "perplexity", "prompt_use", "skill"]
    assert report["gate"] == {"passed": True, "reasons": []}
    assert gate.decide(report).passed
    assert report["measures"]["runaway"]["base"] == 0.5 and report["measures"]["repetition"]["base"] > 0.4


async def test_both_are_asked_the_same_in_the_same_way(tmp_path: Path) -> None:
    models = Talker(talk)
    await make(tmp_path, models)
    asked = {side: [(texts, sampling) for model, texts, sampling in models.asked if model == side] for side in ("base", "tuned")}
    assert asked["base"] == asked["tuned"]
    assert sum(len(texts) for texts, _ in asked["base"]) == 140


@pytest.mark.parametrize("stops_after", [0, 1, 9, 36, 60])
async def test_a_report_that_was_killed_goes_on_and_comes_to_the_same(tmp_path: Path, stops_after: int) -> None:
    whole = (await make(tmp_path / "whole", Talker(talk))).report
    killed = Talker(talk, stops_after=stops_after)
    with pytest.raises(KeyboardInterrupt):
        await make(tmp_path / "cut", killed)
    assert not (tmp_path / "cut" / "report.json").exists()
    with (tmp_path / "cut" / "samples.jsonl").open("ab") as file:
        file.write(b'{"kind": "answer", "model": "tun')
    rest = Talker(talk)
    again = (await make(tmp_path / "cut", rest)).report
    assert {**again, "made_at": ""} == {**whole, "made_at": ""}
    assert len(rest.asked) == 70 - stops_after
    assert {(model, text) for model, texts, _ in killed.asked for text in texts}.isdisjoint(
        (model, text) for model, texts, _ in rest.asked for text in texts
    )


async def test_a_report_that_is_whole_asks_nobody_again(tmp_path: Path) -> None:
    judge = Believer()
    await make(tmp_path, ScoringTalker(talk), judge)
    judged = judge.judged
    models = ScoringTalker(talk)
    await make(tmp_path, models, judge)
    assert not models.asked and not models.read and judge.judged == judged


async def test_what_nobody_could_judge_is_tried_again(tmp_path: Path) -> None:
    def strange(model: Model, asked: str) -> Answer:
        return said("strange but right") if model == "tuned" and asked.endswith("7") and asked not in SKILL else talk(model, asked)

    first = (await make(tmp_path, Talker(strange))).report
    assert first["unjudged"] == 4 and first["measures"]["success"]["n"] == 36
    judge = Believer(wise=True)
    again = (await make(tmp_path, Talker(strange), judge)).report
    assert again["unjudged"] == 0 and again["measures"]["success"]["n"] == 40 and judge.judged == 4


async def test_another_reports_samples_are_not_gone_on_with(tmp_path: Path) -> None:
    await make(tmp_path, Talker(talk))
    before = (tmp_path / "samples.jsonl").read_bytes()
    with pytest.raises(ReportError, match=r"another report \(other: adapter\)"):
        await run.make(
            tmp_path, held_out(), run.Compared(COMPARED.base, {"name": "other"}), Talker(talk), Believer(), run.Order(), lambda *_: None
        )
    with pytest.raises(ReportError, match="sampling"):
        await make(tmp_path, Talker(talk), order=run.Order(max_new_tokens=99))
    assert (tmp_path / "samples.jsonl").read_bytes() == before


async def test_another_reports_samples_are_forgotten_where_that_was_asked_for(tmp_path: Path) -> None:
    async def again(adapter: str) -> Talker:
        models = Talker(talk)
        compared = run.Compared(COMPARED.base, {"name": adapter})
        await run.make(tmp_path, held_out(), compared, models, Believer(), run.Order(), lambda *_: None, anew_if_changed=True)
        return models

    await again("first")
    assert (await again("first")).asked == []  # the same report goes on
    assert sum(len(texts) for _, texts, _ in (await again("second")).asked) == 280
    assert b"first" not in (tmp_path / "samples.jsonl").read_bytes()


async def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    await make(tmp_path, Talker(talk))
    lines = (tmp_path / "samples.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "samples.jsonl").write_bytes(b"".join([*lines[:5], b'{"kind": "answer"}\n', *lines[5:]]))
    with pytest.raises(ReportError, match="line 6, is damaged"):
        await make(tmp_path, Talker(talk))


async def test_two_reports_do_not_write_in_one_folder(tmp_path: Path) -> None:
    from finetune.report.samples import Samples

    with Samples(tmp_path / "samples.jsonl", {}), pytest.raises(ReportError, match="another report is being made"):
        await make(tmp_path, Talker(talk))


async def test_prompts_that_do_not_fit_are_left_out_and_counted(tmp_path: Path) -> None:
    data = held_out(45)
    report = (await make(tmp_path, Talker(talk, longest=len("question 9")), data=data)).report
    # "question 0" to "question 9"
    assert (report["items"], report["left_out"]) == (10, 35)
    with pytest.raises(ReportError, match="none of the 45"):
        await make(tmp_path / "other", Talker(talk, longest=3), data=data)


async def test_without_a_check_there_is_no_success_and_the_gate_says_so(tmp_path: Path) -> None:
    report = (await make(tmp_path, Talker(talk), data=held_out(check=False))).report
    assert "success" not in report["measures"]
    assert "cannot be told whether it is better" in report["gate"]["reasons"][0]
    stop = (await make(tmp_path, Talker(talk), data=held_out(check=False), order=run.Order(primary="runaway"))).report
    assert stop["gate"]["passed"] and stop["primary"] == "runaway"


async def test_several_samples_are_drawn_apart_but_alike_for_both(tmp_path: Path) -> None:
    models = Talker(talk)
    report = (await make(tmp_path, models, order=run.Order(samples=3, temperature=0.7))).report
    seeds = {side: [sampling.seed for model, _, sampling in models.asked if model == side] for side in ("base", "tuned")}
    assert seeds["base"] == seeds["tuned"] and len(set(seeds["base"])) == len(seeds["base"])
    # the unrelated items are not drawn
    assert {sampling.temperature for _, texts, sampling in models.asked if texts[0] in SKILL} == {0.0}
    assert report["samples"] == 3 and report["measures"]["success"]["tuned"] == 1.0


def test_an_order_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ReportError, match="temperature"):
        run.Order(samples=2)
    with pytest.raises(ReportError, match="at least 1"):
        run.Order(samples=0)


async def test_the_limit_leaves_twice_the_room_that_held_out_answers_need(tmp_path: Path) -> None:
    long = DataSet(
        "made",
        "1",
        tuple(type(item)(item.id, item.prompt, item.id + " word" * 199, item.task, item.check) for item in held_out().items),
        40,
    )
    assert (await make(tmp_path / "a", ScoringTalker(talk), data=long)).report["sampling"]["max_new_tokens"] == 402
    assert (await make(tmp_path / "b", ScoringTalker(talk))).report["sampling"]["max_new_tokens"] == run.SHORTEST
