"""The corpus's labelled pairs: a description, and the scene that a person or a model described with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from finetune.data.asking import fenced, scene_request
from finetune.data.corpus import Corpus, leads_back, repository_of
from finetune.data.example import Example, message
from retrieval.labels.lines import read_rows

FILES = ("pairs.jsonl", "machine_pairs.jsonl")
"""People's first: where a person described a scene, the model's words are not used."""


def labelled(
    corpus: Corpus, dropped: Counter[str], *, least_rating: int = 0, machine: bool = True, short: bool = False
) -> Iterator[Example]:
    """Task `code`: one for each pair whose scene renders. `machine` takes a model's labels too; `least_rating` holds for people's.

    What is left out is counted in `dropped`. Raises `retrieval.errors.LabelError` where a file cannot be read.
    """
    told: set[str] = set()
    for name in FILES if machine else FILES[:1]:
        described: set[str] = set()
        for row in read_rows(corpus.folder / name, dict, dropped):
            reason = _refusal(row, corpus, told, least_rating)
            if reason:
                dropped[reason] += 1
                continue
            described.add(row["id"])
            yield _example(row, corpus, short=short)
        told |= described


def descriptions(corpus: Corpus) -> dict[str, str]:
    """What labels say of the scenes, by id: people's words before a model's."""
    found: dict[str, str] = {}
    for name in FILES:
        for row in read_rows(corpus.folder / name, dict, Counter()):
            if isinstance(row.get("prompt"), str) and isinstance(row.get("id"), str):
                found.setdefault(row["id"], " ".join(row["prompt"].split()))
    return found


def there_are_pairs(folder: Path) -> bool:
    return any((folder / name).is_file() for name in FILES)


def _refusal(row: Mapping[str, Any], corpus: Corpus, told: set[str], least_rating: int) -> str:
    if not all(isinstance(row.get(name), str) for name in ("prompt", "code", "id", "licence", "source")):
        return "a pair without one of its fields"
    if not row["prompt"].strip() or not row["code"].strip():
        return "a pair without words or code"
    verdict = corpus.verdicts.get(row["id"])
    if verdict is None:
        return "its scene was not validated"
    if not verdict.ok:
        return "its scene does not render"
    if row["id"] in told:
        return "a model's words, where a person's stand"
    if not row.get("machine") and (row.get("rating") or 0) < least_rating:
        return "rated too low, or not at all"
    return ""


def _example(row: Mapping[str, Any], corpus: Corpus, *, short: bool) -> Example:
    record = corpus.scenes.get(row["id"])
    prompt = row["prompt"].strip()
    return Example(
        messages=(*scene_request(prompt, short=short), message("assistant", fenced(row["code"]))),
        task="code",
        group=repository_of(record.origin if record else None, row["source"]),
        source=row["source"],
        licence=row["licence"],
        origin={"by": "labels", **(leads_back(record) if record else {"scene": row["id"]}), "machine": row.get("machine") is True},
        check={"kind": "render"},
        asked=prompt,
    )
