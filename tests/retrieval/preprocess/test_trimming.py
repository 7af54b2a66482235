"""What does nothing for a scene is left out, and nothing else."""

from __future__ import annotations

import pytest

from retrieval.preprocess.trimming import attributes_by_name, may_trim, trimmed, without_override

SCENE = "class A(Scene):\n    def construct(self):\n        self.add(Dot())\n"


@pytest.mark.parametrize(
    ("code", "gone", "stays"),
    [
        ("import sys\nsys.path.insert(0, '..')\nfrom manim import *\n" + SCENE, ["sys"], ["from manim import *"]),
        ("from manim import *\nimport os, random\n" + SCENE + "X = random.random()\n", ["os"], ["import random"]),
        ("from manim import *\n" + SCENE + "if __name__ == '__main__':\n    import os\n    A().render()\n", ["__main__", "render"], ["class A"]),
        ("from typing import Any, override\nfrom manim import *\n" + SCENE.replace("    def", "    @override\n    def") + "x: Any = 1\n", ["override"], ["import Any"]),
        ("import typing_extensions\nfrom manim import *\n" + SCENE.replace("    def", "    @typing_extensions.override\n    def"), ["typing_extensions"], []),
        ("from __future__ import annotations\nimport PIL\nfrom PIL import Image as I\nfrom manim import *\n" + SCENE, ["PIL"], ["from __future__ import annotations"]),
    ],
)  # fmt: skip
def test_what_is_never_used_goes(code: str, gone: list[str], stays: list[str]):
    assert may_trim(code)
    made = trimmed(code)
    compile(made, "", "exec")
    assert not [word for word in gone if word in made]
    assert not [text for text in (*stays, "self.add(Dot())") if text not in made]


@pytest.mark.parametrize(
    "code",
    [
        "import os\nfrom manim import *\n" + SCENE + "X = os.sep\n",
        "import os\nfrom manim import *\ndef f(x: 'os.PathLike'):\n    pass\n" + SCENE,
        "from manim import Dot, Scene, Square\n" + SCENE,
        "from manim import *\nfrom mine import override\n" + SCENE.replace("    def", "    @override\n    def"),
        "from manim import *\nif __name__ == '__main__':\n    X = 1\nelse:\n    X = 2\n" + SCENE,
        "from manim import *\nimport os; X = 1\n" + SCENE,
        "from colours import *\nfrom manim import *\n" + SCENE,
        "from manim import *\ntry:\n    import scipy\nexcept ImportError:\n    pass\n" + SCENE,
    ],
)
def test_what_may_be_used_stays(code: str):
    assert trimmed(code) == code


@pytest.mark.parametrize(
    "line", ["from typing import override", "from typing import Any, override", "from typing_extensions import override, Any"]
)
def test_override_goes_from_what_was_put_together(line: str):
    parts = (f"{line}\nfrom manim import *", SCENE.replace("    def", "    @override\n    def"))
    made, pieces = without_override("\n\n\n".join(parts), parts)
    compile(made, "", "exec")
    assert made.split() == " ".join(pieces).split()
    assert "override" not in made and ("Any" in made) == ("Any" in line) and SCENE in made
    other = ("from mine import override", parts[1])
    assert without_override("\n\n\n".join(other), other) == ("\n\n\n".join(other), other)


def test_an_attribute_that_is_evaluated_by_its_name_is_got_by_it():
    assert attributes_by_name("f = eval(f'math.{name}')\n") == "f = getattr(math, name)\n"
    for other in ("eval('math.pi')", "eval(f'{name}')", "eval(f'math.{name}()')", "my_eval(f'math.{name}')"):
        assert attributes_by_name(other) == other
