"""`python -m evals.bench.preprocess`: how many files a second a core `hisolver corpus preprocess` works through.

The corpus is made up from a seed: repositories as people keep them. In the repositories of Manim's plugins about a fifth of the Python files hold a scene;
so here (`--scenes` sets the share): the rest are files of helpers and mobjects that the scenes import, code that has nothing to do with Manim, some READMEs
with a scene, copies, Python 2, broken files; and the installed package `manim` is one more. `--corpus FOLDER` takes a corpus that was collected instead.
The command runs as a child with one process (`--workers` gives more) and then again, when nothing has changed. `files_per_core_second` counts all files over
the processor seconds that the workers spent on them, `scene_files_per_core_second` only those that gave a scene over the same seconds, as if the others cost
nothing; `files_per_wall_second_per_worker` all over the whole command, its start and the search for duplicates included.
Exit codes: 0 done, 2 wrong usage, 3 the command failed.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import platform
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
STORE = "corpus.sqlite"
SCHEMA = """
CREATE TABLE repositories(id INTEGER PRIMARY KEY, source TEXT, name TEXT, licence TEXT, revision TEXT, fetched_at TEXT, etag TEXT, pushed_at TEXT, state TEXT, reason TEXT);
CREATE TABLE files(repository INTEGER, path TEXT, sha256 TEXT, PRIMARY KEY(repository, path));
CREATE TABLE blobs(sha256 TEXT PRIMARY KEY, content BLOB);
"""
SHAPES = ("Circle", "Square", "Triangle", "Dot", "Star", "Rectangle", "Annulus", "Line", "Arrow", "RegularPolygon")
COLOURS = ("RED", "BLUE", "GREEN", "YELLOW", "PURPLE", "ORANGE", "TEAL", "WHITE")
WORDS = (
    "area",
    "slope",
    "tangent",
    "vector",
    "matrix",
    "limit",
    "series",
    "proof",
    "graph",
    "wave",
    "prime",
    "angle",
    "chord",
    "ratio",
    "field",
    "energy",
)
STEPS = (
    "self.play(Create({n}), run_time={f:.1f})",
    "self.play({n}.animate.shift({f:.2f} * RIGHT).scale({f:.2f}))",
    "label_{i} = MathTex(r'{w}_{i} = {i} \\cdot x^2').next_to({n}, DOWN)",
    "self.play(Write(Text('{w} and {v} number {i}', font_size={k})))",
    "axes_{i} = Axes(x_range=[-{k}, {k}, 1], y_range=[0, {i}, 1])\n        graph_{i} = axes_{i}.plot(lambda x: {f:.2f} * x**2 - {i}, color={c})",
    "self.play(FadeOut({n}), FadeIn({helper}({i}, {c})))",
    "for k_{i} in range({k}):\n            {n}.rotate(k_{i} * PI / {k})\n            self.wait({f:.1f})",
    "group_{i} = VGroup(*[Dot(radius=UNIT * j / {k}) for j in range({i})]).arrange(RIGHT)",
    "# now the {w} of the {v}\n        self.wait()",
)  # fmt: skip


def scene(chance: random.Random, name: str, helper: str, old: bool) -> str:
    lines = [f"class {name}({'MyScene' if chance.random() < 0.3 else 'Scene'}):"]
    if chance.random() < 0.3:
        lines.append(f'    """Shows the {chance.choice(WORDS)} of a {chance.choice(WORDS)}."""\n')
    lines.append("    def construct(self):")
    for number in range(chance.randint(6, 40)):
        shape = f"{chance.choice(WORDS)}_{number}"
        lines.append(f"        {shape} = {chance.choice(SHAPES)}(color={chance.choice(COLOURS)}, stroke_width={chance.randint(1, 9)})")
        step = chance.choice(STEPS).format(
            n=shape, i=number + 1, k=chance.randint(2, 30), f=chance.uniform(0.2, 3), w=chance.choice(WORDS), v=chance.choice(WORDS),
            c=chance.choice(COLOURS), helper=helper,
        )  # fmt: skip
        lines.append(f"        {step}")
    text = "\n".join(lines) + "\n"
    return text.replace("Create(", "ShowCreation(").replace("MathTex(", "TexMobject(").replace("Text(", "TextMobject(") if old else text


def repository(chance: random.Random, files: int, scenes: float) -> Iterator[tuple[str, str]]:
    """Paths and texts. `scenes` is the share of the files that hold scenes."""
    old = chance.random() < 0.2
    star = "from manimlib.imports import *" if old else "from manim import *"
    yield "common/__init__.py", ""
    yield (
        "common/constants.py",
        f"{star}\n\nUNIT = {chance.uniform(0.1, 1):.2f}\nPALETTE = [{', '.join(COLOURS)}]\n" + "".join(f"C_{n} = {n}\n" for n in range(40)),
    )
    yield (
        "common/helpers.py",
        f"{star}\nfrom .constants import *\n\n\nclass MyScene(Scene):\n    def setup(self):\n        self.unit = UNIT\n\n\n"
        + "\n\n".join(
            f"def helper_{n}(size, colour=PALETTE[{n % 8}]):\n    return VGroup(Dot(color=colour), Line(size * LEFT, UNIT * RIGHT)).scale({n + 1})\n"
            for n in range(12)
        ),
    )
    yield (
        "README.md",
        f"# Videos\n\n```python\n{star}\n\n{scene(chance, 'Shown', 'Dot', old).replace('MyScene', 'Scene')}```\n" + "More. " * 500,
    )
    for number in range(files - 4):
        kind = chance.random()
        if kind < scenes:
            count = chance.choice((1, 1, 2, 2, 3, 4, 6))
            body = "\n\n".join(
                scene(chance, f"{chance.choice(WORDS).title()}{number}x{n}", f"helper_{chance.randint(0, 11)}", old) for n in range(count)
            )
            yield (
                f"videos/part_{number}.py",
                f"import numpy as np\n{star}\nfrom common.helpers import *\nfrom common.constants import UNIT\n\n\n{body}",
            )
        elif kind < scenes + 0.02:
            yield f"old/two_{number}.py", f"{star}\nclass Two(Scene):\n    def construct(self):\n        print 'two'\n"
        elif kind < scenes + 0.04:
            yield f"old/broken_{number}.py", f"{star}\nclass Broken(Scene):\n    def construct(self):\n        self.add(\n"
        elif kind < scenes + (1 - scenes) / 2:
            yield (
                f"mobjects/shape_{number}.py",
                f"import numpy as np\n{star}\nfrom common.constants import *\n\n\n"
                + "\n\n".join(
                    f'class {chance.choice(SHAPES)}{number}x{n}(VGroup):\n    """The {chance.choice(WORDS)} of a {chance.choice(WORDS)}."""\n\n'
                    f"    def __init__(self, size={n}, **kwargs):\n        super().__init__(**kwargs)\n        self.size = size\n"
                    + "".join(f"        self.add(Dot(radius=UNIT * {k}).shift({k} * RIGHT))\n" for k in range(chance.randint(3, 30)))
                    for n in range(chance.randint(1, 5))
                ),
            )
        else:
            yield (
                f"tools/tool_{number}.py",
                "import os\nimport sys\n\n\n"
                + "\n\n".join(
                    f"def step_{n}(path, depth={n}):\n    found = [os.path.join(path, name) for name in sorted(os.listdir(path)) if not name.startswith('.')]\n"
                    f"    if depth > {n}:\n        print('{chance.choice(WORDS)}', len(found), file=sys.stderr)\n    return found[: depth + {n}]\n"
                    for n in range(chance.randint(3, 25))
                ),
            )


def fill(path: Path, repositories: int, files: int, scenes: float, seed: int) -> None:
    """Makes the corpus."""
    chance = random.Random(seed)  # noqa: S311 - the same corpus every time
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)

        def add(source: str, name: str, licence: str, revision: str, contents: Iterator[tuple[str, str]]) -> None:
            row = connection.execute(
                "INSERT INTO repositories(source, name, licence, revision, state) VALUES (?, ?, ?, ?, 'collected')",
                (source, name, licence, revision),
            ).lastrowid
            for file, text in contents:
                content = text.encode("utf-8")
                digest = hashlib.sha256(content).hexdigest()
                connection.execute("INSERT OR IGNORE INTO blobs VALUES (?, ?)", (digest, zlib.compress(content)))
                connection.execute("INSERT INTO files VALUES (?, ?, ?)", (row, file, digest))

        for number in range(repositories):
            # One in ten is a copy of another.
            own = random.Random(seed + (number - 1 if number % 10 == 9 else number))  # noqa: S311
            add(
                "github",
                f"someone/videos-{number}",
                chance.choice(("MIT", "GPL-3.0-only", "")),
                f"{number:040x}",
                repository(own, files, scenes),
            )
        spec = importlib.util.find_spec("manim")
        if spec is not None and spec.origin is not None:
            folder = Path(spec.origin).parent
            add(
                "packages",
                "manim==installed",
                "MIT",
                "installed",
                ((f"manim/{file.relative_to(folder).as_posix()}", file.read_text("utf-8")) for file in sorted(folder.rglob("*.py"))),
            )
        connection.commit()


def preprocessed(corpus: Path, workers: int) -> dict[str, Any]:
    """The command's summary with the seconds that it took. Raises `RuntimeError` where it fails."""
    command = [sys.executable, "-m", "server.cli", "corpus", "preprocess", "--corpus", str(corpus), "--workers", str(workers), "--json"]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"exit code {done.returncode}")
    found: dict[str, Any] = json.loads(done.stdout)
    return {**found, "wall_s": round(time.monotonic() - started, 2)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=int, default=100)
    parser.add_argument("--files", type=int, default=30, help="files a repository")
    parser.add_argument("--scenes", type=float, default=0.2, help="the share of the files that hold scenes")
    parser.add_argument("--corpus", type=Path, help="a collected corpus to measure instead; it is copied")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if min(given.repositories, given.workers) < 1 or given.files < 5 or not 0 <= given.scenes <= 0.9:
        parser.error("at least one repository, one worker and five files; a share of scenes from 0 to 0.9")
    if given.corpus is not None and not (given.corpus / STORE).is_file():
        parser.error(f"there is no {given.corpus / STORE}")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="preprocess-") as name:
        if given.corpus is None:
            fill(Path(name) / STORE, given.repositories, given.files, given.scenes, given.seed)
        else:
            with closing(sqlite3.connect(given.corpus / STORE)) as found, closing(sqlite3.connect(Path(name) / STORE)) as copy:
                found.backup(copy)
        try:
            first = preprocessed(Path(name), given.workers)
            second = preprocessed(Path(name), given.workers)
        except RuntimeError as error:
            sys.stderr.write(f"the command failed: {error}\n")
            return 3
    report = {
        "corpus": "made up" if given.corpus is None else str(given.corpus),
        "repositories": first["repositories"],
        "files": first["files"],
        "files_with_scenes": first["files_with_scenes"],
        "bytes": first["bytes"],
        "parsed": first["parsed"],
        "found": first["found"],
        "scenes": first["scenes"],
        "clusters": first["clusters"],
        "exact_duplicates": first["exact_duplicates"],
        "failed": first["failed"],
        "dropped": first["dropped"],
        "cpu_s": first["cpu_s"],
        "files_per_core_second": first["files_per_core_second"],
        "scene_files_per_core_second": round(first["files_with_scenes"] / max(first["cpu_s"], 1e-9), 1),
        "scenes_per_core_second": round(first["found"] / max(first["cpu_s"], 1e-9), 1),
        "wall_s": first["wall_s"],
        "files_per_wall_second_per_worker": round(first["files"] / first["wall_s"] / given.workers, 1),
        "again_wall_s": second["wall_s"],
        "again_reused": second["reused"],
        "workers": given.workers,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "load_before": round(load, 2),
        "load_after": round(os.getloadavg()[0], 2),
    }
    sys.stdout.write(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
