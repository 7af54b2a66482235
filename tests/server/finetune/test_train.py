"""`hisolver finetune preflight` and `train` from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from agents.errors import InputError
from finetune.errors import ConfigError
from server.finetune.train import configured, register
from tests.finetune.tiny import example, make_dataset, make_tiny


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture
def config(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HISOLVER_CACHE_DIR", str(tmp_path / "cache"))
    file = tmp_path / "tiny.yaml"
    file.write_text(
        f"base: {{model: {base}}}\nlora: {{r: 4}}\n"
        "training: {max_length: 256, batch: 2, accumulation: 2, epochs: 1, save_every: 2}\ntracking: {to: none}\n"
    )
    return file


def _run(*arguments: object) -> tuple[int, str, BaseException | None]:
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output, result.exception


def test_a_run_is_looked_at_then_trained_and_told(config: Path, tmp_path: Path) -> None:
    data = make_dataset(tmp_path / "data")
    code, output, _ = _run("preflight", config, "--data", data, "--set", "training.steps=2", "--price", "1.5")
    assert code == 0 and "nothing speaks against it" in output and "end token learnt in 48 of 48" in output and "costing about" in output
    code, output, error = _run("train", config, "--data", data, "-o", tmp_path / "run", "--set", "training.steps=2")
    assert code == 0, error
    assert "2 steps, loss" in output and (tmp_path / "run" / "adapter" / "adapter_model.safetensors").is_file()
    code, output, _ = _run("train", config, "--data", data, "-o", tmp_path / "run", "--set", "training.steps=2", "--resume", "--json")
    assert code == 0 and json.loads(output)["steps"] == 2


def test_what_preflight_refuses_is_not_trained(config: Path, tmp_path: Path) -> None:
    data = make_dataset(tmp_path / "data", train=[example("Two?", " ")], validation=0, test=0)
    code, output, _ = _run("preflight", config, "--data", data, "--json")
    assert code == 1 and "have no answer" in json.loads(output)["faults"][0]
    code, output, _ = _run("train", config, "--data", data, "-o", tmp_path / "run")
    assert code == 1 and "have no answer" in output and not (tmp_path / "run" / "run.json").exists()


def test_what_the_user_must_change_is_wrong_usage(config: Path, tmp_path: Path) -> None:
    for arguments in (
        ("train", config, "--data", tmp_path, "-o", tmp_path / "run"),
        ("train", "no-such", "--data", tmp_path, "-o", tmp_path / "run"),
        ("preflight", config, "--data", tmp_path, "--set", "training.stepz=1"),
    ):
        code, _, error = _run(*arguments)
        assert code != 0 and isinstance(error, InputError)


def test_settings_are_changed_by_their_names(config: Path) -> None:
    changed = configured(str(config), ["training.steps=20", "lora.r=8", "training.packing=false", "base.revision=main"])
    assert (changed.training.steps, changed.training.epochs, changed.lora.r, changed.training.packing) == (20, None, 8, False)
    assert changed.base.revision == "main"


@pytest.mark.parametrize(
    "change", ["training.stepz=1", "steps=1", "training.steps", "training.steps=many", "training.batch=0", "training.steps=[", "lora=1"]
)
def test_a_setting_that_cannot_be_is_refused(config: Path, change: str) -> None:
    with pytest.raises(ConfigError, match="--set"):
        configured(str(config), [change])


@pytest.mark.parametrize("name", ["smollm2-135m", "smollm2-360m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "qwen2.5-coder-7b"])
def test_every_model_has_its_configuration(name: str) -> None:
    from server.engine.weights import load_pins

    found = configured(name, [])
    assert found.base.weights is None or found.base.weights in load_pins()
    assert found.lora.r <= 16, "vLLM serves ranks up to 16 unless told otherwise"
