"""The stages from the labels to the gate, really run by DVC over a corpus by hand and a base that knows nothing. It needs `.venv-dvc` (scripts/dvc.sh).

Once with a model's labels, once with those of two people in a real Label Studio.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fake_vllm import Vllm
from tests.finetune.data.making import RENDERED, record, scene, write_corpus
from tests.finetune.tiny import make_tiny
from tests.label_studio import Studio, annotate, clean_environment, said

ROOT = Path(__file__).parents[1]
SHAPES = ("Circle", "Square", "Triangle", "Dot", "Star", "Ellipse", "Line", "Annulus", "Arrow", "RegularPolygon")
CALLS = ("Create", "FadeIn", "Write", "GrowFromCenter", "SpinInFromNothing", "DrawBorderThenFill")
SETTINGS = {
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


def make_place(work: Path) -> Path:
    """A work tree with the pipeline as it is committed, its parameters made small."""
    if not (ROOT / ".venv-dvc" / "bin" / "dvc").exists():
        pytest.skip("DVC is not installed: `scripts/dvc.sh version` installs it into .venv-dvc")
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
    (work / "tiny.yaml").write_text(CONFIG.format(base=make_tiny(work.parent / "base", context=4096), steps=2))
    described_corpus(work / "corpus")
    subprocess.run(["git", "init", "-q"], cwd=work, check=True)
    return work


def repro(work: Path, data: Path) -> tuple[list[str], str]:
    """Runs all from the labels on, with `data` as HiSolver's data folder, until the pause or the gate; the stages that really ran, and all that was said."""
    # nobody is asked there: every scene is described
    done = run(work, ["sh", "scripts/dvc.sh", "repro", "--downstream", "label-push"], data, HISOLVER_MODEL_URL="http://127.0.0.1:9/v1")
    assert done.returncode != 0
    return re.findall(r"^Running stage '(.+)':", done.stdout, re.M), done.stdout + done.stderr


def run(work: Path, command: list[str], data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = clean_environment(data, PYTHONPATH=str(ROOT), **settings)
    return subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.real
@pytest.mark.timeout(1200)
def test_it_pauses_goes_on_ends_at_the_gate_and_repeats_only_what_changed(tmp_path: Path, vllm: Vllm) -> None:
    place = make_place(tmp_path / "work")
    change(place / "params.yaml", **{"by: people": "by: machine"})
    ran, told = repro(place, tmp_path / "data")
    assert ran == ["label-push", "label-pull"] and "60 of at least 61 scenes are described" in told
    change(place / "params.yaml", **{"at_least: 61": "at_least: 60"})
    ran, told = repro(place, tmp_path / "data")
    assert ran == ["label-pull", "dataset", "train", "prove", "publish"]
    assert "the report does not show that the adapter is better" in told and not (place / "model" / "published.json").exists()
    assert json.loads((place / "model" / "report" / "report.json").read_text())["gate"]["passed"] is False
    first = (place / "model" / "run" / "run.json").read_bytes()
    ran, _ = repro(place, tmp_path / "data")
    assert ran == ["label-pull", "publish"]
    (place / "tiny.yaml").write_text((place / "tiny.yaml").read_text().replace("steps: 2", "steps: 3"))
    ran, _ = repro(place, tmp_path / "data")
    assert ran == ["label-pull", "train", "prove", "publish"]
    assert (place / "model" / "run.before-1" / "run.json").read_bytes() == first
    assert json.loads((place / "model" / "run" / "train.summary.json").read_text())["steps"] == 3

    # nothing this small passes the gate: published against its advice, the last stage is run by itself
    publish = ["finetune", "publish", "model/run", "--name", "manim", "--report", "model/report", "--receipt", "model/published.json"]
    done = run(place, [".venv/bin/hisolver", *publish, "--publish-although-not-better"], tmp_path / "data")
    assert done.returncode == 0, done.stderr
    settings = {f"HISOLVER_{role}_MODEL": "base" for role in ("SOLVER", "CODER", "TUTOR")}
    deploy = ["sh", "scripts/dvc.sh", "repro", "--single-item", "deploy"]
    done = run(place, deploy, tmp_path / "data", HISOLVER_MODEL_URL=vllm.url, **settings)
    assert done.returncode == 0 and "Running stage 'deploy':" in done.stdout, done.stdout + done.stderr
    version = json.loads((place / "model" / "published.json").read_text())["version"]
    assert list(vllm.loaded) == [f"manim-{version}"]
    assert json.loads((tmp_path / "data" / "adapters" / "roles.json").read_text()) == {"coder": "manim"}


@pytest.mark.real
@pytest.mark.timeout(1800)
def test_it_fills_label_studio_waits_for_people_and_goes_on_from_what_they_said(studio: Studio) -> None:
    place = make_place(studio.root / "pipeline" / "work")
    ran, told = repro(place, studio.data)
    assert ran == ["label-push", "label-pull"]
    asked = re.search(r"paused for people: 0 of at least 61 scenes are described\. Label on at (\S+)/projects/(\d+),", told)
    assert asked is not None and asked[1] == studio.url, told
    tasks = studio.tasks(int(asked[2]))
    assert len(tasks) == 60
    for task in tasks:
        annotate(studio.ada, task["id"], said(f"people see {task['data']['title']}", ["geometry"], 4))
    annotate(studio.bob, tasks[0]["id"], said("bob sees it otherwise", ["geometry"], 5))
    ran, told = repro(place, studio.data)
    assert ran == ["label-pull"] and "60 of at least 61 scenes are described" in told  # nothing is pushed again
    change(place / "params.yaml", **{"at_least: 61": "at_least: 60"})
    ran, told = repro(place, studio.data)
    assert ran == ["label-pull", "dataset", "train", "prove", "publish"]
    assert "the report does not show that the adapter is better" in told
    pairs = [json.loads(line) for line in (place / "corpus" / "pairs.jsonl").read_text().splitlines()]
    assert len(pairs) == 61 and {pair["by"] for pair in pairs} == {"ada@example.com", "bob@example.com"}
    assert (place / "corpus" / "machine_pairs.jsonl").read_text() == ""  # the model's words were drafts only
    examples = (place / "model" / "data" / "train.jsonl").read_text()
    assert "people see" in examples and "comes in by" not in examples
