"""What is known of Manim and of other libraries: the names that a star import brings, and which modules are libraries rather than a repository's own."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from pathlib import Path

LIBRARIES = frozenset({"manim", "manimlib", "manimgl", "manimce", "big_ol_pile_of_manim_imports"})
"""Packages that a repository may hold a copy of; they are imported, never taken apart."""
LOOKS_LIKE_MANIM = re.compile(r"manim|big_ol_pile|slides|voiceover|topics|helpers|scene\.|mobject|animation")
SCENES = frozenset({
    "Scene", "ThreeDScene", "SpecialThreeDScene", "MovingCameraScene", "ZoomedScene", "VectorScene", "LinearTransformationScene", "GraphScene",
    "InteractiveScene", "SampleSpaceScene", "ReconfigurableScene", "NumberLineScene", "PiCreatureScene", "TeacherStudentsScene", "MultiCameraScene",
    "VoiceoverScene", "Slide", "ThreeDSlide", "MovingCameraSlide", "ZoomedSlide", "SpaceScene", "ConfigSpaceScene", "RandolphScene",
})  # fmt: skip
STANDARD = frozenset({"math", "cmath", "random", "itertools", "functools", "operator", "typing", "collections", "string", "time", "os", "os.path", "sys",
                      "enum", "dataclasses", "fractions", "decimal", "statistics", "copy", "re", "colorsys", "abc"})  # fmt: skip
"""Modules of Python whose names are asked of Python itself."""
BROUGHT_BY_MANIMLIB = {
    "np": "import numpy as np", "it": "import itertools as it", "itertools": "import itertools", "op": "import operator as op", "random": "import random",
    "math": "import math", "os": "import os", "sys": "import sys", "copy": "import copy", "re": "import re", "inspect": "import inspect",
    "reduce": "from functools import reduce", "string": "import string", "time": "import time",
}  # fmt: skip
"""What manimlib's star import gave beside its own names, and Manim Community's does not (all but np)."""


@dataclass(frozen=True, slots=True)
class Library:
    """The public names of the installed Manim, and which of them are classes or functions. Empty where none is installed, or its folder is no package."""

    version: str
    names: frozenset[str]
    callables: frozenset[str]

    def brought_by_star(self, dotted: str) -> frozenset[str] | None:
        """The names that `from dotted import *` brings; None where they are not known."""
        if dotted == "manim":
            return self.names or None
        if dotted in STANDARD or dotted == "numpy":
            found = importlib.import_module(dotted)
            return frozenset(getattr(found, "__all__", None) or (name for name in dir(found) if not name.startswith("_")))
        return None


def installed_library(folder: Path | None, version: str) -> Library:
    """Reads the names from the source in `folder` (the package `manim`), which is not imported. About a quarter of a second."""
    from retrieval.preprocess.modules import Module
    from retrieval.preprocess.tree import Tree

    if folder is None:
        return Library("", frozenset(), frozenset())
    tree = Tree(
        {f"manim/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in sorted(folder.rglob("*.py"))},
        Library("", frozenset(), frozenset()),
        libraries=frozenset(),
    )
    names: set[str] = set()
    callables: set[str] = set()
    seen: set[str] = set()

    def collect(module: Module) -> None:
        if module.path in seen:
            return
        seen.add(module.path)
        for star in module.stars:
            for alias in star.aliases:
                path = tree.path_of(module, alias.dotted, alias.level)
                if path is not None and (inner := tree.module(path)) is not None:
                    collect(inner)
        public = module.exported if module.exported is not None else {name for name in module.bindings if not name.startswith("_")}
        names.update(public)
        callables.update(name for name in public for statement in module.bindings.get(name, ()) if statement.kind == "definition")

    top = tree.module("manim/__init__.py") if "manim/__init__.py" in tree.contents else None
    if top is not None:
        collect(top)
    return Library(version, frozenset(names), frozenset(callables))
