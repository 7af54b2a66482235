"""The repositories spread over processes of this machine, or over a Dask scheduler's workers."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.preprocess.distributions import Distributions
from retrieval.preprocess.library import Library
from retrieval.preprocess.reading import PackedFile, Reader, Repository
from retrieval.preprocess.records import load
from retrieval.preprocess.repository import READ, Result, scenes_of

AHEAD = 2
"""Repositories handed out beyond one a worker, so that none waits for work."""

_library: Library | None = None
_distributions: Distributions | None = None
_reader: Reader | None = None


def over_processes(
    corpus: Path, repositories: Sequence[Repository], library: Library, distributions: Distributions, workers: int
) -> Iterator[tuple[Repository, bytes]]:
    """`Result.packed` of each, as they come. A repository whose process dies twice is counted as crashed."""
    left = list(repositories)
    while left:
        suspects: list[Repository] = []
        for repository, packed in _pool(corpus, left, library, distributions, workers, suspects):
            left.remove(repository)
            yield repository, packed
        for repository in suspects:
            # One of those that were in hand killed the process; each is tried alone.
            again: list[Repository] = []
            for _, packed in _pool(corpus, [repository], library, distributions, 1, again):
                yield repository, packed
            if again:
                yield repository, _crashed(corpus, repository)
            left.remove(repository)


def _pool(
    corpus: Path, repositories: Sequence[Repository], library: Library, distributions: Distributions, workers: int, broken: list[Repository]
) -> Iterator[tuple[Repository, bytes]]:
    """Puts into `broken` what was in hand when a process died, and ends there."""
    context = multiprocessing.get_context("spawn")
    waiting = iter(repositories)
    in_hand: dict[Future[bytes], Repository] = {}
    pool = ProcessPoolExecutor(
        min(workers, len(repositories)), mp_context=context, initializer=_start, initargs=(corpus, library, distributions)
    )
    try:
        while True:
            for repository in waiting:
                in_hand[pool.submit(_one, repository)] = repository
                if len(in_hand) >= workers * AHEAD:
                    break
            if not in_hand:
                return
            for future in wait(in_hand, return_when=FIRST_COMPLETED).done:
                packed = future.result()
                yield in_hand.pop(future), packed
    except BrokenProcessPool:
        broken.extend(in_hand.values())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start(corpus: Path, library: Library, distributions: Distributions) -> None:
    global _library, _reader, _distributions
    _library, _reader, _distributions = library, Reader(corpus), distributions
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    load()
    # What is loaded by now stays, and need not be looked through for garbage after every repository.
    gc.collect()
    gc.freeze()


def _end_with_parent() -> None:
    """A pool's workers would wait for ever where their parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


def _one(repository: Repository) -> bytes:
    assert _library is not None and _reader is not None  # noqa: S101 - the pool's initializer set both
    return scenes_of(repository, _reader.files(repository), _library, _distributions).packed()


def _crashed(corpus: Path, repository: Repository) -> bytes:
    count = sum(file.path.endswith(READ) for file in Reader(corpus).files(repository))
    result = Result(files=count)
    result.failed["crashed"] = count
    return result.packed()


def over_dask(
    corpus: Path, repositories: Sequence[Repository], library: Library, distributions: Distributions, address: str, security: Any = None
) -> Iterator[tuple[Repository, bytes]]:
    """The same over a scheduler's workers, which need no sight of the corpus: the files travel with the task. Raises `RetrievalError` where
    nobody answers at the address."""
    from distributed import Client, as_completed

    reader = Reader(corpus)
    try:
        client = Client(address, security=security, timeout="20s", set_as_default=False)
    except (OSError, ValueError) as error:
        raise RetrievalError(f"no Dask scheduler answers at {address}: {error}") from error
    with contextlib.closing(client), client.as_current():
        if not client.scheduler_info(n_workers=-1)["workers"]:
            raise RetrievalError(f"the Dask scheduler at {address} has no workers")
        shared = client.scatter((library, distributions.packed()), broadcast=True)
        slots = max(1, sum(client.nthreads().values()))
        waiting = iter(repositories)
        in_hand: dict[str, Repository] = {}

        def submit() -> Any:
            repository = next(waiting, None)
            if repository is None:
                return None
            files = [file for file in reader.files(repository) if file.path.endswith(READ)]
            future = client.submit(scenes_packed, repository, files, shared, pure=False, retries=1)
            in_hand[future.key] = repository
            return future

        completed = as_completed([future for future in (submit() for _ in range(slots * AHEAD)) if future is not None])
        for future in completed:
            repository = in_hand.pop(future.key)
            if future.status == "finished":
                yield repository, future.result()
            else:
                yield repository, _crashed(corpus, repository)
            if (following := submit()) is not None:
                completed.add(following)


def scenes_packed(repository: Repository, files: list[PackedFile], shared: tuple[Library, Distributions]) -> bytes:
    """A Dask task."""
    return scenes_of(repository, files, *shared).packed()
