"""Labelling against a real Label Studio: what is pushed, pulled, agreed on and exported, and what goes wrong."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from retrieval.records import scene_id
from tests.label_studio import HISOLVER, Studio, annotate, clean_environment, said
from tests.retrieval.labels.corpora import code_of, id_of, write_corpus

pytestmark = [pytest.mark.real, pytest.mark.timeout(1800)]
FOUND = ("--draft", "found", "--no-videos")


@pytest.fixture
def corpus(studio: Studio, request: pytest.FixtureRequest) -> Path:
    return write_corpus(studio.root / request.node.name[:60])


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_labelling_round_trip(studio: Studio, corpus: Path) -> None:
    folder = ("--corpus", str(corpus))
    (corpus / "videos" / f"{id_of('PieShares')}.mp4").write_bytes(bytes(range(200)))
    first = studio.report("push", *folder, *FOUND, "--limit", "5", "--title", "A round trip")
    assert (first["added"], first["left for later"], first["left out"]) == (5, 1, {"does not render": 1, "near-duplicate": 1})
    second = studio.report("push", *folder, *FOUND, "--limit", "5")
    assert (second["added"], second["there before"], second["project"]) == (1, 5, first["project"])
    assert studio.report("push", *folder, *FOUND)["added"] == 0

    tasks = {task["data"]["title"].split(" ")[0]: task for task in studio.tasks(first["project"])}
    assert len(tasks) == 6 and tasks["VectorSum"]["data"]["code"] == code_of("VectorSum")
    prediction = tasks["VectorSum"]["predictions"][0]
    assert (
        prediction["result"][0]["value"]["text"] == ['two arrows added <b>tip</b> to tail & "quoted"']
        and prediction["model_version"] == "draft"
    )
    assert tasks["NumberLineJump"]["predictions"] == []  # nothing was found to say of it
    picture = studio.bob.get(tasks["PieShares"]["data"]["image"])
    assert (
        picture.content == (corpus / "thumbnails" / f"{id_of('PieShares')}.png").read_bytes()
        and picture.headers["content-type"] == "image/png"
    )
    part = studio.bob.get(tasks["PieShares"]["data"]["video"], headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == bytes(range(10, 20))  # a player can jump
    assert tasks["VectorSum"]["data"]["video"] == ""
    assert httpx.get(studio.url + tasks["PieShares"]["data"]["image"]).status_code in (401, 403)
    project = studio.ada.get(f"/api/projects/{first['project']}/").json()
    assert project["show_collab_predictions"] and project["model_version"] == "draft"  # else the page would not fill in the drafts

    numbers = {name: task["id"] for name, task in tasks.items()}
    changed = annotate(studio.ada, numbers["PieShares"], said("a pie in three parts", ["chart"], 3))
    annotate(studio.bob, numbers["PieShares"], said("pie chart of three shares", ["chart", "geometry"], 4))
    annotate(studio.ada, numbers["VectorSum"], said("two arrows added tip to tail", ["linear algebra", "diagram"], 5))
    deleted = annotate(studio.bob, numbers["VectorSum"], said("adding vectors", ["linear algebra"], 5))
    annotate(studio.bob, numbers["ParabolaPlot"], [], was_cancelled=True)
    pulled = studio.report("pull", *folder)
    assert pulled["annotations"] == {"new": 5, "changed": 0, "same": 0, "deleted": 0} and pulled["skipped"] == 1
    assert pulled["labellers"] == {"ada@example.com": 2, "bob@example.com": 2}
    before = (corpus / "labels.jsonl").read_bytes()
    assert studio.report("pull", *folder)["annotations"] == {"new": 0, "changed": 0, "same": 5, "deleted": 0}
    assert (corpus / "labels.jsonl").read_bytes() == before

    report = studio.report("agreement", *folder)
    assert report["shared"] == 2 and report["tags"]["scenes"] == 2 and 0 < report["description"]["f1"] < 1
    assert report["description"]["unchanged_drafts"] == 0.25  # bob left that of PieShares as it was

    studio.ada.patch(f"/api/annotations/{changed}/", json={"result": said("a pie cut into thirds", ["chart"], 4)}).raise_for_status()
    studio.ada.delete(f"/api/annotations/{deleted}/").raise_for_status()
    assert studio.report("pull", *folder)["annotations"] == {"new": 0, "changed": 1, "same": 3, "deleted": 1}
    kept = {row["annotation"]: row for row in lines(corpus / "annotations.jsonl")}
    assert len(kept) == 5 and kept[deleted]["deleted_at"] and kept[changed]["seconds"] == 12.5
    labels = [
        (row["id"], row["by"], row["description"], row["tags"], row["rating"], row["machine"]) for row in lines(corpus / "labels.jsonl")
    ]
    pie, vectors = id_of("PieShares"), id_of("VectorSum")
    assert sorted(labels) == sorted(
        [
            (pie, "ada@example.com", "a pie cut into thirds", ["chart"], 4, False),
            (pie, "bob@example.com", "pie chart of three shares", ["chart", "geometry"], 4, False),
            (vectors, "ada@example.com", "two arrows added tip to tail", ["diagram", "linear algebra"], 5, False),
        ]
    )

    assert studio.report("export", *folder, "--rating", "5")["pairs"] == 1
    exported = studio.report("export", *folder)
    assert exported["pairs"] == 3 and exported["without a known licence"] == 2
    pair = next(row for row in lines(corpus / "pairs.jsonl") if row["id"] == vectors)
    assert (pair["prompt"], pair["code"], pair["licence"], pair["by"], pair["machine"]) == (
        "two arrows added tip to tail", code_of("VectorSum"), "MIT", "ada@example.com", False,
    )  # fmt: skip
    assert pair["at"].startswith("20")


def many(corpus: Path, count: int) -> set[str]:
    """Makes the corpus larger by scenes that differ in a number. Returns all ids to label."""
    scenes, verdicts = lines(corpus / "scenes.jsonl"), lines(corpus / "validated.jsonl")
    for number in range(count):
        code = code_of("PieShares") + f"        self.wait({number + 1})\n"
        scenes.append({**scenes[0], "id": scene_id(code), "code": code, "scene": "PieShares", "cluster": ""})
        verdicts.append({**verdicts[0], "id": scene_id(code), "ok": True, "error": None, "thumbnail": None})
    for name, rows in (("scenes", scenes), ("validated", verdicts)):
        (corpus / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {row["id"] for row in verdicts if row["ok"]}


def test_a_push_that_is_killed_is_gone_on_with_and_doubles_nothing(studio: Studio, corpus: Path) -> None:
    wanted = many(corpus, 90)
    folder = ("--corpus", str(corpus))
    project = studio.report("push", *folder, *FOUND, "--limit", "1")["project"]
    there = 1
    for _ in range(3):
        command = [*HISOLVER, "corpus", "label", "push", *folder, *FOUND]
        push = subprocess.Popen(
            command, env=clean_environment(studio.data), start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + 300
        while push.poll() is None and time.monotonic() < deadline:
            if (now := len(studio.tasks(project))) > there:
                there = now
                os.killpg(push.pid, signal.SIGKILL)  # the child with the SDK too
            time.sleep(0.02)
        push.wait()
    studio.report("push", *folder, *FOUND)
    found = Counter(task["data"]["scene_id"] for task in studio.tasks(project))
    assert set(found) == wanted - {row["id"] for row in lines(corpus / "scenes.jsonl") if row["description"] == "the same in red"}
    assert set(found.values()) == {1}


def test_doubles_are_removed_but_nobody_s_work_is(studio: Studio, corpus: Path) -> None:
    folder = ("--corpus", str(corpus))
    project = studio.report("push", *folder, *FOUND)["project"]
    first = studio.tasks(project)[0]
    copy = {"data": first["data"]}
    answer = studio.ada.post(f"/api/projects/{project}/import", params={"return_task_ids": "true"}, json=[copy, copy, copy])
    made = answer.raise_for_status().json()["task_ids"]
    annotate(studio.bob, made[1], said("work", ["chart"], 3))
    studio.bob.post(f"/api/tasks/{made[2]}/drafts", json={"result": said("begun", [], 2), "lead_time": 1}).raise_for_status()
    report = studio.report("push", *folder, *FOUND)
    assert report["added"] == 0 and report["doubles removed"] == 2
    assert [task["id"] for task in studio.tasks(project) if task["data"]["scene_id"] == first["data"]["scene_id"]] == made[1:]


def test_a_kill_between_making_the_project_and_noting_it_makes_no_second_one(studio: Studio, corpus: Path) -> None:
    folder = ("--corpus", str(corpus))
    project = studio.report("push", *folder, *FOUND)["project"]
    note = corpus / "label.project.json"
    note.write_text(json.dumps(json.loads(note.read_text()) | {"number": None}))
    again = studio.report("push", *folder, *FOUND)
    assert (again["project"], again["added"]) == (project, 0)


def test_a_deleted_project_is_told_and_what_was_pulled_stays(studio: Studio, corpus: Path) -> None:
    folder = ("--corpus", str(corpus))
    project = studio.report("push", *folder, *FOUND)["project"]
    annotate(studio.ada, studio.tasks(project)[0]["id"], said("kept", ["chart"], 3))
    studio.report("pull", *folder)
    before = (corpus / "labels.jsonl").read_bytes(), (corpus / "annotations.jsonl").read_bytes()
    studio.ada.delete(f"/api/projects/{project}/").raise_for_status()
    for command in (("push", *folder, *FOUND), ("pull", *folder)):
        done = studio.hisolver(*command)
        assert done.returncode == 3 and f"project {project} is gone" in done.stderr and "--anew" in done.stderr, done
    assert ((corpus / "labels.jsonl").read_bytes(), (corpus / "annotations.jsonl").read_bytes()) == before
    anew = studio.report("push", *folder, *FOUND, "--anew")
    assert anew["project"] != project and anew["added"] == 6
    assert studio.report("pull", *folder)["labels"] == 1  # what was labelled in the old project is not lost


def test_a_wrong_key_is_told_without_showing_it(studio: Studio, corpus: Path) -> None:
    for key in ("0123456789abcdef-wrong-key", "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.c2ln"):
        done = studio.hisolver("push", "--corpus", str(corpus), *FOUND, HISOLVER_LABELS_URL=studio.url, HISOLVER_LABELS_KEY=key)
        assert done.returncode == 2 and "refuses the key" in done.stderr and "HISOLVER_LABELS_KEY" in done.stderr, done
        assert key not in done.stderr and done.stderr.count("\n") == 1
    assert not (corpus / "label.project.json").exists()


def test_a_newer_kind_of_key_works_too(studio: Studio, corpus: Path) -> None:
    key = studio.ada.post("/api/token/").raise_for_status().json()["token"]
    assert studio.report("push", "--corpus", str(corpus), *FOUND, HISOLVER_LABELS_URL=studio.url, HISOLVER_LABELS_KEY=key)["added"] == 6


def test_without_a_key_or_a_server_the_setting_is_named(studio: Studio, corpus: Path, tmp_path: Path) -> None:
    done = studio.hisolver("push", "--corpus", str(corpus), HISOLVER_LABELS_URL="http://127.0.0.1:9")
    assert done.returncode == 2 and "HISOLVER_LABELS_KEY" in done.stderr
    done = studio.hisolver("pull", "--corpus", str(corpus), HISOLVER_DATA_DIR=str(tmp_path))
    assert done.returncode == 2 and "hisolver corpus label start" in done.stderr


def test_a_server_that_is_down_is_told(studio: Studio, corpus: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    done = studio.hisolver(
        "push", "--corpus", str(corpus), *FOUND, HISOLVER_LABELS_URL=f"http://127.0.0.1:{port}", HISOLVER_LABELS_KEY="k" * 40
    )
    assert done.returncode == 3 and "cannot be reached" in done.stderr and done.stderr.count("\n") == 1, done


def test_something_else_at_the_address_is_told(studio: Studio, corpus: Path) -> None:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>another server</html>")

        def log_message(self, *_: Any) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}"
        done = studio.hisolver("push", "--corpus", str(corpus), *FOUND, HISOLVER_LABELS_URL=url, HISOLVER_LABELS_KEY="k" * 40)
        other.shutdown()
    assert done.returncode == 3 and url in done.stderr and "Traceback" not in done.stderr and done.stderr.count("\n") == 1, done


def test_another_corpus_of_the_same_server_gets_its_pictures_inside_the_tasks(studio: Studio, tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "elsewhere")
    project = studio.report("push", "--corpus", str(corpus), *FOUND)["project"]
    assert all(task["data"]["image"].startswith("data:image/png;base64,") for task in studio.tasks(project))
    done = studio.hisolver("push", "--corpus", str(corpus), *FOUND, "--media", "local")
    assert done.returncode == 3 and "refused" in done.stderr


def test_a_second_start_on_the_same_port_says_so(studio: Studio) -> None:
    done = studio.hisolver("start", "--port", studio.url.rsplit(":", 1)[1])
    assert done.returncode == 2 and "listened on" in done.stderr


def test_the_login_is_its_owner_s_only_strangers_stay_out_and_nobody_is_told(studio: Studio) -> None:
    folder = studio.data / "label-studio"
    assert (folder / "login.json").stat().st_mode & 0o077 == 0 and folder.stat().st_mode & 0o077 == 0
    shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout if shutil.which("ps") else ""
    login = json.loads((folder / "login.json").read_text())
    assert login["key"] not in shown and login["password"] not in shown
    page = httpx.get(f"{studio.url}/user/login/").text
    assert "collect_analytics = false" in page and "googletagmanager" not in page and "sentry-cdn" not in page
    with httpx.Client(base_url=studio.url) as stranger:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', stranger.get("/user/signup/").text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "email": "eve@example.com", "password": "a long enough password"}
        assert stranger.post("/user/signup/", data=form, headers={"Referer": studio.url}).status_code == 403, "strangers could sign up"
