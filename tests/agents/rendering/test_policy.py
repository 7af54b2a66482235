from __future__ import annotations

import ast

import pytest

from agents.rendering.policy import find_refusal, scene_names


def refusal(source: str):
    return find_refusal(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "import os.path as manim",
        "from sys import path",
        "from . import scene",
        "import importlib",
        "x = eval('1')",
        "open('f')",
        "__import__('os')",
        "compile('1', '', 'eval')",
        "().__class__.__bases__[0].__subclasses__()",
        "(lambda: 0).__globals__",
    ],
)
def test_what_no_scene_needs_is_refused_with_its_line(source):
    error = refusal(f"from manim import *\n\n{source}")
    assert error is not None and error["kind"] == "policy" and error["line"] == 3


def test_an_ordinary_scene_passes():
    source = (
        "from __future__ import annotations\nimport math, random\nimport numpy as np\nfrom manim import *\nfrom collections import deque\n"
    )
    source += "class A(Scene):\n    def __init__(self, **kw):\n        super().__init__(**kw)\n    def construct(self):\n        self.add(Dot())\n"
    assert refusal(source) is None


def test_scenes_are_found_through_classes_of_the_file():
    tree = ast.parse(
        "class Base(MovingCameraScene): pass\nclass Card(VGroup): pass\nclass Last(Base): pass\nclass X(manim.ThreeDScene): pass"
    )
    assert scene_names(tree) == ["Base", "Last", "X"]
