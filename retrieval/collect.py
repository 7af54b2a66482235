"""Collecting: asks a source what there is, fetches each repository in threads, and writes them one by one. Killed at any point, it goes on."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Container
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from retrieval.errors import CorpusError, RetrievalError, SourceDown
from retrieval.ledger import Ledger
from retrieval.sources.base import Found, Known, Snapshot, Source, Target, TargetError, Unchanged
from retrieval.store import CorpusStore, Packed, State, collector_lock, now, pack, told_as_corpus_errors
from retrieval.whole import write_whole

logger = logging.getLogger(__name__)

SUMMARY = "collect.summary.json"
OPTED_OUT = "opted_out"
DOWN_AFTER = 12
"""So many failures of the network one after the other are not the repositories' fault."""
NETWORK = frozenset({"connection", "timeout", "server_error", "archive_truncated"})
GONE = frozenset({"not_found", "not_public", "unavailable_for_legal_reasons"})


class Progress(Protocol):
    """Told by the collector what goes on."""

    def total(self, count: int) -> None:
        """So many repositories are known of, `done` ones included."""
        ...

    def done(self, count: int, name: str) -> None:
        """`count` repositories are dealt with, `name` the last of them."""
        ...


class Silence:
    def total(self, count: int) -> None: ...
    def done(self, count: int, name: str) -> None: ...


@dataclass(slots=True)
class Tally:
    """What one run did. `outcomes` counts repositories, `reasons` what went wrong with them, `skipped` files that were left out."""

    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    files: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Fetched:
    snapshot: Snapshot
    files: Packed
    bytes: int


def collect(
    source: Source,
    folder: Path,
    *,
    opt_out: Container[str],
    progress: Progress | None = None,
    again: bool = False,
    limit: int | None = None,
) -> dict[str, Any]:
    """Collects what the source finds into the corpus in `folder`; returns the summary, which is also written beside it.

    With `again` what is there counts for nothing; `limit` is the most repositories that are fetched. Raises `CorpusError` (disk, damage, another
    collector at work), `CredentialsError`, `SourceDown`, `RequestError`; what was collected until then is kept, and the same call goes on.
    """
    with ExitStack() as stack:
        stack.callback(source.close)
        stack.enter_context(collector_lock(folder))
        store = stack.enter_context(CorpusStore(folder))
        ledger = stack.enter_context(Ledger(folder))
        run = _Run(source, store, ledger, opt_out, progress or Silence(), again)
        begun, clock = now(), time.monotonic()

        def told(stopped_by: str | None) -> dict[str, Any]:
            summary = _summary(run, source, store, begun, time.monotonic() - clock, stopped_by)
            _write(folder / SUMMARY, summary)
            return summary

        try:
            run.find()
            run.fetch(limit)
        except CorpusError:
            raise  # there may be no room for a summary either
        except RetrievalError as error:
            told(error.message)
            raise
        except KeyboardInterrupt:
            told("interrupted")
            raise
        return told(None)


class _Run:
    def __init__(
        self, source: Source, store: CorpusStore, ledger: Ledger, opt_out: Container[str], progress: Progress, again: bool
    ) -> None:
        self.tally = Tally()
        self._source = source
        self._store = store
        self._ledger = ledger
        self._opt_out = opt_out
        self._progress = progress
        self._again = again
        self._failures = 0

    def find(self) -> None:
        """Drops what was opted out since, and notes what there is to fetch."""
        for name in self._store.names(self._source.name):
            if name in self._opt_out:
                self._store.fail(self._source.name, name, "refused", OPTED_OUT, forget=True)
        started = date.fromisoformat(self._ledger.begin(self._source.name, self._source.request)[:10])
        for found in self._source.find(self._ledger.asked(), started):
            self._note(found)

    def _note(self, found: Found) -> None:
        taken = [target for target in found.targets if target.name not in self._opt_out]
        self._ledger.add(found, taken)
        self.tally.outcomes["refused"] += len(found.targets) - len(taken)
        self.tally.reasons.update(found.reasons)
        self._progress.total(self._ledger.count())

    def fetch(self, limit: int | None) -> None:
        """Everything that is pending; the run is over when nothing is left of it."""
        every = self._ledger.pending()
        pending = every if limit is None else every[:limit]
        done = self._ledger.count() - len(every)
        self._progress.total(done + len(pending))
        waiting = iter(pending)
        running: dict[Future[_Fetched | Unchanged], Target] = {}
        stopped: RetrievalError | None = None
        with ThreadPoolExecutor(self._source.workers, thread_name_prefix="collect") as pool:
            try:
                while True:
                    while len(running) < self._source.workers + 2 and (target := next(waiting, None)) is not None:
                        known = None if self._again else self._store.known(self._source.name, target.name)
                        running[pool.submit(self._fetch, target, known)] = target
                    if not running:
                        break
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        target = running.pop(future)
                        if isinstance(error := future.exception(), RetrievalError):
                            # nothing new is begun, and what is on its way is still taken
                            stopped, waiting = stopped or error, iter(())
                            continue
                        self._settle(target, future)
                        done += 1
                        self._progress.done(done, target.name)
            except BaseException:
                self._source.close()  # ends its waits, so that the threads end
                pool.shutdown(cancel_futures=True)
                raise
        if stopped is not None:
            raise stopped
        if len(pending) == len(every):
            self._ledger.finish()

    def _fetch(self, target: Target, known: Known | None) -> _Fetched | Unchanged:
        """In a thread: everything that needs no lock."""
        snapshot = self._source.fetch(target, known)
        if isinstance(snapshot, Unchanged):
            return snapshot
        if snapshot.name in self._opt_out:  # it was renamed since
            raise TargetError(OPTED_OUT, forget=True)
        size = sum(map(len, snapshot.files.values()))
        return _Fetched(snapshot, pack(snapshot.files), size)

    def _settle(self, target: Target, future: Future[_Fetched | Unchanged]) -> None:
        error = future.exception()
        if isinstance(error, TargetError):
            self._fail(target, error)
            return
        if isinstance(error, Exception):
            # a fault of ours that one repository brings out must not end, and then block, a run over thousands
            logger.error("%s: unexpected", target.name, exc_info=error)
            self._fail(target, TargetError(f"unexpected_{type(error).__name__}"))
            return
        fetched = future.result()
        self._failures = 0
        if isinstance(fetched, Unchanged):
            self.tally.outcomes["unchanged"] += 1
        else:
            self._save(target, fetched)
        self._ledger.done(target)

    def _save(self, target: Target, fetched: _Fetched) -> None:
        snapshot = fetched.snapshot
        known = self._store.known
        same = Known(snapshot.revision, snapshot.etag, snapshot.pushed_at)
        is_new_name = target.name != snapshot.name and known(self._source.name, target.name) is None
        if not self._again and is_new_name and known(self._source.name, snapshot.name) == same:
            self.tally.outcomes["unchanged"] += 1
            return
        self._store.save(self._source.name, target.name, snapshot, fetched.files)
        self.tally.outcomes["collected" if fetched.files else "empty"] += 1
        self.tally.files += len(fetched.files)
        self.tally.bytes += fetched.bytes
        self.tally.skipped.update(snapshot.skipped)
        if fetched.files and not snapshot.licence:
            self.tally.reasons["without_licence"] += 1

    def _fail(self, target: Target, error: TargetError) -> None:
        self._failures = self._failures + 1 if error.reason in NETWORK else 0
        if self._failures >= DOWN_AFTER:
            raise SourceDown(
                f"{DOWN_AFTER} repositories one after the other could not be fetched ({error}); the same command goes on later"
            )
        state: State = "refused" if error.reason == OPTED_OUT else "gone" if error.reason in GONE else "failed"
        self._store.fail(self._source.name, target.name, state, error.reason, forget=error.forget)
        self.tally.outcomes[state] += 1
        self.tally.reasons[error.reason] += 1
        if error.reason not in NETWORK:  # those are tried again when a run that was stopped goes on
            self._ledger.done(target)


def _summary(run: _Run, source: Source, store: CorpusStore, begun: str, seconds: float, stopped_by: str | None) -> dict[str, Any]:
    tally = run.tally
    return {
        "step": "collect",
        "source": source.name,
        "begun_at": begun,
        "seconds": round(seconds, 2),
        "finished": stopped_by is None,
        "stopped_by": stopped_by,
        "repositories": {name: count for name, count in sorted(tally.outcomes.items()) if count},
        "reasons": dict(sorted(tally.reasons.items())),
        "files": tally.files,
        "bytes": tally.bytes,
        "files_per_second": round(tally.files / seconds, 1) if seconds > 0 else 0.0,
        "skipped_files": dict(sorted(tally.skipped.items())),
        **source.counts(),
        "corpus": {**store.totals(), "version": store.version()},
    }


def _write(path: Path, summary: dict[str, Any]) -> None:
    text = json.dumps(summary, indent=1, ensure_ascii=False) + "\n"
    with told_as_corpus_errors(path):
        write_whole(path, lambda file: file.write(text.encode()))
