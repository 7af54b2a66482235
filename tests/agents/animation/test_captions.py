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


def _derivation(*lines: tuple[str, str, list[int]]) -> Any:
    return _plan("1-equation_steps", title="Solution", lines=[{"latex": latex, "say": say, "steps": steps} for latex, say, steps in lines])


def test_a_derivation_has_a_chapter_for_every_step_from_when_its_line_came() -> None:
    plans = [
        _derivation(
            ("2x - 4 = 6", "Start from the equation.", [1]),
            ("2x = 10", "Add 4 to both sides.", [2]),
            ("x = 5", "", [3]),
            ("x + 1 = 6", "Now " + "and then " * 20, [4, 5]),
        ),
        _plan("2-recap", title="Answer"),
    ]
    words = [("Start from the equation.", 0.5, 2.4), ("Add 4 to both sides.", 2.5, 4.0)]
    steps = _beat("1-equation_steps", "equation_steps", words, seconds=10.0)
    steps["shown"].append({"kind": "MathTex", "text": "x  =  5", "from_s": 4.25, "to_s": 10.0})
    cues = _cues(chapters(plans, [steps, _beat("2-recap", "recap", [], 3.0)]))
    assert cues[:3] == [
        ("00:00:00.000", "00:00:02.500", "Step 1: Start from the equation"),
        ("00:00:02.500", "00:00:04.250", "Step 2: Add 4 to both sides"),
        ("00:00:04.250", "00:00:07.500", "Step 3"),
    ]
    # its words were not recognised on screen: its place among the lines
    assert cues[3][:2] == ("00:00:07.500", "00:00:10.000")
    assert cues[3][2].startswith("Steps 4 and 5: Now and then") and len(cues[3][2]) < 80
    assert cues[4] == ("00:00:10.000", "00:00:13.000", "Answer")


def test_lines_of_one_step_are_one_chapter_and_chapters_never_run_backwards() -> None:
    plans = [_derivation(("a = 1", "First move.", [3]), ("a = 2", "", []), ("a = 3", "", [3]), ("a = 4", "Last move.", [4]))]
    beat = _beat("1-equation_steps", "equation_steps", [("First move.", 2.0, 6.0), ("Last move.", 0.0, 6.0)])
    assert _cues(chapters(plans, [beat])) == [
        ("00:00:00.000", "00:00:00.400", "Step 3: First move"),
        ("00:00:00.400", "00:00:06.000", "Step 4: Last move"),
    ]


def test_a_derivation_that_belongs_to_no_solution_or_became_a_card_is_one_chapter() -> None:
    one = [("00:00:00.000", "00:00:06.000", "Solution")]
    lines = [("a = 1", "First move."), ("a = 2", "Second move.")]
    shown = [("First move.", 0.0, 2.0), ("Second move.", 2.5, 4.0)]
    before = _plan("1-equation_steps", title="Solution", lines=[{"latex": latex, "say": say} for latex, say in lines])
    assert _cues(chapters([before], [_beat("1-equation_steps", "equation_steps", shown)])) == one
    plain = _beat("1-equation_steps", "equation_steps", shown) | {"source": "plain"}
    assert _cues(chapters([_derivation(*[(*line, [1]) for line in lines])], [plain])) == one


def test_a_beat_that_says_nothing_has_no_cue() -> None:
    assert _cues(subtitles([_plan("1-bars", say="")], [_beat("1-bars", "bars", [])])) == []
