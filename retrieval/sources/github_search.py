"""Finding repositories by GitHub's search, which shows at most 1,000 hits a query: a query with more is split by date, then by stars."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from retrieval.errors import SourceDown
from retrieval.sources.base import Found, Target, TargetError
from retrieval.sources.github_api import GithubApi, Reply

SHOWN = 1000
FOUNDED = date(2008, 1, 1)
MOST_STARS = 2**20
SPLIT = "split: "
INCOMPLETE_TRIES = 3


@dataclass(frozen=True, slots=True)
class Slice:
    """A query within days of creation and numbers of stars, both ends included. The day a repository was made never changes."""

    query: str
    first: date
    last: date
    fewest: int = 0
    most: int = MOST_STARS

    @property
    def text(self) -> str:
        stars = "" if (self.fewest, self.most) == (0, MOST_STARS) else f" stars:{self.fewest}..{self.most}"
        return f"{self.query} created:{self.first.isoformat()}..{self.last.isoformat()}{stars}"

    def halves(self) -> tuple[Slice, Slice] | None:
        """By days while there are several, then by stars; None where neither is left. Half the stars is half of their digits: few have many."""
        if self.first < self.last:
            middle = self.first + timedelta(days=(self.last - self.first).days // 2)
            return replace(self, last=middle), replace(self, first=middle + timedelta(days=1))
        if self.fewest < self.most:
            cut = max(self.fewest, min(self.most - 1, self.fewest if self.fewest == 0 else round((self.fewest * self.most) ** 0.5)))
            return replace(self, most=cut), replace(self, fewest=cut + 1)
        return None


def search(api: GithubApi, part: Slice, asked: Collection[str]) -> Iterator[Found]:
    """All that the slice holds, one `Found` for each query small enough to be shown. Those whose key is in `asked` are not asked again."""
    key = f"search: {part.text}"
    if key in asked:
        return
    halves = part.halves()
    if SPLIT + part.text in asked and halves is not None:
        for half in halves:
            yield from search(api, half, asked)
        return
    replies = api.pages("/search/repositories", {"q": part.text, "sort": "updated", "per_page": 100})
    try:
        first = _whole(api, next(replies), part)
    except TargetError as error:
        raise SourceDown(f"GitHub's search cannot be used: {error}") from error
    if first.body["total_count"] > SHOWN and halves is not None:
        yield Found(SPLIT + part.text)
        for half in halves:
            yield from search(api, half, asked)
        return
    reasons = ["search_cut"] if first.body["total_count"] > SHOWN else []
    targets: list[Target] = []
    try:
        for reply in (first, *replies):
            if reply.body.get("incomplete_results"):
                reasons.append("search_incomplete")
            targets += [target for item in reply.body.get("items", []) if (target := target_of(item)) is not None]
    except TargetError as error:
        raise SourceDown(f"GitHub's search cannot be used: {error}") from error
    yield Found(key, tuple(targets), tuple(reasons))


def target_of(item: Any) -> Target | None:
    """What a search hit or `GET /repos/...` tells of a repository; None for what is not one that can be read."""
    if not isinstance(item, dict) or not isinstance(item.get("full_name"), str) or item.get("private") or item.get("disabled"):
        return None
    licence = item.get("license")
    spdx = licence.get("spdx_id") if isinstance(licence, dict) else ""
    return Target(
        name=item["full_name"],
        licence=spdx if isinstance(spdx, str) and spdx != "NOASSERTION" else "",
        pushed_at=str(item.get("pushed_at") or ""),
        ref=str(item.get("default_branch") or ""),
        url=str(item.get("html_url") or ""),
        identity=str(item.get("id") or ""),
    )


def _whole(api: GithubApi, reply: Reply, part: Slice) -> Reply:
    """GitHub gives what it found in time and says so; asked again it often finds the rest."""
    for _ in range(INCOMPLETE_TRIES):
        if not isinstance(reply.body, dict) or not isinstance(reply.body.get("total_count"), int):
            raise TargetError("server_error", "the answer to a search is not one")
        if not reply.body.get("incomplete_results"):
            break
        reply = api.get("/search/repositories", {"q": part.text, "sort": "updated", "per_page": 100})
    return reply
