"""Scenes in READMEs and pages of documentation."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from retrieval.preprocess.documents import module_of
from retrieval.preprocess.repository import Result
from retrieval.records import SceneRecord

README = """
# Rings

```bash
pip install rings
class Not(Scene): pass
```

```python
from manim import *

RADIUS = 2
```

Then:

```py
class Ring(Scene):
    def construct(self):
        self.add(Circle(radius=RADIUS))
```

> ~~~python3
> class Quoted(Scene):
>     def construct(self):
>         self.add(Dot())
> ~~~

```python
class Broken(Scene:
```

```{manim} Myst
:save_last_frame:

class Myst(Scene):
    def construct(self):
        self.add(Square())
```

``` {code-block} python
:linenos:

class Block(ThreeDScene):
    def construct(self):
        self.add(Sphere())
```
"""
PAGE = """
Guide
=====

.. code-block:: python
    :linenos:
    :caption: A scene

    class Coded(Scene):
        def construct(self):
            self.add(Triangle())

.. code-block:: bash

    class Not(Scene): pass

.. manim:: Shown
    :save_last_frame:
    :ref_classes: Dot

    class Shown(Scene):
        def construct(self):

            self.add(Dot())

End.
"""


def test_fenced_python_of_a_readme_is_read_as_the_cells_of_a_notebook(
    scenes: Callable[..., dict[str, SceneRecord]], alone: Callable[[SceneRecord], dict[str, object]]
):
    found = scenes({"README.md": README})
    assert set(found) == {"Ring", "Quoted", "Myst", "Block"}
    assert "RADIUS = 2" in found["Ring"].code and "RADIUS" not in found["Myst"].code
    assert ":save_last_frame:" not in found["Myst"].code
    assert found["Block"].three_d
    assert found["Ring"].origin is not None and (found["Ring"].origin.path, found["Ring"].origin.line) == ("README.md", 0)
    for record in found.values():
        alone(record)


def test_directives_of_a_page_are_scenes_and_manim_is_imported_where_no_block_does_so(
    scenes: Callable[..., dict[str, SceneRecord]], alone: Callable[[SceneRecord], dict[str, object]]
):
    found = scenes({"docs/guide.rst": PAGE})
    assert set(found) == {"Coded", "Shown"}
    for record in found.values():
        assert record.code.startswith("from manim import *\n")
        alone(record)


def test_what_one_block_imports_by_name_is_not_all_that_the_next_one_takes_for_granted(
    scenes: Callable[..., dict[str, SceneRecord]], alone: Callable[[SceneRecord], dict[str, object]]
):
    page = (
        "```python\nfrom manim import Circle\nfrom math import tau as TAU\n```\n"
        "```python\nclass A(Scene):\n    def construct(self):\n        self.add(Circle(radius=TAU))\n```\n"
    )
    record = scenes({"a.md": page})["A"]
    assert "from math import tau as TAU" in record.code
    assert alone(record)["TAU"] == 6.283185307179586


def test_a_document_may_use_the_modules_of_its_repository(
    preprocessed: Callable[..., Result], alone: Callable[[SceneRecord], dict[str, object]]
):
    page = "```python\nfrom manim import *\nfrom shapes import ring\n\nclass A(Scene):\n    def construct(self):\n        self.add(ring())\n```\n"
    result = preprocessed({"README.md": page, "shapes.py": "from manim import *\n\ndef ring():\n    return Annulus()\n"})
    (record,) = (scene.record for scene in result.scenes)
    assert "def ring" in record.code and "shapes" not in record.code
    alone(record)


@pytest.mark.parametrize(
    "text", ["", "```python", "```python\n", "~~~\n```", ".. code-block:: python", "````python\n```\nx = 1\n````", ">" * 5000]
)
def test_an_odd_document_gives_nothing_and_does_no_harm(text: str):
    assert module_of("a.md", text) in ("", "x = 1")
    assert module_of("a.rst", textwrap.indent(text, "  ")) == ""
