"""What is said of a scene: where it is from, what it uses and needs, and in which words."""

from __future__ import annotations

from collections.abc import Callable

from retrieval.preprocess.repository import Result
from retrieval.records import SceneRecord, scene_id

Scenes = Callable[..., dict[str, SceneRecord]]


def test_a_record_says_where_it_is_from(scenes: Scenes):
    record = scenes(
        {"videos/pi.py": "from manim import *\n\n\nclass CircleArea(Scene):\n    def construct(self):\n        self.add(Circle())\n"}
    )["CircleArea"]
    assert record.id == scene_id(record.code)
    assert record.source == "someone/scenes@0123456: videos/pi.py"
    assert record.licence == "MIT"
    assert record.origin is not None
    assert (record.origin.source, record.origin.path, record.origin.line) == ("github", "videos/pi.py", 4)
    assert record.origin.url == "https://github.com/someone/scenes/blob/0123456789abcdef/videos/pi.py#L4"
    assert record.uses == ("Scene", "Circle") and not record.needs_latex and not record.three_d


def test_the_description_comes_from_the_name_docstrings_and_comments(scenes: Scenes):
    found = scenes({
        "a.py": '''
        """All about circles."""
        from manim import *

        # Unrolls a circle into a triangle.
        # x = Circle()
        # -----
        class CircleArea(Scene):
            """The area of a :class:`Circle`.

            Parameters
            ----------
            nothing
            """
            def construct(self):
                """Shows rings."""
                # First the rings
                self.add(Circle())
        ''',
        "b.py": '"""One film about squares."""\nfrom manim import *\nclass Film(Scene):\n    def construct(self):\n        self.add(Square())\n',
    })  # fmt: skip
    assert (
        found["CircleArea"].description
        == "circle area. The area of a Circle. Shows rings. Unrolls a circle into a triangle. First the rings."
    )
    assert found["Film"].description == "film. One film about squares."


def test_latex_and_three_dimensions_are_read_from_the_code_not_from_its_words(scenes: Scenes):
    found = scenes({
        "a.py": """
        from manim import *
        class Flat(Scene):
            def construct(self):
                self.add(Text("MathTex in a ThreeDScene"))  # Tex
        class Formula(Scene):
            def construct(self):
                self.add(MathTex("x"))
        class Numbers(Scene):
            def construct(self):
                self.add(Axes().add_coordinates())
        class Solid(ThreeDScene):
            def construct(self):
                self.add(Sphere())
        """
    })  # fmt: skip
    assert [(name, record.needs_latex, record.three_d) for name, record in found.items()] == [
        ("Flat", False, False), ("Formula", True, False), ("Numbers", True, False), ("Solid", False, True),
    ]  # fmt: skip


def test_examples_in_docstrings_are_taken_and_a_librarys_own_classes_are_not(preprocessed: Callable[..., Result]):
    result = preprocessed({
        "manim/__init__.py": "",
        "manim/scene/scene.py": "class Scene:\n    def construct(self):\n        pass\n\nclass DemoScene(Scene):\n    pass\n",
        "manim/ring.py": '''
        class Ring:
            """A ring.

            Two of them:

            .. manim:: Rings

                class Rings(Scene):
                    def construct(self):
                        self.add(Ring())
            """
        ''',
    })  # fmt: skip
    assert [scene.record.scene for scene in result.scenes] == ["Rings"]
    record = result.scenes[0].record
    assert record.source == "someone/scenes@0123456: manim.ring.Ring"
    assert record.description == "rings. A ring. Two of them:"
