"""The collector as a process: killed, doubled, short of room."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from retrieval.collect import collect
from retrieval.ledger import Ledger
from retrieval.opt_out import OptOut, opt_out
from retrieval.sources.base import Found, Known, Snapshot, SourceName, Target
from retrieval.store import corpus_version, read_corpus
from tests.retrieval.github_server import GithubServer, many

COMMAND = [sys.executable, "-m", "server.cli", "corpus", "collect"]


def command(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, **environment})


def held(folder: Path) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in read_corpus(folder):
        assert hashlib.sha256(file.content).hexdigest() == file.sha256
        found.setdefault(file.repository.name, {})[file.path] = file.sha256
    return found


@pytest.mark.timeout(600)
def test_killed_again_and_again_it_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Twenty repositories, three kills: each after another part of the archives was handed out, and a random while."""
    chance = random.Random(11)
    arguments = [*COMMAND, "github", "--topic", "manim", "--json", "--corpus", str(tmp_path), "--workers", "3"]
    with GithubServer(many(20, 30), archive_delay=0.15) as server:
        for kill in range(1, 4):
            process = subprocess.Popen([*arguments, "--base-url", server.url], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            while sum(server.archives.values()) < kill * 5 and process.poll() is None:
                time.sleep(0.01)
            time.sleep(chance.random() * 0.1)
            assert process.poll() is None, process.communicate()
            process.send_signal(signal.SIGKILL)
            process.communicate()
        done = command("github", "--topic", "manim", "--json", "--corpus", tmp_path, "--base-url", server.url)
        assert done.returncode == 0, done.stderr
        assert held(tmp_path) == server.expected()
        # what was written before a kill is not fetched again: at most what each kill caught on its way
        assert sum(server.archives.values()) <= 20 + 3 * 5
        again = command("github", "--topic", "manim", "--json", "--corpus", tmp_path, "--base-url", server.url)
    assert json.loads(again.stdout)["repositories"] == {"unchanged": 20}
    assert json.loads((tmp_path / "collect.summary.json").read_text()) == json.loads(again.stdout)


def test_two_collectors_at_once_are_told_apart(tmp_path: Path) -> None:
    with GithubServer(many(3, 2), archive_delay=0.5) as server:
        arguments = ["github", "--topic", "manim", "--json", "--corpus", str(tmp_path), "--base-url", server.url]
        first = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True)
        while not server.archives and first.poll() is None:
            time.sleep(0.02)
        first.send_signal(signal.SIGSTOP)
        second = command(*arguments)
        first.send_signal(signal.SIGCONT)
        assert second.returncode == 3 and f"another collector (process {first.pid})" in second.stderr and second.stdout == ""
        assert json.loads(first.communicate()[0])["repositories"] == {"collected": 3}


def test_the_token_is_a_setting_and_a_wrong_one_is_wrong_usage(tmp_path: Path) -> None:
    with GithubServer(many(2, 2), token="right") as server:
        arguments = ["github", "--topic", "manim", "--json", "--corpus", tmp_path, "--base-url", server.url]
        wrong = command(*arguments, HISOLVER_GITHUB_TOKEN="wr0ng")
        assert (wrong.returncode, wrong.stdout) == (2, "") and "HISOLVER_GITHUB_TOKEN" in wrong.stderr and "wr0ng" not in wrong.stderr
        assert command(*arguments, HISOLVER_GITHUB_TOKEN="a\nb").returncode == 2
        right = command(*arguments, HISOLVER_GITHUB_TOKEN="right")
        assert json.loads(right.stdout)["repositories"] == {"collected": 2}
    assert b"right" not in (tmp_path / "corpus.sqlite").read_bytes() + (tmp_path / "collect.sqlite").read_bytes()


def test_a_run_that_ends_early_says_so_in_its_summary(tmp_path: Path) -> None:
    with GithubServer(many(6, 2), core=3) as server:
        ended = command("github", "--topic", "manim", "--max-wait", "5", "--corpus", tmp_path, "--base-url", server.url)
    assert ended.returncode == 3 and ended.stderr.count("\n") == 1 and "goes on later" in ended.stderr
    summary: dict[str, Any] = json.loads((tmp_path / "collect.summary.json").read_text())
    assert summary["finished"] is False and "goes on later" in summary["stopped_by"] and summary["repositories"] == {"collected": 2}


def test_nothing_but_failures_is_a_job_that_failed(tmp_path: Path) -> None:
    with GithubServer(many(1, 1)) as server:
        gone = command("github", "--repository", "no/where", "--corpus", tmp_path, "--base-url", server.url)
    assert gone.returncode == 1 and "1 gone" in gone.stdout and "not_found 1" in gone.stdout


def test_the_same_files_make_the_same_version_whatever_the_order(tmp_path: Path) -> None:
    with GithubServer(many(4, 3)) as server:
        for name, workers in (("one", "1"), ("two", "4")):
            command("github", "--topic", "manim", "--corpus", tmp_path / name, "--base-url", server.url, "--workers", workers)
    assert corpus_version(tmp_path / "one") == corpus_version(tmp_path / "two")


@pytest.mark.parametrize(
    "name", ["Ann/Videos", "https://github.com/ann/videos.git", "https://github.com/ann/videos", "bob/anything", "BadPackage==1.2"]
)
def test_an_opted_out_name_is_known_however_it_is_written(name: str, tmp_path: Path) -> None:
    (tmp_path / "opt_out.txt").write_text("# mine\nann/videos  # asked by mail\nbob/*\nbadpackage\n")
    assert name in opt_out(tmp_path)
    assert "cyd/videos" not in opt_out(tmp_path) and name not in OptOut([])


def test_ctrl_c_ends_a_run_at_once_and_the_next_one_goes_on(tmp_path: Path) -> None:
    with GithubServer(many(30, 3), archive_delay=0.3) as server:
        arguments = ["github", "--topic", "manim", "--json", "--corpus", str(tmp_path), "--base-url", server.url]
        process = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        while sum(server.archives.values()) < 8 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 130 and "Traceback" not in complaint
        summary = json.loads((tmp_path / "collect.summary.json").read_text())
        assert summary["finished"] is False and summary["stopped_by"] == "interrupted" and len(held(tmp_path)) < 30
        assert command(*arguments).returncode == 0 and held(tmp_path) == server.expected()


def test_a_terminal_gets_a_bar_and_names_that_cannot_drive_it(tmp_path: Path) -> None:
    folder = tmp_path / "evil\x1b[31m[bold]"
    folder.mkdir()
    (folder / "a.py").write_text("import manim\n")
    ours, theirs = pty.openpty()
    arguments = [*COMMAND, "folder", str(folder), "--corpus", str(tmp_path / "corpus")]
    done = subprocess.run(arguments, stdout=subprocess.PIPE, stderr=theirs, text=True, env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 0 and "1 collected" in done.stdout and "1/1" in shown and "\x1b[31m[bold]" not in shown


def test_what_was_found_long_ago_is_looked_for_anew(tmp_path: Path) -> None:
    with Ledger(tmp_path) as ledger:
        begun = ledger.begin("github", "x")
        ledger.add(Found("q"), [Target("a/b")])
    with Ledger(tmp_path) as ledger:
        assert ledger.begin("github", "x") == begun and ledger.asked() == {"q"} and ledger.pending() == [Target("a/b")]
        assert ledger.begin("github", "y") and ledger.asked() == frozenset()
    with sqlite3.connect(tmp_path / "collect.sqlite") as base:
        base.execute("UPDATE runs SET started_at = '2020-01-01T00:00:00+00:00'")
    with Ledger(tmp_path) as ledger:
        assert ledger.begin("github", "x") >= begun and ledger.pending() == []


class Broken:
    """A source with a fault in its code that one of its repositories brings out."""

    name: SourceName = "folder"
    workers = 2
    request = "x"

    def find(self, asked: Collection[str], started: date) -> Iterator[Found]:
        yield Found("all", (Target("good"), Target("bad"), Target("better")))

    def fetch(self, target: Target, known: Known | None) -> Snapshot:
        if target.name == "bad":
            raise KeyError("nobody thought of this")
        return Snapshot(target.name, "1", "MIT", {"a.py": b"import manim\n"})

    def counts(self) -> dict[str, float]:
        return {}

    def close(self) -> None: ...


def test_a_fault_of_ours_costs_one_repository(tmp_path: Path) -> None:
    summary = collect(Broken(), tmp_path, opt_out=())
    assert summary["repositories"] == {"collected": 2, "failed": 1} and summary["reasons"] == {"unexpected_KeyError": 1}
