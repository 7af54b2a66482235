"""The command over real scenes: rendered in the sandbox, stopped, gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agents.errors import NoSandbox
from agents.sandbox import probe
from retrieval.records import SceneRecord
from server.cli import run
from tests.retrieval.validate.conftest import results, write

ROOT = Path(__file__).parents[3]
ORDINARY = """from manim import *


class Ordinary(Scene):
    def construct(self):
        formula = MathTex("E = mc^2")
        self.play(Write(formula), run_time=0.4)
        self.play(Create(Circle()), run_time=0.4)
"""
FAULTY = "from manim import *\n\n\nclass Faulty(Scene):\n    def construct(self):\n        self.play(Creat(Circle()))\n"
NOSY = "import subprocess\nfrom manim import *\n\n\nclass Nosy(Scene):\n    def construct(self):\n        self.add(Circle())\n"
ENDLESS = "from manim import *\n\n\nclass Endless(Scene):\n    def construct(self):\n        while True:\n            pass\n"


def scene(code: str) -> SceneRecord:
    from retrieval.records import scene_id

    name = code.split("class ")[1].split("(")[0]
    return SceneRecord(id=scene_id(code), scene=name, source="made: up", licence="MIT", description=name, code=code)


@pytest.fixture
def sandboxed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HISOLVER_DATA_DIR", str(tmp_path / "data"))
    try:
        probe()
    except NoSandbox as error:
        pytest.skip(f"no sandbox on this machine: {error.message}")


@pytest.mark.real
@pytest.mark.timeout(900)
def test_scenes_are_rendered_in_the_sandbox_and_told_of(sandboxed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = tmp_path / "data" / "corpus"  # the default place
    good, bad, refused = scene(ORDINARY), scene(FAULTY), scene(NOSY)
    write(corpus, [good, bad, refused])
    assert run(["corpus", "validate", "--timeout", "240", "--json"]) == 0
    summary: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (summary["rendered"], summary["failed"], summary["fresh"]) == (1, 2, 3)
    told = results(corpus)
    assert told[bad.id]["error"]["kind"] == "api" and told[bad.id]["error"]["line"] == 6
    assert told[refused.id]["error"]["kind"] == "policy"
    assert told[good.id]["formulas"] == ["E = mc^2"]
    assert told[good.id]["seconds"] == pytest.approx(0.8, abs=0.15)
    assert {"MathTex", "Circle"} <= {item["kind"] for item in told[good.id]["shown"]}
    with Image.open(corpus / told[good.id]["thumbnail"]) as picture:
        assert picture.format == "PNG" and picture.size == (320, 180)
        assert max(picture.convert("L").getdata()) > 100  # something is to be seen
    assert run(["corpus", "validate", "--timeout", "240", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["fresh"] == 0


@pytest.mark.real
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_ends_the_sandboxes_and_the_scene_is_not_marked(sandboxed: None, tmp_path: Path, stop: signal.Signals, code: int) -> None:
    corpus = tmp_path / "corpus"
    write(corpus, [scene(ENDLESS)])
    command = [sys.executable, "-m", "server.cli", "corpus", "validate", "--corpus", str(corpus), "--timeout", "600"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True)
    scratch = corpus / "work" / "validate" / "scratch"
    deadline = time.monotonic() + 400
    while not any(scratch.glob("validate-*")) if scratch.exists() else True:  # the control scene has rendered, the endless one runs
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.2)
    process.send_signal(stop)
    _, said = process.communicate(timeout=120)
    assert process.returncode == code
    assert said.splitlines()[-1] == "stopped"
    assert not (corpus / "validated.jsonl").exists() and (corpus / "work/validate/journal.jsonl").read_text() == ""
    left = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(corpus) not in left


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 3, "hisolver corpus preprocess"),
        (["--limit", "0"], 2, "--limit"),
        (["--timeout", "0"], 2, "--timeout"),
        (["--quality", "x"], 2, "quality"),
        (["--scheduler", "tcp://10.1.2.3:8786"], 2, "without TLS"),
        (["--scheduler", "nonsense"], 2, "no scheduler"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    sandboxed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    assert run(["corpus", "validate", "--corpus", str(tmp_path / "none"), *arguments]) == code
    said = capsys.readouterr().err
    assert words in said and len(said.splitlines()) == 1


def test_a_scheduler_that_does_not_answer_marks_no_scene(sandboxed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path / "corpus", [scene(ORDINARY)])
    assert run(["corpus", "validate", "--corpus", str(tmp_path / "corpus"), "--scheduler", "tcp://127.0.0.1:9"]) == 3
    assert "cannot be reached" in capsys.readouterr().err
    assert not (tmp_path / "corpus" / "validated.jsonl").exists()
