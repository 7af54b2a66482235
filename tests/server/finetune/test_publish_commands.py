"""`hisolver finetune publish`, `list`, `export`, `remove`, `deploy` and `rollback` as a user types them; no model is started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finetune.registry import Registry
from server.cli import run
from server.command import FAILED, USAGE
from tests.finetune.adapters import write_run
from tests.finetune.test_publish import write_report
from tests.finetune.tiny import make_tiny


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setenv("HISOLVER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HISOLVER_CACHE_DIR", str(tmp_path / "cache"))
    for name in ("HISOLVER_ADAPTERS", "HISOLVER_MODEL_URL", "HISOLVER_WEIGHTS", "HISOLVER_CODER_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return Registry(tmp_path / "data" / "adapters")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    run_folder = write_run(tmp_path / "run")
    write_report(run_folder)
    return run_folder


def publish(made: Path, *more: str, name: str = "manim") -> int:
    return run(["finetune", "publish", str(made), "--name", name, "--report", str(made.parent / "report"), *more])


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(["finetune", "list", "--json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_publish_list_export_and_remove(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(made) == 0
    name, version = capsys.readouterr().out.split()
    assert name == "manim"
    entry = listed(capsys)[0]
    assert {key: entry[key] for key in ("name", "version", "serves", "role", "rank", "forced", "fault")} == {
        "name": "manim",
        "version": version,
        "serves": False,
        "role": "coder",
        "rank": 4,
        "forced": False,
        "fault": "",
    }
    assert run(["finetune", "export", "manim", "vllm", "-o", str(tmp_path / "out")]) == 0
    folder, command = capsys.readouterr().out.strip().splitlines()
    assert (Path(folder) / "adapter_model.safetensors").is_file()
    assert command.endswith(f"--lora-modules manim={tmp_path / 'out'}")
    assert run(["finetune", "remove", "manim", "--version", version]) == 0
    assert listed(capsys) == []


def test_an_adapter_is_not_merged_into_another_base(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The shapes of two trainings of one architecture are the same, so that only the hash tells them apart."""
    assert publish(made) == 0
    command = ["finetune", "export", "manim", "merged", "-o", str(tmp_path / "merged"), "--base", str(make_tiny(tmp_path / "base"))]
    assert run(command) == FAILED
    assert "is for another base" in capsys.readouterr().err and not (tmp_path / "merged").exists()


def test_an_adapter_that_is_not_better_needs_the_flag_and_is_marked(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_report(made, tuned=20)
    assert publish(made) == FAILED
    assert "--publish-although-not-better" in capsys.readouterr().err
    assert listed(capsys) == []
    assert publish(made, "--publish-although-not-better") == 0
    assert "not better" in capsys.readouterr().out
    assert listed(capsys)[0]["forced"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["remove", "manim", "--version", "0" * 12], FAILED, "no version"),
        (["remove", "../..", "--version", "0" * 12], FAILED, "no name"),
        (["export", "nobody", "vllm", "-o", "out"], FAILED, "no adapter nobody"),
        (["export", "manim", "onnx"], USAGE, "onnx"),
        (["deploy"], USAGE, "name an adapter"),
        (["deploy", "manim", "--base", "coder"], USAGE, "name an adapter"),
        (["deploy", "manim", "--receipt", "published.json"], USAGE, "name an adapter"),
        (["deploy", "--receipt", "no-such.json"], FAILED, "no-such.json is missing"),
        (["deploy", "--base", "coder"], USAGE, "no adapter serves"),
        (["deploy", "nobody"], FAILED, "no adapter nobody"),
        (["rollback", "manim"], FAILED, "no version of manim served before"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["finetune", *arguments]) == code
    shown = capsys.readouterr().err
    assert told in shown
    assert shown.count("\n") == 1


def test_an_adapter_for_another_base_is_not_deployed_to_the_embedded_model(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(made) == 0
    assert run(["finetune", "deploy", "manim"]) == FAILED  # the settings' model is Qwen, the run's SmolLM2
    assert "is for another base: smollm2-135m-instruct-q4_1" in capsys.readouterr().err


def test_a_rank_above_what_the_server_allows_is_refused_with_the_setting(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HISOLVER_MAX_LORA_RANK", "2")
    assert publish(made) == FAILED
    assert "HISOLVER_MAX_LORA_RANK" in capsys.readouterr().err


def test_a_damaged_version_is_named_in_the_list(made: Path, registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    publish(made)
    version = registry.latest("manim")
    (registry.path("manim", version) / "manifest.json").write_text("{")
    capsys.readouterr()
    assert run(["finetune", "list"]) == 0
    assert f"manim {version}  damaged" in capsys.readouterr().out


def test_a_gate_that_refuses_leaves_no_receipt_and_one_that_does_not_names_what_deploy_takes(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = tmp_path / "published.json"
    write_report(made, tuned=20)
    assert publish(made, "--receipt", str(receipt)) == FAILED
    assert "does not show that the adapter is better: It is not better" in capsys.readouterr().err and not receipt.exists()
    write_report(made)
    assert publish(made, "--receipt", str(receipt)) == 0
    capsys.readouterr()
    # it comes as far as the check of the base, which is another than the settings'
    assert run(["finetune", "deploy", "--receipt", str(receipt)]) == FAILED
    assert "is for another base" in capsys.readouterr().err
