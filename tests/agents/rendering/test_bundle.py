from __future__ import annotations

import json
import math
import struct

import pytest

from agents.errors import RenderError
from agents.rendering import bundle


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 7,
        struct.pack(">Q", 2**63) + b"{}",
        struct.pack(">Q", 100) + b"{}",
        struct.pack(">Q", 2) + b"[]",
        struct.pack(">Q", 2) + b"{{",
        struct.pack(">Q", 200_000) + b"[" * 200_000,
        struct.pack(">Q", 4) + b"\xff\xfe\xfd\xfc",
    ],
)
def test_a_file_of_another_form_is_refused(data):
    with pytest.raises(RenderError):
        bundle.unpack(data)


def test_report_and_video_come_apart():
    body = json.dumps({"ok": True}).encode()
    assert bundle.unpack(struct.pack(">Q", len(body)) + body + b"film") == ({"ok": True}, b"film")


@pytest.mark.parametrize("value", [math.nan, math.inf, -1, 1e300, "3", None, [1], {}])
def test_a_time_that_is_none_becomes_zero(value):
    assert bundle.number(value) == 0.0


def test_escapes_and_controls_leave_a_text():
    assert bundle.text("a\x1b[31mb\0c\u202e\ud800d\n") == "a[31mbcd\n"


@pytest.mark.parametrize("value", [True, -5, 2**70, "12", 3.5])
def test_a_forged_line_is_no_line(value):
    assert bundle.line(value) is None


def test_forged_entries_are_dropped_or_tamed():
    found = bundle.findings(
        [{"kind": "rm -rf"}, 7, {"kind": "overlap", "severity": "fatal", "objects": "abc", "at_s": math.inf, "line": True}] * 3
    )
    assert found == [{"kind": "overlap", "severity": "warning", "objects": [], "at_s": 0.0, "line": None}] * 3
    assert len(bundle.shown([{"kind": "Dot"}] * 100_000)) == bundle.MAX_ENTRIES
    assert [entry["line"] for entry in bundle.shown([{"line": line} for line in (7, -1, True, "7", None, 10**9)])] == [7, *[None] * 5]
    error = bundle.scene_error({"kind": "verdict", "message": 5})
    assert error is not None and error["kind"] == "runtime" and error["message"]


def test_a_kind_that_cannot_be_hashed_is_no_kind():
    assert bundle.findings([{"kind": {}}, {"kind": []}]) == []
    assert bundle.scene_error({"kind": [], "message": "m"})["kind"] == "runtime"
