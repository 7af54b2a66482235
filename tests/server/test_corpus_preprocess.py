"""`hisolver corpus preprocess` and `export-tasks` from the command line."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

import pytest

from server.cli import run

SCENE = "from manim import *\n\n\nclass Film(Scene):\n    def construct(self):\n        self.add(Dot())\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    digest = hashlib.sha256(SCENE.encode()).hexdigest()
    with closing(sqlite3.connect(tmp_path / "corpus.sqlite")) as connection:
        connection.executescript(
            "CREATE TABLE repositories(id INTEGER PRIMARY KEY, source, name, licence, revision, state);"
            "CREATE TABLE files(repository INTEGER, path, sha256); CREATE TABLE blobs(sha256, content);"
            "INSERT INTO repositories VALUES (1, 'folder', 'films', 'MIT', '', 'collected');"
        )
        connection.execute("INSERT INTO files VALUES (1, 'film.py', ?)", (digest,))
        connection.execute("INSERT INTO blobs VALUES (?, ?)", (digest, zlib.compress(SCENE.encode())))
        connection.commit()
    return tmp_path


def test_scenes_and_tasks_are_written_and_told(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["corpus", "preprocess", "--corpus", str(corpus), "--workers", "1", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["scenes"], summary["files"], summary["sources"]) == (1, 1, {"folder": 1})
    assert run(["corpus", "preprocess", "--corpus", str(corpus)]) == 0
    assert "1 scenes (1 distinct) from 1 files of 1 repositories" in capsys.readouterr().out
    assert run(["corpus", "export-tasks", "--corpus", str(corpus), "-o", str(corpus / "tasks.jsonl"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tasks"] == 1
    assert json.loads((corpus / "tasks.jsonl").read_text())["data"]["code"] == SCENE


def test_what_is_missing_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["corpus", "preprocess", "--corpus", str(tmp_path)]) == 3
    assert "hisolver corpus collect" in capsys.readouterr().err
    assert run(["corpus", "export-tasks", "--corpus", str(tmp_path), "-o", str(tmp_path / "out")]) == 3
    assert "hisolver corpus preprocess" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["preprocess", "--scheduler", "tcp://10.0.0.1:8786"], "TLS"),
        (["preprocess", "--scheduler", "nonsense"], "no scheduler"),
        (["preprocess", "--workers", "0"], "--workers"),
        (["export-tasks", "-o", "/nowhere/at/all"], "does not exist"),
        (["export-tasks", "-o", "/tmp"], "folder"),
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["corpus", *arguments]) == 2
    assert words in capsys.readouterr().err
