"""Old names become the installed Manim's where they mean the same, and only there; each change is named."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from retrieval.preprocess.library import Library
from retrieval.preprocess.migrating import FADES, GL_NAMES, METHODS, NAMES, migrated
from retrieval.records import SceneRecord

Scenes = Callable[..., dict[str, SceneRecord]]


def body(*lines: str, start: str = "from manimlib.imports import *") -> dict[str, str]:
    return {"a.py": f"{start}\n\nclass A(Scene):\n    def construct(self):\n" + "".join(f"        {line}\n" for line in lines)}


def test_the_new_names_are_the_installed_manims_and_the_old_ones_are_not(library: Library):
    for new in {*NAMES.values(), *GL_NAMES.values(), *(fade[0] for fade in FADES.values())}:
        assert new.split(".")[0] in library.names, new
    assert not library.names & (NAMES.keys() | FADES.keys())
    from manim import Axes

    for old, new in METHODS.items():
        assert hasattr(Axes, new) and not hasattr(Axes, old), old


def test_names_calls_and_imports_are_changed_and_named(scenes: Scenes):
    record = scenes(
        body(
            'title = TextMobject("ShowCreation")  # TexMobject',
            "self.play(ShowCreation(title), FadeInFromDown(title))",
            "self.play(FadeInFrom(title, LEFT), FadeOutAndShift(title))",
            "axes = Axes(x_range=[0, FRAME_WIDTH])",
            "self.add(axes.get_graph(lambda x: x))",
        )
    )["A"]
    assert record.flavour == "manimlib"
    assert "from manim import *" in record.code and "manimlib" not in record.code
    assert 'title = Tex("ShowCreation")  # TexMobject' in record.code
    assert "self.play(Create(title), FadeIn(title, shift=UP))" in record.code
    assert "self.play(FadeIn(title, shift=-LEFT), FadeOut(title, shift=DOWN))" in record.code
    assert "x_range=[0, config.frame_width]" in record.code
    assert "axes.plot(lambda x: x)" in record.code
    assert {"TextMobject -> Tex", "ShowCreation -> Create", "FRAME_WIDTH -> config.frame_width", ".get_graph() -> .plot()"} <= set(
        record.migrated
    )
    assert "from manimlib.imports import * -> from manim import *" in record.migrated


def test_what_is_not_safe_stays(scenes: Scenes):
    record = scenes({
        "a.py": """
        from manimlib.imports import *

        class ShowCreation(Transform):
            pass

        class A(GraphScene):
            CONFIG = {"x_min": 0}

            def construct(self):
                self.setup_axes()
                graph = self.get_graph(lambda x: x)
                TexMobject = Square
                self.play(ShowCreation(graph), FadeInFrom(graph, UP + LEFT), FadeInFrom(*[graph, UP]))
                self.add(f"{TextMobject}")
        """
    })["A"]  # fmt: skip
    for kept in (
        "class A(GraphScene)",
        "CONFIG =",
        "self.get_graph",
        "TexMobject = Square",
        "ShowCreation(graph)",
        "FadeInFrom(graph, UP + LEFT)",
        "FadeInFrom(*[",
    ):
        assert kept in record.code
    assert record.migrated == ("from manimlib.imports import * -> from manim import *",)


def test_manimgls_tex_is_mathematics(scenes: Scenes):
    record = scenes(body('self.add(Tex("x^2"), TexText("words"))', start="from manimlib import *"))["A"]
    assert record.flavour == "manimgl"
    assert 'MathTex("x^2"), Tex("words")' in record.code


def test_names_imported_one_by_one_are_found_in_the_new_package_or_left(scenes: Scenes):
    found = scenes({
        "a.py": "from manimlib.scene.scene import Scene\nfrom manimlib.animation.creation import ShowCreation\nfrom manimlib.mobject.geometry import Circle as C\n\nclass A(Scene):\n    def construct(self):\n        self.play(ShowCreation(C()))\n",
        "b.py": "from manimlib.scene.scene import Scene\nfrom manimlib.mobject.pi import Pi\n\nclass B(Scene):\n    def construct(self):\n        self.add(Pi())\n",
    })  # fmt: skip
    assert "from manim import Create" in found["A"].code and "Create(C())" in found["A"].code and "manimlib" not in found["A"].code
    assert "from manimlib.mobject.pi import Pi" in found["B"].code


def test_a_scene_of_today_is_as_it_was_found(scenes: Scenes):
    record = scenes(body('self.play(Create(Tex("x")))', start="from manim import *"))["A"]
    assert record.migrated == () and record.flavour == "community"


def test_what_manimlibs_star_import_brought_beside_its_own_names_is_imported(scenes: Scenes):
    code = scenes(body("self.wait(random.random())", "list(it.chain([1], [2]))"))["A"].code
    assert "import random" in code and "import itertools as it" in code


@pytest.mark.parametrize(
    ("flavour", "source"),
    [
        ("community", "from manim import *"),
        ("community", "import manim as mn\nfrom manim import Scene"),
        ("manimgl", "from manimgl import *"),
        ("manimgl", "from manim_imports_ext import *"),
        ("manimlib", "from big_ol_pile_of_manim_imports import *"),
        ("manimlib", "from manimlib.imports import *"),
    ],
)
def test_the_flavour_is_told_by_imports(scenes: Scenes, flavour: str, source: str):
    assert scenes(body("self.add(Dot())", start=source))["A"].flavour == flavour


@pytest.mark.parametrize(
    ("flavour", "line"), [("manimlib", "self.add(TextMobject('x'))"), ("manimgl", "self.add(TexText('x').fix_in_frame())")]
)
def test_where_both_call_their_package_alike_the_names_tell(scenes: Scenes, flavour: str, line: str):
    assert scenes(body(line, start="from manimlib import *"))["A"].flavour == flavour


def test_code_that_cannot_be_cut_is_left(library: Library):
    code = "from manim import *\nx = f'''\n{ShowCreation}'''\n"
    assert migrated(code, "manimlib", library) == (code, ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.play(mob.shift, UP)", "self.play(mob.animate.shift(UP))"),
        ("self.play(self.mob.to_edge, LEFT, run_time=2)", "self.play(self.mob.animate.to_edge(LEFT), run_time=2)"),
        ("self.play(a.scale, 2, b.next_to, a, DOWN, Write(c))", "self.play(a.animate.scale(2), b.animate.next_to(a, DOWN), Write(c))"),
        (
            "self.play(a.move_to, b.get_center(), {'aligned_edge': UP})",
            "self.play(a.animate.move_to(b.get_center(), **{'aligned_edge': UP}))",
        ),
        ("self.play(Write(c), groups[0].a.fade)", "self.play(Write(c), groups[0].a.fade)"),
        ("self.play(a.restore)", "self.play(a.animate.restore())"),
        ("self.play(\n    a.rotate,\n    PI/2,\n)", "self.play(\n    a.animate.rotate(PI/2),\n)"),
        ("self.play(a.set_color, é, a.scale, x)", "self.play(a.animate.set_color(é), a.animate.scale(x))"),
    ],
)
def test_methods_that_are_played_become_animate(library: Library, old: str, new: str):
    code = f"from manim import *\n{old}\n"
    made, changes = migrated(code, "community", library)
    assert made == f"from manim import *\n{new}\n"
    assert bool(changes) == (old != new)
    compile(made, "", "exec")


@pytest.mark.parametrize(
    "call",
    [
        "self.play(a.scale)",
        "self.play(a.to_edge, UP, other)",
        "self.play(a.shift, Write(b))",
        "self.play(a.shift, *directions)",
        "self.play(self.shift, UP)",
        "self.play(a.shift, (UP), b.scale, 2)",
        "self.play(a.shift, # up\n    UP)",
        "self.play(a.mystery, UP)",
        "self.play(a.shift(UP))",
        "self.wait(a.shift, UP)",
    ],
)
def test_a_played_method_whose_arguments_cannot_be_told_stays(library: Library, call: str):
    code = f"from manim import *\n{call}\n"
    assert migrated(code, "community", library) == (code, ())
