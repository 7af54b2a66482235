from __future__ import annotations

from agents.rendering.inside.tex import log_errors

_HEAD = "This is pdfTeX, Version 3\n(./a.tex\n"


def test_the_culprit_in_an_argument_is_named_and_not_the_end_of_the_environment():
    log = (
        _HEAD + "! Undefined control sequence.\n<argument>  \\frac {1}{2} \\nonsense \n                              \nl.8 \\end{align*}\n"
    )
    assert log_errors(log) == [("Undefined control sequence.", "\\frac {1}{2} \\nonsense")]


def test_without_an_argument_the_line_up_to_the_fault_is_given():
    assert (
        log_errors(_HEAD + "! Missing $ inserted.\n<inserted text>\n                $\nl.6 a_\n       b\n")[0][0] == "Missing $ inserted."
    )
    assert log_errors(_HEAD + "! Undefined control sequence.\nl.6 a \\foo\n          b\n") == [("Undefined control sequence.", "a \\foo")]


def test_a_message_that_tex_broke_at_79_columns_is_whole():
    line = "! LaTeX Error: " + "x" * 64
    assert len(line) == 79
    assert log_errors(f"{line}\nyz.\n")[0][0] == line[2:] + "yz."


def test_the_fatal_end_and_an_innocent_log_are_no_errors_of_their_own():
    assert log_errors("!  ==> Fatal error occurred, no output DVI file produced!\n") == []
    assert log_errors(_HEAD + "Overfull \\hbox\nOutput written on a.dvi") == []
