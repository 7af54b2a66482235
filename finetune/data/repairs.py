"""Scenes that failed, with what they became where they render: near-duplicates of one another, and the same scene in another version.

The error is the render's own. The service's memory of fixes (`fixes.jsonl`) holds single statements without their programs, of which no program and no
verdict on one can be made; the programs themselves come from the transcripts (`finetune.data.worked`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

from finetune.data.asking import fenced, repair_request
from finetune.data.corpus import Corpus, Verdict, leads_back, repository_of
from finetune.data.example import Example, message
from retrieval.extract import words_of
from retrieval.records import SceneRecord

MENDABLE = frozenset({"syntax", "policy", "api", "latex", "runtime"})
"""Kinds of error whose message says what to change; a timeout or want of memory does not."""
ALIKE = 0.6
"""How much of two programs' lines must be the same for the one to be a repair of the other; less is another program."""
NOT_TRIED = "not_tried"


def repairs(corpus: Corpus, described: Mapping[str, str], dropped: Counter[str], *, short: bool = False) -> Iterator[Example]:
    """Task `repair`: one for each scene that failed and has such a twin, the most similar one. `described` are descriptions by scene."""
    by_cluster: dict[str, list[SceneRecord]] = defaultdict(list)
    by_place: dict[tuple[str, ...], list[SceneRecord]] = defaultdict(list)
    for record in corpus.scenes.values():
        verdict = corpus.verdicts.get(record.id)
        if verdict is not None and verdict.ok:
            by_cluster[record.cluster or record.id].append(record)
            by_place[_place(record)].append(record)
    for record in corpus.scenes.values():
        verdict = corpus.verdicts.get(record.id)
        if verdict is None or verdict.ok or verdict.kind == NOT_TRIED:
            continue
        if verdict.kind not in MENDABLE:
            dropped[f"failed by {verdict.kind or 'an unknown error'}, which shows no repair"] += 1
            continue
        twins = {one.id: one for one in (*by_cluster[record.cluster or record.id], *by_place[_place(record)])}
        twin = _nearest(record, list(twins.values()))
        if twin is None:
            dropped["failed, and nothing like it renders"] += 1
            continue
        yield _example(record, verdict, twin, described, short=short)


def told_error(message_: str, line: int | None) -> str:
    """The error as the coder is told it."""
    return f"{message_} (line {line})" if line else message_


def licence_of_both(left: str, right: str) -> str:
    """The licence of an example with code of two; "" where one is not known."""
    if not left or not right:
        return ""
    parts = sorted({left, right})
    return parts[0] if len(parts) == 1 else " AND ".join(f"({part})" if " OR " in part else part for part in parts)


def _place(record: SceneRecord) -> tuple[str, ...]:
    """The same scene in another version: repository, file and class."""
    origin = record.origin
    return (repository_of(origin, record.source), origin.path if origin else "", record.scene)


def _nearest(record: SceneRecord, twins: list[SceneRecord]) -> SceneRecord | None:
    lines = record.code.splitlines()
    best, most = None, ALIKE
    for twin in sorted(twins, key=lambda one: one.id):
        alike = SequenceMatcher(None, lines, twin.code.splitlines(), autojunk=False).ratio()
        if twin.code.strip() != record.code.strip() and alike >= most and (best is None or alike > most):
            best, most = twin, alike
    return best


def _example(record: SceneRecord, verdict: Verdict, twin: SceneRecord, described: Mapping[str, str], *, short: bool) -> Example:
    draw = described.get(twin.id) or described.get(record.id) or twin.description or record.description or words_of(record.scene)
    error = told_error(verdict.message, verdict.line)
    return Example(
        messages=(*repair_request(draw, record.code, error, short=short), message("assistant", fenced(twin.code))),
        task="repair",
        group=repository_of(twin.origin, twin.source),
        source=twin.source,
        licence=licence_of_both(record.licence, twin.licence),
        origin={"by": "twin that renders", **leads_back(twin), "broken": leads_back(record), "error": "rendered"},
        check={"kind": "render"},
        asked=record.code,
    )
