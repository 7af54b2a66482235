"""Scenes in docstrings, found without importing anything."""

from __future__ import annotations

import ast
import logging
from pathlib import Path

import pytest

from retrieval.errors import RetrievalError
from retrieval.extract import examples_in, names_used, words_of
from retrieval.sources import manim_docs

SOURCE = '''
"""Module prose.

.. manim:: ModuleLevel
    :save_last_frame:

    class ModuleLevel(Scene):
        def construct(self):
            self.add(Dot())
"""

class Ring(Circle):
    """A ring, like :class:`~.Annulus`.

    Parameters
    ----------
    radius
        How ``large`` it is.

    Examples
    --------
    Two rings next to each other:

    .. manim:: TwoRings
        :ref_classes: Ring
        :hide_source:

        from manim import *

        class Helper(VGroup):
            pass

        class TwoRings(ThreeDScene):
            def construct(self):

                self.play(Create(Helper()))

    .. manim:: Broken

        class Broken(Scene:

    .. manim:: NoClass

        x = 1
    """

    def turn(self):
        """Turns it.

        Parameters
        ----------
        Not an introduction.

        .. manim:: Turning

            class Turning(MovingCameraScene):
                def construct(self):
                    self.play(Ring().turn())
        """
'''


def test_every_docstring_that_holds_a_scene_gives_it_with_its_place():
    assert [(example.owner, example.scene) for example in examples_in(SOURCE)] == [
        ("", "ModuleLevel"),
        ("Ring", "TwoRings"),
        ("Ring.turn", "Turning"),
    ]


def test_the_code_is_a_whole_module_that_imports_manim_once():
    for example in examples_in(SOURCE):
        tree = ast.parse(example.code)
        assert sum(isinstance(node, ast.ImportFrom) for node in tree.body) == 1
        assert ":ref_classes:" not in example.code


def test_the_words_are_the_summary_and_the_paragraph_that_introduces_the_example():
    module, ring, turning = examples_in(SOURCE)
    assert module.summary == "Module prose."
    assert (ring.summary, ring.prose) == ("A ring, like Annulus.", "Two rings next to each other:")
    assert (turning.summary, turning.prose) == ("Turns it.", "")


def test_names_are_read_as_words():
    assert words_of("PlotExample") == "plot example"
    assert words_of("SVGMobject3D") == "svg mobject 3 d"
    assert names_used("class A(Scene):\n  def construct(self):\n    self.play(Create(Circle().shift(UP)))") == ["Create", "shift", "Circle"]


def test_a_file_that_is_not_python_is_left_out_and_the_rest_is_taken(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    (tmp_path / "bad.py").write_text("def (")
    (tmp_path / "good.py").write_text(SOURCE)
    (tmp_path / "again.py").write_text(SOURCE)
    with caplog.at_level(logging.WARNING):
        records = manim_docs.collect(tmp_path, "9.9")
    assert [record.scene for record in records] == ["ModuleLevel", "TwoRings", "Turning"]
    assert [record.three_d for record in records] == [False, True, False]
    assert records[2].source == "manim 9.9: manim.again.Ring.turn"
    assert "bad.py" in caplog.text


def test_no_examples_at_all_is_an_error(tmp_path: Path):
    with pytest.raises(RetrievalError, match="no examples"):
        manim_docs.collect(tmp_path, "9.9")


def test_the_installed_manim_gives_hundreds_of_scenes_that_compile_and_none_for_another_renderer():
    records = manim_docs.collect()
    assert len(records) > 300
    assert len({record.id for record in records}) == len(records)
    for record in records:
        compile(record.code, record.source, "exec")
        assert f"class {record.scene}(" in record.code
        assert record.licence == "MIT"
        assert "opengl" not in record.code.lower()
    assert any(record.scene == "PlotExample" and record.source.endswith("coordinate_systems.CoordinateSystem.plot") for record in records)
