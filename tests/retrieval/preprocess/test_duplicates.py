"""Exact duplicates are one scene; near-duplicates share a cluster, in whatever order they come."""

from __future__ import annotations

import random
import textwrap

import pytest

from retrieval.preprocess.duplicates import NEAR, clustered, without_exact
from retrieval.preprocess.needs import NotAlone
from retrieval.preprocess.normal import coarse_form, hashes_of, normal_form, shingles_of, signature_of
from retrieval.preprocess.records import Prepared
from retrieval.preprocess.tokens import tokens_of
from retrieval.records import Origin, SceneRecord, scene_id


def prepared(code: str, *, repository: str = "a", licence: str = "MIT") -> Prepared:
    code = textwrap.dedent(code)
    hashes = hashes_of(tokens_of(code))
    shingles = shingles_of(hashes)
    record = SceneRecord(scene_id(code), "A", "x", licence, "", code, Origin("github", repository, "1", "a.py", 1))
    return Prepared(record, coarse_form(hashes), shingles, signature_of(shingles))


def film(*lines: str) -> str:
    return "from manim import *\nclass A(Scene):\n    def construct(self):\n" + "".join(f"        {line}\n" for line in lines)


LONG = [f"dot_{n} = Dot(point={n} * UP, color=RED).shift({n} * LEFT)" for n in range(40)]


def test_layout_comments_docstrings_and_quotes_make_no_difference():
    one = normal_form(film("self.add(Text('x'))"))
    assert one == normal_form(film('"""Words."""', "# more", 'self.add( Text("x"), )  # here', ""))
    assert one != normal_form(film("self.add(Text('y'))"))
    assert one != normal_form(film("self.add(Text('x')).wait"))
    assert normal_form("x = {1, 'a', 'b'}\ny = x in {'p', 'q', 'r'}\n") == normal_form("x = {1, 'a', 'b'}\n\n\ny = x in {'p', 'q', 'r'}\n")


def test_the_quick_form_only_proposes():
    loop = ["for n in range(3):", "    self.add(Dot())", "    self.wait()"]
    one, other = prepared(film(*loop)), prepared(film(*loop[:2], "self.wait()"))
    reformatted = prepared(film(*loop).replace("(Dot())", "(\n                Dot(),\n            )"))
    assert one.coarse == other.coarse == reformatted.coarse
    kept, gone = without_exact([one, other, reformatted])
    assert len(kept) == 2 and gone == 1 and other in kept


def test_code_that_does_not_compile_has_no_form():
    for code in ("x = (", "return 1", "def f(a, a): pass", "x = '\0'"):
        with pytest.raises(NotAlone):
            normal_form(code)


def test_of_exact_duplicates_the_one_with_a_licence_is_kept():
    unknown = prepared(film("self.add(Dot())  # mine"), repository="a", licence="")
    known = prepared(film("self.add(Dot())"), repository="b")
    later = prepared(film("self.add(Dot())  # other"), repository="c")
    for order in ([unknown, known, later], [later, known, unknown]):
        kept, gone = without_exact(order)
        assert [scene.record.id for scene in kept] == [known.record.id]
        assert gone == 2


def test_near_duplicates_are_one_cluster_whatever_the_order():
    scenes = [prepared(film(*LONG))]
    scenes += [prepared(film(*LONG[:30], f"self.add(Square(side_length={n}))", *LONG[30:])) for n in range(8)]
    scenes += [prepared(film(*(f"square_{n}_{k} = Square(side_length={n}).rotate({k})" for n in range(20)))) for k in range(4)]
    scenes += [prepared(film("self.add(Dot())")), prepared(film("self.play(Write(Text('hello')))"))]
    expected = {record.id: record.cluster for record in clustered(scenes)}
    near = {expected[scene.record.id] for scene in scenes[:9]}
    assert len(near) == 1 and near == {min(scene.record.id for scene in scenes[:9])}
    assert near.isdisjoint(expected[scene.record.id] for scene in scenes[9:])
    chance = random.Random(0)
    for _ in range(5):
        chance.shuffle(scenes)
        assert {record.id: record.cluster for record in clustered(scenes)} == expected


def test_what_lsh_proposes_is_checked():
    """Two scenes that share less than the threshold stay apart, however their signatures fall."""
    one, other = prepared(film(*LONG)), prepared(film(*LONG[:20], *(f"self.wait({n})" for n in range(30))))
    left, right = set(one.shingles), set(other.shingles)
    assert left != right and NEAR > 0.5
    forged = Prepared(other.record, other.coarse, other.shingles, one.signature)
    assert len({record.cluster for record in clustered([one, forged])}) == 2
