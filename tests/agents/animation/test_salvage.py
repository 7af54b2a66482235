from __future__ import annotations

import ast

import pytest

from agents.animation.salvage import salvage

HEAD = "from manim import *\nclass A(Scene):\n    def construct(self):\n        a = Circle()\n"


def tail_of(text: str) -> str:
    saved = salvage(HEAD + text)
    assert saved is not None
    ast.parse(saved[0])
    assert saved[0].startswith(HEAD)
    return saved[0][len(HEAD) :]


def test_a_program_that_parses_comes_back_as_it_is() -> None:
    assert salvage(HEAD) == (HEAD, [])


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        (
            "        b = VGroup(Dot(), Line(LEFT, RIGHT)\n        self.wait()\n",
            "        b = VGroup(Dot(), Line(LEFT, RIGHT))\n        self.wait()\n",
        ),
        ("        b = MathTex(r'a')))\n        self.wait()\n", "        b = MathTex(r'a')\n        self.wait()\n"),
        ("        d = {'a': [1, 2}\n        self.wait()\n", "        d = {'a': [1, 2]}\n        self.wait()\n"),
        ("        d = Text('(', font_size=2\n        self.wait()\n", "        d = Text('(', font_size=2)\n        self.wait()\n"),
        ("        for i in range(3:\n            self.wait()\n", "        for i in range(3):\n            self.wait()\n"),
        ("        if a\n            self.wait()\n", "        if a:\n            self.wait()\n"),
    ],
)
def test_brackets_and_colons_are_put_where_they_belong(broken: str, mended: str) -> None:
    assert tail_of(broken) == mended


def test_two_statements_with_open_brackets_both_stay() -> None:
    kept = tail_of("        b = VGroup(Dot(), Dot()\n        self.play(Create(a)\n        self.wait()\n")
    assert "VGroup(Dot(), Dot())\n" in kept
    assert "self.play(Create(a))\n" in kept
    assert "self.wait()" in kept


def test_a_call_over_several_lines_is_closed_at_its_end() -> None:
    kept = tail_of("        self.play(\n            Create(a),\n            Write(b\n        )\n        self.wait()\n")
    assert ast.unparse(ast.parse(kept.replace("        ", ""))).startswith("self.play(Create(a), Write(b))")


@pytest.mark.parametrize(
    "cut", ["        self.play(Write(Text('ab", "        for i in range(3):\n", "        b = Axes(x_range=[0,", "        x = "]
)
def test_an_end_that_is_cut_off_costs_the_last_line_only(cut: str) -> None:
    kept = tail_of("        self.play(Create(a))\n" + cut)
    assert kept.startswith("        self.play(Create(a))\n")


def test_a_line_that_is_no_python_is_left_out_and_told() -> None:
    saved = salvage(HEAD + "        x = = 3\n        self.wait()\n")
    assert saved is not None
    assert saved[0].endswith("        pass\n        self.wait()\n")
    assert saved[1] == ["line 5 is left out: x = = 3"]


def test_prose_is_not_salvaged_into_a_program() -> None:
    saved = salvage("Sorry, I cannot do that. It is not possible; ask again!\n" * 30)
    assert saved is None
