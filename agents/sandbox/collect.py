"""Reading what a job says, as if the job were hostile: every stream has a cap, every text is cleaned, a report is a few plain words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC, DCS, SOS, PM, APC: titles, hyperlinks, clipboards
    r"|\x1b[ -/]*[0-~]?"
    r"|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_REPORT = re.compile(rb"(exit|signal) (\d{1,3}) (\d{1,9}\.\d{3}) (none|file|missing|irregular|unreadable|linked|large|overfull)\n")
_MEMORY_ERROR = re.compile(r"^(?:[\w.]*\.)?_?\w*MemoryError(?::|$)|std::bad_alloc", re.MULTILINE)

REPORT_HEAD = 1024
"""Bytes that a report may have before the result's own content."""


def clean(raw: bytes, limit: int) -> str:
    """`raw` as text of at most `limit` bytes of input, without NUL, terminal escapes or other control characters but newline and tab."""
    text = raw[:limit].decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def out_of_memory(stderr: str) -> bool:
    """Whether the end of `stderr` shows a job that died for want of memory."""
    return _MEMORY_ERROR.search(stderr[-2000:]) is not None


async def read_capped(stream: asyncio.StreamReader, limit: int, on_over: Callable[[], None]) -> bytes:
    """The first `limit` bytes of `stream`. Calls `on_over` once when there is more, and then reads on to the end without keeping anything."""
    kept = bytearray()
    over = False
    while piece := await stream.read(1 << 16):
        room = limit - len(kept)
        kept += piece[: max(room, 0)]
        if len(piece) > room and not over:
            over = True
            on_over()
    return bytes(kept)


@dataclass(frozen=True, slots=True)
class Report:
    """What process 1 wrote: `how` is "exit" or "signal", `number` its code, `cpu_s` seconds, `word` what became of the result, `content` the result."""

    how: str
    number: int
    cpu_s: float
    word: str
    content: bytes


def parse_report(raw: bytes) -> Report | None:
    """The report in `raw`; None where there is none (the sandbox was killed before, or something else was written)."""
    match = _REPORT.match(raw)
    if match is None:
        return None
    how, number, cpu_s, word = (group.decode("ascii") for group in match.groups())
    return Report(how, int(number), float(cpu_s), word, raw[match.end() :])
