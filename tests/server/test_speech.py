"""Voices: a program in piper's manner and a server in OpenAI's, both false ones that behave, misbehave or are not there."""

from __future__ import annotations

import asyncio
import io
import json
import os
import stat
import sys
import threading
import time
import wave
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agents.errors import SpeechError
from agents.rendering.wav import read_wav
from server import speech
from server.doctor import _speech
from server.settings import load_settings
from server.speech import HttpSpeech, PiperSpeech, open_speech

PROGRAM = """#!{python}
import json, os, sys, time, wave
text = sys.stdin.read()
open({log!r}, "a").write(json.dumps([sys.argv[1:], text, sorted(os.environ), os.getpid()]) + "\\n")
{body}
"""
SPEAK = "import io, math, struct\nb = io.BytesIO()\nf = wave.open(b, 'wb'); f.setnchannels(1); f.setsampwidth(2); f.setframerate(22050)\nf.writeframes(b''.join(struct.pack('<h', int(9000 * math.sin(i / 10))) for i in range(11025)))\nf.close()\nsys.stdout.buffer.write(b.getvalue())"


class Piper:
    """A program that stands in for piper, and what it was told."""

    def __init__(self, folder: Path) -> None:
        self.path, self.log, self.voice = folder / "piper", folder / "log", folder / "voice.onnx"
        self.voice.write_bytes(b"onnx")

    def does(self, body: str, timeout_s: float = 20.0) -> PiperSpeech:
        self.path.write_text(PROGRAM.format(python=sys.executable, log=str(self.log), body=body))
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)
        return PiperSpeech(str(self.path), str(self.voice), timeout_s=timeout_s)

    @property
    def told(self) -> list[Any]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def piper(tmp_path: Path) -> Piper:
    return Piper(tmp_path)


def gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


async def test_piper_gets_the_text_on_standard_input_and_none_of_our_secrets(piper: Piper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HISOLVER_MODEL_KEY", "secret")
    sound = read_wav(await piper.does(SPEAK).speak("Add 4;\n$(touch /tmp/x) --model evil"), most_seconds=1)
    assert sound.seconds == pytest.approx(0.5)
    [(arguments, text, environment, _)] = piper.told
    assert arguments == ["--model", str(piper.voice), "--output_file", "-"]
    assert text == "Add 4; $(touch /tmp/x) --model evil\n", "one line, as it is"
    assert not [name for name in environment if name.startswith("HISOLVER")]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("print('no such model', file=sys.stderr); sys.exit(1)", "no such model"),
        ("os.kill(os.getpid(), 9)", "failed"),
        ("time.sleep(60)", "longer than 2 s"),
        ("sys.stdout.close(); os.close(1); time.sleep(60)", "longer than 2 s"),
    ],
)
async def test_a_program_that_fails_is_told_and_gone(piper: Piper, body: str, words: str) -> None:
    with pytest.raises(SpeechError, match=words):
        await piper.does(body, timeout_s=2.0).speak("Hello.")
    if piper.log.exists():
        assert gone(piper.told[0][3])


async def test_a_program_that_writes_without_end_is_stopped(piper: Piper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "MOST_BYTES", 1_000_000)
    endless = "while True:\n    sys.stdout.buffer.write(b'RIFF' * 10000); sys.stderr.write('x' * 10000)"
    with pytest.raises(SpeechError, match="without end"):
        await piper.does(endless).speak("Hello.")
    assert gone(piper.told[0][3])


async def test_cancelling_kills_the_program_and_its_children(piper: Piper) -> None:
    body = f"import subprocess\nchild = subprocess.Popen(['sleep', '60'])\nopen({str(piper.log)!r} + '.child', 'w').write(str(child.pid))\ntime.sleep(60)"
    task = asyncio.create_task(piper.does(body).speak("Hello."))
    child = Path(f"{piper.log}.child")
    while not (child.exists() and child.read_text()):
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gone(piper.told[0][3]) and gone(int(child.read_text()))


async def test_what_is_missing_is_named(piper: Piper, tmp_path: Path) -> None:
    piper.does(SPEAK)
    for program, voice, words in (
        ("no-such-piper", str(piper.voice), "no-such-piper is not installed"),
        (str(piper.path), "", "no voice is named"),
        (str(piper.path), str(tmp_path / "none.onnx"), "none.onnx is not there"),
    ):
        with pytest.raises(SpeechError, match=words):
            await PiperSpeech(program, voice, timeout_s=5).speak("Hello.")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    answer: str = "wav"
    asked: list[Any]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append((self.path, body, self.headers["authorization"]))
        if self.server.answer == "500":
            self.send_error(500)
            return
        if self.server.answer == "slow":
            time.sleep(3)
        self.send_response(200)
        self.send_header("content-type", "audio/wav")
        self.end_headers()
        made = io.BytesIO()
        with wave.open(made, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(24_000)
            file.writeframes(b"\1\0" * 12_000)
        try:
            self.wfile.write(made.getvalue())
            while self.server.answer == "endless":
                self.wfile.write(b"\0" * 100_000)
        except OSError:
            pass  # the client has gone


@pytest.fixture
def kokoro() -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


async def spoken(server: _Server, timeout_s: float = 20.0) -> bytes:
    voice = HttpSpeech(f"http://127.0.0.1:{server.server_port}/v1", "key", model="kokoro", voice="af_heart", timeout_s=timeout_s)
    try:
        return await voice.speak("x squared")
    finally:
        await voice.aclose()


async def test_a_server_is_asked_in_openais_shape(kokoro: _Server) -> None:
    assert read_wav(await spoken(kokoro), most_seconds=1).seconds == pytest.approx(0.5)
    [(path, body, key)] = kokoro.asked
    assert (path, key) == ("/v1/audio/speech", "Bearer key")
    assert body == {"input": "x squared", "model": "kokoro", "voice": "af_heart", "response_format": "wav"}


@pytest.mark.parametrize(("answer", "words"), [("500", "HTTP 500"), ("slow", "longer than 1 s"), ("endless", "without end")])
async def test_a_server_that_misbehaves_is_told(kokoro: _Server, monkeypatch: pytest.MonkeyPatch, answer: str, words: str) -> None:
    monkeypatch.setattr(speech, "MOST_BYTES", 1_000_000)
    kokoro.answer = answer
    with pytest.raises(SpeechError, match=words):
        await spoken(kokoro, 1.0 if answer == "slow" else 20.0)


async def test_a_server_that_is_not_there_is_told() -> None:
    voice = HttpSpeech("http://127.0.0.1:9/v1", "", model="m", voice="v", timeout_s=10)
    with pytest.raises(SpeechError, match="cannot be reached"):
        await voice.speak("x")
    await voice.aclose()
    unnamed = HttpSpeech("", "", model="m", voice="v", timeout_s=10)
    with pytest.raises(SpeechError, match="HISOLVER_SPEECH_URL"):
        await unnamed.speak("x")
    await unnamed.aclose()


def test_animations_are_silent_unless_the_settings_say_otherwise() -> None:
    assert open_speech(load_settings()) is None
    assert isinstance(open_speech(load_settings(speech="piper")), PiperSpeech)
    assert isinstance(open_speech(load_settings(speech="http", speech_url="http://127.0.0.1:9/v1")), HttpSpeech)


def test_the_doctor_tells_what_the_voice_lacks(piper: Piper, kokoro: _Server) -> None:
    piper.does(SPEAK)
    missing = _speech(load_settings(speech="piper", piper="no-such-piper"))
    assert not missing.ok and not missing.needed and "not installed" in missing.detail and "piper-tts" in missing.mend
    assert _speech(load_settings(speech="piper", piper=str(piper.path), piper_voice=str(piper.voice))).ok
    url = f"http://127.0.0.1:{kokoro.server_port}/v1"
    assert _speech(load_settings(speech="http", speech_url=url)).ok
    kokoro.answer = "500"
    assert not _speech(load_settings(speech="http", speech_url=url)).ok
    assert "no server is named" in _speech(load_settings(speech="http")).detail
