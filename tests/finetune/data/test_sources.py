"""What the corpus gives: labelled pairs, repairs that were found, repairs that are made."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from agents import prompts
from finetune.data.corpus import read_corpus
from finetune.data.labelled import descriptions, labelled
from finetune.data.repairs import repairs
from finetune.data.undone import undone
from finetune.errors import DataError
from tests.finetune.data.making import RENDERED, failed, pair, record, scene, write_corpus

CIRCLE = record(scene("Shown", "self.play(Create(Circle()), run_time=2)\n        self.wait(1)\n        self.wait(2)"))
SQUARE = record(scene("Other", "self.play(Write(Text('hi')))"), name="Other", repository="another/place")
BROKEN = record(CIRCLE["code"].replace("Create(", "Draw("), cluster=CIRCLE["id"], description="a circle is drawn")
LIBRARY = frozenset({"Create", "Circle", "Text", "Write", "MathTex", "Tex"})


def test_a_labelled_pair_asks_as_the_service_asks_and_answers_with_the_scene(tmp_path: Path) -> None:
    corpus = read_corpus(write_corpus(tmp_path, [(CIRCLE, RENDERED)], pairs=[pair(CIRCLE, "a circle appears")]))
    (example,) = labelled(corpus, Counter())
    served = prompts.load("coder").messages(examples="", draw="a circle appears", caption="")
    assert [turn["content"] for turn in example.messages[:-2]] == [turn["content"] for turn in served[:-1]]
    assert example.messages[-2] == {"role": "user", "content": "Beat: a circle appears"}
    assert example.answer == f"```python\n{CIRCLE['code'].strip()}\n```"
    assert (example.task, example.check, example.licence, example.group) == ("code", {"kind": "render"}, "MIT", "github:someone/scenes")
    assert example.origin["scene"] == CIRCLE["id"]


def test_short_prompts_lose_the_worked_example_and_keep_the_rules(tmp_path: Path) -> None:
    corpus = read_corpus(write_corpus(tmp_path, [(CIRCLE, RENDERED)], pairs=[pair(CIRCLE, "a circle appears")]))
    (example,) = labelled(corpus, Counter(), short=True)
    assert [turn["role"] for turn in example.messages] == ["system", "user", "assistant"]


def test_pairs_that_cannot_be_learnt_are_counted_by_reason(tmp_path: Path) -> None:
    third = record(scene("Third", "self.add(Dot())"), name="Third")
    rows = [
        pair(CIRCLE, "a circle"),
        pair(SQUARE, "words"),
        pair(SQUARE, "words", rating=2),
        pair(BROKEN, "a broken one"),
        pair(third, "not there"),
        {**pair(CIRCLE, "x"), "code": None},
        pair(CIRCLE, " "),
    ]
    corpus = read_corpus(
        write_corpus(
            tmp_path,
            [(CIRCLE, RENDERED), (SQUARE, RENDERED), (BROKEN, failed("api", "x"))],
            pairs=rows,
            machine_pairs=[pair(CIRCLE, "by a model", machine=True, rating=None)],
        )
    )
    dropped: Counter[str] = Counter()
    assert len(list(labelled(corpus, dropped, least_rating=3))) == 2
    assert dropped == {
        "rated too low, or not at all": 1,
        "its scene does not render": 1,
        "its scene was not validated": 1,
        "a pair without one of its fields": 1,
        "a pair without words or code": 1,
        "a model's words, where a person's stand": 1,
    }


def test_a_models_words_serve_where_no_person_spoke_and_can_be_left_out(tmp_path: Path) -> None:
    corpus = read_corpus(write_corpus(tmp_path, [(CIRCLE, RENDERED)], machine_pairs=[pair(CIRCLE, "a circle", machine=True, rating=None)]))
    (example,) = labelled(corpus, Counter(), least_rating=4)
    assert example.origin["machine"] is True
    assert list(labelled(corpus, Counter(), machine=False)) == []


def test_versions_of_a_distribution_are_one_group(tmp_path: Path) -> None:
    rows = []
    for version in ("0.18.0", "0.22.0"):
        row = record(scene("Shown", f"self.wait({version[2:4]})"), repository=f"manim=={version}")
        row["origin"]["source"] = "packages"
        rows.append(row)
    corpus = read_corpus(write_corpus(tmp_path, [(row, RENDERED) for row in rows], pairs=[pair(row, "waits") for row in rows]))
    assert {example.group for example in labelled(corpus, Counter())} == {"packages:manim"}


def test_a_scene_that_failed_is_mended_by_its_twin_that_renders(tmp_path: Path) -> None:
    error = failed("api", "NameError: name 'Draw' is not defined", 6)
    corpus = read_corpus(
        write_corpus(tmp_path, [(CIRCLE, RENDERED), (BROKEN, error), (SQUARE, RENDERED)], pairs=[pair(CIRCLE, "a circle appears")])
    )
    (example,) = repairs(corpus, descriptions(corpus), Counter())
    roles = [turn["role"] for turn in example.messages[-4:]]
    assert roles == ["user", "assistant", "user", "assistant"]
    assert example.messages[-4]["content"] == "Beat: a circle appears"
    assert "Draw(" in example.messages[-3]["content"]
    assert "NameError: name 'Draw' is not defined (line 6)" in example.messages[-2]["content"]
    assert example.answer == f"```python\n{CIRCLE['code'].strip()}\n```"
    assert example.origin["broken"]["scene"] == BROKEN["id"]
    assert example.origin["error"] == "rendered"


def test_the_same_scene_of_another_version_mends_it_where_most_of_it_is_the_same(tmp_path: Path) -> None:
    fixed = record(CIRCLE["code"], path="b.py")
    broken = record(BROKEN["code"], path="b.py")
    other = record(scene("Shown", "pass\n        x = 1\n        y = 2\n        z = 3"), path="b.py")
    error = failed("api", "NameError")
    corpus = read_corpus(write_corpus(tmp_path / "one", [(fixed, RENDERED), (broken, error)]))
    assert len(list(repairs(corpus, {}, Counter()))) == 1
    dropped: Counter[str] = Counter()
    corpus = read_corpus(write_corpus(tmp_path / "two", [(other, RENDERED), (broken, error)]))
    assert list(repairs(corpus, {}, dropped)) == []
    assert dropped == {"failed, and nothing like it renders": 1}


def test_a_timeout_shows_no_repair_and_what_was_not_tried_failed_at_nothing(tmp_path: Path) -> None:
    slow = record(BROKEN["code"] + "\n", cluster=CIRCLE["id"])
    corpus = read_corpus(
        write_corpus(
            tmp_path, [(CIRCLE, RENDERED), (slow, failed("timeout", "too slow")), (BROKEN, failed("not_tried", "a near-duplicate"))]
        )
    )
    dropped: Counter[str] = Counter()
    assert list(repairs(corpus, {}, dropped)) == []
    assert dropped == {"failed by timeout, which shows no repair": 1}


def test_the_licence_of_a_repair_is_that_of_both_programs(tmp_path: Path) -> None:
    corpus = read_corpus(write_corpus(tmp_path, [(CIRCLE, RENDERED), ({**BROKEN, "licence": "GPL-3.0-only"}, failed("api", "x"))]))
    (example,) = repairs(corpus, {}, Counter())
    assert example.licence == "GPL-3.0-only AND MIT"


def test_a_change_undone_fails_by_the_name_that_it_says_and_nothing_else_is_touched(tmp_path: Path) -> None:
    corpus = read_corpus(write_corpus(tmp_path, [(CIRCLE, RENDERED)]))
    (example,) = undone(corpus, {}, LIBRARY, Counter())
    broken = example.messages[-3]["content"].removeprefix("```python\n").removesuffix("\n```")
    assert broken == CIRCLE["code"].strip().replace("Create(", "ShowCreation(")
    namespace = {"Scene": object, "Circle": object}
    exec(broken.replace("from manim import *", ""), namespace)  # the module itself is sound
    with pytest.raises(NameError) as raised:
        namespace["Shown"].construct(type("Self", (), {"play": lambda self, *a, **k: None})())  # type: ignore[attr-defined]
    assert f"NameError: {raised.value}" in example.messages[-2]["content"]
    assert example.origin["error"] == "predicted"
    assert example.answer == f"```python\n{CIRCLE['code'].strip()}\n```"


def test_no_change_is_undone_where_the_old_name_still_means_something(tmp_path: Path) -> None:
    own_name = record(scene("Own", "ShowCreation = Create\n        self.play(ShowCreation(Circle()), Create(Dot()))"), name="Own")
    formatted = record(scene("Formatted", 'self.add(Text(f"{Create(Circle())}"))'), name="Formatted")
    no_star = record(scene("NoStar", "self.play(Create(Circle()))").replace("import *", "import Scene, Create, Circle"), name="NoStar")
    dropped: Counter[str] = Counter()
    corpus = read_corpus(write_corpus(tmp_path, [(own_name, RENDERED), (formatted, RENDERED), (no_star, RENDERED), (SQUARE, RENDERED)]))
    assert list(undone(corpus, {}, LIBRARY, dropped)) == []
    assert dropped == {"uses no name that had another": 4}
    assert list(undone(read_corpus(write_corpus(tmp_path, [(CIRCLE, RENDERED)])), {}, LIBRARY | {"ShowCreation"}, Counter())) == []


def test_no_more_changes_are_undone_than_asked_for(tmp_path: Path) -> None:
    rows = [record(scene(f"S{number}", f"self.play(Create(Circle(radius={number})))"), name=f"S{number}") for number in range(5)]
    corpus = read_corpus(write_corpus(tmp_path, [(row, RENDERED) for row in rows]))
    dropped: Counter[str] = Counter()
    assert len(list(undone(corpus, {}, LIBRARY, dropped, most=2))) == 2
    assert dropped == {"beyond the 2 that were asked for": 3}


def test_a_corpus_without_a_step_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="hisolver corpus preprocess"):
        read_corpus(tmp_path)
    (tmp_path / "scenes.jsonl").touch()
    with pytest.raises(DataError, match="hisolver corpus validate"):
        read_corpus(tmp_path)
