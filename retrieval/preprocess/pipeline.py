"""The step: `corpus.sqlite` in; `scenes.jsonl`, `scenes.parquet` and `preprocess.summary.json` out."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.preprocess.distributions import Distributions, digest_of, distributions_of
from retrieval.preprocess.duplicates import clustered, without_exact
from retrieval.preprocess.library import Library, installed_library
from retrieval.preprocess.outputs import write_scenes, write_summary
from retrieval.preprocess.reading import Reader, Repository
from retrieval.preprocess.repository import Result
from retrieval.preprocess.running import over_dask, over_processes
from retrieval.preprocess.work import WorkFile, code_fingerprint, result_key
from retrieval.records import SceneRecord
from retrieval.sources import manim_docs

STORE, WORK, LOCK = "corpus.sqlite", "preprocess.work.sqlite", ".preprocess.lock"
Progress = Callable[[int, int, str], None]
"""Called with repositories done, repositories in all, and what is being done."""


def preprocess(
    corpus: Path,
    *,
    workers: int = 1,
    scheduler: str = "",
    security: Any = None,
    progress: Progress | None = None,
    library: Library | None = None,
) -> dict[str, Any]:
    """Makes the scenes of a corpus and returns the summary. What is there and current is not made again; a run that was killed goes on.

    `workers` processes work here, or a Dask `scheduler`'s workers. Raises `RetrievalError` where there is no corpus, another run is at work, or the
    folder cannot be written.
    """
    started = time.monotonic()
    tell = progress or (lambda _done, _all, _what: None)
    reader = Reader(corpus / STORE)
    repositories = reader.repositories()
    digests = reader.digests()
    library = _installed() if library is None else library
    distributions = distributions_of(reader, repositories)
    fingerprint = code_fingerprint(library, digest_of(distributions, digests))
    keys = {repository: result_key(repository, digests.get(repository.key, ("", 0))[0], fingerprint) for repository in repositories}
    try:
        with _only_run(corpus):
            work = WorkFile(corpus / WORK)
            try:
                reused = _fill(corpus, work, keys, digests, library, distributions, workers, scheduler, security, tell)
                tell(len(keys), len(keys), "duplicates")
                results = list(_results(work, keys))
                records, counts = _scenes(results)
                version = write_scenes(corpus, records)
                summary = {
                    "repositories": len(repositories),
                    "reused": reused,
                    **counts,
                    "seconds": round(time.monotonic() - started, 3),
                    "read": _version_of(keys, digests),
                    "version": version,
                    "manim": library.version,
                }
                write_summary(corpus, summary)
                work.keep_only(set(keys.values()))
            finally:
                work.close()
    except OSError as error:
        raise RetrievalError(f"{corpus} cannot be written: {error.strerror or error}") from error
    return summary


def _installed() -> Library:
    try:
        return installed_library(manim_docs.package_folder(), manim_docs.installed_version())
    except RetrievalError:
        return installed_library(None, "")


def _fill(
    corpus: Path,
    work: WorkFile,
    keys: dict[Repository, str],
    digests: dict[int, tuple[str, int]],
    library: Library,
    distributions: Distributions,
    workers: int,
    scheduler: str,
    security: Any,
    tell: Progress,
) -> int:
    """Makes what is missing in the work file; returns how many repositories were there."""
    known = work.known()
    # The largest first, so that no worker is left with one at the end.
    missing = sorted(
        (repository for repository, key in keys.items() if key not in known), key=lambda one: -digests.get(one.key, ("", 0))[1]
    )
    done = len(keys) - len(missing)
    reused = done
    tell(done, len(keys), "scenes")
    if missing:
        found = (
            over_dask(corpus / STORE, missing, library, distributions, scheduler, security)
            if scheduler
            else over_processes(corpus / STORE, missing, library, distributions, workers)
        )
        for repository, packed in found:
            work.put(keys[repository], packed)
            done += 1
            tell(done, len(keys), repository.name)
    return reused


def _results(work: WorkFile, keys: dict[Repository, str]) -> Iterator[Result]:
    for repository, key in keys.items():
        data = work.get(key)
        try:
            if data is None:
                raise KeyError(key)
            yield Result.unpacked(data)
        except (ValueError, KeyError, TypeError, zlib.error) as error:
            work.keep_only(set())
            raise RetrievalError(
                f"what was kept of {repository.label} is damaged and was thrown away; run `hisolver corpus preprocess` again"
            ) from error


def _scenes(results: Sequence[Result]) -> tuple[list[SceneRecord], dict[str, Any]]:
    failed, dropped = Counter[str](), Counter[str]()
    for result in results:
        failed.update(result.failed)
        dropped.update(result.dropped)
    found = [scene for result in results for scene in result.scenes]
    unique, same = without_exact(found)
    records = clustered(unique)
    cpu = sum(result.cpu_s for result in results)
    files = sum(result.files for result in results)
    return records, {
        "files": files,
        "bytes": sum(result.size for result in results),
        "parsed": sum(result.parsed for result in results),
        "files_with_scenes": sum(result.holding for result in results),
        "failed": dict(sorted(failed.items())),
        "dropped": dict(sorted(dropped.items())),
        "found": len(found),
        "exact_duplicates": same,
        "scenes": len(records),
        "clusters": len({record.cluster for record in records}),
        "flavours": _counted(record.flavour for record in records),
        "licences": _counted(record.licence or "none" for record in records),
        "sources": _counted(record.origin.source if record.origin else "" for record in records),
        "migrated": _counted(name for record in records for name in record.migrated),
        "needs_latex": sum(record.needs_latex for record in records),
        "three_d": sum(record.three_d for record in records),
        "cpu_s": round(cpu, 3),
        "files_per_core_second": round(files / cpu, 1) if cpu else 0.0,
    }


def _counted(names: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items(), key=lambda item: (-item[1], item[0])))


def _version_of(keys: dict[Repository, str], digests: dict[int, tuple[str, int]]) -> str:
    """A hash of what was read: repositories, revisions, licences and files."""
    digest = hashlib.sha256()
    for repository in keys:
        parts = (repository.source, repository.name, repository.revision, repository.licence, digests.get(repository.key, ("", 0))[0])
        digest.update("\0".join(parts).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()


@contextmanager
def _only_run(corpus: Path) -> Iterator[None]:
    handle = os.open(corpus / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RetrievalError(f"another `hisolver corpus preprocess` is at work on {corpus}") from None
        yield
    finally:
        os.close(handle)
