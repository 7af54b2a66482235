"""The command, over a base of some ten thousand weights in this process."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from finetune.base import weights_sha256
from finetune.report.ports import Verdict
from server import cli
from tests.finetune.report import tiny_pair
from tests.finetune.report.conftest import adapter, one_thread, tiny  # noqa: F401 - fixtures


def run(arguments: list[str]) -> int:
    """As `hisolver` runs it, whether or not the group is among its commands yet."""
    if all(group.typer_instance is not cli.finetune for group in cli.app.registered_groups):
        cli.app.add_typer(cli.finetune, name="finetune")
    return cli.run(arguments)


@pytest.fixture
def folders(tiny: Path, adapter: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:  # noqa: F811
    """(a run, its data set)."""
    monkeypatch.setenv("HISOLVER_CACHE_DIR", str(tmp_path / "cache"))
    trained, data = tmp_path / "run", tmp_path / "data"
    trained.mkdir()
    data.mkdir()
    shutil.copytree(adapter("none"), trained / "adapter")
    described = {
        "config": {"base": {"model": str(tiny)}, "training": {"steps": 1}},
        "base": {"model": str(tiny), "revision": None, "sha256": weights_sha256(tiny)},
        "dataset": {"version": "v1"},
    }
    (trained / "run.json").write_text(json.dumps(described))
    (data / "dataset.json").write_text(json.dumps({"name": "partners", "version": "v1"}))
    lines = [
        {
            "id": item.id,
            "messages": [*(dict(message) for message in item.prompt), {"role": "assistant", "content": item.completion}],
            "task": "solve",
            "check": None,
        }
        for item in tiny_pair.data(40).items
    ]
    (data / "test.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return trained, data


def changed(run_folder: Path, **values: Any) -> None:
    described = json.loads((run_folder / "run.json").read_text())
    (run_folder / "run.json").write_text(json.dumps({**described, **values}))


def test_it_writes_the_report_beside_the_adapter_and_tells_what_it_found(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    trained, data = folders
    command = ["finetune", "report", str(trained), "--data", str(data), "--max-new-tokens", "12", "--primary", "runaway"]
    assert run(command) == 0
    told = capsys.readouterr().out
    assert "runaway" in told and "it is not to be published:" in told
    # the tiny base knows none of the words in the unrelated items
    assert "cannot be told whether it forgot" in told
    report = json.loads((trained / "report" / "report.json").read_text())
    assert report["measures"]["runaway"]["base"] == 1.0 and report["measures"]["runaway"]["tuned"] == 0.0
    assert report["base"]["sha256"] and report["adapter"]["sha256"] and report["dataset"]["name"] == "partners"
    assert (trained / "report" / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert run([*command, "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["measures"] == report["measures"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("base", "the adapter is for another base"),
        ("version", "is not the one that the run learnt from"),
        ("no run", "is no run"),
        ("damaged", "is damaged"),
        ("no adapter", "has no adapter yet"),
        ("no data", "cannot be read"),
        ("where", "name the folder with --data"),
    ],
)
def test_what_cannot_be_compared_is_refused(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str], change: str, told: str) -> None:
    trained, data = folders
    if change == "base":
        changed(trained, base={"model": "x", "sha256": "0" * 64})
    elif change == "version":
        changed(trained, dataset={"version": "v2"})
    elif change == "no run":
        (trained / "run.json").unlink()
    elif change == "damaged":
        (trained / "run.json").write_text("{}")
    elif change == "no adapter":
        shutil.rmtree(trained / "adapter")
    elif change == "no data":
        (data / "test.jsonl").unlink()
    command = ["finetune", "report", str(trained), *(() if change == "where" else ("--data", str(data)))]
    assert run(command) == 2
    assert told in capsys.readouterr().err
    assert not (trained / "report" / "report.json").exists()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--primary", "perplexity"], "success or runaway"),
        (["--samples", "2"], "name a --temperature"),
        (["--endpoint", "http://127.0.0.1:9/v1"], "--base-model and --tuned-model"),
        (["--base-model", "x"], "belong to an --endpoint"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    assert run(["finetune", "report", str(tmp_path), *options]) == 2
    assert told in capsys.readouterr().err


def test_an_endpoint_that_is_not_there_fails_the_job(folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    trained, data = folders
    options = ["--endpoint", "http://127.0.0.1:9/v1", "--base-model", "a", "--tuned-model", "b"]
    assert run(["finetune", "report", str(trained), "--data", str(data), *options]) == 1
    assert "does not list its models" in capsys.readouterr().err


def test_a_machine_that_cannot_judge_asks_and_another_judges(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, data = folders
    lines = [json.loads(line) for line in (data / "test.jsonl").read_text().splitlines()]
    for line in lines:
        line["check"] = {"kind": "answer", "answer": line["messages"][-1]["content"]}
    (data / "test.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = ["finetune", "report", str(trained), "--data", str(data), "--max-new-tokens", "12", "--json"]
    assert run([*command, "--judge-later"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["unjudged"] == first["items"] == 40
    assert not first["gate"]["passed"]
    asked = (trained / "report" / "samples.jsonl").read_text().count('"kind": "answer"')
    judged: list[str] = []

    class Judge:
        async def verdict(self, item: Any, text: str) -> Any:
            judged.append(item.id)
            return Verdict(text.strip() == item.check["answer"])

    @contextlib.asynccontextmanager
    async def judge(settings: Any) -> Any:
        yield Judge()

    monkeypatch.setattr("server.finetune.judging.sandboxed_judge", judge)
    assert run(command) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["unjudged"] == 0 and len(judged) >= 40
    assert second["measures"]["success"]["tuned"] > second["measures"]["success"]["base"]
    assert (trained / "report" / "samples.jsonl").read_text().count('"kind": "answer"') == asked


def test_a_slow_machine_may_leave_the_likelihoods_out_and_ask_one_task_only(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    trained, data = folders
    lines = [json.loads(line) for line in (data / "test.jsonl").read_text().splitlines()]
    for number, line in enumerate(lines):
        line["task"] = "code" if number % 4 else "repair"
    (data / "test.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = ["finetune", "report", str(trained), "--data", str(data), "--max-new-tokens", "12", "--json"]
    assert run([*command, "--no-likelihoods", "--task", "code"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["items"], report["other_tasks"], report["dataset"]["held_out"]) == (30, 10, 40)
    assert not report["gate"]["passed"] and "10 held-out items of other tasks" in report["gate"]["reasons"][0]
    assert "heeds the prompt was left out" in report["gate"]["reasons"][1]
    assert not {"perplexity", "prompt_use"} & report["measures"].keys()
    assert {"runaway", "skill"} <= report["measures"].keys()
    assert run([*command, "--task", "poetry"]) == 2
    assert "its tasks are: code, repair" in capsys.readouterr().err


def test_a_report_that_was_stopped_can_be_looked_at_and_does_not_pass(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    trained, data = folders
    command = ["finetune", "report", str(trained), "--data", str(data), "--max-new-tokens", "12", "--primary", "runaway", "--json"]
    assert run(command) == 0
    whole = json.loads(capsys.readouterr().out)
    kept = [json.loads(line) for line in (trained / "report" / "samples.jsonl").read_text().splitlines()]
    gone = [line for line in kept if line.get("kind") == "answer" and line["model"] == "tuned"][35:]
    lines = [line for line in kept if line not in gone]
    (trained / "report" / "samples.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run([*command, "--so-far"]) == 0
    stopped = json.loads(capsys.readouterr().out)
    assert (whole["not_asked"], stopped["not_asked"], stopped["items"]) == (0, len(gone), 35)
    assert stopped["measures"]["runaway"]["n"] == 35 and "skill" not in stopped["measures"]
    assert not stopped["gate"]["passed"] and f"not whole: {len(gone)} items" in stopped["gate"]["reasons"][0]
    assert run(command) == 0
    assert json.loads(capsys.readouterr().out)["measures"]["runaway"]["n"] == 40
