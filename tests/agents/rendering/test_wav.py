from __future__ import annotations

import io
import struct
import wave
from typing import Any

import pytest

from agents.rendering.wav import NotASound, read_wav


def wav(seconds: float = 0.5, rate: int = 22_050, channels: int = 1, width: int = 2) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(b"\1\2" * int(seconds * rate) * channels if width == 2 else b"\1" * width * int(seconds * rate) * channels)
    return made.getvalue()


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (22_050, 1), (24_000, 2), (48_000, 2)])
def test_a_sound_is_read_with_its_length(rate: int, channels: int) -> None:
    sound = read_wav(wav(rate=rate, channels=channels), most_seconds=1)
    assert (sound.rate, sound.channels) == (rate, channels) and sound.seconds == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_program_that_does_not_know_the_length_beforehand_is_understood(size: int) -> None:
    data = bytearray(wav())
    data[40:44] = struct.pack("<I", size)
    assert read_wav(bytes(data) + b"\0", most_seconds=1).seconds == pytest.approx(0.5, abs=0.001)


def test_other_chunks_and_the_extensible_form_are_passed_over() -> None:
    plain = wav()
    samples = plain[44:]
    form = struct.pack("<HHIIHH", 0xFFFE, 1, 22_050, 44_100, 2, 16) + struct.pack("<HHI", 22, 16, 4) + b"\1\0" + b"\0" * 14
    body = (
        b"LIST"
        + struct.pack("<I", 3)
        + b"abc\0"
        + b"fmt "
        + struct.pack("<I", 40)
        + form
        + b"data"
        + struct.pack("<I", len(samples))
        + samples
    )
    data = b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body
    assert read_wav(data, most_seconds=1).samples == samples


FORMAT = struct.pack("<HHIIHH", 1, 1, 22_050, 44_100, 2, 16)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no WAV"),
        (b"ID3" + b"\0" * 100, "no WAV"),
        (wav()[:30], "no sound"),
        (wav()[:-10], "cut short"),
        (wav(0.0), "empty"),
        (wav(2.0), "longer than 1 s"),
        (wav(width=1), "16 bits"),
        (wav(width=3), "16 bits"),
        (wav(rate=96_000), "8000 to 48000"),
        (wav(channels=6), "mono or stereo"),
        (b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", "format is missing"),
        (b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 5000, "no sound"),
        (b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\xff", "no sound"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_the_reason(data: bytes, words: str) -> None:
    with pytest.raises(NotASound, match=words):
        read_wav(data, most_seconds=1)


def test_no_prefix_of_a_sound_breaks_the_reader() -> None:
    data: Any = wav(0.01)
    for end in range(len(data) - 1):
        with pytest.raises(NotASound):
            read_wav(data[:end], most_seconds=1)
