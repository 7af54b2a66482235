"""Scenes that import a distribution which is in the corpus: what they need of it comes along."""

from __future__ import annotations

import ast
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from retrieval.preprocess.distributions import Distributions, distributions_of
from retrieval.preprocess.library import Library
from retrieval.preprocess.outputs import read_scenes
from retrieval.preprocess.pipeline import preprocess
from retrieval.preprocess.reading import PackedFile, Reader, Repository
from retrieval.preprocess.records import licence_of
from retrieval.preprocess.repository import Result, scenes_of
from retrieval.records import SceneRecord
from tests.retrieval.preprocess.test_pipeline import fill

PLUGIN = {
    "manim_rings/__init__.py": "from .ring import *\nfrom .colours import PAINT\n",
    "manim_rings/colours.py": "from manim import *\nPAINT = RED\n",
    "manim_rings/ring.py": '''
from manim import *
from .colours import PAINT
from manim_rings.sizes import SIZE

class Ring(Annulus):
    """A ring.

    Examples
    --------
    .. manim:: RingExample
        :save_last_frame:

        import os
        from manim import *
        from manim_rings import *

        class RingExample(Scene):
            def construct(self):
                self.add(Ring())

    .. manim:: PlainExample

        class PlainExample(Scene):
            def construct(self):
                self.add(Dot())
    """

    def __init__(self, **given):
        super().__init__(outer_radius=SIZE, color=PAINT, **given)
''',
    "manim_rings/sizes.py": "SIZE = 2\n",
}
USER = (
    "from manim import *\nimport manim_rings\nfrom manim_rings import Ring\nfrom sizes import SIZE\n\n"
    "class Film(Scene):\n    def construct(self):\n        self.add(Ring(), Dot(color=manim_rings.PAINT, radius=SIZE))\n"
)


def packed(files: dict[str, str]) -> tuple[PackedFile, ...]:
    return tuple(PackedFile(path, zlib.compress(text.encode())) for path, text in files.items())


def imported(record: SceneRecord) -> set[str]:
    """The packages that the module imports."""
    nodes = list(ast.walk(ast.parse(record.code)))
    return {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names} | {
        node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)
    }


def lent(licence: str = "GPL-3.0-only", files: dict[str, str] | None = None) -> Distributions:
    distribution = Repository(7, "packages", "manim-rings==1.0", licence, "1.0")
    return Distributions({"manim_rings": distribution}, None, {7: packed(files or PLUGIN)})


def film(library: Library, distributions: Distributions, files: dict[str, str] | None = None) -> Result:
    own = files or {"film.py": USER, "sizes.py": "SIZE = 0.5\n"}
    return scenes_of(Repository(1, "github", "a/b", "MIT", "1"), packed(own), library, distributions)


def test_what_a_scene_needs_of_a_distribution_comes_along_and_is_named(library: Library, alone: Callable[[SceneRecord], dict[str, object]]):
    result = film(library, lent())
    (record,) = (scene.record for scene in result.scenes)
    assert imported(record) == {"manim"}
    names = alone(record)
    assert {"Ring", "PAINT"} <= names.keys()
    # Each sees its own module of the name "sizes".
    assert {names["SIZE"], names["sizes_SIZE"]} == {0.5, 2}
    assert record.licence == "GPL-3.0-only AND MIT"
    assert record.source.endswith("film.py, with manim-rings 1.0")
    assert result.files == 2 and not result.failed


def test_a_docstrings_example_takes_from_its_own_package_and_a_plain_one_stays_as_it_is(
    library: Library, alone: Callable[[SceneRecord], dict[str, object]]
):
    result = scenes_of(Repository(7, "packages", "manim-rings==1.0", "MIT", "1.0"), packed(PLUGIN), library, lent())
    found = {scene.record.scene: scene.record for scene in result.scenes}
    assert set(found) == {"RingExample", "PlainExample"}
    assert "class Ring(Annulus)" in found["RingExample"].code and imported(found["RingExample"]) == {"manim"}
    assert found["RingExample"].description.startswith("ring example. A ring.")
    assert found["RingExample"].licence == "MIT" and "with" not in found["RingExample"].source
    assert found["PlainExample"].migrated == ()
    for record in found.values():
        alone(record)


def test_a_scene_that_needs_a_whole_library_is_counted(library: Library):
    many = "".join(f"def step_{n}(x):\n    return step_{n + 1}(x) + {n}\n\n" for n in range(2500)) + "def step_2500(x):\n    return x\n"
    files = {**PLUGIN, "manim_rings/sizes.py": many + "SIZE = step_0(2)\n"}
    result = film(library, lent(files=files))
    assert not result.scenes and result.dropped == {"too_much_needed": 1}


def test_a_distribution_that_is_broken_costs_nothing_of_its_user(library: Library):
    result = film(library, lent(files={"manim_rings/__init__.py": "def ("}))
    assert not result.failed
    assert [scene.record.scene for scene in result.scenes] == ["Film"] or result.dropped


@pytest.mark.parametrize(
    ("own", "others", "told"),
    [("MIT", ["MIT"], "MIT"), ("MIT", ["Apache-2.0 OR BSD-2-Clause"], "(Apache-2.0 OR BSD-2-Clause) AND MIT"), ("MIT", [""], ""), ("", ["MIT"], ""), ("MIT", [], "MIT")],
)  # fmt: skip
def test_the_licence_is_that_of_all_the_code(own: str, others: list[str], told: str):
    assert licence_of(Repository(1, "git", "x", own, ""), [Repository(2, "packages", "y==1", other, "1") for other in others]) == told


def test_the_corpus_lends_its_packages_through_the_whole_step(tmp_path: Path, library: Library):
    fill(tmp_path, {"a/b": {"film.py": USER, "sizes.py": "SIZE = 0.5\n"}, "manim-rings==1.0": PLUGIN})
    with closing(sqlite3.connect(tmp_path / "corpus.sqlite")) as connection:
        connection.execute("UPDATE repositories SET source = 'packages' WHERE name LIKE 'manim%'")
        connection.commit()
    reader = Reader(tmp_path / "corpus.sqlite")
    assert set(distributions_of(reader, reader.repositories()).tops) == {"manim_rings"}
    summary = preprocess(tmp_path, library=library)
    assert (summary["scenes"], summary["dropped"], summary["failed"]) == (3, {}, {})
    assert [imported(record) for record in read_scenes(tmp_path / "scenes.jsonl")] == [{"manim"}] * 3
