"""The stages from the labels to the gate, really run by DVC over a corpus by hand and a base that knows nothing. It needs `.venv-dvc` (scripts/dvc.sh)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.finetune.data.making import RENDERED, record, scene, write_corpus
from tests.finetune.tiny import make_tiny

ROOT = Path(__file__).parents[1]
SHAPES = ("Circle", "Square", "Triangle", "Dot", "Star", "Ellipse", "Line", "Annulus", "Arrow", "RegularPolygon")
CALLS = ("Create", "FadeIn", "Write", "GrowFromCenter", "SpinInFromNothing", "DrawBorderThenFill")
SETTINGS = {
    "by: people": "by: machine",
    "at_least: 200": "at_least: 61",
    "finetune/configs/qwen2.5-coder-1.5b.yaml": "tiny.yaml",
    "items: 200": "items: 4",
}
CONFIG = """
base: {{model: {base}}}
lora: {{r: 4}}
training: {{max_length: 2048, batch: 1, accumulation: 1, steps: {steps}, save_every: 1}}
tracking: {{to: none}}
"""


def change(path: Path, **values: str) -> None:
    text = path.read_text()
    for before, after in values.items():
        assert before in text, before
        text = text.replace(before, after)
    path.write_text(text)


def described_corpus(folder: Path) -> Path:
    """60 scenes of as many repositories that a model described."""
    rows, labels = [], []
    for size, shape in enumerate(SHAPES, 1):
        for place, call in enumerate(CALLS):
            body = f"shape = {shape}().scale({size}).shift({place} * RIGHT)\n        self.play({call}(shape))"
            row = record(scene(f"{call}{shape}", body), name=f"{call}{shape}", repository=f"someone/{call}{shape}")
            rows.append((row, RENDERED))
            told = {"id": row["id"], "description": f"a {shape} of size {size} comes in by {call}", "by": "m", "at": "2026-11-26"}
            labels.append(told | {"tags": [], "rating": None, "machine": True})
    write_corpus(folder, rows)
    (folder / "thumbnails").mkdir()
    (folder / "thumbnails" / "one.png").write_bytes(b"")
    (folder / "machine_labels.jsonl").write_text("".join(json.dumps(label) + "\n" for label in labels))
    return folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A work tree with the pipeline as it is committed, its parameters made small."""
    if not (ROOT / ".venv-dvc" / "bin" / "dvc").exists():
        pytest.skip("DVC is not installed: `scripts/dvc.sh version` installs it into .venv-dvc")
    work = tmp_path / "work"
    for name in ("dvc.yaml", "params.yaml", ".dvcignore", ".gitignore", ".dvc/config", "scripts/dvc.sh"):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, work / name)
    shutil.copytree(ROOT / "finetune" / "data", work / "finetune" / "data")
    (work / ".venv-dvc").symlink_to((ROOT / ".venv-dvc").resolve())
    command = work / ".venv" / "bin" / "hisolver"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m server.cli "$@"\n')
    command.chmod(0o755)
    change(work / "params.yaml", **SETTINGS)
    (work / "tiny.yaml").write_text(CONFIG.format(base=make_tiny(tmp_path / "base", context=4096), steps=2))
    described_corpus(work / "corpus")
    subprocess.run(["git", "init", "-q"], cwd=work, check=True)
    return work


def repro(work: Path) -> tuple[list[str], str]:
    """Runs all from the labels on; the stages that really ran, and all that was said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HISOLVER_")}
    settings = {"PYTHONPATH": str(ROOT), "HISOLVER_DATA_DIR": str(work.parent / "data"), "HISOLVER_CACHE_DIR": str(work.parent / "cache")}
    # nobody is asked there: every scene is described
    settings["HISOLVER_MODEL_URL"] = "http://127.0.0.1:9/v1"
    command = ["sh", "scripts/dvc.sh", "repro", "--downstream", "label-push"]
    done = subprocess.run(command, cwd=work, env=kept | settings, capture_output=True, text=True)
    assert done.returncode != 0  # it ends at the pause or at the gate
    return re.findall(r"^Running stage '(.+)':", done.stdout, re.M), done.stdout + done.stderr


@pytest.mark.real
@pytest.mark.timeout(1200)
def test_it_pauses_goes_on_ends_at_the_gate_and_repeats_only_what_changed(place: Path) -> None:
    ran, told = repro(place)
    assert ran == ["label-push", "label-pull"] and "60 of at least 61 scenes are described" in told
    change(place / "params.yaml", **{"at_least: 61": "at_least: 60"})
    ran, told = repro(place)
    assert ran == ["label-pull", "dataset", "train", "prove", "publish"]
    assert "the report does not show that the adapter is better" in told and not (place / "model" / "published.json").exists()
    assert json.loads((place / "model" / "report" / "report.json").read_text())["gate"]["passed"] is False
    first = (place / "model" / "run" / "run.json").read_bytes()
    ran, _ = repro(place)
    assert ran == ["label-pull", "publish"]
    (place / "tiny.yaml").write_text((place / "tiny.yaml").read_text().replace("steps: 2", "steps: 3"))
    ran, _ = repro(place)
    assert ran == ["label-pull", "train", "prove", "publish"]
    assert (place / "model" / "run.before-1" / "run.json").read_bytes() == first
    assert json.loads((place / "model" / "run" / "train.summary.json").read_text())["steps"] == 3
