"""Issue 6's list of bad input, as a user meets it: one line with the reason, an exit code, and nothing begun or lost.

A disk that is full at a checkpoint, and memory that ends, need a process of their own: tests/finetune/train/test_run.py.
"""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest

from finetune.train.device import Device
from server.cli import run
from tests.finetune.adapters import write_run
from tests.finetune.tiny import example, make_dataset, make_tiny

REFUSED, USAGE = 1, 2


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(tmp_path_factory.mktemp("base") / "tiny")


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISOLVER_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("HISOLVER_DATA_DIR", str(tmp_path / "data"))
    for name in ("HISOLVER_ADAPTERS", "HISOLVER_MODEL_URL", "HISOLVER_WEIGHTS", "HISOLVER_CODER_MODEL"):
        monkeypatch.delenv(name, raising=False)


def config(base: Path, folder: Path) -> Path:
    file = folder / "tiny.yaml"
    file.write_text(
        f"base: {{model: {base}}}\nlora: {{r: 4}}\n"
        "training: {max_length: 256, batch: 2, accumulation: 2, steps: 2, save_every: 1}\ntracking: {to: none}\n"
    )
    return file


def train(base: Path, data: Path, folder: Path, *more: str) -> int:
    return run(["finetune", "train", str(config(base, folder)), "--data", str(data), "-o", str(folder / "run"), *more])


class Evil:
    """Whose unpickling leaves a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return (Path.touch, (self.mark,))


def lines(*rows: dict[str, str]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (lines({"instruction": "Two?"}, {"instruction": "Three?", "output": " "}), "2 rows: no answer"),
        (
            lines({"prompt": "a", "completion": "b"}) + '{"prompt": "é", "completion": "ü"}\n'.encode() + b'{"prompt": "\xe9"}\n',
            "mixes encodings: line 3",
        ),
        (lines(*({"prompt": f"Is {n} even?", "completion": "Yes."} for n in range(10_000))), "10000 of 10000 answers are the same"),
    ],
    ids=["empty", "blank", "without answers", "mixed encodings", "one label ten thousand times"],
)
def test_data_that_are_no_use_make_no_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, told: str) -> None:
    (tmp_path / "own.jsonl").write_bytes(content)
    assert run(["finetune", "data", "make", "-o", str(tmp_path / "set"), "--file", str(tmp_path / "own.jsonl")]) == REFUSED
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1 and not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    ("rows", "code", "told"),
    [
        ([], USAGE, "the split is empty"),
        ([example("Two?", "2"), example("Three?", "")], REFUSED, "have no answer"),
        ([example(f"Is {n} even?", "Yes.") for n in range(10_000)], REFUSED, "stands in 10000 of 10000 rows"),
        ([example("Two? " * 400, "2"), example("Two?", "2")], REFUSED, "1 of 2 prompts have no room for an answer in 256 tokens"),
    ],
    ids=["empty", "without answers", "one label ten thousand times", "prompts longer than the context"],
)
def test_a_data_set_that_teaches_nothing_is_not_trained_on(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: list[dict[str, Any]], code: int, told: str
) -> None:
    data = make_dataset(tmp_path / "set", train=rows, validation=0, test=0)
    assert train(base, data, tmp_path) == code
    assert told in capsys.readouterr().err and not (tmp_path / "run" / "run.json").exists()


def test_a_base_with_code_of_its_own_is_not_trained(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strange = tmp_path / "strange"
    shutil.copytree(base, strange)
    described = json.loads((strange / "config.json").read_text())
    (strange / "config.json").write_text(json.dumps({**described, "auto_map": {"AutoModelForCausalLM": "modeling.Model"}}))
    (strange / "modeling.py").write_text(f"open({str(tmp_path / 'mark')!r}, 'w')\n")
    assert train(strange, make_dataset(tmp_path / "set"), tmp_path) == USAGE
    assert "Python code of its own" in capsys.readouterr().err
    assert not (tmp_path / "mark").exists() and not (tmp_path / "run" / "run.json").exists()


def test_a_gpu_that_someone_else_holds_is_left_alone(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What torch would say of it, on a machine without one."""
    taken = Device("cuda", "a GPU", free_bytes=1_000_000, total_bytes=80_000_000_000, bf16=True, flash=False, four_bits=False)
    monkeypatch.setattr("finetune.train.prepare.find_device", lambda: taken)
    monkeypatch.setattr("finetune.preflight.check.speed_of", lambda kind, precision: 1e12)
    assert train(base, make_dataset(tmp_path / "set"), tmp_path) == REFUSED
    assert "someone else holds 80.0 GB of this GPU" in capsys.readouterr().err and not (tmp_path / "run" / "run.json").exists()


@pytest.mark.parametrize("name", ["adapter_model.bin", "adapter_model.safetensors"])
def test_a_pickled_checkpoint_is_not_gone_on_with(base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Whatever the pickle is called; once it is removed, the run goes on from the checkpoint before it."""
    data = make_dataset(tmp_path / "set")
    assert train(base, data, tmp_path) == 0
    made = tmp_path / "run"
    whole = (made / "adapter" / "adapter_model.safetensors").read_bytes()
    shutil.rmtree(made / "adapter")
    (made / "train.summary.json").unlink()
    last = made / "checkpoints" / "step-000002"
    (last / "adapter_model.safetensors").unlink()
    (last / name).write_bytes(pickle.dumps(Evil(tmp_path / "mark")))
    capsys.readouterr()
    assert train(base, data, tmp_path, "--resume") == REFUSED
    assert f"remove {last} to go on from the checkpoint before it" in capsys.readouterr().err
    assert not (tmp_path / "mark").exists() and not (made / "adapter").exists()
    shutil.rmtree(last)
    assert train(base, data, tmp_path, "--resume") == 0
    assert (made / "adapter" / "adapter_model.safetensors").read_bytes() == whole


def test_a_pickled_adapter_is_not_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = write_run(tmp_path / "run")
    (made / "adapter" / "adapter_model.safetensors").unlink()
    (made / "adapter" / "adapter_model.bin").write_bytes(pickle.dumps(Evil(tmp_path / "mark")))
    assert run(["finetune", "publish", str(made), "--name", "a", "--publish-although-not-better"]) == REFUSED
    assert "adapter_model.safetensors" in capsys.readouterr().err and not (tmp_path / "mark").exists()
    assert not (tmp_path / "data" / "adapters" / "a").exists()


def test_a_rank_above_what_the_server_allows_is_not_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HISOLVER_MAX_LORA_RANK", "2")
    assert run(["finetune", "publish", str(write_run(tmp_path / "run")), "--name", "a", "--publish-although-not-better"]) == REFUSED
    assert "HISOLVER_MAX_LORA_RANK" in capsys.readouterr().err and not (tmp_path / "data" / "adapters" / "a").exists()
