"""Public repositories of GitHub, or of a GitHub Enterprise server: one archive a repository, and only of what changed since last time."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from retrieval.errors import RequestError, SourceDown
from retrieval.sources.archive import LIMITS, ArchiveError, Limits, read_tar
from retrieval.sources.base import Found, Known, Snapshot, SourceName, Target, TargetError, Unchanged
from retrieval.sources.github_api import TIMEOUT_S, GithubApi
from retrieval.sources.github_search import FOUNDED, Slice, search, target_of
from retrieval.sources.keep import Selection
from retrieval.sources.waiting import Waiter, backoff

API = "https://api.github.com"
KEYWORDS = ("manim", "manimgl", "manimlib")
TOPICS = ("manim", "manim-animations", "manimgl")
TRIES = 3
AGAIN = frozenset({"archive_truncated", "connection", "timeout", "server_error"})
"""Reasons that another try may do away with."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for. With `known`, what the corpus has of GitHub is asked for too, whether a search finds it or not."""

    keywords: Sequence[str] = KEYWORDS
    topics: Sequence[str] = TOPICS
    repositories: Sequence[str] = ()
    known: Sequence[str] = ()
    first: date = FOUNDED

    def check(self) -> None:
        """Raises `RequestError` for what is not a word or a repository's name."""
        for name in self.repositories:
            if not _NAME.fullmatch(name) or name.split("/")[1] in (".", ".."):
                raise RequestError(f"{name!r} is no repository of GitHub; write OWNER/NAME")
        for word in (*self.keywords, *self.topics):
            if not re.fullmatch(r"[\w. +#-]{1,100}", word):
                raise RequestError(f"{word!r} cannot be searched for")


class GithubSource:
    """The `Source` "github". `workers` archives are fetched at a time; the API itself is asked one question at a time."""

    name: SourceName = "github"

    def __init__(
        self,
        wanted: Wanted,
        *,
        user_agent: str,
        base_url: str = API,
        token: str = "",
        workers: int = 4,
        max_wait: float = 3900.0,
        waiter: Waiter | None = None,
        limits: Limits = LIMITS,
        timeout: int = TIMEOUT_S,
    ) -> None:
        wanted.check()
        self.workers = workers
        self._wanted = wanted
        self._waiter = waiter or Waiter()
        self._limits = limits
        self._base_url = base_url
        self._api = GithubApi(base_url, token, user_agent=user_agent, waiter=self._waiter, max_wait=max_wait, timeout=timeout)

    @property
    def request(self) -> str:
        wanted = self._wanted
        known = sorted(wanted.known)
        return json.dumps(
            [self._base_url, *map(sorted, (wanted.keywords, wanted.topics, wanted.repositories)), bool(known), wanted.first.isoformat()]
        )

    def find(self, asked: Collection[str], started: date) -> Iterator[Found]:
        if (named := tuple(Target(name) for name in (*self._wanted.repositories, *self._wanted.known))) and "named" not in asked:
            yield Found("named", named)
        queries = [f"topic:{topic}" for topic in self._wanted.topics]
        queries += [(f'"{word}"' if " " in word else word) + " in:name,description,readme" for word in self._wanted.keywords]
        for query in queries:
            yield from search(self._api, Slice(query, self._wanted.first, max(started, self._wanted.first)), asked)

    def fetch(self, target: Target, known: Known | None) -> Snapshot | Unchanged:
        etag = ""
        if not target.pushed_at:  # named, not found: nothing is known of it yet
            reply = self._api.get(f"/repos/{target.name}", etag=known.etag if known else "")
            if reply.status == 304:
                return Unchanged()
            told = target_of(reply.body)
            if told is None:
                raise TargetError("not_public")
            if told.name.lower() != target.name.lower():
                known = None  # renamed: what is held under the old name moves to the new one
            etag, target = reply.headers.get("etag", ""), told
        if known is not None and target.pushed_at and known.pushed_at == target.pushed_at:
            return Unchanged()
        selection, commit = self._read(target)
        if not commit:
            commit = self._commit(target)
        return Snapshot(
            name=target.name,
            revision=commit,
            licence=target.licence or selection.licence,
            files=selection.files,
            skipped=selection.skipped,
            etag=etag,
            pushed_at=target.pushed_at,
            url=target.url,
            identity=target.identity,
        )

    def counts(self) -> dict[str, float]:
        return {"requests": self._api.requests, "archives": self._api.archives, "waited_s": round(self._waiter.seconds, 1)}

    def close(self) -> None:
        self._waiter.stop()
        self._api.close()

    def _read(self, target: Target) -> tuple[Selection, str]:
        """The files that are kept and the commit. What is read of an archive that breaks off is thrown away."""
        for attempt in range(TRIES):
            selection = Selection()
            try:
                return selection, read_tar(self._api.archive(target.name, quote(target.ref, safe="/")), selection, self._limits)
            except ArchiveError as error:
                trouble: TargetError = error
            except TargetError as error:
                trouble = error
            if trouble.reason not in AGAIN or attempt == TRIES - 1:
                raise trouble
            if not self._waiter.wait(backoff(attempt), f"{target.name} did not come whole ({trouble.reason})"):
                raise SourceDown("stopped")
        raise AssertionError("the loop returns or raises")

    def _commit(self, target: Target) -> str:
        """For servers whose archives do not name their commit."""
        reply = self._api.get(f"/repos/{target.name}/commits/{quote(target.ref or 'HEAD', safe='')}")
        return str(reply.body.get("sha", "")) if isinstance(reply.body, dict) else ""
