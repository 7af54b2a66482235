"""The same scene twice, and nearly the same: MinHash and LSH propose, the Jaccard similarity of the shingles decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from retrieval.preprocess.needs import NotAlone
from retrieval.preprocess.normal import PERMUTATIONS, normal_form
from retrieval.preprocess.records import Prepared
from retrieval.records import SceneRecord

NEAR = 0.8
"""Jaccard similarity of token shingles from which on two scenes are near-duplicates."""
PROPOSED = 0.7
"""The threshold that LSH is tuned to: lower than `NEAR`, so that few pairs above that are missed."""


def without_exact(scenes: Iterable[Prepared]) -> tuple[list[Prepared], int]:
    """One scene of each normal form, by id, and how many went. A known licence comes first, then the order of the origins."""
    alike: dict[str, dict[str, Prepared]] = {}
    count = 0
    for scene in scenes:
        count += 1
        same = alike.setdefault(scene.coarse, {})
        other = same.get(scene.record.id)
        if other is None or _preference(scene.record) < _preference(other.record):
            same[scene.record.id] = scene
    kept: list[Prepared] = []
    for same in alike.values():
        # Only where the quick form says that they may be the same is it looked at closely.
        by_form: dict[str, Prepared] = {}
        for scene in sorted(same.values(), key=lambda scene: _preference(scene.record)):
            by_form.setdefault(_form(scene) if len(same) > 1 else "", scene)
        kept += by_form.values()
    return sorted(kept, key=lambda scene: scene.record.id), count - len(kept)


def _form(scene: Prepared) -> str:
    try:
        return normal_form(scene.record.code)
    except NotAlone:
        return scene.record.id


def _preference(record: SceneRecord) -> tuple[object, ...]:
    origin = record.origin
    place = ("", "", "", 0) if origin is None else (origin.source, origin.repository, origin.path, origin.line)
    return (not record.licence, len(record.migrated), *place, record.id)


def clustered(scenes: Sequence[Prepared]) -> list[SceneRecord]:
    """The records with their clusters: what is nearly the same, directly or through others, has the least id among it. Any order gives the same."""
    import numpy as np
    from datasketch import MinHash, MinHashLSH

    ordered = sorted(scenes, key=lambda scene: scene.record.id)
    parents = list(range(len(ordered)))

    def root(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    permutations = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32").permutations
    lsh = MinHashLSH(threshold=PROPOSED, num_perm=PERMUTATIONS)
    sets = [np.frombuffer(scene.shingles, dtype="<u4") for scene in ordered]
    for number, scene in enumerate(ordered):
        values = np.frombuffer(scene.signature, dtype="<u4").astype(np.uint32)
        signature = MinHash(num_perm=PERMUTATIONS, seed=1, hashvalues=values, permutations=permutations, scheme="affine32")
        for other in sorted(lsh.query(signature)):
            if root(other) != root(number) and _jaccard(sets[number], sets[other]) >= NEAR:
                first, second = sorted((root(other), root(number)))
                parents[second] = first
        lsh.insert(number, signature, check_duplication=False)
    return [replace(scene.record, cluster=ordered[root(number)].record.id) for number, scene in enumerate(ordered)]


def _jaccard(left: Any, right: Any) -> float:
    """Of two sorted arrays without repetitions."""
    import numpy as np

    if not len(left) or not len(right):
        return float(len(left) == len(right))
    shared = len(np.intersect1d(left, right, assume_unique=True))
    return shared / (len(left) + len(right) - shared)
