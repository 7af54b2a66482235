"""A look at a WAV file's chunks (RIFF) without decoding anything. It came from a program or a server that we do not know, so everything is bounded."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_PCM, _EXTENSIBLE = 1, 0xFFFE
_CHUNKS = 64
_UNKNOWN = (0, 0xFFFFFFFF)
"""Sizes that programs write which do not know how long it will be: the data goes to the end then."""


class NotASound(ValueError):
    """The bytes are no sound that can be used."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples of 16 bits, little-endian, channels interleaved."""

    rate: int
    channels: int
    samples: bytes

    @property
    def seconds(self) -> float:
        return len(self.samples) / (2 * self.channels * self.rate)


def read_wav(data: bytes, *, most_seconds: float) -> Sound:
    """The sound in a WAV file: PCM of 16 bits, mono or stereo, 8 to 48 kHz. Raises `NotASound` for anything else, and where it is longer."""
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise NotASound("it is no WAV file")
    rate = channels = 0
    at = 12
    for _ in range(_CHUNKS):
        if at + 8 > len(data):
            break
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if kind == b"fmt " and size >= 16 and at + 24 <= len(data):
            form, channels, rate, _, _, bits = struct.unpack("<HHIIHH", data[at + 8 : at + 24])
            if form == _EXTENSIBLE and size >= 40:
                form = int.from_bytes(data[at + 32 : at + 34], "little")
            if form != _PCM or bits != 16 or channels not in (1, 2) or not 8_000 <= rate <= 48_000:
                raise NotASound("it is not PCM of 16 bits, mono or stereo, with 8000 to 48000 samples a second")
        elif kind == b"data":
            if not rate:
                raise NotASound("its format is missing")
            end = len(data) if size in _UNKNOWN else at + 8 + size
            if end > len(data):
                raise NotASound("it is cut short")
            frame = 2 * channels
            sound = Sound(rate, channels, data[at + 8 : end - (end - at - 8) % frame])
            if not sound.samples:
                raise NotASound("it is empty")
            if sound.seconds > most_seconds:
                raise NotASound(f"it is longer than {most_seconds:g} s")
            return sound
        at += 8 + size + size % 2
    raise NotASound("it holds no sound")
