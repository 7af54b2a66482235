from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from agents.errors import InputError, ModelUnavailable, NoSandbox, StorageError
from server.artifacts import FileArtifactStore
from server.cli import exit_code, run
from server.jobs import copy_whole, deliver
from server.settings import load_settings

HISOLVER = [sys.executable, "-m", "server.cli"]


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.count("\n") == 1 and shown.err.startswith("hisolver: "), shown
    assert "Traceback" not in shown.err
    return shown.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["solve"], "Missing argument"),
        (["solve", ""], "empty"),
        (["hint", " \n\t"], "empty"),
        (["solve", "x" * 200_000], "200000 characters"),
        (["solve", "\udcff"], "UTF-8"),
        (["hint", "x", "--level", "9"], "--level"),
        (["nonsense"], "nonsense"),
        (["solve", "x", "--nonsense"], "--nonsense"),
        (["animate", "x", "-o", "/nowhere/at/all/x.mp4"], "does not exist"),
        (["animate", "x", "-o", "/tmp"], "folder"),
        (["animate", "x", "-o", "/tmp/x.webm"], ".mp4, .gif, .png"),
        (["animate", "x", "-o", "/tmp/video"], ".mp4, .gif, .png"),
        (["animate", "x", "--quality", "4k"], "l, m or h"),
        (["render", "/nowhere.py"], "cannot be read"),
        (["render", "-", "--quality", "8k"], "l, m or h"),
        (["corpus", "search", " "], "empty"),
        (["corpus", "collect", "folder", "/nowhere"], "not a folder"),
        (["corpus", "collect", "git", "ext::sh -c true"], "not taken"),
        (["corpus", "collect", "git", "https://me:secret@host/x"], "without"),
        (["corpus", "collect", "packages", "--", "-rx"], "neither NAME"),
        (["corpus", "collect", "github", "--repository", "x"], "OWNER/NAME"),
        (["corpus", "collect", "github", "--base-url", "nonsense"], "base URL"),
        (["corpus", "collect", "github", "--created-after", "soon"], "--created-after"),
        (["serve", "--host", "0.0.0.0"], "HISOLVER_API_KEYS"),
        (["serve", "--port", "70000"], "--port"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert words in complaint(capsys)


def test_a_problem_that_is_not_text_is_wrong_usage(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\x00")))
    assert run(["solve", "-"]) == 2
    assert "UTF-8" in complaint(capsys)


def test_a_broken_setting_names_itself(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HISOLVER_MAX_BODY", "lots")
    assert run(["solve", "x"]) == 2
    assert "HISOLVER_MAX_BODY" in complaint(capsys)


@pytest.mark.parametrize(("error", "code"), [(InputError("x"), 2), (ModelUnavailable("x"), 3), (NoSandbox("x"), 3), (StorageError("x"), 3)])
def test_exit_codes_tell_who_must_act(error: Any, code: int) -> None:
    assert exit_code(error) == code


def test_a_package_of_an_extra_that_is_missing_is_told_with_the_command_that_brings_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "github", None)
    assert run(["corpus", "collect", "github", "--topic", "manim", "--corpus", str(tmp_path / "c")]) == 3
    said = capsys.readouterr().err
    assert "github" in said and "scripts/setup.sh corpus" in said and len(said.splitlines()) == 1


def test_missing_weights_name_the_command_that_fetches_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["solve", "What is 2+2?"]) == 3
    assert "hisolver weights fetch" in capsys.readouterr().err


def test_a_data_folder_that_cannot_be_made_is_a_storage_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("HISOLVER_DATA_DIR", str(tmp_path / "file" / "data"))
    assert run(["solve", "What is 2+2?"]) == 3
    assert "checkpoints" in capsys.readouterr().err.splitlines()[-1]


def test_a_taken_port_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert run(["serve", "--port", str(taken.getsockname()[1])]) == 3
    assert "--port" in complaint(capsys)


def test_help_is_quick_and_loads_nothing_heavy() -> None:
    program = "import sys\nfrom server.cli import run\nrun(['--help'])\nprint([n for n in ('langgraph', 'torch', 'fastapi', 'sympy', 'github', 'requests', 'sqlite3') if n in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ, "NO_COLOR": "1"})
    assert shown.stdout.rstrip().endswith("[]")
    for command in ("solve", "hint", "animate", "serve", "render", "render-worker", "corpus", "doctor"):
        assert command in shown.stdout


def test_the_openapi_document_is_printed_without_starting_anything() -> None:
    shown = subprocess.run([*HISOLVER, "openapi"], capture_output=True, text=True, check=True)
    assert "/v1/chat/completions" in json.loads(shown.stdout)["paths"]


def test_a_video_is_delivered_whole_or_not_at_all(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "out.mp4"
    source.write_bytes(b"new")
    target.write_bytes(b"old")
    copy_whole(source, target)
    assert target.read_bytes() == b"new"
    with pytest.raises(StorageError):
        copy_whole(tmp_path / "missing", target)
    assert target.read_bytes() == b"new" and sorted(path.name for path in tmp_path.iterdir()) == ["a", "out.mp4"]


def finished(video_id: str, **urls: str) -> Any:
    animation = {
        "status": "rendered",
        "url": f"http://h/v1/artifacts/{video_id}",
        "manifest_url": None,
        "seconds": 1.0,
        "beats": [],
        **urls,
    }
    return {"type": "final", "text": "", "result": {"animation": animation}, "usage": None, "artifact_id": video_id}


@pytest.mark.parametrize(("name", "field"), [("out.gif", "gif_url"), ("OUT.GIF", "gif_url"), ("out.png", "poster_url"), ("out.mp4", "url")])
async def test_the_extension_says_what_is_delivered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, field: str) -> None:
    store = FileArtifactStore(tmp_path / "store", base_url="http://h")

    async def gif(sandbox: Any, video: Path, out: Path) -> None:
        out.write_bytes(b"GIF of " + video.read_bytes())

    monkeypatch.setattr("agents.rendering.gif", gif)
    for file in ("video", "still"):
        (tmp_path / file).write_bytes(file.encode())
    video = store.add(tmp_path / "video", media_type="video/mp4", owner="local")
    still = store.add(tmp_path / "still", media_type="image/png", owner="local")
    final = finished(video.id, poster_url=still.url, gif_url=store.announce(video, media_type="image/gif", owner="local").url)
    runtime: Any = SimpleNamespace(artifacts=store, context=SimpleNamespace(sandbox=None, work_dir=tmp_path))
    await deliver(runtime, final, tmp_path / name)
    assert (tmp_path / name).read_bytes() == {"url": b"video", "gif_url": b"GIF of video", "poster_url": b"still"}[field]
    animation = final["result"]["animation"]
    assert animation[field] == (tmp_path / name).as_uri()
    assert animation["url"] == (tmp_path / name if field == "url" else video.path).as_uri()
    assert field == "gif_url" or animation["gif_url"] is None, "no server need be there to make it"


@pytest.mark.real
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_a_signal_stops_the_server_cleanly(number: int, code: int) -> None:
    environment = {**os.environ, "HISOLVER_MODEL_URL": "http://127.0.0.1:9/v1"}
    process = subprocess.Popen([*HISOLVER, "serve", "--port", "0"], stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    lines = []
    while (line := process.stderr.readline()) and "listens on" not in line:
        lines.append(line)
    assert "listens on http://127.0.0.1:" in line, lines
    time.sleep(8)
    process.send_signal(number)
    rest = process.communicate(timeout=20)[1]
    assert process.returncode == code, rest
    assert "Traceback" not in rest


def test_an_unknown_model_to_serve_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["weights", "serve", "no-such-model"]) == 2
    assert "no-such-model" in complaint(capsys)


@pytest.mark.real
def test_one_model_is_served_by_itself_until_a_signal_comes() -> None:
    name = load_settings().weights
    process = subprocess.Popen([*HISOLVER, "weights", "serve", name, "--slots", "1"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        told = dict(process.stdout.readline().split() for _ in range(3))
        assert told["model"] == name
        key = {"authorization": f"Bearer {told['key']}"}
        body = {"model": name, "messages": [{"role": "user", "content": "Say yes."}], "max_tokens": 4}
        assert httpx.post(f"{told['url']}/chat/completions", json=body).status_code == 401
        reply = httpx.post(f"{told['url']}/chat/completions", json=body, headers=key, timeout=60)
        assert reply.json()["choices"][0]["message"]["content"].strip()
    finally:
        process.terminate()
    assert process.wait(20) == 143
    with pytest.raises(httpx.ConnectError):
        httpx.get(told["url"])
