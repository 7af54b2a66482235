from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from retrieval.errors import LabelError
from retrieval.labels.export import pairs, write_pairs
from retrieval.labels.lines import label_lock, label_row, read_label, read_rows, write_rows
from retrieval.labels.machine import NAME, NoDescription, describe_all, machine_labels
from retrieval.labels.page import FIELDS, TAGS, config
from retrieval.labels.records import Label
from retrieval.labels.scenes import LabelScene, choose, read_scenes
from retrieval.labels.tasks import FOUND, INLINE_VIDEO, Draft, inline_media, local_media, task_of
from tests.retrieval.full_disk import full_disk
from tests.retrieval.labels.corpora import SCENES, id_of, write_corpus


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


def test_only_scenes_that_render_are_labelled_and_near_duplicates_once(corpus: Path) -> None:
    chosen = choose(corpus)
    assert {scene.scene for scene in chosen.scenes} == set(SCENES) - {"Broken"}
    assert len(chosen.scenes) == 6 and [scene.id for scene in chosen.scenes] == sorted(scene.id for scene in chosen.scenes)
    assert chosen.left_out == {"does not render": 1, "near-duplicate": 1}
    assert len(choose(corpus, duplicates=True).scenes) == 7


def test_broken_lines_are_counted_and_do_not_end_a_run(corpus: Path) -> None:
    with (corpus / "scenes.jsonl").open("ab") as handle:
        handle.write(
            b'{"id": "0123456789abcdef"}\n\x00\xff\xfe\n[1]\n\n{"id": "../../../etc/pass", "scene": "A", "code": "", "description": "", "source": "", "licence": ""}\n'
        )
    (corpus / "validated.jsonl").write_text((corpus / "validated.jsonl").read_text() + '{"id": 3\n')
    chosen = choose(corpus)
    assert len(chosen.scenes) == 6
    assert chosen.left_out["unreadable line in scenes.jsonl"] == 4 and chosen.left_out["unreadable line in validated.jsonl"] == 1


@pytest.mark.parametrize(("name", "command"), [("scenes.jsonl", "corpus preprocess"), ("validated.jsonl", "corpus validate")])
def test_a_missing_file_names_the_command_that_makes_it(corpus: Path, name: str, command: str) -> None:
    (corpus / name).unlink()
    with pytest.raises(LabelError, match=command):
        choose(corpus)


def test_a_thumbnail_from_outside_the_corpus_is_not_taken(corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(b"secret")
    scene = id_of("PieShares")
    (corpus / "thumbnails" / f"{scene}.png").unlink()
    (corpus / "thumbnails" / f"{scene}.png").symlink_to(tmp_path / "secret.png")
    rows = [json.loads(line) for line in (corpus / "validated.jsonl").read_text().splitlines()]
    write_rows(corpus / "validated.jsonl", [row | {"thumbnail": "../secret.png"} if row["id"] == scene else row for row in rows])
    assert next(one for one in choose(corpus).scenes if one.id == scene).thumbnail == ""


def test_the_page_is_well_formed_and_names_every_field_and_tag() -> None:
    tree = ElementTree.fromstring(config())
    named = {element.get("name"): element.tag for element in tree.iter() if element.get("name")}
    assert {"code", *FIELDS} <= set(named)
    assert [choice.get("value") for choice in tree.iter("Choice")] == list(TAGS) and len(set(TAGS)) == len(TAGS)
    assert all(element.get("toName") in named for element in tree.iter() if element.tag in ("TextArea", "Choices", "Rating"))


def test_a_task_carries_the_draft_and_says_who_wrote_it(corpus: Path) -> None:
    scene = next(one for one in choose(corpus).scenes if one.scene == "VectorSum")
    by_model = task_of(scene, Draft("two arrows", "the model m"), local_media(corpus)(scene))
    assert by_model["data"]["scene_id"] == scene.id and by_model["data"]["code"] == scene.code
    assert by_model["predictions"][0]["result"][0]["value"] == {"text": ["two arrows"]}
    assert "the model m" in by_model["data"]["draft_by"]
    assert "by no model" in task_of(scene, Draft(scene.description, FOUND), local_media(corpus)(scene))["data"]["draft_by"]
    assert task_of(scene, Draft("", FOUND), local_media(corpus)(scene))["predictions"] == []


def test_text_that_no_database_takes_is_cleaned(corpus: Path) -> None:
    scene = replace(choose(corpus).scenes[0], code="a = '\udcff\0'", source="x\udc80")
    made = json.dumps(task_of(scene, Draft("words\0 \ud800", FOUND), local_media(corpus)(scene)), ensure_ascii=False)
    assert "\\u0000" not in made and made.encode("utf-8") and "a = '?'" in made


def test_pictures_and_videos_come_from_the_server_or_inside_the_task(corpus: Path) -> None:
    scene = next(one for one in choose(corpus).scenes if one.scene == "PieShares")
    assert local_media(corpus)(scene) == {"image": f"/data/local-files/?d=thumbnails/{scene.id}.png", "video": ""}
    (corpus / scene.video).write_bytes(b"\0" * 100)
    assert local_media(corpus)(scene)["video"].endswith(f"?d=videos/{scene.id}.mp4")
    inline = inline_media(corpus)(scene)
    assert inline["image"].startswith("data:image/png;base64,iVBOR") and inline["video"].startswith("data:video/mp4;base64,")
    (corpus / scene.video).write_bytes(b"\0" * (INLINE_VIDEO + 1))
    assert inline_media(corpus)(scene)["video"] == ""


class Says:
    """A describer of words; it fails where it is told to, and breaks after `last` scenes."""

    def __init__(self, name: str = "model-a", last: int = 99) -> None:
        self.name = name
        self.last = last
        self.seen: list[str] = []

    async def describe(self, scene: LabelScene) -> str:
        if len(self.seen) == self.last:
            raise RuntimeError("killed")
        self.seen.append(scene.id)
        if scene.scene == "PieShares":
            raise NoDescription("the model failed")
        return "" if scene.scene == "NumberLineJump" else f"{self.name} sees\n {scene.scene}"


async def test_machine_labels_are_marked_and_kept_apart_and_not_made_twice(corpus: Path) -> None:
    scenes = choose(corpus).scenes
    labels, counts = await describe_all(corpus, scenes, Says())
    assert counts == {"described": 4, "there before": 0, "the model failed": 1, "the model said nothing": 1}
    rows = [json.loads(line) for line in (corpus / NAME).read_text().splitlines()]
    assert [row["id"] for row in rows] == sorted(labels) and all(row["machine"] is True and row["by"] == "model-a" for row in rows)
    assert not (corpus / "labels.jsonl").exists()
    again = Says()
    await describe_all(corpus, scenes, again)
    assert len(again.seen) == 2  # those that failed
    other = Says("model-b")
    assert (await describe_all(corpus, scenes, other, again=True))[1]["described"] == 4
    assert {label.by for label in machine_labels(corpus).values()} == {"model-b"}


async def test_a_run_that_was_killed_is_gone_on_with(corpus: Path) -> None:
    scenes = [scene for scene in choose(corpus).scenes if scene.scene not in ("PieShares", "NumberLineJump")]
    # As kill -9 leaves it: two lines that were appended, the last one cut off.
    rows = [label_row(Label(scene.id, "before", (), None, "model-a", "2026-11-26T00:00:00+00:00", True)) for scene in scenes[:2]]
    (corpus / f"{NAME}.part").write_text(json.dumps(rows[0]) + "\n" + json.dumps(rows[1])[:40])
    broken = Says(last=1)
    with pytest.raises(ExceptionGroup):
        await describe_all(corpus, scenes, broken)
    went_on = Says()
    labels, counts = await describe_all(corpus, scenes, went_on)
    assert counts["there before"] == 2 and len(went_on.seen) == 2
    assert sorted([*went_on.seen, *broken.seen, scenes[0].id]) == [scene.id for scene in scenes]
    assert labels[scenes[0].id].description == "before" and len(read_rows(corpus / NAME, read_label)) == 4
    assert not (corpus / f"{NAME}.part").exists()


async def test_the_shortest_scenes_are_described_first_several_at_a_time_until_the_model_is_gone(corpus: Path) -> None:
    scenes = choose(corpus).scenes
    began: list[int] = []
    together = asyncio.Event()

    class Waits(Says):
        async def describe(self, scene: LabelScene) -> str:
            began.append(len(scene.code))
            if len(began) == 4:
                together.set()
            if len(began) > 4:
                raise LabelError("the model is gone", "down")
            await together.wait()
            return scene.scene

    with pytest.raises(LabelError, match="gone"):
        async with asyncio.timeout(10):
            await describe_all(corpus, scenes, Waits())
    assert began[:4] == sorted(len(scene.code) for scene in scenes)[:4]
    assert 1 <= len(machine_labels(corpus)) <= 4


def test_pairs_say_who_and_when_and_keep_people_and_machines_apart(corpus: Path) -> None:
    scenes = {scene.id: scene for scene in read_scenes(corpus)}
    a, b = id_of("PieShares"), id_of("VectorSum")
    labels = [
        Label(a, "a pie", ("chart",), 4, "bob@x", "2026-11-26T10:00:00+00:00"),
        Label(a, "a pie of thirds", (), 2, "ada@x", "2026-11-26T11:00:00+00:00"),
        Label(b, "", ("motion",), 5, "ada@x", "2026-11-26T11:00:00+00:00"),
        Label("f" * 16, "gone", (), 5, "ada@x", "2026-11-26T11:00:00+00:00"),
        Label(b, "a model's words", (), None, "model-a", "2026-11-26T11:00:00+00:00", machine=True),
    ]
    rows, counts = pairs(labels, scenes, machine=False)
    assert [(row["prompt"], row["by"], row["at"][:10], row["machine"]) for row in rows] == [
        ("a pie of thirds", "ada@x", "2026-11-26", False),
        ("a pie", "bob@x", "2026-11-26", False),
    ]
    assert rows[0]["code"] == scenes[a].code and rows[0]["licence"] == "" and rows[0]["id"] == a
    assert counts == {"pairs": 2, "by a machine": 1, "no description": 1, "scene no longer in the corpus": 1, "without a known licence": 2}
    assert [row["by"] for row in pairs(labels, scenes, machine=False, least_rating=3)[0]] == ["bob@x"]
    assert [row["machine"] for row in pairs(labels, scenes, machine=True)[0]] == [True]
    assert (
        write_pairs(corpus, rows, machine=False).name == "pairs.jsonl"
        and write_pairs(corpus, [], machine=True).name == "machine_pairs.jsonl"
    )


def test_a_disk_that_takes_nothing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    write_rows(path, [{"a": 1}])
    with full_disk(), pytest.raises(LabelError, match="cannot be written"):
        write_rows(path, [{"a": "2" * 100}])
    assert json.loads(path.read_text()) == {"a": 1}


def test_a_label_file_that_cannot_be_read_names_the_line_or_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"id": "x"}\n')
    with pytest.raises(LabelError, match=r"labels\.jsonl, line 1"):
        read_rows(path, read_label)
    broken: Counter[str] = Counter()
    assert read_rows(path, read_label, broken) == [] and broken.total() == 1


def test_two_label_commands_are_kept_apart_even_by_a_child_of_the_first(tmp_path: Path) -> None:
    with label_lock(tmp_path) as lock:
        with pytest.raises(LabelError, match="at work"), label_lock(tmp_path):
            pass
        child = os.dup(lock)  # what a child process inherits
    with pytest.raises(LabelError, match="at work"), label_lock(tmp_path):
        pass
    os.close(child)
    with label_lock(tmp_path):
        pass
