"""A scene comes with what it needs, from whichever file, and with nothing else; the module runs alone."""

from __future__ import annotations

import ast
from collections.abc import Callable

import pytest

from retrieval.preprocess.repository import Result
from retrieval.records import SceneRecord

Scenes = Callable[..., dict[str, SceneRecord]]
Alone = Callable[[SceneRecord], dict[str, object]]


def defined(record: SceneRecord) -> list[str]:
    """What the module binds itself, in order."""
    names: list[str] = []
    for node in ast.parse(record.code).body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
    return names


def test_helpers_constants_and_bases_of_the_same_file_come_along_and_nothing_else(scenes: Scenes, alone: Alone):
    found = scenes({
        "a.py": """
        import os
        import numpy as np
        from manim import *

        RADIUS = 2
        UNUSED = os.getcwd()

        def ring(radius=RADIUS):
            # a ring
            return Annulus(radius - 0.1, radius)

        def unused():
            return np.zeros(3)

        class Base(Scene):
            def construct(self):
                self.add(ring())

        class First(Base):
            pass

        class Second(Scene):
            def construct(self):
                self.add(Dot())

        if __name__ == "__main__":
            First().render()
        """
    })  # fmt: skip
    assert set(found) == {"Base", "First", "Second"}
    assert defined(found["First"]) == ["RADIUS", "ring", "Base", "First"]
    assert "# a ring" in found["First"].code
    assert "numpy" not in found["First"].code and "import os" not in found["First"].code
    assert defined(found["Second"]) == ["Second"]
    alone(found["First"])


def test_other_files_are_followed_through_relative_absolute_and_star_imports(scenes: Scenes, alone: Alone):
    found = scenes({
        "project/__init__.py": "",
        "project/constants.py": "from manim import *\nLEFT_SIDE = 3 * LEFT\nSIZES = [1, 2]\nSIZES.append(3)\nOTHER = 1\n",
        "project/helpers.py": "from .constants import *\nfrom manim import Dot\n\ndef dots():\n    return [Dot(LEFT_SIDE) for _ in SIZES]\n",
        "project/bases.py": "from manim import Scene\nfrom project.helpers import dots\n\nclass Dotted(Scene):\n    def setup(self):\n        self.dots = dots()\n",
        "project/video.py": """
        from manim import *
        from project.bases import Dotted as Parent

        class Video(Parent):
            def construct(self):
                self.add(*self.dots)
        """,
    })  # fmt: skip
    code = found["Video"].code
    assert defined(found["Video"]) == ["LEFT_SIDE", "SIZES", "dots", "Dotted", "Video"]
    assert "class Video(Dotted)" in code and "SIZES.append(3)" in code and "OTHER" not in code
    assert "project" not in code
    names = alone(found["Video"])
    assert len(names["dots"]()) == 3  # type: ignore[operator]


def test_names_of_modules_are_taken_away_from_what_is_read_from_them(scenes: Scenes, alone: Alone):
    found = scenes({
        "lib/__init__.py": "",
        "lib/colours.py": "import manim as m\nWARM = m.RED\nCOLD = m.BLUE\n",
        "lib/shapes.py": "from manim import *\nfrom . import colours as c\n\ndef blob():\n    return Dot(color=c.WARM)\n",
        "main.py": """
        import lib.shapes
        from lib import colours
        from manim import *

        class Main(Scene):
            def construct(self):
                blob = lib.shapes.blob()
                self.add(blob.set_color(colours.COLD))
        """,
    })  # fmt: skip
    code = found["Main"].code
    assert "lib." not in code and "import lib" not in code and "from lib" not in code
    assert "set_color(COLD)" in code and "Dot(color=WARM)" in code
    # A variable of construct has the helper's name, so the helper is called something else.
    assert "blob = shapes_blob()" in code and "def shapes_blob" in code
    alone(found["Main"])


def test_two_files_may_use_one_name_for_different_things(scenes: Scenes, alone: Alone):
    found = scenes({
        "one.py": "SIZE = 1\n\ndef one():\n    return SIZE\n",
        "two.py": "SIZE = 2\n\nclass Circle:\n    pass\n\ndef two():\n    return SIZE, Circle\n",
        "main.py": """
        from manim import *
        from one import one
        from two import two as second

        SIZE = 3

        class Main(Scene):
            def construct(self):
                return one(), second(), SIZE, Circle
        """,
    })  # fmt: skip
    names = alone(found["Main"])
    one, (two, own_circle), three, circle = names["Main"].construct(None)  # type: ignore[attr-defined]
    assert (one, two, three) == (1, 2, 3)
    assert circle.__module__.startswith("manim.") and own_circle is not circle


def test_names_that_are_shadowed_are_not_taken_for_the_modules_own(scenes: Scenes):
    found = scenes({
        "a.py": """
        from manim import *

        size = 1
        shape = Square
        x = 5

        class Shadows(Scene):
            size = 2

            def construct(self, shape=Dot):
                self.add(shape(radius=self.size))
                [x for x in range(3)]
                (lambda x: x)(1)

        class Reads(Scene):
            size = size

            def construct(self):
                self.add(shape(side_length=self.size))
        """
    })  # fmt: skip
    assert defined(found["Shadows"]) == ["Shadows"]
    assert defined(found["Reads"]) == ["size", "shape", "Reads"]


def test_circular_imports_survive(scenes: Scenes, alone: Alone):
    found = scenes({
        "a.py": "from manim import *\nimport b\n\nclass Base(Scene):\n    def helper(self):\n        return b.make()\n\n    def construct(self):\n        self.add(self.helper())\n",
        "b.py": "from a import *\n\nRADIUS = 1\n\ndef make():\n    return Dot(radius=RADIUS)\n\nclass Derived(Base):\n    pass\n",
        "c.py": "from d import *\nfrom manim import *\nclass Loop(Scene):\n    def construct(self):\n        self.add(nothing)\n",
        "d.py": "from c import *\n",
    })  # fmt: skip
    assert set(defined(found["Derived"])) == {"Base", "RADIUS", "make", "Derived"}
    assert defined(found["Derived"])[-1] == "Derived"
    alone(found["Derived"])
    assert "Loop" in found


def test_a_class_that_needs_another_first_gets_it_first_in_a_circle_of_files(scenes: Scenes, alone: Alone):
    found = scenes({
        "a.py": "from manim import *\nfrom b import Middle\n\nclass Top(Middle):\n    def construct(self):\n        self.add(Dot())\n\nclass Bottom:\n    size = 1\n",
        "b.py": "from manim import *\nimport a\n\nclass Middle(a.Bottom, Scene):\n    pass\n",
    })  # fmt: skip
    assert defined(found["Top"]) == ["Bottom", "Middle", "Top"]
    alone(found["Top"])


def test_nested_scenes_are_lifted_out_with_what_stands_beside_them(scenes: Scenes, alone: Alone):
    found = scenes({
        "a.py": '''
        from manim import *

        SPEED = 1

        class Chapter:
            Kind = MovingCameraScene
            SPEED = 2

            class Intro(Kind):
                """An introduction."""
                speed = SPEED

                def construct(self):
                    self.wait(self.speed)

            class Longer(Intro):
                def construct(self):
                    super().construct()
                    self.wait(Chapter.SPEED)

        def make():
            class Inner(Scene):
                def construct(self):
                    self.add(Dot())
            return Inner

        def closure(size):
            class Sized(Scene):
                def construct(self):
                    self.add(Dot(radius=size))
            return Sized

        try:
            import something
        except ImportError:
            class Fallback(Scene):
                def construct(self):
                    self.wait()
        '''
    })  # fmt: skip
    assert set(found) == {"Intro", "Longer", "Inner", "Fallback"}
    assert defined(found["Intro"]) == ["SPEED", "Kind", "Intro"]
    assert set(defined(found["Longer"])) == {"SPEED", "Chapter", "Kind", "Intro", "Longer"}
    for record in found.values():
        alone(record)
    assert alone(found["Intro"])["Intro"].speed == 1  # type: ignore[attr-defined]


def test_a_notebook_gives_the_scenes_of_its_cells(scenes: Scenes, alone: Alone):
    import json

    def cell(source: str) -> dict[str, object]:
        return {"cell_type": "code", "source": source.splitlines(keepends=True), "metadata": {}, "outputs": []}

    book = {
        "cells": [
            cell("!pip install manim\nfrom manim import *\nsize = 1"),
            {"cell_type": "markdown", "source": ["# class NotCode(Scene):"]},
            cell("%%manim -qm -v WARNING One\n\nclass One(Scene):\n    def construct(self):\n        self.add(Dot(radius=size))"),
            cell("%%bash\necho class Two(Scene):"),
            cell("this is not Python ("),
            cell("%matplotlib inline\nsize = 2\n%%time"),
            cell("%%manim One\nclass One(Scene):\n    def construct(self):\n        self.add(Square())"),
        ]
    }
    found = scenes({"book.ipynb": json.dumps(book)})
    assert set(found) == {"One"}
    results = list(found.values())
    assert results[0].origin is not None and results[0].origin.line == 0
    alone(results[0])


def test_scenes_of_the_same_name_in_one_file_stay_apart(preprocessed: Callable[..., Result], alone: Alone):
    found = [
        scene.record
        for scene in preprocessed({
            "a.py": """
            from manim import *
            class Test(Scene):
                def construct(self):
                    self.add(Dot())
            class User(Test):
                pass
            class Test(Scene):
                def construct(self):
                    self.add(Square())
            """
        }).scenes
    ]  # fmt: skip
    assert [record.scene for record in found] == ["Test", "User", "Test"]
    assert ["Dot" in record.code for record in found] == [True, True, False]
    assert ["Square" in record.code for record in found] == [False, False, True]


def test_what_is_not_a_scene_is_none(scenes: Scenes):
    found = scenes({
        "a.py": """
        from manim import *
        from PyQt5.QtWidgets import QGraphicsScene

        class Picture(VGroup):
            pass

        class Window(QGraphicsScene):
            def construct(self):
                pass

        class Abstract(Scene):
            def helper(self):
                pass
        """,
        "game.py": "class Scene:\n    pass\n\nclass Level(Scene):\n    def construct(self):\n        pass\n",
        "cocos_game.py": "from cocos.layers import Scene\n\nclass Menu(Scene):\n    def construct(self):\n        pass\n",
    })  # fmt: skip
    assert found == {}


def test_statements_that_change_the_picture_come_along(scenes: Scenes):
    code = scenes({
        "a.py": """
        import random
        import sys
        from manim import *

        sys.path.append("..")
        config.background_color = WHITE
        config.media_dir = "/tmp"
        Text.set_default(font="Arial")
        random.seed(1)
        PALETTE = {}
        PALETTE["red"] = RED
        for name in ("a", "b"):
            PALETTE[name] = BLUE
        OTHER = {}
        OTHER["x"] = 1
        print("hello")

        class Main(Scene):
            def construct(self):
                self.add(Text("x", color=PALETTE["red"]), Dot(random.random() * UP))
        """
    })["Main"].code  # fmt: skip
    for kept in ("config.background_color = WHITE", 'Text.set_default(font="Arial")', "random.seed(1)", 'PALETTE["red"]', "for name in"):
        assert kept in code
    for left in ("sys", "media_dir", "OTHER", "print"):
        assert left not in code


def test_imports_inside_functions_lose_their_files_too(scenes: Scenes, alone: Alone):
    found = scenes({
        "helpers.py": "def size():\n    return 3\n",
        "main.py": """
        from manim import *

        class Main(Scene):
            def construct(self):
                from helpers import size
                from math import tau as turn
                return size(), turn
        """,
    })  # fmt: skip
    names = alone(found["Main"])
    assert names["Main"].construct(None)[0] == 3  # type: ignore[attr-defined]


def test_an_import_that_leads_nowhere_in_the_repository_drops_the_scenes_that_need_it(preprocessed: Callable[..., Result]):
    result = preprocessed({
        "pkg/__init__.py": "",
        "pkg/a.py": """
        from manim import *
        from .missing import thing
        from . import b

        class Needs(Scene):
            def construct(self):
                self.add(thing())

        class Passes(Scene):
            def construct(self):
                self.add(Dot())

        class Object(Scene):
            def construct(self):
                print(b)
        """,
        "pkg/b.py": "x = 1\n",
    })  # fmt: skip
    assert [scene.record.scene for scene in result.scenes] == ["Passes"]
    assert result.dropped == {"missing_import": 1, "module_object": 1}


@pytest.mark.parametrize(
    "statement", ["a = 1; b = 2", "if True: b = 2", "b: int = 2", "(a, b) = 1, 2", "b = a = 2", "with open('x') as b: pass"]
)
def test_a_needed_name_comes_whatever_statement_binds_it(scenes: Scenes, statement: str):
    code = scenes({"m.py": f"from manim import *\n{statement}\n\nclass M(Scene):\n    def construct(self):\n        self.add(b)\n"})[
        "M"
    ].code
    assert "b" in defined_anywhere(code)


def defined_anywhere(code: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def test_names_in_formatted_strings_are_renamed_with_the_rest(scenes: Scenes, alone: Alone):
    found = scenes({
        "names.py": "TITLE = 'one'\n",
        "main.py": """
        from manim import *
        import names as n

        TITLE = "two"

        class Main(Scene):
            def construct(self):
                return f"{n.TITLE:>5} {TITLE}"
        """,
    })  # fmt: skip
    assert alone(found["Main"])["Main"].construct(None) == "  one two"  # type: ignore[attr-defined]


def test_a_global_that_a_helper_counts_with_keeps_counting_under_another_name(scenes: Scenes, alone: Alone):
    found = scenes({
        "counter.py": "count = 0\n\ndef step():\n    global count\n    count += 1\n    return count\n",
        "main.py": """
        from manim import *
        from counter import step

        count = 10

        class Main(Scene):
            def construct(self):
                return step(), step(), count
        """,
    })  # fmt: skip
    assert alone(found["Main"])["Main"].construct(None) == (1, 2, 10)  # type: ignore[attr-defined]


def test_a_star_import_that_gives_nothing_needed_is_left_out_and_one_that_does_is_kept(scenes: Scenes):
    code = scenes({
        "m.py": "from math import *\nfrom random import *\nfrom manim_physics import *\nfrom manim import *\n\nclass M(Scene):\n    def construct(self):\n        self.add(Dot(sqrt(2) * UP))\n"
    })["M"].code  # fmt: skip
    assert "from math import *" in code and "from random" not in code and "manim_physics" not in code and "from manim import *" in code
