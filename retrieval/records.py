"""A scene of the corpus, before it is indexed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class SceneRecord:
    """`id` is a hash of the code; `scene` the class to render; `licence` an SPDX identifier; `description` prose; `code` a whole module."""

    id: str
    scene: str
    source: str
    licence: str
    description: str
    code: str


def scene_id(code: str) -> str:
    """16 hex digits that depend on nothing but the code."""
    return hashlib.sha256(code.encode("utf-8")).hexdigest()[:16]


def corpus_checksum(records: Iterable[SceneRecord]) -> str:
    """SHA-256 in hex over the whole content, whatever the order."""
    lines = sorted(json.dumps(asdict(record), sort_keys=True, ensure_ascii=True) for record in records)
    return hashlib.sha256("\n".join(lines).encode("ascii")).hexdigest()
