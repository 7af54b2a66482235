"""The work on one repository: files in, prepared scenes and counts out. It runs in a process of its own and fails for no file."""

from __future__ import annotations

import gc
import json
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from retrieval.extract import examples_in_tree
from retrieval.preprocess.distributions import MARK, Distributions
from retrieval.preprocess.documents import SUFFIXES as DOCUMENTS
from retrieval.preprocess.finding import DIRECTIVE, SceneFinder, candidates, is_library_file
from retrieval.preprocess.library import Library
from retrieval.preprocess.limits import FILE_SECONDS, OutOfTime, time_limit
from retrieval.preprocess.needs import NotAlone
from retrieval.preprocess.reading import PackedFile, Repository
from retrieval.preprocess.records import Prepared, prepare_example, prepare_scene
from retrieval.preprocess.tree import Tree
from retrieval.records import Origin, SceneRecord

READ = (".py", ".ipynb", *DOCUMENTS)


@dataclass(slots=True)
class Result:
    """What one repository gave: `files` that were looked at, `size` bytes in them, `holding` files that gave a scene, `failed` files by reason, `dropped` scenes by reason, `cpu_s` seconds of one core."""

    files: int = 0
    size: int = 0
    parsed: int = 0
    cpu_s: float = 0.0
    scenes: list[Prepared] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    holding: int = 0

    def packed(self) -> bytes:
        """As bytes for the work file."""
        rows = [
            {"record": asdict(scene.record), "coarse": scene.coarse, "shingles": scene.shingles.hex(), "signature": scene.signature.hex()}
            for scene in self.scenes
        ]
        counts = {
            "files": self.files,
            "bytes": self.size,
            "parsed": self.parsed,
            "cpu_s": self.cpu_s,
            "failed": self.failed,
            "dropped": self.dropped,
            "holding": self.holding,
        }
        return zlib.compress(json.dumps({"scenes": rows, **counts}, ensure_ascii=True).encode("ascii"), 1)

    @staticmethod
    def unpacked(data: bytes) -> Result:
        """Raises `ValueError`, `KeyError`, `TypeError` or `zlib.error` for what `packed` did not make."""
        found: dict[str, Any] = json.loads(zlib.decompress(data))
        scenes = [
            Prepared(record_from(row["record"]), row["coarse"], bytes.fromhex(row["shingles"]), bytes.fromhex(row["signature"]))
            for row in found["scenes"]
        ]
        return Result(
            found["files"],
            found["bytes"],
            found["parsed"],
            found["cpu_s"],
            scenes,
            Counter(found["failed"]),
            Counter(found["dropped"]),
            found["holding"],
        )


def record_from(row: dict[str, Any]) -> SceneRecord:
    """A record out of a line of `scenes.jsonl`. Raises `TypeError` for other fields."""
    origin = row.get("origin")
    return SceneRecord(
        **{
            **row,
            "origin": None if origin is None else Origin(**origin),
            "migrated": tuple(row.get("migrated", ())),
            "uses": tuple(row.get("uses", ())),
        }
    )


def scenes_of(
    repository: Repository,
    files: Iterable[PackedFile],
    library: Library,
    distributions: Distributions | None = None,
    *,
    seconds: float = FILE_SECONDS,
) -> Result:
    """Everything that one repository gives; `seconds` of processor time is what one file may take."""
    started = time.thread_time()
    with _no_collections():
        result = _scenes_of(repository, files, library, distributions, seconds)
    result.cpu_s = time.thread_time() - started
    return result


@contextmanager
def _no_collections() -> Iterator[None]:
    """Syntax trees are millions of objects without cycles, and looking through them for garbage took more time than all the rest."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _scenes_of(
    repository: Repository, files: Iterable[PackedFile], library: Library, distributions: Distributions | None, seconds: float
) -> Result:
    result = Result()
    contents: dict[str, bytes] = {}
    for file in files:
        if not file.path.endswith(READ):
            continue
        result.files += 1
        try:
            contents[file.path] = file.content()
        except zlib.error:
            result.failed["damaged"] += 1
            continue
        result.size += len(contents[file.path])
    tree = Tree(contents, library, distributions=distributions)
    texts: dict[str, str] = {}
    for path in contents:
        try:
            with time_limit(seconds):
                if (text := tree.text(path)) is not None:
                    texts[path] = text
        except OutOfTime:
            tree.failures[path] = "timeout"
    found = candidates(texts)
    finder = SceneFinder(tree)
    for path, text in texts.items():
        documented = DIRECTIVE in text and path.endswith(".py")
        if path in found or documented:
            before = len(result.scenes)
            _file(tree, finder, repository, path, result, seconds, documented=documented, classes=path in found)
            result.holding += len(result.scenes) > before
    result.failed.update(reason for path, reason in tree.failures.items() if not path.startswith(MARK))
    tree.clear()
    return result


def _file(
    tree: Tree, finder: SceneFinder, repository: Repository, path: str, result: Result, seconds: float, *, documented: bool, classes: bool
) -> None:
    """One file, within its time; what it gave before its time was up is kept."""
    try:
        with time_limit(seconds):
            module = tree.module(path)
            if module is None:
                return
            result.parsed += 1
            if documented:
                for example in examples_in_tree(module.tree):
                    try:
                        result.scenes.append(prepare_example(tree, repository, path, example))
                    except NotAlone as error:
                        result.dropped[error.reason] += 1
                    except RecursionError:
                        result.dropped["too_deep"] += 1
            if not classes or is_library_file(path, tree.contents):
                return
            scenes = list(finder.scenes(module))
            for scene in scenes:
                try:
                    result.scenes.append(prepare_scene(tree, repository, scene, alone=len(scenes) == 1))
                except NotAlone as error:
                    result.dropped[error.reason] += 1
                except RecursionError:
                    result.dropped["too_deep"] += 1
    except OutOfTime:
        tree.failures[path] = "timeout"
    except (RecursionError, MemoryError):
        tree.failures[path] = "too_deep"
