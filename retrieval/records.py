"""What the corpus is made of: a scene that was found, before it is indexed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Literal

Flavour = Literal["community", "manimgl", "manimlib"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a scene was found. `source` names the collector; `revision` is a commit or a version; `line` counts from 1, 0 where it is not known."""

    source: str
    repository: str
    revision: str
    path: str
    line: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class SceneRecord:
    """`id` is a hash of the code; `scene` the class to render; `licence` an SPDX identifier; `description` prose; `code` a whole module.

    The other fields are as in docs/corpus.md; `cluster` is "" before near-duplicates were looked for.
    """

    id: str
    scene: str
    source: str
    licence: str
    description: str
    code: str
    origin: Origin | None = None
    flavour: Flavour = "community"
    migrated: tuple[str, ...] = ()
    cluster: str = ""
    uses: tuple[str, ...] = field(default=())
    needs_latex: bool = False
    three_d: bool = False


def scene_id(code: str) -> str:
    """16 hex digits that depend on nothing but the code."""
    return hashlib.sha256(code.encode("utf-8")).hexdigest()[:16]


def corpus_checksum(records: Iterable[SceneRecord]) -> str:
    """SHA-256 in hex over the whole content, whatever the order."""
    lines = sorted(json.dumps(asdict(record), sort_keys=True, ensure_ascii=True) for record in records)
    return hashlib.sha256("\n".join(lines).encode("ascii")).hexdigest()
