"""Whatever a file holds, it is counted by its reason, and the rest of the repository goes on."""

from __future__ import annotations

import json
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from retrieval.preprocess.decoding import Unreadable, text_of
from retrieval.preprocess.library import Library
from retrieval.preprocess.limits import OutOfTime, time_limit
from retrieval.preprocess.modules import parse
from retrieval.preprocess.reading import PackedFile, Repository
from retrieval.preprocess.repository import Result, scenes_of
from retrieval.records import SceneRecord

GOOD = "from manim import *\n\nclass Good(Scene):\n    def construct(self):\n        self.add(Text('{}'))\n"
SCENE = "from manim import *\nclass Bad(Scene):\n    def construct(self):\n"


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("syntax", SCENE + "        self.add(\n"),
        ("syntax", SCENE + "  \tself.wait()\n \tself.wait()\n"),
        ("python2", SCENE + "        print 'hello'\n"),
        ("python2", SCENE + "        try:\n            self.wait()\n        except ValueError, error:\n            raise\n"),
        ("null_bytes", SCENE.encode() + b"        self.add('\0')\n"),
        ("encoding", b"# -*- coding: klingon -*-\n" + SCENE.encode()),
        ("encoding", b"# coding: rot13\n" + SCENE.encode()),
        ("encoding", b"\xef\xbb\xbf" + SCENE.encode() + b"        self.add('\xff')\n"),
        ("too_large", SCENE + "        self.add('" + "x" * 3_000_000 + "')\n"),
        ("too_deep", SCENE + "        self.add(" + "(" * 300 + ")" * 300 + ")\n"),
        ("too_deep", SCENE + "        self.add(" + "-" * 50_000 + "1)\n"),
        ("too_deep", SCENE + "        self.add(Dot()" + ".shift(UP)" * 5_000 + ")\n"),
    ],
)
def test_a_broken_file_is_counted_and_the_others_are_taken(preprocessed: Callable[..., Result], reason: str, content: str | bytes):
    result = preprocessed({"a_good.py": GOOD, "bad.py": content, "z_good.py": GOOD.replace("Good", "Fine")})
    assert [scene.record.scene for scene in result.scenes] == ["Good", "Fine"]
    assert result.failed == {reason: 1}
    assert result.files == 3


def test_a_broken_notebook_is_counted(preprocessed: Callable[..., Result]):
    result = preprocessed({"a.ipynb": "{", "b.ipynb": "[]", "c.ipynb": json.dumps({"cells": [1]}), "d.ipynb": "[" * 100_000, "e.py": GOOD})
    assert result.failed == {"notebook": 4}
    assert len(result.scenes) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_odd_encodings_are_read(scenes: Callable[..., dict[str, SceneRecord]], encoding: str):
    found = scenes({"a.py": GOOD.format("naïve café").encode(encoding)})
    assert "naïve café" in found["Good"].code


def test_a_declared_encoding_is_kept_to(scenes: Callable[..., dict[str, SceneRecord]]):
    found = scenes({"a.py": b"#!/usr/bin/python\n# -*- coding: cp1251 -*-\n" + GOOD.format("круг").encode("cp1251")})
    assert "круг" in found["Good"].code


def test_line_ends_are_made_one_kind_and_a_form_feed_is_no_line(scenes: Callable[..., dict[str, SceneRecord]]):
    source = GOOD.replace("class", "\x0cclass").replace("\n", "\r\n") + "x = '\u2028'\r"
    assert "\r" not in scenes({"a.py": source.encode("utf-8")})["Good"].code


def test_a_damaged_store_and_a_packed_bomb_cost_no_more_than_themselves(library: Library):
    repository = Repository(1, "folder", "x", "", "")
    bomb = zlib.compress(b"#" * 60_000_000)
    files = [PackedFile("a.py", b"no zlib"), PackedFile("b.py", bomb), PackedFile("c.py", zlib.compress(GOOD.encode()))]
    result = scenes_of(repository, files, library)
    assert result.failed == {"damaged": 1, "too_large": 1}
    assert len(result.scenes) == 1


def test_a_file_that_takes_too_long_is_counted_and_what_it_gave_is_kept(preprocessed: Callable[..., Result]):
    many = GOOD + "".join(f"\nclass S{number}(Good):\n    pass\n" for number in range(3000))
    started = time.monotonic()
    result = preprocessed({"a.py": many, "b.py": GOOD.replace("Good", "Other")}, seconds=0.5)
    assert result.failed == {"timeout": 1}
    assert result.scenes[-1].record.scene == "Other"
    assert time.monotonic() - started < 60


def test_the_time_limit_works_in_threads_too():
    caught: list[str] = []

    def work() -> None:
        try:
            with time_limit(0.2):
                while True:
                    sum(range(100))
        except OutOfTime:
            caught.append("thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    assert caught == ["thread"]
    with pytest.raises(OutOfTime), time_limit(0.1):
        while True:
            sum(range(100))


@pytest.mark.parametrize("in_thread", [False, True])
def test_waiting_for_the_processor_is_not_counted_and_waiting_for_ever_is(in_thread: bool):
    told: list[str] = []

    def work() -> None:
        with time_limit(0.2, wall=30.0):
            time.sleep(0.6)
            told.append("slept")
        try:
            with time_limit(30.0, wall=0.3):
                for _ in range(200):
                    time.sleep(0.05)
        except OutOfTime:
            told.append("out of time")
        time.sleep(0.2)  # nothing comes late
        told.append("went on")

    if in_thread:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join(60)
    else:
        work()
    assert told == ["slept", "out of time", "went on"]


def test_python_two_is_told_from_a_slip(tmp_path: Path):
    for source, reason in (
        ("print 'x'", "python2"),
        ("exec code in scope\nprint x", "python2"),
        ("x = (", "syntax"),
        ("raise E, 'x'", "python2"),
    ):
        with pytest.raises(Unreadable) as error:
            parse(source)
        assert error.value.reason == reason


def test_a_null_byte_after_utf16_is_none():
    assert text_of("a = 1\n".encode("utf-16")) == "a = 1\n"
