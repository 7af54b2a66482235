"""Counts over the corpus, from the files that docs/corpus.md names; a step that has not run is missing, and no error."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from retrieval.errors import RetrievalError

STEPS = ("collect", "preprocess", "validate", "index", "label")
SAMPLE = 24
"""Thumbnails on the page."""
LARGEST_PNG = 400_000
_PNG = b"\x89PNG\r\n\x1a\n"
State = Literal["rendered", "failed", "not tried"]
STATES: tuple[State, ...] = ("rendered", "failed", "not tried")


@dataclass(frozen=True, slots=True)
class Picture:
    """One thumbnail of the sample."""

    scene: str
    source: str
    licence: str
    seconds: float
    png: bytes


@dataclass(slots=True)
class Facts:
    """`collected` counts repositories by source and state, `messages` the errors by kind and first line; `per_repository` counts scenes."""

    summaries: dict[str, dict[str, Any]] = field(default_factory=dict)
    collected: Counter[tuple[str, str]] = field(default_factory=Counter)
    files: int | None = None
    contents: int | None = None
    scenes: int | None = None
    clusters: int | None = None
    flavours: Counter[tuple[str, State]] = field(default_factory=Counter)
    licences: Counter[tuple[str, State]] = field(default_factory=Counter)
    per_repository: Counter[tuple[str, State]] = field(default_factory=Counter)
    migrated: Counter[str] = field(default_factory=Counter)
    needs_latex: int = 0
    three_d: int = 0
    tried: int | None = None
    rendered: int = 0
    distinct: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    messages: Counter[tuple[str, str]] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    video_s: list[float] = field(default_factory=list)
    wall_s: list[float] = field(default_factory=list)
    layout: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    sample: list[Picture] = field(default_factory=list)

    @property
    def funnel(self) -> list[tuple[str, int]]:
        """From what was collected to what may be retrieved, as far as it is known."""
        steps = (
            ("files", self.files),
            ("different files", self.contents),
            ("scenes", self.scenes),
            ("without near-duplicates", self.clusters),
            ("tried", self.tried),
            ("rendered", self.rendered if self.tried is not None else None),
            ("rendered, distinct", self.distinct if self.tried is not None else None),
        )
        return [(name, count) for name, count in steps if count is not None]


def gather(corpus: Path) -> Facts:
    """Raises `RetrievalError` where there is no corpus, or a file of it is damaged."""
    if not corpus.is_dir():
        raise RetrievalError(f"there is no corpus in {corpus}; begin one with `hisolver corpus collect`")
    facts = Facts()
    for step in STEPS:
        path = corpus / f"{step}.summary.json"
        if path.is_file():
            facts.summaries[step] = _object(path.read_bytes(), str(path))
    _collected(corpus / "corpus.sqlite", facts)
    results = {line["id"]: line for line in _lines(corpus / "validated.jsonl")}
    if (corpus / "validated.jsonl").is_file():
        facts.tried = 0
    _scenes(corpus, results, facts)
    if not (facts.summaries or facts.scenes or facts.files):
        raise RetrievalError(f"no step has run in {corpus}; begin with `hisolver corpus collect`")
    return facts


def _collected(path: Path, facts: Facts) -> None:
    if not path.is_file():
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as store:
            facts.collected.update(
                {
                    (source, state): count
                    for source, state, count in store.execute("SELECT source, state, count(*) FROM repositories GROUP BY source, state")
                }
            )
            (facts.files,) = store.execute("SELECT count(*) FROM files").fetchone()
            (facts.contents,) = store.execute("SELECT count(DISTINCT sha256) FROM files").fetchone()
    except sqlite3.Error as error:
        raise RetrievalError(f"{path} cannot be read: {error}") from error


def _scenes(corpus: Path, results: dict[str, dict[str, Any]], facts: Facts) -> None:
    if not (corpus / "scenes.jsonl").is_file():
        return
    clusters, good = set(), set()
    candidates: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]] = {}
    count = 0
    for record in _lines(corpus / "scenes.jsonl"):
        count += 1
        cluster = record.get("cluster") or record["id"]
        clusters.add(cluster)
        result = results.get(record["id"])
        state = _state(result)
        origin = record.get("origin") or {}
        repository = str(origin.get("repository") or str(record.get("source", "")).split(":")[0] or "unknown")
        facts.flavours[(str(record.get("flavour", "community")), state)] += 1
        facts.licences[(str(record.get("licence") or "none known"), state)] += 1
        facts.per_repository[(repository, state)] += 1
        facts.migrated.update(str(name) for name in record.get("migrated") or ())
        facts.needs_latex += bool(record.get("needs_latex"))
        facts.three_d += bool(record.get("three_d"))
        if result is not None:
            _result(result, state, facts)
        if result is not None and state == "rendered":
            good.add(cluster)
            if result.get("thumbnail"):
                candidates.setdefault(repository, []).append((record, result))
    facts.scenes, facts.clusters, facts.distinct = count, len(clusters), len(good)
    facts.sample = _sample(corpus, candidates)


def _state(result: dict[str, Any] | None) -> State:
    if result is None or (not result["ok"] and (result.get("error") or {}).get("kind") == "not_tried"):
        return "not tried"
    return "rendered" if result["ok"] else "failed"


def _result(result: dict[str, Any], state: State, facts: Facts) -> None:
    error = result.get("error") or {}
    message = (str(error.get("message") or "").splitlines() or [""])[0][:200]
    if state == "not tried":
        facts.reasons["a near-duplicate of one that renders" if message.startswith("a near-duplicate of") else message] += 1
        return
    facts.tried = (facts.tried or 0) + 1
    if error.get("kind") not in ("policy", "syntax"):  # those are not run
        facts.wall_s.append(float(result.get("wall_s") or 0))
    if state == "failed":
        facts.errors[str(error.get("kind"))] += 1
        facts.messages[(str(error.get("kind")), message)] += 1
        return
    facts.rendered += 1
    facts.video_s.append(float(result.get("seconds") or 0))
    facts.layout.update({str(finding.get("kind")) for finding in result.get("layout") or ()})
    facts.objects.update({str(item.get("kind")) for item in result.get("shown") or ()})


def _sample(corpus: Path, candidates: dict[str, list[tuple[dict[str, Any], dict[str, Any]]]]) -> list[Picture]:
    """From every repository in turn, so that no large one fills the page."""
    chosen: list[Picture] = []
    piles = [pile for _, pile in sorted(candidates.items())]
    depth = 0
    while piles and len(chosen) < SAMPLE:
        piles = [pile for pile in piles if len(pile) > depth]
        for pile in piles[: SAMPLE - len(chosen)]:
            record, result = pile[depth]
            png = _png(corpus, str(result["thumbnail"]))
            if png:
                chosen.append(
                    Picture(
                        str(record["scene"]),
                        str(record["source"]),
                        str(record.get("licence") or "none known"),
                        float(result["seconds"]),
                        png,
                    )
                )
        depth += 1
    return chosen


def _png(corpus: Path, name: str) -> bytes:
    """Nothing where the file is missing, outside the corpus, too large, or no PNG."""
    path = corpus / "thumbnails" / Path(name).name
    if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_PNG:
        return b""
    data = path.read_bytes()
    return data if data.startswith(_PNG) else b""


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            found = _object(line, f"{path}, line {number}")
            if "id" not in found:
                raise RetrievalError(f"{path}, line {number}, has no id")
            yield found


def _object(data: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise RetrievalError(f"{where} is damaged: {error}") from error
    if not isinstance(found, dict):
        raise RetrievalError(f"{where} is damaged: it is no object")
    return found
