"""`retrieval`: what learners and storyboards ask for, held against graded scenes of the installed Manim's documentation.

This suite asks no server: it runs `hisolver corpus search -`, once for each way to rank, and takes the public JSON that a user sees.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar, TypedDict

from evals.client import HiSolverClient
from evals.errors import DatasetError, InfrastructureError
from evals.stats import bootstrap
from evals.suites.base import Asking, Item, Metric, Proof, Record, Suite, Verdict, figure, read_rows, share, unique

WAYS = {"fused": "fused", "vectors alone": "vectors", "description vectors alone": "descriptions", "BM25 alone": "bm25"}
"""The names of the ways in the report, and in the command."""
KINDS = ("learner", "storyboard")
SPLITS = ("tune", "report")
DEPTH, SHOWN = 10, 5
GOOD, BEST = 2, 3
"""The grade from which a scene counts as found, and the highest: 3 shows it, 2 shows most of it, 1 is of some help."""
HOME = Path(__file__).resolve().parent.parent.parent


class Graded(TypedDict):
    """A scene by where it stands; its id hashes the code, and serves where Manim moved it. A place that holds several scenes of one name is numbered
    (`...Arrow#2`), and then the id alone tells."""

    place: str
    scene: str
    id: str
    grade: int


class Found(TypedDict):
    id: str
    scene: str
    place: str


class RetrievalSuite(Suite):
    name = "retrieval"
    model = ""
    files: ClassVar[tuple[str, ...]] = ("retrieval_queries.jsonl",)
    score_means = "at least one scene that shows what was asked for (grade 2 or 3) is among the first five"

    def __init__(self) -> None:
        self._timeout_s = 600.0
        self._queries: list[str] = []
        self._found: dict[str, dict[str, list[Found]]] = {}
        self._lock = asyncio.Lock()

    def configure(self, options: argparse.Namespace) -> None:
        self._timeout_s = options.timeout

    def items(self, data_dir: Path) -> list[Item]:
        rows = read_rows(data_dir / self.files[0], {"id": str, "kind": str, "split": str, "query": str, "relevant": list})
        items = unique([_item(row) for row in rows])
        self._queries = [item.prompt for item in items]
        return items

    def versions(self) -> Mapping[str, str]:
        return {"manim": version("manim")}

    async def ask(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        async with self._lock:
            # all queries with the first item: a process a query would import for seconds what it needs for milliseconds
            for name, way in WAYS.items():
                if name not in self._found:
                    self._found[name] = await _search(way, self._queries, self._timeout_s)
        found = {name: self._found[name][item.prompt] for name in WAYS}
        return {"turns": [], "found": found}

    def score(self, item: Item, record: Record) -> Verdict:
        found: dict[str, list[Found]] = record.get("found", {})
        graded: list[Graded] = item.data["relevant"]
        facts: dict[str, Any] = {"kind": item.data["kind"], "split": item.data["split"]}
        facts |= {name: measures(graded, found.get(name, [])) for name in WAYS}
        right = bool(facts["fused"]["hit"])
        shown = ", ".join(one["scene"] for one in found.get("fused", [])[:SHOWN])
        return Verdict(right=right, reason="" if right else "none of the first five shows it", answered=shown or "nothing", facts=facts)

    def proof(self, item: Item) -> Proof:
        graded: list[Graded] = item.data["relevant"]
        gold = [Found(id=one["id"], scene=one["scene"], place=one["place"]) for one in graded]
        other = [Found(id=one["id"][::-1] + "-", scene=f"Not{one['scene']}", place=one["place"]) for one in graded]
        return Proof(
            gold={"turns": [], "found": dict.fromkeys(WAYS, gold)},
            blank={"turns": [], "found": {}},
            scrambled={"turns": [], "found": dict.fromkeys(WAYS, other)},
        )

    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        facts = [verdict["facts"] for verdict in verdicts]
        told: dict[str, Metric] = {}
        for name in WAYS:
            for measure in ("recall@5", "nDCG@10", "MRR"):
                told[f"{measure}, {name}"] = _mean([fact[name][measure] for fact in facts])
        for kind in KINDS:
            told[f"recall@5, fused, {kind}"] = _mean([fact["fused"]["recall@5"] for fact in facts if fact["kind"] == kind])
        for split in SPLITS:
            half = [fact for fact in facts if fact["split"] == split]
            for name in WAYS:
                told[f"recall@5, {name}, {split} half"] = _mean([fact[name]["recall@5"] for fact in half])
        for name in list(WAYS)[1:]:
            told[f"gain of recall@5 over {name}"] = _mean(
                [fact["fused"]["recall@5"] - fact[name]["recall@5"] for fact in facts], unit="gain"
            )
        told["one in the first five, fused"] = share(sum(fact["fused"]["hit"] for fact in facts), len(facts))
        return told


def measures(graded: Sequence[Graded], found: Sequence[Found]) -> dict[str, float]:
    """recall@5 over the scenes graded 2 or 3 (of five at most), nDCG@10 with gain 2^grade - 1 (Burges et al., ICML 2005), the reciprocal rank of the
    first scene graded 2 or 3 within the first ten, and whether one is among the first five."""
    grades = [next((one["grade"] for one in graded if _same(one, scene)), 0) for scene in found[:DEPTH]]
    good = sum(one["grade"] >= GOOD for one in graded)
    hits = sum(grade >= GOOD for grade in grades[:SHOWN])
    ideal = _gain(sorted((one["grade"] for one in graded), reverse=True)[:DEPTH])
    first = next((rank for rank, grade in enumerate(grades, 1) if grade >= GOOD), 0)
    return {
        "recall@5": hits / min(SHOWN, good),
        "nDCG@10": _gain(grades) / ideal,
        "MRR": 1 / first if first else 0.0,
        "hit": float(hits > 0),
    }


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(rank + 1) for rank, grade in enumerate(grades, 1))


def _same(graded: Graded, found: Found) -> bool:
    return graded["id"] == found["id"] or (graded["place"], graded["scene"]) == (found["place"], found["scene"])


def _mean(values: Sequence[float], unit: str = "mean") -> Metric:
    """A mean with its bootstrap interval."""
    if not values:
        return figure(None, 0, unit)
    return Metric(value=sum(values) / len(values), n=len(values), interval=bootstrap(values), unit=unit)


async def _search(way: str, queries: Sequence[str], timeout_s: float) -> dict[str, list[Found]]:
    """What the command finds for each query; it opens the index once. Raises `InfrastructureError` when it fails or takes too long."""
    command = ["-m", "server.cli", "corpus", "search", "-", "--json", "--docs", "--by", way, "-k", str(DEPTH)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, cwd=HOME, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        given = "".join(f"{' '.join(query.split())}\n" for query in queries).encode()
        out, said = await asyncio.wait_for(process.communicate(given), timeout_s)
    except TimeoutError:
        raise InfrastructureError("search", f"`hisolver corpus search --by {way}` took more than {timeout_s:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode != 0:
        why = " ".join(said.decode(errors="replace").split())[-300:]
        raise InfrastructureError("search", f"`hisolver corpus search --by {way}` failed: {why or process.returncode}")
    try:
        lines = [
            [Found(id=one["id"], scene=one["scene"], place=one["source"].split(": ", 1)[-1]) for one in json.loads(line)]
            for line in out.splitlines()
        ]
        return dict(zip(queries, lines, strict=True))
    except (ValueError, KeyError, TypeError) as error:
        raise InfrastructureError("search", f"`hisolver corpus search --by {way}` printed what is no result: {error}") from error


def _item(row: dict[str, Any]) -> Item:
    """Raises `DatasetError` naming the row and what is wrong with it."""
    name, relevant = row["id"], row["relevant"]
    if row["kind"] not in KINDS or row["split"] not in SPLITS:
        raise DatasetError(f"{name}: the kind is {' or '.join(KINDS)}, the split {' or '.join(SPLITS)}")
    for one in relevant:
        texts = isinstance(one, dict) and all(isinstance(one.get(key), str) and one[key] for key in ("place", "scene", "id"))
        if not texts or one.get("grade") not in range(1, BEST + 1):
            raise DatasetError(f"{name}: a relevant scene has `place`, `scene`, `id`, and a `grade` from 1 to {BEST}")
    if not any(one["grade"] >= GOOD for one in relevant):
        raise DatasetError(f"{name}: no scene is graded {GOOD} or {BEST}")
    best = ", ".join(one["scene"] for one in relevant if one["grade"] == BEST)
    return Item(id=name, prompt=row["query"], expected=best, data={"kind": row["kind"], "split": row["split"], "relevant": relevant})
