"""Voices for narration: the `piper` program, or any server that speaks OpenAI's `/v1/audio/speech` (kokoro and others)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from pathlib import Path

import openai

from agents.context import Speech
from agents.errors import SpeechError
from server.engine.client import is_loopback
from server.settings import Settings

MOST_BYTES = 16 * 1024 * 1024
"""Of one sentence's WAV; a minute in stereo at 48 kHz has 11 MiB."""
_ERROR_BYTES = 4096
_END_S = 5.0
_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8"}
"""All that the program is told of ours: no keys."""


class PiperSpeech:
    """Fits `agents.context.Speech`: starts `program` for each sentence, with the text on its standard input and the WAV on its standard output."""

    def __init__(self, program: str, voice: str, *, timeout_s: float) -> None:
        self._program, self._voice, self._timeout = program, voice, timeout_s

    async def speak(self, text: str) -> bytes:
        """Raises `SpeechError`; the program is killed when it takes longer than allowed, writes more than `MOST_BYTES`, or the call is cancelled."""
        if (lack := piper_lack(self._program, self._voice)) is not None:
            raise SpeechError(lack)
        program = shutil.which(self._program) or self._program
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                "--model",
                self._voice,
                "--output_file",
                "-",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                env=_ENVIRONMENT,
            )
        except OSError as error:
            raise SpeechError(f"{self._program} does not start: {error.strerror or error}") from error
        try:
            async with asyncio.timeout(self._timeout):
                return await self._talk(process, " ".join(text.split()) + "\n")
        except TimeoutError as error:
            raise SpeechError(f"{self._program} took longer than {self._timeout:g} s") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            # asyncio tells of a process's end only once its pipes are at theirs
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_END_S):
                    await asyncio.gather(_capped(process.stdout, 0, drain=True), _capped(process.stderr, 0, drain=True), process.wait())

    async def _talk(self, process: asyncio.subprocess.Process, text: str) -> bytes:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        sounding = asyncio.ensure_future(_capped(process.stdout, MOST_BYTES))
        complaining = asyncio.ensure_future(_capped(process.stderr, _ERROR_BYTES, drain=True))
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it ended early: its exit code tells
                process.stdin.write(text.encode("utf-8", "replace"))
                await process.stdin.drain()
                process.stdin.close()
            sound = await sounding
            if sound is None:
                raise SpeechError(f"{self._program} writes without end")
            said, code = await complaining, await process.wait()
        finally:
            for reading in (sounding, complaining):
                reading.cancel()
            await asyncio.wait({sounding, complaining})
        if code != 0:
            last = (said or b"").decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
            raise SpeechError(f"{self._program} failed: {last[-1][:200]}")
        return sound


async def _capped(stream: asyncio.StreamReader | None, most: int, *, drain: bool = False) -> bytes | None:
    """What comes until its end; beyond `most` bytes None, or with `drain` their beginning."""
    found = bytearray()
    while stream is not None and (piece := await stream.read(65_536)):
        if len(found) + len(piece) > most:
            if not drain:
                return None
            piece = piece[: max(0, most - len(found))]
        found += piece
    return bytes(found)


def piper_lack(program: str, voice: str) -> str | None:
    """What is missing for piper to speak, in words; None where nothing is."""
    if shutil.which(program) is None:
        return f"the program {program} is not installed (HISOLVER_PIPER)"
    if not voice:
        return "no voice is named (HISOLVER_PIPER_VOICE, a file that ends in .onnx)"
    if not Path(voice).is_file():
        return f"the voice {voice} is not there (HISOLVER_PIPER_VOICE)"
    return None


class HttpSpeech:
    """Fits `agents.context.Speech`: `POST base_url/audio/speech` in OpenAI's shape, with a WAV as the answer."""

    def __init__(self, base_url: str, key: str, *, model: str, voice: str, timeout_s: float) -> None:
        self._url, self._model, self._voice, self._timeout = base_url, model, voice, timeout_s
        self._client = openai.AsyncOpenAI(
            base_url=base_url or "http://127.0.0.1:9/v1",
            api_key=key or "none",
            max_retries=1,
            timeout=timeout_s,
            # a proxy from the environment has no business on loopback
            http_client=openai.DefaultAsyncHttpxClient(trust_env=not is_loopback(base_url)),
        )
        self._client.organization = None
        self._client.project = None

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.close()

    async def speak(self, text: str) -> bytes:
        """Raises `SpeechError` where the server cannot be reached, refuses, takes longer than allowed or sends more than `MOST_BYTES`."""
        if not self._url:
            raise SpeechError("no server is named (HISOLVER_SPEECH_URL)")
        found = bytearray()
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.audio.speech.with_streaming_response.create(
                    model=self._model, voice=self._voice, input=text, response_format="wav"
                ) as response,
            ):
                async for piece in response.iter_bytes(65_536):
                    found += piece
                    if len(found) > MOST_BYTES:
                        raise SpeechError(f"{self._url} sends without end")
        except (TimeoutError, openai.APITimeoutError) as error:
            raise SpeechError(f"{self._url} took longer than {self._timeout:g} s") from error
        except openai.APIStatusError as error:
            raise SpeechError(f"{self._url} answered with HTTP {error.status_code}") from error
        except openai.OpenAIError as error:
            raise SpeechError(f"{self._url} cannot be reached: {type(error).__name__}") from error
        return bytes(found)


def open_speech(settings: Settings) -> Speech | None:
    """The voice that the settings name; None where animations are to be silent. What it lacks is told when it is to speak, and by the doctor."""
    match settings.speech:
        case "piper":
            return PiperSpeech(settings.piper, settings.piper_voice, timeout_s=settings.speech_timeout)
        case "http":
            return HttpSpeech(
                settings.speech_url,
                settings.speech_key.get_secret_value(),
                model=settings.speech_model,
                voice=settings.speech_voice,
                timeout_s=settings.speech_timeout,
            )
        case "none":
            return None
