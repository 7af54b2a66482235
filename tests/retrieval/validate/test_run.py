"""A run over a corpus: what is tried, what is kept, what ends it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import RetrievalError
from retrieval.validate.plan import Choice
from retrieval.validate.port import RenderingUnavailable
from retrieval.validate.run import Order, Progress, validate
from tests.retrieval.validate.conftest import PNG, Obedient, record, results, write

ORDER = Order(timeout_s=30)


async def test_scenes_that_render_and_scenes_that_fail_are_both_told_of(tmp_path: Path, renderer: Obedient) -> None:
    good, bad = record("Good"), record("Bad", "fails")
    write(tmp_path, [good, bad])
    summary = await validate(tmp_path, renderer, ORDER)
    told = results(tmp_path)
    assert list(told) == sorted(told)
    assert told[good.id]["ok"] and told[good.id]["formulas"] == ["a^2"] and told[good.id]["error"] is None
    assert told[bad.id]["error"] == {"kind": "api", "message": "no such thing", "line": 2} and told[bad.id]["thumbnail"] is None
    assert (tmp_path / told[good.id]["thumbnail"]).read_bytes() == PNG
    assert (summary["rendered"], summary["failed"], summary["errors"]) == (1, 1, {"api": 1})
    assert json.loads((tmp_path / "validate.summary.json").read_text()) == summary


async def test_only_what_was_written_for_community_or_migrated_to_it_is_tried(tmp_path: Path, renderer: Obedient) -> None:
    old = record("Old", flavour="manimlib")
    write(tmp_path, [old, record("Moved", flavour="manimgl", migrated=("imports",)), record("Ours")])
    await validate(tmp_path, renderer, ORDER)
    assert sorted(set(renderer.asked) - {"Control"}) == ["Moved", "Ours"]
    assert results(tmp_path)[old.id]["error"] == {"kind": "not_tried", "message": "written for manimlib", "line": None}
    await validate(tmp_path, renderer, replace(ORDER, choice=Choice(flavours=True)))
    assert "Old" in renderer.asked and results(tmp_path)[old.id]["ok"]


async def test_the_next_near_duplicate_is_tried_only_where_the_one_before_fails(tmp_path: Path, renderer: Obedient) -> None:
    lame = record("Lame", "fails")
    others = sorted([record(name, cluster=lame.id) for name in ("Second", "Third")], key=lambda one: one.id)
    write(tmp_path, [replace(lame, cluster=lame.id), *others])
    summary = await validate(tmp_path, renderer, ORDER)
    assert renderer.asked == ["Control", "Lame", others[0].scene]
    assert results(tmp_path)[others[1].id]["error"]["message"] == f"a near-duplicate of {others[0].id}, which renders"
    assert (summary["rendered"], summary["distinct"], summary["not_tried"]) == (1, 1, 1)
    summary = await validate(tmp_path, renderer, replace(ORDER, choice=Choice(duplicates=True)))
    assert (summary["rendered"], summary["distinct"], summary["not_tried"]) == (2, 1, 0)


async def test_a_second_run_renders_only_what_is_new(tmp_path: Path, renderer: Obedient) -> None:
    known = [record(f"Known{number}", "fails" if number % 2 else "renders") for number in range(6)]
    write(tmp_path, known)
    first = await validate(tmp_path, renderer, ORDER)
    renderer.asked.clear()
    write(tmp_path, [*known[1:], record("New")])
    second = await validate(tmp_path, renderer, ORDER)
    assert sorted(renderer.asked) == ["Control", "New"]
    assert (second["fresh"], second["rendered"], second["failed"]) == (1, first["rendered"], first["failed"])
    assert len(list((tmp_path / "thumbnails").iterdir())) == second["rendered"]  # that of the scene which is gone has gone


async def test_nothing_new_needs_no_renderer(tmp_path: Path, renderer: Obedient) -> None:
    write(tmp_path, [record("Good")])
    before = await validate(tmp_path, renderer, ORDER)
    renderer.control = "away"
    after = await validate(tmp_path, renderer, ORDER)
    assert after | {"fresh": 0, "seconds": 0} == before | {"fresh": 0, "seconds": 0}


@pytest.mark.parametrize("change", [{"manim": "10.0"}, {"version": "two"}])
async def test_another_manim_or_renderer_tries_all_again(tmp_path: Path, renderer: Obedient, change: dict[str, str]) -> None:
    write(tmp_path, [record("Good")])
    await validate(tmp_path, renderer, ORDER)
    other = Obedient(**change)
    await validate(tmp_path, other, ORDER)
    assert "Good" in other.asked


async def test_only_scenes_that_wanted_time_are_tried_again_with_more_of_it(tmp_path: Path, renderer: Obedient) -> None:
    write(tmp_path, [record("Good"), record("Bad", "fails"), record("Slow", "late")])
    await validate(tmp_path, renderer, ORDER)
    renderer.asked.clear()
    await validate(tmp_path, renderer, replace(ORDER, timeout_s=90))
    assert sorted(set(renderer.asked)) == ["Control", "Slow"]


async def test_a_thumbnail_that_was_lost_is_made_again(tmp_path: Path, renderer: Obedient) -> None:
    good = record("Good")
    write(tmp_path, [good])
    await validate(tmp_path, renderer, ORDER)
    for path in tmp_path.rglob("*.png"):
        path.unlink()
    await validate(tmp_path, renderer, ORDER)
    assert (tmp_path / "thumbnails" / f"{good.id}.png").read_bytes() == PNG


async def test_the_limit_counts_what_is_rendered_now(tmp_path: Path, renderer: Obedient) -> None:
    write(tmp_path, [record(f"Scene{number}") for number in range(5)])
    first = await validate(tmp_path, renderer, replace(ORDER, limit=2))
    second = await validate(tmp_path, renderer, replace(ORDER, limit=2))
    assert (first["rendered"], first["not_tried"]) == (2, 3)
    assert (second["rendered"], second["fresh"], second["reasons"]) == (4, 2, {"beyond the limit of this run": 1})


async def test_several_are_rendered_at_a_time_but_no_more_than_the_renderer_can_use(tmp_path: Path, renderer: Obedient) -> None:
    write(tmp_path, [record(f"Scene{number}") for number in range(12)])
    await validate(tmp_path, renderer, ORDER)
    assert renderer.most == 2


async def test_a_scene_that_kills_the_renderer_is_to_blame_only_while_others_render(tmp_path: Path, renderer: Obedient) -> None:
    poison = record("Poison", "dies")
    write(tmp_path, [poison, record("Good")])
    summary = await validate(tmp_path, renderer, ORDER)
    assert summary["rendered"] == 1
    assert results(tmp_path)[poison.id]["error"]["message"] == "the renderer died over it: the harness went away"


async def test_a_renderer_that_fails_at_everything_marks_no_scene(tmp_path: Path, renderer: Obedient) -> None:
    write(tmp_path, [record(f"Scene{number}") for number in range(8)])

    def break_down(scene: str) -> None:
        if scene != "Control" and len(renderer.asked) > 4:
            renderer.control = "fails"  # from now on
            raise_it()

    def raise_it() -> None:
        from retrieval.validate.port import RenderingFailed

        raise RenderingFailed("the scheduler has gone")

    renderer.before = break_down
    with pytest.raises(RenderingUnavailable, match="not even one that is in order"):
        await validate(tmp_path, renderer, ORDER)
    assert not (tmp_path / "validated.jsonl").exists()
    renderer.before, renderer.control = lambda scene: None, "renders"
    renderer.asked.clear()
    summary = await validate(tmp_path, renderer, ORDER)
    assert (summary["rendered"], summary["failed"]) == (8, 0)
    assert 0 < summary["fresh"] < 8  # what was rendered before the breakdown was kept


@pytest.mark.parametrize("control", ["away", "fails", "dies"])
async def test_a_machine_that_renders_nothing_is_found_before_any_scene_is_tried(tmp_path: Path, renderer: Obedient, control: str) -> None:
    write(tmp_path, [record("Good")])
    renderer.control = control
    with pytest.raises(RenderingUnavailable):
        await validate(tmp_path, renderer, ORDER)
    assert set(renderer.asked) == {"Control"}


async def test_a_full_disk_ends_the_run_and_marks_no_scene(tmp_path: Path, renderer: Obedient, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil
    from types import SimpleNamespace

    write(tmp_path, [record(f"Scene{number}") for number in range(6)])
    free = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000) if len(renderer.asked) > 3 else free(path))
    with pytest.raises(RenderingUnavailable, match=r"disk .* is full"):
        await validate(tmp_path, renderer, ORDER)
    monkeypatch.setattr(shutil, "disk_usage", free)
    assert (await validate(tmp_path, renderer, ORDER))["rendered"] == 6


async def test_on_a_machine_that_is_too_busy_nothing_is_said_of_slow_scenes(tmp_path: Path, renderer: Obedient) -> None:
    slow = record("Slow", "late")
    write(tmp_path, [slow])
    renderer.control_s = 20.0  # of 30: the control scene is slow as well
    summary = await validate(tmp_path, renderer, ORDER)
    assert summary["reasons"] == {"the machine was too busy to tell": 1} and summary["failed"] == 0
    renderer.control_s = 1.0
    summary = await validate(tmp_path, renderer, ORDER)
    assert results(tmp_path)[slow.id]["error"]["kind"] == "timeout" and summary["failed"] == 1


async def test_cancelling_publishes_nothing_and_keeps_what_was_rendered(tmp_path: Path, renderer: Obedient) -> None:
    write(tmp_path, [record(f"Scene{number}") for number in range(40)])
    seen: list[int] = []

    def told(progress: Progress) -> None:
        seen.append(progress.fresh)
        if progress.fresh == 5:
            task.cancel()

    task = asyncio.create_task(validate(tmp_path, renderer, ORDER, told))
    with pytest.raises(asyncio.CancelledError):
        await task
    assert renderer.running == 0 and not (tmp_path / "validated.jsonl").exists()
    assert not (tmp_path / "work" / "validate" / "scratch").exists()
    renderer.asked.clear()
    assert (await validate(tmp_path, renderer, ORDER))["rendered"] == 40
    assert len(renderer.asked) - 1 <= 35


async def test_two_at_once_are_refused(tmp_path: Path, renderer: Obedient) -> None:
    write(tmp_path, [record(f"Scene{number}") for number in range(10)])
    first = asyncio.create_task(validate(tmp_path, renderer, ORDER))
    while not renderer.asked:
        await asyncio.sleep(0.001)
    with pytest.raises(RetrievalError, match="another process is validating"):
        await validate(tmp_path, Obedient(), ORDER)
    assert (await first)["rendered"] == 10


async def test_the_version_names_what_may_be_retrieved_and_nothing_else(tmp_path: Path, renderer: Obedient) -> None:
    good, bad = record("Good"), record("Bad", "fails")
    versions = {}
    for name, records in {
        "both": [good, bad],
        "without the one that fails": [good],
        "another licence": [replace(good, licence="GPL-3.0")],
    }.items():
        write(tmp_path / name, records)
        versions[name] = (await validate(tmp_path / name, renderer, ORDER))["corpus"]
    assert versions["both"] == versions["without the one that fails"] != versions["another licence"]
    other = await validate(tmp_path / "both", Obedient(manim="10.0"), ORDER)
    assert other["corpus"] != versions["both"]


def _damage(line: dict[str, Any], how: str) -> str:
    return {
        "no JSON": "{",
        "no object": "[]",
        "another id": json.dumps(line | {"id": "../../../etc/passwd"}),
        "no code": json.dumps({key: value for key, value in line.items() if key != "code"}),
        "code that is no text": json.dumps(line | {"code": 7}),
        "twice": json.dumps(line) + "\n" + json.dumps(line),
    }[how]


@pytest.mark.parametrize("how", ["no JSON", "no object", "another id", "no code", "code that is no text", "twice"])
async def test_a_damaged_line_is_named_with_the_command_that_mends_it(tmp_path: Path, renderer: Obedient, how: str) -> None:
    write(tmp_path, [record("Good")])
    path = tmp_path / "scenes.jsonl"
    path.write_text(_damage(json.loads(path.read_text()), how) + "\n")
    with pytest.raises(RetrievalError, match=r"line \d.*hisolver corpus preprocess"):
        await validate(tmp_path, renderer, ORDER)
    assert not renderer.asked


async def test_a_corpus_that_is_not_there_is_named(tmp_path: Path, renderer: Obedient) -> None:
    with pytest.raises(RetrievalError, match="hisolver corpus preprocess"):
        await validate(tmp_path / "none", renderer, ORDER)
    assert not (tmp_path / "none").exists()
