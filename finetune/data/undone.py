"""Repair pairs made from scenes that render, by undoing one mechanical change of `retrieval.preprocess.migrating`: a name of today becomes its old one.

Only names, since what fails then is certain: nothing has the name, so Python says `NameError: name '...' is not defined`. That message is predicted, not
rendered, and `origin` says so.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping

from finetune.data.asking import fenced, repair_request
from finetune.data.corpus import Corpus, leads_back, repository_of
from finetune.data.example import Example, message
from retrieval.extract import words_of
from retrieval.preprocess.edits import CannotCut, Edit, applied, span
from retrieval.preprocess.migrating import NAMES
from retrieval.preprocess.scopes import bound_anywhere
from retrieval.records import SceneRecord

MOST = 300
"""Pairs by default, so that old names stay one kind of error among others."""


def undone(
    corpus: Corpus, described: Mapping[str, str], library: frozenset[str], dropped: Counter[str], *, most: int = MOST, short: bool = False
) -> Iterator[Example]:
    """Task `repair`: `most` of them, and one at most for each group of near-duplicates. `library` are the names of the installed Manim, which no old
    name may be among."""
    if not library:
        dropped["no Manim is installed to tell which names are old"] += 1
        return
    olds: dict[str, list[str]] = {}
    for old, new in NAMES.items():
        if old not in library and new in library:
            olds.setdefault(new, []).append(old)
    seen: set[str] = set()
    made = 0
    for record in sorted(corpus.scenes.values(), key=lambda one: (_number(one.id), one.id)):
        verdict = corpus.verdicts.get(record.id)
        cluster = record.cluster or record.id
        if verdict is None or not verdict.ok or cluster in seen:
            continue
        broken = _broken(record, olds)
        if broken is None:
            dropped["uses no name that had another"] += 1
            continue
        seen.add(cluster)
        if made == most:
            dropped[f"beyond the {most} that were asked for"] += 1
            continue
        made += 1
        yield _example(record, *broken, described, short=short)


def _broken(record: SceneRecord, olds: Mapping[str, list[str]]) -> tuple[str, str, str] | None:
    """The scene with all uses of one name under an old one, the old name and the new; which is chosen by the scene's id."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(record.code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    nodes = list(ast.walk(tree))
    formatted = {id(inner) for node in nodes if isinstance(node, ast.JoinedStr) for inner in ast.walk(node)}
    stars = any(isinstance(node, ast.ImportFrom) and node.module == "manim" and node.names[0].name == "*" for node in tree.body)
    bound = bound_anywhere(record.code)
    uses: dict[str, list[ast.Name]] = {}
    for node in nodes:
        if isinstance(node, ast.Name) and node.id in olds and node.id not in bound:
            uses.setdefault(node.id, []).append(node)
    names = sorted(name for name, found in uses.items() if all(id(node) not in formatted for node in found))
    if not stars or not names:
        return None
    number = _number(record.id)
    new = names[number % len(names)]
    old = olds[new][number // 7 % len(olds[new])]
    if old in bound:
        return None
    edits: list[Edit] = [span(node, node, new, old) for node in uses[new]]
    try:
        return "\n".join(applied(record.code.split("\n"), edits, 1)), old, new
    except CannotCut:
        return None


def _number(identifier: str) -> int:
    return int.from_bytes(hashlib.sha256(identifier.encode("utf-8")).digest()[:4])


def _example(record: SceneRecord, broken: str, old: str, new: str, described: Mapping[str, str], *, short: bool) -> Example:
    draw = described.get(record.id) or record.description or words_of(record.scene)
    error = f"NameError: name '{old}' is not defined"
    return Example(
        messages=(*repair_request(draw, broken, error, short=short), message("assistant", fenced(record.code))),
        task="repair",
        group=repository_of(record.origin, record.source),
        source=record.source,
        licence=record.licence,
        origin={"by": "a change undone", **leads_back(record), "undone": f"{new} -> {old}", "error": "predicted"},
        check={"kind": "render"},
        asked=broken,
    )
