"""Weights & Biases by setting, with a stand-in of its library; trackio, the default, with its real one in test_run.py."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from finetune.config import TrackingConfig
from finetune.errors import ConfigError
from finetune.train.tracking import start_tracking

WANDB = TrackingConfig(to="wandb", project="tiny")


class Wandb(ModuleType):
    """`init`, `finish`, and a run's `log`, as wandb has them."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__("wandb")
        self.begun: dict[str, Any] = {}
        self.logged: list[tuple[int, dict[str, float]]] = []
        self.finished = 0
        self.failure = failure

    def init(self, **options: Any) -> Wandb:
        self.begun = options
        return self

    def log(self, values: dict[str, float], *, step: int) -> None:
        if self.failure is not None:
            raise self.failure
        print("syncing ...")
        self.logged.append((step, values))

    def finish(self) -> None:
        self.finished += 1


def test_wandb_gets_every_step_by_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    library = Wandb()
    monkeypatch.setitem(sys.modules, "wandb", library)
    tracker = start_tracking(WANDB, tmp_path / "run", {"lora": {"r": 4}})
    tracker.add({"step": 1, "loss": 2.5, "at": 0.0})
    tracker.add({"step": 1, "evaluation_loss": 2.0, "at": 0.0})
    tracker.close()
    assert library.begun == {"project": "tiny", "name": "run", "config": {"lora": {"r": 4}}, "resume": "allow"}
    assert library.logged == [(1, {"loss": 2.5}), (1, {"evaluation_loss": 2.0})] and library.finished == 1
    assert capsys.readouterr().out == ""


def test_a_tracker_that_fails_does_not_stop_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", Wandb(OSError("the network is gone")))
    tracker = start_tracking(WANDB, tmp_path / "run", {})
    tracker.add({"step": 1, "loss": 2.5, "at": 0.0})
    tracker.close()


def test_without_wandb_it_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ConfigError, match="pip install wandb"):
        start_tracking(WANDB, tmp_path / "run", {})
