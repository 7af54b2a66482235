"""What of a scene is embedded and counted: its description, the intent of its code, and the fields of the lexical half."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.extract import words_of
from retrieval.records import SceneRecord
from retrieval.words import words, words_of_names

FIELDS = ("description", "name", "uses", "identifiers", "texts")
QUIET = frozenset({"play", "add", "wait", "super", "range", "self", "__init__", "lambda", "construct", "append", "len", "enumerate", "zip"})
"""Calls that every scene makes, or that are Python's own: they tell nothing of what a scene shows."""
TEXTS, TEXT_CHARS = 6, 60
EMBEDDED_CHARS = 600
"""About 150 word pieces: what comes after that makes a vector slower and no better."""


@dataclass(frozen=True, slots=True)
class Told:
    """`description` and `intent` are embedded; `fields` are the words of each of `FIELDS`."""

    description: str
    intent: str
    fields: dict[str, list[str]]

    def as_json(self) -> str:
        return json.dumps([self.description, self.intent, self.fields], ensure_ascii=True)

    @classmethod
    def from_json(cls, text: str) -> Told:
        description, intent, fields = json.loads(text)
        return cls(description, intent, fields)


def told_by(record: SceneRecord) -> Told:
    """What a record tells. Code that does not parse tells nothing but its record's own words."""
    code = _Code(record.code)
    uses = list(record.uses) or [name for name in code.calls if name[0].isupper()]
    place = record.source.rsplit(": ", 1)[-1]
    subject = place.rsplit(".", 1)[-1] if record.source.startswith("manim ") else ""
    return Told(
        description=f"{subject}. {record.description}".lstrip(". ")[:EMBEDDED_CHARS] + (f" Uses {', '.join(uses[:12])}." if uses else ""),
        intent=_intent(record.scene, code),
        fields={
            "description": words(record.description),
            # where a scene stands says what it is about: `...coordinate_systems.CoordinateSystem.get_area`
            "name": words_of_names([record.scene, *(place.split(".")[-2:] if subject else ())]),
            "uses": words_of_names(uses),
            "identifiers": words_of_names(code.names),
            "texts": words(" ".join(code.texts)),
        },
    )


def _intent(scene: str, code: _Code) -> str:
    """For instance "tangent animation: axes, plot, value tracker, tangent line. welcome"."""
    calls = ", ".join(dict.fromkeys(_spoken(name) for name in code.calls))
    texts = "; ".join(text[:TEXT_CHARS] for text in code.texts[:TEXTS])
    return f"{words_of(scene)}: {calls}{'. ' + texts if texts else ''}"[:EMBEDDED_CHARS]


def _spoken(name: str) -> str:
    return " ".join(words_of(part) for part in name.split("_") if part) or name


class _Code:
    """`calls` are the names called, `names` all names in order, repeats kept, `texts` the string constants that hold words."""

    def __init__(self, code: str) -> None:
        self.calls: list[str] = []
        self.names: list[str] = []
        self.texts: list[str] = []
        try:
            tree = ast.parse(code)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return
        documentation = set(_documentation(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                self.calls.append(node.func.id if isinstance(node.func, ast.Name) else node.func.attr)
            elif isinstance(node, ast.Name):
                self.names.append(node.id)
            elif isinstance(node, ast.Attribute):
                self.names.append(node.attr)
            elif isinstance(node, ast.keyword) and node.arg:
                self.names.append(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                self.texts.append(" ".join(node.value.split()))
        self.calls = [name for name in dict.fromkeys(self.calls) if name not in QUIET]
        self.texts = [text for text in dict.fromkeys(self.texts) if sum(letter.isalpha() for letter in text) > 2]


def _documentation(tree: ast.Module) -> Iterator[int]:
    """The constants that are docstrings: the description has them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
