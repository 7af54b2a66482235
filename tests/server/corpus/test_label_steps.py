"""`hisolver corpus label ask` and `gather`: the two steps of the pipeline with people between them, against a server in memory."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retrieval.labels.scenes import choose
from server.cli import run
from server.corpus import describing, labelling
from tests.retrieval.labels.corpora import write_corpus
from tests.retrieval.labels.test_sync import URL, Shelf


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HISOLVER_DATA_DIR", str(tmp_path / "data"))
    return write_corpus(tmp_path / "corpus")


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf()

    @contextlib.contextmanager
    def opened(*_: Any) -> Iterator[Shelf]:
        yield shelf

    @contextlib.asynccontextmanager
    async def preparer(_: Any, folder: Path, __: Any) -> Any:
        yield describing.Preparer(folder, None, None, optional=True)

    monkeypatch.setattr(labelling, "_server", lambda *_: (URL, "key", None))
    monkeypatch.setattr(labelling, "_sdk", opened)
    monkeypatch.setattr(labelling, "_preparer", preparer)
    return shelf


def ask(corpus: Path, *more: str) -> int:
    return run(["corpus", "label", "ask", "--corpus", str(corpus), "--json", *more])


def gather(corpus: Path, *more: str) -> int:
    return run(["corpus", "label", "gather", "--corpus", str(corpus), "--json", *more])


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def describe_by_machine(corpus: Path, count: int) -> None:
    row = {"description": "words", "tags": [], "rating": None, "by": "m", "at": "2026-11-26T00:00:00+00:00", "machine": True}
    text = "".join(json.dumps({**row, "id": scene.id}) + "\n" for scene in choose(corpus).scenes[:count])
    (corpus / "machine_labels.jsonl").write_text(text)


def test_the_run_pauses_until_people_have_said_enough_and_then_goes_on(
    corpus: Path, studio: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(corpus, "--first", "4") == 0
    assert len(studio.rows) == 4 and json.loads((corpus / "ask.summary.json").read_text())["scenes"] == 4
    studio.annotate(0, 1, "2026-11-26T10:00:00Z", "a circle")
    capsys.readouterr()
    assert gather(corpus, "--at-least", "2") == 1
    told = capsys.readouterr().err
    assert told == (
        f"hisolver: paused for people: 1 of at least 2 scenes are described. Label on at {URL}/projects/1, "
        "then run the same command again: it goes on from here\n"
    )
    assert not (corpus / "pairs.jsonl").exists() and not (corpus / "gather.summary.json").exists()
    assert len(lines(corpus / "labels.jsonl")) == 1  # what was said so far is here
    studio.annotate(2, 2, "2026-11-26T11:00:00Z", "a square")
    assert gather(corpus, "--at-least", "2") == 0
    assert json.loads(capsys.readouterr().out)["scenes"] == 2
    assert {row["prompt"] for row in lines(corpus / "pairs.jsonl")} == {"a circle", "a square"}
    assert (corpus / "machine_pairs.jsonl").read_bytes() == b""


def test_asked_and_gathered_again_nothing_is_asked_twice_and_no_file_changes(corpus: Path, studio: Shelf) -> None:
    files = ("ask.summary.json", "pairs.jsonl", "machine_pairs.jsonl", "gather.summary.json")
    found = []
    for _ in range(2):
        assert ask(corpus, "--first", "3") == 0
        studio.annotate(0, 1, "2026-11-26T10:00:00Z", "a circle")
        assert gather(corpus) == 0
        found.append([(corpus / name).read_bytes() for name in files])
    assert found[0] == found[1]
    assert len(studio.rows) == 3


def test_people_s_words_alone_count_where_people_are_asked(corpus: Path, studio: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(corpus) == 0
    describe_by_machine(corpus, 6)
    studio.annotate(0, 1, "2026-11-26T10:00:00Z", "a circle")
    assert gather(corpus, "--at-least", "2") == 1
    assert "1 of at least 2 scenes" in capsys.readouterr().err
    assert gather(corpus) == 0
    assert (corpus / "machine_pairs.jsonl").read_bytes() == b""


def test_a_server_that_was_stopped_is_not_missed_once_there_is_enough(
    corpus: Path, studio: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(corpus) == 0
    studio.annotate(0, 1, "2026-11-26T10:00:00Z", "a circle")
    assert gather(corpus) == 0
    before = (corpus / "pairs.jsonl").read_bytes()
    studio.fails = "tasks"
    capsys.readouterr()
    assert gather(corpus) == 0
    assert "going on with what was pulled before" in capsys.readouterr().err
    assert (corpus / "pairs.jsonl").read_bytes() == before
    assert gather(corpus, "--at-least", "2") == 3  # who still waits for people must be told that it is down


def test_without_people_the_model_s_words_are_taken_and_marked(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HISOLVER_MODEL_URL", "http://127.0.0.1:9/v1")

    async def describe(self: Any, scene: Any) -> str:
        return f"what {scene.scene} shows"

    monkeypatch.setattr(describing.ModelDescriber, "describe", describe)
    assert ask(corpus, "--by", "machine", "--first", "2") == 0
    assert len(lines(corpus / "machine_labels.jsonl")) == 2
    assert gather(corpus, "--by", "machine", "--at-least", "3") == 1
    told = capsys.readouterr().err
    assert "2 of at least 3 scenes are described" in told and "people" not in told
    assert gather(corpus, "--by", "machine", "--at-least", "2") == 0
    rows = lines(corpus / "machine_pairs.jsonl")
    assert len(rows) == 2 and all(row["machine"] is True for row in rows)
    assert (corpus / "pairs.jsonl").read_bytes() == b""
    assert json.loads((corpus / "gather.summary.json").read_text())["by"] == "machine"


@pytest.mark.parametrize("command", ["ask", "gather"])
def test_without_a_label_studio_it_says_how_to_start_one(command: str, corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["corpus", "label", command, "--corpus", str(corpus)]) == 2
    told = capsys.readouterr().err
    assert "hisolver corpus label start" in told and told.count("\n") == 1
