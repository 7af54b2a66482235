"""The gate at the door: a report of this very adapter over this very base that passes, or a flag whose name admits that it did not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from finetune.errors import GateError, RegistryError
from finetune.publish import publish, read_receipt, write_receipt
from finetune.registry import Manifest, Registry
from tests.finetune.adapters import BASE_SHA, sha256, write_run
from tests.finetune.report.test_gate import report as measured
from tests.finetune.tiny import make_dataset


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


def write_report(run: Path, *, tuned: int = 45, **changes: Any) -> Path:
    folder = run.parent / "report"
    folder.mkdir(exist_ok=True)
    found = measured(base=20, tuned=tuned) | {
        "base": {"sha256": BASE_SHA},
        "adapter": {"sha256": sha256(run / "adapter" / "adapter_model.safetensors")},
        "gate": {"passed": True, "reasons": []},
    }
    (folder / "report.json").write_text(json.dumps(found | changes))
    (folder / "report.html").write_text("<p>better</p>")
    return folder


def go(registry: Registry, run: Path, report: Path | None, **more: Any) -> Manifest:
    return publish(registry, run=run, report=report, name="manim", role="coder", max_rank=16, **more)


def test_a_better_adapter_is_published_with_its_report_and_configuration(registry: Registry, run: Path) -> None:
    made = go(registry, run, write_report(run))
    assert (made.forced, made.gate, made.rank) == (False, {"passed": True, "reasons": []}, 4)
    assert set(made.files) == {"adapter_config.json", "adapter_model.safetensors", "config.yaml", "report.json", "report.html"}
    assert made.base.sha256 == BASE_SHA
    assert made.base.weights == "smollm2-135m-instruct-q4_1"


def test_the_card_of_the_data_set_that_was_learnt_from_is_published_too(registry: Registry, run: Path, tmp_path: Path) -> None:
    data = make_dataset(tmp_path / "data")
    (data / "CARD.md").write_text("# Shapes\n")
    described = json.loads((run / "run.json").read_text())
    learnt = {"folder": str(data), "version": json.loads((data / "dataset.json").read_text())["version"]}
    (run / "run.json").write_text(json.dumps({**described, "dataset": learnt}))
    made = go(registry, run, write_report(run))
    assert (registry.path("manim", made.version) / "CARD.md").read_text() == "# Shapes\n"
    make_dataset(data, train=4)  # another one lies there now, so that its card says nothing of the run
    assert "CARD.md" not in go(registry, run, write_report(run)).files


def test_an_adapter_that_is_not_better_is_refused_whatever_its_report_says_of_itself(registry: Registry, run: Path) -> None:
    report = write_report(run, tuned=20)
    with pytest.raises(GateError, match=r"not better.*--publish-although-not-better"):
        go(registry, run, report)
    assert registry.listing() == []
    made = go(registry, run, report, although_not_better=True)
    assert made.forced
    assert made.gate is not None
    assert "not better" in made.gate["reasons"][0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"adapter": {"sha256": "0" * 64}}, "not about this adapter"),
        ({"adapter": {}}, "not about this adapter"),
        ({"adapter": "run"}, "not about this adapter"),
        ({"base": {"sha256": "0" * 64}}, "not about this base"),
        ({"measures": None}, "no report"),
        ({"primary": "beauty"}, "no report"),
    ],
)
def test_a_report_of_something_else_opens_nothing(registry: Registry, run: Path, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(GateError, match=told):
        go(registry, run, write_report(run, **changes))
    forced = go(registry, run, write_report(run, **changes), although_not_better=True)
    assert forced.forced and ("report.json" in forced.files) == ("not about" not in told), "another adapter's report is published with it"


def test_without_a_report_or_with_a_damaged_one_it_is_refused(registry: Registry, run: Path) -> None:
    with pytest.raises(GateError, match="no report"):
        go(registry, run, None)
    report = write_report(run)
    (report / "report.json").write_text("{")
    with pytest.raises(GateError, match="damaged"):
        go(registry, run, report)
    assert go(registry, run, None, although_not_better=True).forced


@pytest.mark.parametrize(
    "content", [None, "{", "[]", "{}", '{"config": {"base": {}}, "base": {"model": "m", "revision": null, "sha256": "short"}}']
)
def test_a_run_that_does_not_say_what_it_is_is_refused(registry: Registry, run: Path, content: str | None) -> None:
    (run / "run.json").unlink()
    if content is not None:
        (run / "run.json").write_text(content)
    with pytest.raises(RegistryError, match=r"run\.json"):
        go(registry, run, None, although_not_better=True)


def test_a_run_that_has_not_ended_has_no_adapter(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="missing"):
        go(registry, tmp_path / "run", None, although_not_better=True)


def test_a_receipt_tells_what_was_published_and_is_the_same_every_time(registry: Registry, run: Path, tmp_path: Path) -> None:
    receipt, found = tmp_path / "model" / "published.json", []
    for _ in range(2):
        made = go(registry, run, write_report(run))
        write_receipt(receipt, made)
        found.append(receipt.read_bytes())
    assert found[0] == found[1] and read_receipt(receipt) == ("manim", made.version)


@pytest.mark.parametrize("text", ["", "[]", '{"name": "manim"}', '{"name": 1, "version": 2}'])
def test_a_damaged_receipt_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "published.json").write_text(text)
    with pytest.raises(RegistryError, match="damaged"):
        read_receipt(tmp_path / "published.json")
