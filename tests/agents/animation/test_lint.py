from __future__ import annotations

import ast

import pytest

from agents.animation.lint import code_in, lint


def scene(*lines: str) -> str:
    return "from manim import *\nclass A(Scene):\n    def construct(self):\n" + "\n".join(f"        {line}" for line in lines) + "\n"


def test_the_program_is_taken_out_of_its_fence_even_an_unclosed_one() -> None:
    assert code_in("Sure!\n```python\nclass A: pass\n```\nDone.") == "class A: pass\n"
    assert code_in("```\nclass A: pass") == "class A: pass\n"
    assert code_in("Here:\nfrom manim import *\nclass A: pass") == "from manim import *\nclass A: pass\n"


def test_the_missing_import_is_added_and_the_old_one_replaced() -> None:
    assert lint("class A(Scene):\n    def construct(self):\n        self.add(Circle())\n").source.startswith("from manim import *")
    assert "manimlib" not in lint("from manimlib import *\n" + scene("self.add(Circle())")).source
    assert "import numpy as np" in lint(scene("self.add(Circle(np.pi))")).source
    assert "import math" in lint(scene("self.add(Circle(math.pi))")).source


def test_what_a_scene_has_no_use_for_is_not_imported() -> None:
    linted = lint("import os, numpy as np\nfrom requests import get\n" + scene("self.wait()"))
    assert "os" not in [alias.name for node in ast.walk(ast.parse(linted.source)) if isinstance(node, ast.Import) for alias in node.names]
    assert "requests" not in linted.source
    assert linted.fixes == ("os is not available", "requests is not available")


def test_a_class_that_forgot_to_be_a_scene_becomes_one() -> None:
    linted = lint("class A:\n    def construct(self):\n        self.wait()\n")
    assert (linted.scene, linted.fixes) == ("A", ("A is a Scene",))
    assert "class A(Scene)" in linted.source
    other = lint("class Base(Scene):\n    pass\nclass A(Base):\n    def construct(self):\n        self.wait()\n")
    assert (other.scene, other.fixes) == ("A", ())


def test_what_does_not_parse_is_salvaged_and_told() -> None:
    linted = lint(scene("c = Circle()", "self.play(Create(c)", "self.wait()"))
    assert linted.scene == "A"
    assert "self.play(Create(c))\n        self.wait()" in linted.source
    assert "brackets" in linted.fixes[0]


@pytest.mark.parametrize(("code", "problem"), [("x = 1\n", "no class"), ("x = '\0'", "null")])
def test_what_only_the_model_can_mend_is_a_problem(code: str, problem: str) -> None:
    assert problem in " ".join(lint(code).problems)
