"""Push, pull and the project against a server of the same interface that fails where it is told to."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from retrieval.errors import LabelError
from retrieval.labels.client import SdkServer
from retrieval.labels.project import make_project, open_project
from retrieval.labels.scenes import choose
from retrieval.labels.sync import pull, push
from retrieval.labels.tasks import FOUND, Draft, local_media
from tests.retrieval.labels.corpora import write_corpus

URL = "http://labels.test"


class Shelf:
    """A server in memory. `fails` names an operation that raises; `loses` one that works, and whose answer is lost; `hides` keeps tasks out of lists."""

    def __init__(self) -> None:
        self.projects: dict[int, dict[str, Any]] = {}
        self.rows: list[dict[str, Any]] = []
        self.begun: set[int] = set()
        self.fails = self.loses = ""
        self.hides = 0
        self.imports = 0

    def _do(self, name: str) -> None:
        if self.fails == name:
            raise LabelError("no", "down")

    def _done(self, name: str) -> None:
        if self.loses == name:
            self.loses = ""
            raise LabelError("no answer", "down")

    def whoami(self) -> str:
        return "ada@x"

    def find_project(self, marker: str) -> int | None:
        return next((number for number, project in self.projects.items() if marker in project["description"]), None)

    def create_project(self, settings: Mapping[str, Any]) -> int:
        self._do("create")
        number = len(self.projects) + 1
        self.projects[number] = dict(settings)
        self._done("create")
        return number

    def project_config(self, project: int) -> str:
        if project not in self.projects:
            raise LabelError("404", "gone")
        return str(self.projects[project]["label_config"])

    def serve_folders(self, project: int, paths: Sequence[str]) -> None: ...

    def users(self) -> dict[int, str]:
        return {1: "ada@x"}

    def tasks(self, project: int, *, annotations: bool) -> Iterator[dict[str, Any]]:
        yield from self.rows[: len(self.rows) - self.hides]
        self._do("tasks")

    def annotation_is_there(self, annotation: int) -> bool:
        return any(one["annotation"] == annotation for row in self.rows for one in row["annotations"])

    def import_tasks(self, project: int, tasks: Sequence[Mapping[str, Any]]) -> int:
        self._do("import")
        self.imports += 1
        for task in tasks:
            number = len(self.rows) + 1
            self.rows.append(
                {"task": number, "scene_id": task["data"]["scene_id"], "draft": task["data"]["draft"], "taken": False, "annotations": []}
            )
        self._done("import")
        return len(tasks)

    def without_drafts(self, tasks: Sequence[int]) -> list[int]:
        return [task for task in tasks if task not in self.begun]

    def delete_tasks(self, tasks: Sequence[int]) -> None:
        self.rows = [row for row in self.rows if row["task"] not in tasks]

    def annotate(self, row: int, number: int, at: str, text: str) -> None:
        result = [{"from_name": "description", "value": {"text": [text]}}]
        self.rows[row]["taken"] = True
        self.rows[row]["annotations"] = [
            {
                "annotation": number,
                "completed_by": 1,
                "created_at": at,
                "updated_at": at,
                "was_cancelled": False,
                "lead_time": 1,
                "result": result,
            }
        ]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


async def drafts(scenes: Any) -> dict[str, Draft]:
    return {scene.id: Draft(scene.description, FOUND) for scene in scenes}


async def test_an_import_whose_answer_was_lost_leaves_no_doubles(corpus: Path) -> None:
    server, scenes = Shelf(), choose(corpus).scenes
    server.loses = "import"
    with pytest.raises(LabelError):
        await push(server, 1, scenes, drafts, local_media(corpus))
    assert len(server.rows) == 6  # it had worked
    counts = await push(server, 1, scenes, drafts, local_media(corpus))
    assert counts["added"] == 0 and len(server.rows) == 6


async def test_doubles_that_slipped_in_go_but_those_with_work_in_them_stay(corpus: Path) -> None:
    server, scenes = Shelf(), choose(corpus).scenes
    await push(server, 1, scenes, drafts, local_media(corpus))
    server.rows += [{**row, "task": row["task"] + 100} for row in server.rows[:2]]
    server.rows[-1]["taken"] = True
    server.rows.append({**server.rows[2], "task": 103})
    server.begun.add(103)  # a draft, which no listing tells of
    counts = await push(server, 1, scenes, drafts, local_media(corpus))
    assert counts["doubles removed"] == 2
    assert sorted(row["task"] for row in server.rows) == [1, 3, 4, 5, 6, 102, 103]


def test_a_pull_that_breaks_off_writes_nothing(corpus: Path) -> None:
    server = Shelf()
    server.rows = [{"task": 1, "scene_id": "a" * 16, "draft": "", "taken": True, "annotations": []}]
    server.annotate(0, 7, "2026-11-26T10:00:00Z", "first")
    pull(server, 1, corpus)
    before = (corpus / "annotations.jsonl").read_bytes()
    server.annotate(0, 7, "2026-11-26T11:00:00Z", "second")
    server.fails = "tasks"
    with pytest.raises(LabelError):
        pull(server, 1, corpus)
    assert (corpus / "annotations.jsonl").read_bytes() == before
    server.fails = ""
    assert pull(server, 1, corpus)["annotations"]["changed"] == 1


def test_an_annotation_that_a_listing_missed_is_not_taken_for_deleted(corpus: Path) -> None:
    server = Shelf()
    server.rows = [{"task": n, "scene_id": str(n) * 16, "draft": "", "taken": True, "annotations": []} for n in (1, 2)]
    for row in (0, 1):
        server.annotate(row, 7 + row, "2026-11-26T10:00:00Z", "words")
    pull(server, 1, corpus)
    server.hides = 1
    assert pull(server, 1, corpus)["annotations"] == {"new": 0, "changed": 0, "same": 2, "deleted": 0}
    server.rows.pop()
    server.hides = 0
    assert pull(server, 1, corpus)["annotations"]["deleted"] == 1


def test_an_annotation_that_cannot_be_read_is_counted_and_costs_no_other(corpus: Path) -> None:
    server = Shelf()
    server.rows = [{"task": n, "scene_id": str(n) * 16, "draft": "", "taken": True, "annotations": []} for n in (1, 2)]
    server.annotate(0, 7, "once upon a time", "words")
    server.annotate(1, 8, "2026-11-26T10:00:00Z", "words")
    (corpus / "validate.summary.json").write_text('{"corpus": "0123456789abcdef"}')
    summary = pull(server, 1, corpus)
    assert summary["left out"] == {"unreadable annotation": 1} and summary["annotations"]["new"] == 1
    assert summary["corpus"] == "0123456789abcdef"


def test_a_project_is_made_once_whatever_breaks_off(corpus: Path) -> None:
    server = Shelf()
    server.fails = "create"
    with pytest.raises(LabelError):
        make_project(corpus, server, URL, title="t", labellers=2)
    server.fails, server.loses = "", "create"
    with pytest.raises(LabelError):
        make_project(corpus, server, URL, title="t", labellers=2)
    assert make_project(corpus, server, URL, title="t", labellers=2) == 1 and len(server.projects) == 1
    assert open_project(corpus, server, URL) == 1


def test_another_server_or_another_kind_of_project_is_refused(corpus: Path) -> None:
    server = Shelf()
    with pytest.raises(LabelError, match="corpus label push"):
        open_project(corpus, server, URL)
    make_project(corpus, server, URL, title="t", labellers=2)
    with pytest.raises(LabelError, match=r"labelled at http://labels\.test"):
        make_project(corpus, Shelf(), "http://other.test", title="t", labellers=2)
    assert open_project(corpus, server, URL) == 1
    server.projects[7] = {"description": "", "label_config": '<View><Text name="text" value="$text"/></View>'}
    with pytest.raises(LabelError, match="no field description, rating, tags"):
        make_project(corpus, server, URL, title="t", labellers=2, number=7)
    (corpus / "label.project.json").write_text("{")
    with pytest.raises(LabelError, match=r"label\.project\.json cannot be read"):
        open_project(corpus, server, URL)


def test_a_server_that_moved_to_another_port_is_the_same_server(corpus: Path) -> None:
    server = Shelf()
    number = make_project(corpus, server, URL, title="t", labellers=2)
    assert open_project(corpus, server, "http://labels.test:81") == number
    with pytest.raises(LabelError, match=r"labelled at http://labels\.test:81"):
        open_project(corpus, Shelf(), URL)


def test_a_missing_environment_names_the_script(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"scripts/labels\.sh"), SdkServer(tmp_path / "python", URL, "key", environment={}):
        pass


def test_an_environment_without_the_sdk_names_the_script() -> None:
    with (
        SdkServer(Path(sys.executable), URL, "key", environment={}) as server,
        pytest.raises(LabelError, match="cannot be imported") as caught,
    ):
        server.whoami()
    assert caught.value.fault == "environment"


def test_a_child_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho it broke >&2\nexit 1\n")
    python.chmod(0o755)
    with pytest.raises(LabelError, match="it broke"), SdkServer(python, URL, "key", environment={}) as server:
        server.whoami()


def test_the_key_is_on_no_command_line_and_in_no_environment(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(
        '#!/bin/sh\nread start\nread request\nprintf \'{"done": "%s"}\\n\' "$(tr "\\0" " " < /proc/$$/environ; tr "\\0" " " < /proc/$$/cmdline)"\n'
    )
    python.chmod(0o755)
    with SdkServer(python, URL, "secret-key", environment={"LANG": "C"}) as server:
        seen = server.whoami()
    assert "LANG=C" in seen and "remote.py" in seen and "secret-key" not in seen


def test_the_files_are_json_lines_as_the_documentation_says(corpus: Path) -> None:
    server = Shelf()
    server.rows = [{"task": 1, "scene_id": "a" * 16, "draft": "d", "taken": True, "annotations": []}]
    server.annotate(0, 7, "2026-11-26T10:00:00Z", "words")
    pull(server, 1, corpus)
    assert json.loads((corpus / "labels.jsonl").read_text()) == {
        "id": "a" * 16, "description": "words", "tags": [], "rating": None, "by": "ada@x", "at": "2026-11-26T10:00:00.000000+00:00", "machine": False,
    }  # fmt: skip
