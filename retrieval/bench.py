"""`python -m retrieval.bench`: seconds to index scenes, to renew the index where one in a hundred changed, and to search it.

The scenes are those of the installed Manim's documentation, varied: other numbers, colours, names and words, so that no two are alike. Prints JSON. Exit
codes: 0 within the targets, 1 above one of them, 2 wrong usage, 3 the embedding model is missing.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from retrieval.embedding import MODEL, Embedder
from retrieval.errors import RetrievalError
from retrieval.index import SceneIndex, build
from retrieval.records import SceneRecord, scene_id
from retrieval.search import Searcher
from retrieval.sources import manim_docs

TARGETS = {"scenes_a_second": 60.0, "index_s": 240.0, "update_s": 10.0, "search_p95_ms": 40.0}
"""For 10,000 scenes on two cores; the first at least, the others at most."""
SHAPES = ("Circle", "Square", "Triangle", "Star", "Dot", "Ellipse", "Annulus", "RegularPolygon")
COLOURS = ("RED", "GREEN", "BLUE", "YELLOW", "ORANGE", "PURPLE", "TEAL", "MAROON", "GOLD", "PINK")
TOPICS = (
    "pythagoras fractions percent slope intercept vertex tangent circle sector area volume prism cone sequence series limit derivative integral probability "
    "median histogram matrix vector rotation symmetry similarity proportion ratio prime factor polynomial root inequality absolute logarithm exponential"
)
VERBS = ("shows", "compares", "proves", "animates", "explains", "estimates", "measures", "folds", "builds", "colours")


def varied(scenes: Sequence[SceneRecord], count: int, seed: int = 0) -> list[SceneRecord]:
    """`count` different records made of `scenes`; the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - test data
    topics = TOPICS.split()
    made: dict[str, SceneRecord] = {}
    while len(made) < count:
        scene = draw.choice(scenes)
        topic, other = draw.sample(topics, 2)
        name = f"{topic.title()}{other.title()}{draw.randrange(1000)}"
        code = re.sub(rf"\b{scene.scene}\b", name, scene.code)
        code = re.sub(r"\b\d+\b", lambda match: str((int(match[0]) + draw.randrange(3)) or 1), code)
        code = re.sub(rf"\b({'|'.join(COLOURS)})\b", lambda match: draw.choice(COLOURS), code)
        code = re.sub(rf"\b{draw.choice(SHAPES)}\b", draw.choice(SHAPES), code)
        description = f"{scene.description} It {draw.choice(VERBS)} {topic} with {other}, example {draw.randrange(10_000)}."
        made.setdefault(scene_id(code), replace(scene, id=scene_id(code), scene=name, code=code, description=description, cluster=""))
    return list(made.values())


def measure(embedder: Embedder, folder: Path, count: int, searches: int) -> dict[str, Any]:
    """All figures; seconds of the wall clock, with those of the processor beside them to tell a busy machine."""
    records = varied(manim_docs.collect(), count)
    version = manim_docs.installed_version()
    embedder.embed(["warm up"])
    index_s, index_cpu = _timed(lambda: build(folder, embedder, records, manim=version))
    changed = max(1, count // 100)
    renewed = [*records[changed:], *varied(manim_docs.collect(), changed, seed=1)]
    update_s, update_cpu = _timed(lambda: build(folder, embedder, renewed, manim=version))
    manifest = build(folder, embedder, renewed, manim=version)
    searcher = Searcher(SceneIndex(folder, manifest, embedder))
    load_s, _ = _timed(searcher.load)
    draw = random.Random(2)  # noqa: S311 - test data
    topics = TOPICS.split()
    took = []
    for number in range(searches + 5):
        query = (
            f"{draw.choice(VERBS)} the {draw.choice(topics)} of a {draw.choice(SHAPES).lower()} and its {' '.join(draw.sample(topics, 3))}"
        )
        began = time.perf_counter()
        searcher.search_blocking(query, 5)
        if number >= 5:  # the first ones warm the caches
            took.append(1000 * (time.perf_counter() - began))
    took.sort()
    embed_s, embed_cpu = _timed(lambda: embedder.embed([record.description for record in varied(records, 400, seed=3)]))
    return {
        "scenes": count,
        "scenes_a_second": round(count / index_s, 1),
        "index_s": round(index_s, 2),
        "index_cpu_s": round(index_cpu, 2),
        "update_s": round(update_s, 2),
        "update_cpu_s": round(update_cpu, 2),
        "load_s": round(load_s, 2),
        "search_p50_ms": round(took[len(took) // 2], 2),
        "search_p95_ms": round(took[int(0.95 * (len(took) - 1))], 2),
        "texts_a_second": round(400 / embed_s, 1),
        "texts_a_cpu_second": round(400 / embed_cpu, 1),
        "index_mib": round(sum(path.stat().st_size for path in (folder / manifest.data).rglob("*") if path.is_file()) / 2**20, 1),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "load_average": os.getloadavg()[0],
        "cpus": len(os.sched_getaffinity(0)),
    }


def _timed(work: Any) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m retrieval.bench", description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--weights", type=Path, default=Path("~/.cache/hisolver/weights"), help="folder of the weights (default: %(default)s)"
    )
    parser.add_argument("--scenes", type=int, default=10_000, help="default: %(default)s")
    parser.add_argument("--searches", type=int, default=200, help="default: %(default)s")
    options = parser.parse_args(arguments)
    if options.scenes < 1 or options.searches < 1:
        parser.error("--scenes and --searches must be at least 1")
    try:
        with tempfile.TemporaryDirectory() as folder:
            found = measure(Embedder(options.weights.expanduser() / MODEL), Path(folder), options.scenes, options.searches)
    except RetrievalError as error:
        sys.stderr.write(f"{error.message}\n")
        return 3
    missed = [name for name, target in TARGETS.items() if (found[name] < target if name == "scenes_a_second" else found[name] > target)]
    sys.stdout.write(json.dumps(found | {"targets": TARGETS, "missed": missed}, indent=1) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
