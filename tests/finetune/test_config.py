from __future__ import annotations

from pathlib import Path

import pytest

from finetune.config import load_config
from finetune.errors import ConfigError

WHOLE = """
base: {model: some/model}
training: {steps: 10}
"""


def _file(folder: Path, text: str) -> Path:
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_and_what_it_leaves_out_has_its_default(tmp_path: Path) -> None:
    config = load_config(_file(tmp_path, WHOLE))
    assert config.base.model == "some/model" and config.training.steps == 10
    assert config.lora.targets == "all-linear" and config.training.packing


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (WHOLE.replace("steps: 10", "stepz: 10"), "training.stepz"),
        (WHOLE.replace("steps: 10", "steps: 10, epochs: 1"), "either steps or epochs"),
        (WHOLE.replace("steps: 10", "batch: 2"), "either steps or epochs"),
        (WHOLE.replace("steps: 10", "steps: 0"), "training.steps"),
        (WHOLE + "lora: {r: 0}", "lora.r"),
        ("training: [", "cannot be read as YAML"),
        ("", "the file"),
    ],
)
def test_what_cannot_be_is_refused_by_its_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        load_config(_file(tmp_path, text))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="no configuration no-such"):
        load_config("no-such")


def test_a_name_is_a_name_though_a_folder_is_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "qwen2.5-coder-7b").mkdir()
    assert load_config("qwen2.5-coder-7b").base.model == "Qwen/Qwen2.5-Coder-7B-Instruct"
