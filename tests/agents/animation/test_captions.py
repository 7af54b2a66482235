"""Subtitles and chapters: every sentence once, in order, when its words were in the picture."""

from __future__ import annotations

import re
from typing import Any

from agents.animation.captions import chapters, subtitles


def _beat(
    name: str, kind: str, shown: list[tuple[str, float, float]], seconds: float = 6.0, video: str | None = "x.mp4", say: str = ""
) -> Any:
    items = [{"kind": "Text", "text": text, "from_s": start, "to_s": end} for text, start, end in shown]
    return {"id": name, "kind": kind, "say": say, "seconds": seconds, "video": video, "shown": items}


def _plan(name: str, **data: Any) -> Any:
    return {"id": name, "data": data, "plain": {}, "draw": ""}


def _cues(vtt: str) -> list[tuple[str, str, str]]:
    assert vtt.startswith("WEBVTT\n")
    return re.findall(r"^(\S+) --> (\S+)\n(.+)$", vtt, re.MULTILINE)


def test_a_sentence_is_shown_as_long_as_its_words_were() -> None:
    plans = [_plan("1-triangle", say="A right triangle: the squares on the legs add up.")]
    beat = _beat(
        "1-triangle", "triangle", [("A right triangle: the", 0.5, 5.0), ("squares on the legs add up.", 0.6, 5.2), ("5", 2.0, 6.0)]
    )
    assert _cues(subtitles(plans, [beat])) == [("00:00:00.500", "00:00:05.200", "A right triangle: the squares on the legs add up.")]


def test_lines_of_a_derivation_follow_each_other_across_beats() -> None:
    plans = [
        _plan("1-equation_steps", say="Both.", lines=[{"latex": "a", "say": "First move."}, {"latex": "b", "say": "Second move."}]),
        _plan("2-recap", say="Done & <checked> --> here."),
    ]
    beats = [
        _beat("1-equation_steps", "equation_steps", [("First move.", 0.0, 2.0), ("Second move.", 2.5, 4.0)]),
        _beat("2-recap", "recap", [], seconds=65.0),
    ]
    assert _cues(subtitles(plans, beats)) == [
        ("00:00:00.000", "00:00:02.000", "First move."),
        ("00:00:02.500", "00:00:04.000", "Second move."),
        ("00:00:06.000", "00:01:11.000", "Done &amp; &lt;checked&gt; → here."),
    ]


def test_chapters_carry_the_titles_and_leave_out_what_was_not_rendered() -> None:
    plans = [_plan("1-title", title="Lines"), _plan("2-function_graph"), _plan("3-part_bars")]
    beats = [
        _beat("1-title", "title", [], 2.0),
        _beat("2-function_graph", "function_graph", [], 4.0, video=None),
        _beat("3-part_bars", "part_bars", [], 3.5),
    ]
    assert _cues(chapters(plans, beats)) == [("00:00:00.000", "00:00:02.000", "Lines"), ("00:00:02.000", "00:00:05.500", "Part bars")]


def test_a_beat_that_says_nothing_has_no_cue() -> None:
    assert _cues(subtitles([_plan("1-bars", say="")], [_beat("1-bars", "bars", [])])) == []
