"""Manim's API, read from its source."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.api import Api, api_path, ensure_api, tell
from retrieval.api.read import parameter_docs, read_module, read_package
from retrieval.sources import manim_docs

SOURCE = '''
__all__ = ["Ring", "Disc", "turn"]

class Base:
    def __init__(self, colour: str = "red", **kwargs):
        """Makes it.

        Parameters
        ----------
        colour
            Its colour. As a name.
        """

    def get_label(self, text, *, size=2):
        """Writes ``text`` beside it.

        More.

        Parameters
        ----------
        text : str
            What is
            written.
        size
            In units.

        Returns
        -------
        Text
            The label.
        """

    def _hidden(self): ...

class Ring(Base):
    """A ring, like :class:`~.Annulus`.

    Parameters
    ----------
    inner, outer
        The radii.
    kwargs
        Passed on.
    """

    def __init__(self, inner, outer=2.0, *points, **kwargs): ...

class Disc(Ring):
    """A disc."""

def turn(angle=TAU / 4): "Turns."

def helper(): ...
'''


@pytest.fixture
def small() -> Api:
    return Api("9.9", list(read_module(SOURCE.replace('"Ring"', '"Base", "Ring"'), "m")))


@pytest.fixture(scope="module")
def real() -> Api:
    return Api(manim_docs.installed_version(), read_package(manim_docs.package_folder(), "manim"))


def test_only_what_is_public_is_read() -> None:
    assert [one.name for one in read_module(SOURCE, "m")] == ["Ring", "Disc", "turn"]
    assert "helper" in [one.name for one in read_module(SOURCE.replace("__all__", "names"), "m")]


def test_a_class_takes_what_its_bases_take(small: Api) -> None:
    ring, disc = small.find("Ring"), small.find("Disc")
    assert ring is not None and disc is not None
    assert small.signature(ring) == "Ring(inner, outer=2.0, *points, colour='red')"
    assert small.signature(disc) == "Disc(inner, outer=2.0, *points, colour='red')"
    assert {one.name: one.doc for one in small.parameters_of(disc)} == {
        "inner": "The radii.",
        "outer": "The radii.",
        "*points": "",
        "colour": "Its colour.",
    }
    assert ring.summary == "A ring, like Annulus."


def test_a_method_is_found_under_every_class_that_has_it(small: Api) -> None:
    label = small.find("Disc.get_label")
    assert label is not None and label.name == "Base.get_label"
    assert small.signature(label) == "get_label(text, size=2)"
    assert [(one.name, one.doc, one.required) for one in label.parameters] == [
        ("text", "What is written.", True),
        ("size", "In units.", False),
    ]
    assert small.find("Disc._hidden") is None and small.find("Nothing.get_label") is None


def test_names_that_are_nearly_right_are_found(small: Api) -> None:
    assert small.close("Disc.get_lable") == ["Disc.get_label"]
    assert small.close("Rign") == ["Ring"]
    assert small.close("xyzzy") == []


def test_bases_in_a_circle_end() -> None:
    api = Api("9.9", list(read_module("class A(B): ...\nclass B(A): ...\n", "m")))
    assert list(api.bases_of("A")) == ["A", "B"]
    assert api.find("A.x") is None


def test_a_parameter_section_without_text_gives_nothing() -> None:
    assert parameter_docs("A.\n\nParameters\n----------\n") == {}
    assert parameter_docs("A.\n\nParameters\n----------\nx\n\nReturns\n-------\nint\n    No parameter.\n") == {}


def test_what_is_told_keeps_to_its_budget_and_begins_with_what_it_is_about(small: Api) -> None:
    whole = tell(small, ["Disc.get_label", "Ring"], "does not take colour", 1000)
    assert whole.splitlines() == [
        "get_label(text, size=2)",
        "- text: What is written.",
        "- size: In units.",
        "Ring(inner, outer=2.0, *points, colour='red')",
        "- colour: Its colour.",
        "- inner: The radii.",
        "- outer: The radii.",
    ]
    for chars in range(0, 200, 7):
        part = tell(small, ["Disc.get_label", "Ring"], "", chars)
        assert len(part) <= chars
        assert not part.startswith("-")
    assert tell(small, ["nothing", "get_nothing"], "", 400) == ""


def test_the_installed_manim_is_read_whole_and_without_importing_it(real: Api) -> None:
    assert len(real.callables) > 1500
    label = real.find("Axes.get_graph_label")
    assert label is not None and label.name == "CoordinateSystem.get_graph_label"
    assert {"graph", "label", "x_val", "direction"} <= {one.name for one in real.parameters_of(label)}
    assert all(one.doc for one in label.parameters if one.name in ("graph", "x_val"))
    circle = real.find("Circle")
    assert circle is not None
    assert {"radius", "fill_opacity", "stroke_width"} <= {one.name for one in real.parameters_of(circle)}
    assert "Axes.get_graph_label" in real.close("Axes.get_curve_label")
    assert "Circumscribe" in [one.name for one in real.search("draw a temporary line surrounding a mobject")]


def test_every_name_that_the_coder_is_told_to_use_is_known(real: Api) -> None:
    for name in ("Square", "Polygon", "NumberPlane", "Text", "MathTex", "VGroup", "Create", "FadeIn", "ReplacementTransform", "Indicate"):
        assert real.find(name) is not None, name
    for method in ("Circle.next_to", "VGroup.arrange", "Text.to_edge", "Axes.plot", "NumberPlane.coords_to_point"):
        assert real.find(method) is not None, method


def test_it_is_read_once_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = ensure_api(tmp_path)
    monkeypatch.setattr("retrieval.api.read.read_package", lambda *_: pytest.fail("read again"))
    assert ensure_api(tmp_path).callables == first.callables
    assert [path.name for path in api_path(tmp_path).parent.iterdir()] == [api_path(tmp_path).name]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"reader": 1}', "{}"])
def test_what_was_kept_and_is_damaged_is_read_anew(tmp_path: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.api.read.read_package", lambda *_: list(read_module(SOURCE, "m")))
    api_path(tmp_path).parent.mkdir(parents=True)
    api_path(tmp_path).write_text(content)
    assert len(ensure_api(tmp_path).callables) == 3
    assert json.loads(api_path(tmp_path).read_text())["manim"] == manim_docs.installed_version()
