from __future__ import annotations

import pytest

from agents.animation.edit import replaced, statements_in

SOURCE = "class A(Scene):\n\n    def construct(self):\n        a = Circle()\n        for i in range(3):\n            self.add(a)\n        self.wait()\n"


@pytest.mark.parametrize(
    ("answer", "statements"),
    [
        ("```python\nx = 1\ny = 2\n```", "x = 1\ny = 2"),
        ("        x = Circle()\n        y = 2", "x = Circle()\ny = 2"),
        ("x = Circle(", "x = Circle()"),
        ("from manim import *\nx = 1", "x = 1"),
        ("```python\nclass A(Scene):\n    pass\n```", ""),
        ("I am sorry, that is not possible!", ""),
    ],
)
def test_the_statements_of_an_answer(answer: str, statements: str) -> None:
    assert statements_in(answer) == statements


def test_the_statement_on_a_line_is_replaced_in_its_block() -> None:
    assert "            self.remove(a)\n            self.wait()\n        self.wait()" in (
        replaced(SOURCE, 6, "self.remove(a)\nself.wait()") or ""
    )
    assert "a = Square()\n        for" in (replaced(SOURCE, 4, "a = Square()") or "")


def test_a_whole_loop_is_replaced_by_its_first_line() -> None:
    assert "construct(self):\n        a = Circle()\n        self.add(a)\n        self.wait()" in (replaced(SOURCE, 5, "self.add(a)") or "")


@pytest.mark.parametrize(("line", "statements"), [(2, "x = 1"), (4, ""), (1, "x = 1"), (99, "x = 1")])
def test_without_a_statement_there_or_a_new_one_nothing_is_done(line: int, statements: str) -> None:
    assert replaced(SOURCE, line, statements) is None
