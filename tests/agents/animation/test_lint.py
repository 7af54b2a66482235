from __future__ import annotations

import pytest

from agents.animation.lint import code_in, lint
from agents.animation.manim_names import ManimNames, manim_names

NAMES = ManimNames(
    animations=frozenset({"Create", "Write", "FadeIn"}),
    mobjects=frozenset({"Circle", "Square", "Text", "VGroup", "MathTex"}),
    all=frozenset({"Scene", "Create", "Write", "FadeIn", "Circle", "Square", "Text", "VGroup", "MathTex", "UP", "BLUE", "TEAL", "PI"}),
)


def scene(*lines: str) -> str:
    return "from manim import *\nclass A(Scene):\n    def construct(self):\n" + "\n".join(f"        {line}" for line in lines) + "\n"


def test_the_program_is_taken_out_of_its_fence_even_an_unclosed_one() -> None:
    assert code_in("Sure!\n```python\nclass A: pass\n```\nDone.") == "class A: pass\n"
    assert code_in("```\nclass A: pass") == "class A: pass\n"
    assert code_in("Here:\nfrom manim import *\nclass A: pass") == "from manim import *\nclass A: pass\n"


def test_old_names_are_renamed() -> None:
    linted = lint(scene("self.play(ShowCreation(Circle(color=CYAN)))"), NAMES)
    assert "self.play(Create(Circle(color=TEAL)))" in linted.source
    assert linted.problems == ()


def test_the_missing_import_is_added_and_the_old_one_replaced() -> None:
    assert lint("class A(Scene):\n    def construct(self):\n        self.add(Circle())\n", NAMES).source.startswith("from manim import *")
    assert "manimlib" not in lint("from manimlib import *\n" + scene("self.add(Circle())"), NAMES).source
    assert "import numpy as np" in lint(scene("self.add(Circle(np.pi))"), NAMES).source


def test_a_mobject_that_is_played_is_created() -> None:
    linted = lint(scene("t = Text('a').to_edge(UP)", "c = Circle()", "self.play(t, c, c.animate.shift(UP))"), NAMES)
    assert "self.play(Write(t), Create(c), c.animate.shift(UP))" in linted.source


def test_an_unknown_name_is_reported_with_the_nearest_known_one() -> None:
    assert lint(scene("self.add(Sqare())"), NAMES).problems == ("line 4: Sqare does not exist, did you mean Square?",)


def test_names_that_the_program_binds_are_known() -> None:
    assert lint(scene("for i in range(3):", "    c = Circle(i)", "    self.add(c)"), NAMES).problems == ()


@pytest.mark.parametrize(
    ("code", "problem"), [("import os\n", "module os"), ("def f(:\n", "line 1"), ("x = 1\n", "no class"), ("x = '\0'", "null")]
)
def test_what_only_the_model_can_mend_is_a_problem(code: str, problem: str) -> None:
    assert problem in " ".join(lint(code, NAMES).problems)


async def test_the_installed_manim_tells_its_names() -> None:
    names = await manim_names()
    assert {"Create", "Transform"} <= names.animations
    assert {"Circle", "MathTex"} <= names.mobjects
    assert "ShowCreation" not in names.all
