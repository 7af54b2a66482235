"""The suite `layout`: what counts as found, missed, alarm and extra; and that its scenes and labels are what they say. Nothing is rendered here but one
scene, by the real renderer."""

from __future__ import annotations

import ast
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from agents.errors import NoSandbox
from agents.rendering.policy import find_refusal, scene_names
from evals.errors import DatasetError
from evals.run import main
from evals.suites import SUITES, layout
from evals.suites.base import Item, Verdict
from evals.suites.layout import KINDS, LayoutSuite

DATA = Path(__file__).parents[2] / "evals" / "datasets"
SCENES = DATA / "layout"


def faulty(*faults: dict[str, Any], split: str = "dev") -> Item:
    labelled = [{"why": "because", **fault} for fault in faults]
    return Item("dev-a", "code", "x", {"file": "a.py", "split": split, "faults": labelled})


def finding(kind: str, *objects: str, severity: str = "error") -> dict[str, Any]:
    return {"kind": kind, "severity": severity, "objects": list(objects), "at_s": 1.0, "line": 3}


def scored(item: Item, *findings: dict[str, Any]) -> Verdict:
    return LayoutSuite().score(item, {"turns": [], "findings": list(findings), "render_s": 2.0})


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_a_fault_is_found_by_an_error_or_a_warning_of_its_kind(severity: str) -> None:
    verdict = scored(faulty({"kind": "overlap"}), finding("overlap", "Text a", "Text b", severity=severity))
    assert verdict["right"] and not verdict["reason"]
    assert verdict["facts"]["faults"] == [{"kind": "overlap", "found": True, "as_error": severity == "error"}]


def test_a_finding_on_something_else_does_not_tell_of_the_fault() -> None:
    item = faulty({"kind": "off_frame", "objects": ["two words", "x=4"]})
    assert scored(item, finding("off_frame", "Text Twowords here"))["right"], "Manim drops spaces, and case means nothing"
    assert scored(item, finding("off_frame", "MathTex x = 4"))["right"]
    other = scored(item, finding("off_frame", "Text title"))
    assert not other["right"] and other["reason"] == "missed off_frame: because"
    assert other["facts"]["extra"] == [], "of a kind that is labelled"


def test_another_word_for_the_same_fault_counts_where_the_label_says_so() -> None:
    item = faulty({"kind": "overlap", "also": ["text_crossed"]})
    verdict = scored(item, finding("text_crossed", "Text a", "Square"))
    assert verdict["right"] and verdict["facts"]["extra"] == []
    assert not scored(faulty({"kind": "overlap"}), finding("text_crossed", "Text a", "Square"))["right"]


def test_findings_of_kinds_that_are_not_labelled_are_told_apart_and_cost_nothing() -> None:
    verdict = scored(faulty({"kind": "tiny_text"}), finding("tiny_text", "Text a"), finding("overlap", "Text b", "Text c"))
    assert verdict["right"]
    assert verdict["facts"]["extra"] == ["overlap (error, 1.0 s) of Text b and Text c"] and verdict["facts"]["alarms"] == 0


def test_one_missed_of_two_faults_makes_the_scene_wrong() -> None:
    verdict = scored(faulty({"kind": "tiny_text"}, {"kind": "overlap", "why": "two texts"}), finding("tiny_text", "Text a"))
    assert not verdict["right"] and verdict["reason"] == "missed overlap: two texts"
    assert [fault["found"] for fault in verdict["facts"]["faults"]] == [True, False]


@pytest.mark.parametrize("severity", ["error", "warning"])
def test_anything_said_about_a_clean_scene_is_a_false_alarm(severity: str) -> None:
    verdict = scored(faulty(), finding("text_crossed", "Text a", "Line", severity=severity))
    assert not verdict["right"] and verdict["facts"]["alarms"] == 1
    assert verdict["reason"] == f"false alarm: text_crossed ({severity}, 1.0 s) of Text a and Line"
    assert scored(faulty())["right"]


def test_no_report_is_never_right() -> None:
    assert not LayoutSuite().score(faulty(), {"turns": [], "findings": None})["right"]


def test_the_figures_count_faults_and_scenes_by_kind_and_half() -> None:
    verdicts = [
        scored(faulty({"kind": "overlap"}, {"kind": "off_frame"}), finding("overlap", severity="warning"), finding("tiny_text")),
        scored(faulty({"kind": "overlap"}, split="held_out"), finding("overlap")),
        scored(faulty()),
        scored(faulty(split="held_out"), finding("overlap")),
    ]
    metrics = LayoutSuite().metrics(verdicts, [{"render_s": 2.0}, {"render_s": 4.0}])
    told = {name: (metric["value"], metric["n"]) for name, metric in metrics.items()}
    assert told["faults found"] == (2 / 3, 3)
    assert (told["faults found, overlap"], told["faults found, off_frame"], told["faults found, tiny_text"]) == ((1, 2), (0, 1), (None, 0))
    assert (told["faults found, dev"], told["faults found, held_out"]) == ((0.5, 2), (1, 1))
    assert told["faults found as errors"] == (1 / 3, 3)
    assert told["clean scenes without alarm"] == (0.5, 2)
    assert (told["clean scenes without alarm, dev"], told["clean scenes without alarm, held_out"]) == ((1, 1), (0, 1))
    assert told["faulty scenes without extra findings"] == (0.5, 2) and told["extra findings on faulty scenes"] == (1, 2)
    assert told["rendering"] == (3.0, 2)
    interval = metrics["faults found"]["interval"]
    assert interval is not None and interval[0] < 2 / 3 < interval[1]


# --- the dataset ---------------------------------------------------------------------------------------------------------------------


def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SCENES / "labels.jsonl").read_text().splitlines()]


def test_there_are_enough_scenes_of_every_kind_and_enough_clean_ones() -> None:
    faults = Counter(fault["kind"] for row in rows() for fault in row["faults"])
    assert set(faults) == set(KINDS) and min(faults.values()) >= 7
    assert sum(bool(row["faults"]) for row in rows()) >= 45 and sum(not row["faults"] for row in rows()) >= 35


def test_every_file_is_labelled_once_and_holds_one_scene_that_the_renderer_accepts() -> None:
    items = LayoutSuite().items(DATA)
    assert sorted(item.data["file"] for item in items) == sorted(path.name for path in SCENES.glob("*.py"))
    for item in items:
        tree = ast.parse(item.prompt)
        assert len(scene_names(tree)) == 1, item.id
        assert find_refusal(tree) is None, item.id
    names = Counter(scene_names(ast.parse(item.prompt))[0] for item in items)
    assert max(names.values()) == 1, "a class name tells a scene"


def test_the_halves_take_turns_within_each_group() -> None:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows():
        kinds = [fault["kind"] for fault in row["faults"]]
        groups["clean" if not kinds else kinds[0] if len(kinds) == 1 else "several"].append(row["split"])
    for splits in groups.values():
        assert splits == [("dev", "held_out")[number % 2] for number in range(len(splits))]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"split": "test"}, "the split is dev or held_out"),
        ({"faults": []}, "a row has `faults`, or none and `why_suspicious`"),
        ({"faults": [{"kind": "ugly", "why": "x"}]}, "a fault has `why`"),
        ({"faults": [{"kind": "overlap", "why": ""}]}, "a fault has `why`"),
        ({"faults": [{"kind": "overlap", "why": "x", "objects": [" "]}]}, "a fault has `why`"),
        ({"file": "b.py"}, "b.py cannot be read"),
    ],
)
def test_a_damaged_label_is_told_with_its_file(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\n")
    row = {"file": "a.py", "split": "dev", "faults": [{"kind": "overlap", "why": "x"}]}
    (folder / "labels.jsonl").write_text(json.dumps(row) + "\n")
    before = LayoutSuite().digest(tmp_path)
    (folder / "labels.jsonl").write_text(json.dumps(row | change) + "\n")
    with pytest.raises(DatasetError, match=told):
        LayoutSuite().items(tmp_path)
    (folder / "labels.jsonl").write_text(json.dumps(row) + "\n")
    (folder / "a.py").write_text("x = 2\n")
    assert LayoutSuite().digest(tmp_path) != before, "a changed scene is another dataset"
    (folder / "c.py").write_text("x = 1\n")
    with pytest.raises(DatasetError, match=r"no row for c\.py"):
        LayoutSuite().items(tmp_path)


# --- the run -------------------------------------------------------------------------------------------------------------------------

SCENE = """from manim import *


class Plain(Scene):
    def construct(self):
        self.add(Text("A", font_size=60).shift(RIGHT * {x}))
        self.wait(0.2)
"""


def dataset(folder: Path, **scenes: tuple[str, list[dict[str, Any]]]) -> Path:
    """A data folder with these scenes: code and faults."""
    (folder / "layout").mkdir(parents=True)
    labels = []
    for name, (code, faults) in scenes.items():
        (folder / "layout" / f"{name}.py").write_text(code)
        labels.append({"file": f"{name}.py", "split": "dev", "faults": faults} | ({} if faults else {"why_suspicious": "x"}))
    (folder / "layout" / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in labels))
    return folder


@pytest.mark.real
def test_scenes_are_rendered_here_without_a_server_and_one_that_fails_is_not_a_wrong_answer(tmp_path: Path) -> None:
    data = dataset(
        tmp_path / "data",
        inside=(SCENE.format(x=0), []),
        edge=(SCENE.format(x=7.1), [{"kind": "off_frame", "why": "cut by the right edge", "objects": ["A"]}]),
        broken=(SCENE.format(x="nothing"), []),
    )
    out = tmp_path / "out"
    arguments = ["layout", "--data-dir", str(data), "--out", str(out), "--retries", "0", "--base-url", "http://127.0.0.1:1"]
    # a baseline of its own: the committed one was made of other scenes
    assert main([*arguments, "--baseline", str(tmp_path / "layout.json"), "--update-baseline"]) == 3
    report = json.loads((out / "report.json").read_text())
    suite = report["suites"][0]
    assert (report["base_url"], report["server"], report["outcome"]) == ("", {}, "infrastructure")
    assert (suite["n"], suite["score"], suite["faults"]) == (2, 1.0, {"scene": 1})
    rows = {row["id"]: row for row in suite["rows"]}
    assert "broken.py does not render" in rows["dev-broken"]["fault"]["message"]
    assert rows["dev-edge"]["answered"].startswith("off_frame")
    assert (out / "videos" / "dev-edge.mp4").stat().st_size > 0
    assert "without a server" in (out / "report.md").read_text()


def test_a_machine_without_a_sandbox_is_infrastructure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_sandbox() -> None:
        raise NoSandbox("no tier works here")

    monkeypatch.setattr(layout, "probe", no_sandbox)
    data = dataset(tmp_path / "data", inside=(SCENE.format(x=0), []))
    own = ["--baseline", str(tmp_path / "layout.json"), "--update-baseline"]
    assert main(["layout", "--data-dir", str(data), "--out", str(tmp_path / "out"), "--retries", "0", *own]) == 3
    suite = json.loads((tmp_path / "out" / "report.json").read_text())["suites"][0]
    assert (suite["n"], suite["score"], suite["faults"]) == (0, None, {"sandbox": 1})


def test_a_dry_run_says_that_no_server_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layout", "--dry-run", "--sample-id", "dev-clean_*"]) == 0
    assert "would ask no server about" in capsys.readouterr().out
    assert SUITES["layout"].model == ""
