"""The github source against a server that speaks GitHub's API: what is asked, how often, and what every fault comes to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from retrieval.collect import collect
from retrieval.errors import CredentialsError, RequestError, SourceDown
from retrieval.opt_out import OptOut
from retrieval.sources.archive import Limits
from retrieval.sources.github import GithubSource, Wanted
from retrieval.sources.github_search import FOUNDED, Slice
from retrieval.sources.waiting import Waiter, backoff, limit_wait
from retrieval.store import read_corpus, read_repositories
from tests.retrieval.github_server import FakeRepository, Fault, GithubServer, many

SCENE = b"from manim import *\n\n\nclass A(Scene):\n    def construct(self):\n        self.add(Square())\n"


def repository(name: str = "ann/manim-one", **fields: Any) -> FakeRepository:
    return FakeRepository(name, {"a.py": SCENE, "lib/b.py": b"X = 1\n", "README.md": b"manim"}, **fields)


def run(
    server: GithubServer,
    folder: Path,
    *,
    wanted: Wanted | None = None,
    token: str = "",
    scale: float = 0.0,
    waiter: Waiter | None = None,
    opt_out: tuple[str, ...] = (),
    again: bool = False,
    limit: int | None = None,
    **options: Any,
) -> dict[str, Any]:
    source = GithubSource(
        wanted or Wanted(keywords=(), topics=("manim",)),
        user_agent="hisolver-test",
        base_url=server.url,
        token=token,
        waiter=waiter or Waiter(scale=scale),
        **options,
    )
    return collect(source, folder, opt_out=OptOut(list(opt_out)), again=again, limit=limit)


def paths(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in read_corpus(folder):
        found.setdefault(file.repository.name, []).append(file.path)
    return found


def reasons(folder: Path) -> dict[str, tuple[str, str]]:
    return {row.name: (row.state, row.reason) for row in read_repositories(folder)}


@contextmanager
def serving(*repositories: FakeRepository, **options: Any) -> Iterator[GithubServer]:
    with GithubServer(list(repositories) or [repository()], **options) as server:
        yield server


def test_one_archive_brings_licence_commit_and_every_python_file(tmp_path: Path) -> None:
    with serving() as server:
        summary = run(server, tmp_path)
        [row] = read_repositories(tmp_path)
        one = server.repositories["ann/manim-one"]
    assert paths(tmp_path) == {"ann/manim-one": ["a.py", "lib/b.py"]}
    assert (row.licence, row.revision, row.pushed_at, row.url) == ("MIT", one.commit, one.pushed_at, "https://github.com/ann/manim-one")
    assert len(server.paths("/repos/")) == 1 and server.archives == {"ann/manim-one": 1}, "no call a file"
    assert summary["repositories"] == {"collected": 1} and summary["files"] == 2 and summary["requests"] == 2


def test_we_say_who_we_are_and_the_token_goes_to_the_api_alone(tmp_path: Path) -> None:
    with serving(token="s3cret") as server:
        run(server, tmp_path, token="s3cret")
        asked = dict(server.seen)
    assert {headers["user-agent"] for headers in asked.values()} == {"hisolver-test"}
    with_token = {path for path, headers in asked.items() if "s3cret" in headers.get("authorization", "")}
    assert with_token == {path for path in asked if "legacy.tar.gz" not in path} and len(with_token) == 2


def test_nothing_is_fetched_again_until_it_was_pushed(tmp_path: Path) -> None:
    with serving(repository(), repository("bob/manim-two")) as server:
        run(server, tmp_path)
        before = (tmp_path / "corpus.sqlite").read_bytes()
        assert run(server, tmp_path)["repositories"] == {"unchanged": 2}
        assert (tmp_path / "corpus.sqlite").read_bytes() == before, "a run that brings nothing writes nothing"
        two = server.repositories["bob/manim-two"]
        two.files["new.py"], two.pushed_at, two.archive = SCENE, "2026-05-05T05:05:05Z", None
        assert run(server, tmp_path)["repositories"] == {"collected": 1, "unchanged": 1}
    assert server.archives == {"ann/manim-one": 1, "bob/manim-two": 2}
    assert paths(tmp_path)["bob/manim-two"] == ["a.py", "lib/b.py", "new.py"]


def test_a_named_repository_is_asked_for_with_its_etag(tmp_path: Path) -> None:
    wanted = Wanted(keywords=(), topics=(), repositories=("ann/manim-one",))
    shouted = Wanted(keywords=(), topics=(), repositories=("ANN/Manim-One",))
    with serving() as server:
        assert run(server, tmp_path, wanted=shouted)["repositories"] == {"collected": 1}
        used = server.used
        assert run(server, tmp_path, wanted=shouted)["repositories"] == {"unchanged": 1}
        assert run(server, tmp_path, wanted=wanted)["repositories"] == {"unchanged": 1}
        assert server.used == used, "GitHub counts no 304"
        assert "if-none-match" in server.seen[-1][1]
        server.repositories["ann/manim-one"].stars = 99  # another etag, nothing pushed
        assert run(server, tmp_path, wanted=wanted)["repositories"] == {"unchanged": 1}
        assert run(server, tmp_path, wanted=wanted, again=True)["repositories"] == {"collected": 1}
    assert server.archives == {"ann/manim-one": 2}


def test_all_pages_are_read_and_nothing_is_found_twice(tmp_path: Path) -> None:
    with serving(*many(230, 1)) as server:
        summary = run(server, tmp_path, wanted=Wanted(keywords=("manim",), topics=("manim",)))
    assert summary["repositories"] == {"collected": 230} and sum(server.archives.values()) == 230
    assert len(server.paths("/search/")) == 6


def test_github_enterprise_is_a_base_url(tmp_path: Path) -> None:
    named = Wanted(keywords=(), topics=("manim",), repositories=("old/name",))
    with serving(*many(120, 1), prefix="/api/v3") as server:
        server.renamed = {"old/name": "owner3/manim-3"}
        assert run(server, tmp_path, wanted=named)["repositories"]["collected"] >= 120 and len(paths(tmp_path)) == 120
        assert len(server.paths(r"^/api/v3/search/")) == 2
        server.url = server.url.removesuffix("/api/v3")
        with pytest.raises(SourceDown, match="search cannot be used: not_found"):
            run(server, tmp_path / "other")


def test_more_hits_than_github_shows_are_split_by_date_then_by_stars(tmp_path: Path) -> None:
    day = date(2023, 1, 1)
    crowd = [repository(f"x/manim-{n}", created=day + timedelta(days=n % 300), stars=n % 50) for n in range(1300)]
    same_day = [repository(f"y/manim-{n}", created=date(2024, 2, 2), stars=n % 40) for n in range(1500)]
    with serving(*crowd, *same_day) as server:
        source = GithubSource(Wanted(keywords=(), topics=("manim",)), user_agent="t", base_url=server.url, waiter=Waiter(scale=0))
        founds = list(source.find((), date(2026, 1, 1)))
        named = [target.name for found in founds for target in found.targets]
        assert len(named) == len(set(named)) == 2800 and not any(found.reasons for found in founds)
        # what was answered before is not asked again, whatever was split on the way
        before = len(server.paths("/search/"))
        asked = {found.key for found in founds}
        assert list(source.find(asked, date(2026, 1, 1))) == [] and len(server.paths("/search/")) == before


def test_a_crowd_that_cannot_be_split_is_cut_and_counted() -> None:
    twins = [repository(f"x/manim-{n}", created=date(2024, 2, 2), stars=3) for n in range(1100)]
    with serving(*twins) as server:
        source = GithubSource(Wanted(keywords=(), topics=("manim",)), user_agent="t", base_url=server.url, waiter=Waiter(scale=0))
        founds = list(source.find((), date(2026, 1, 1)))
    assert sum(len(found.targets) for found in founds) == 1000
    assert [reason for found in founds for reason in found.reasons] == ["search_cut"]


def test_halves_hold_all_of_the_whole_once() -> None:
    parts = [Slice("q", FOUNDED, date(2008, 1, 5), 0, 9)]
    cells: list[tuple[date, int]] = []
    while parts:
        part = parts.pop()
        halves = part.halves()
        if halves is None:
            cells.append((part.first, part.fewest))
        else:
            parts += halves
    assert sorted(cells) == [(FOUNDED + timedelta(days=day), stars) for day in range(5) for stars in range(10)]


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        (Fault("/repos/", 403, 2, {"Retry-After": "17"}, "You have exceeded a secondary rate limit"), 34),
        (Fault("/repos/", 429, 1, {"Retry-After": "9"}), 9),
        (Fault("/repos/", 403, 1, {}, "You have exceeded a secondary rate limit. Please wait a few minutes."), 60),
        (Fault("/repos/", 429, 2), 120),
        (Fault("/search/", 403, 1, {"Retry-After": "5"}), 5),
        (Fault("/search/", 502, 2), 1),
        (Fault("/repos/", 500, 3), 1.5),  # three targets may fail once each, at half a second or more
        (Fault("/repos/", "reset", 2), 1),
        (Fault("/search/", "cut", 2), 1),
        (Fault("/search/", "json", 2), 1),
        (Fault("/search/", "incomplete", 2), 0),
        (Fault("legacy.tar.gz", "cut", 2), 1),
        (Fault("legacy.tar.gz", "reset", 2), 1),
        (Fault("legacy.tar.gz", 503, 2), 1),
        (Fault("legacy.tar.gz", 429, 1, {"Retry-After": "11"}), 11),
    ],
    ids=lambda value: f"{value.path}-{value.kind}-{len(value.headers)}" if isinstance(value, Fault) else "",
)
def test_what_passes_is_waited_for(tmp_path: Path, fault: Fault, least: float) -> None:
    with serving(*many(3, 4)) as server:
        server.faults = [fault]
        summary = run(server, tmp_path)
    assert summary["repositories"] == {"collected": 3} and summary["files"] == 12 and fault.times == 0
    assert summary["waited_s"] >= least


def test_the_primary_limit_is_waited_for_until_its_reset(tmp_path: Path) -> None:
    with serving(*many(8, 2), core=4, window_s=2) as server:
        summary = run(server, tmp_path, scale=1.0)
    assert summary["repositories"] == {"collected": 8} and summary["waited_s"] >= 2
    assert len(server.seen) <= 8 + 9 + 3, "it does not knock while the door is closed"


def test_a_wait_that_is_too_long_ends_the_run_and_the_next_one_goes_on(tmp_path: Path) -> None:
    with serving(*many(8, 2), core=5, window_s=3600) as server:
        with pytest.raises(SourceDown, match="the same command goes on later"):
            run(server, tmp_path, max_wait=60)
        assert 0 < len(paths(tmp_path)) < 8
        server.limit = 5000
        assert run(server, tmp_path)["repositories"] == {"collected": 8 - 4}
    assert len(paths(tmp_path)) == 8 and sum(server.archives.values()) == 8 and len(server.paths("/search/")) == 1


def test_a_limit_that_never_ends_is_told(tmp_path: Path) -> None:
    with serving() as server:
        server.faults = [Fault("/search/", 403, 99, {"Retry-After": "30"}, "secondary rate limit")]
        with pytest.raises(SourceDown, match="keeps asking to slow down"):
            run(server, tmp_path)


@pytest.mark.parametrize(
    ("given", "words"), [("wrong", "HISOLVER_GITHUB_TOKEN: it is wrong or has expired"), ("", "set HISOLVER_GITHUB_TOKEN")]
)
def test_a_token_that_is_not_taken_names_the_setting_and_not_the_token(tmp_path: Path, given: str, words: str) -> None:
    with serving(token="right") as server:
        if not given:
            server.faults = [Fault("/search/", 401, 1, {}, "Requires authentication")]
        with pytest.raises(CredentialsError, match=words) as caught:
            run(server, tmp_path, token=given)
    assert len(server.seen) == 1 and (not given or given not in caught.value.message.replace("it is wrong or", ""))


def test_a_token_that_expires_on_the_way_loses_nothing(tmp_path: Path) -> None:
    with serving(*many(6, 2), token="right") as server:
        server.faults = [Fault(r"/repos/owner3/", 401, 99)]
        with pytest.raises(CredentialsError):
            run(server, tmp_path, token="right")
        server.faults = []
        run(server, tmp_path, token="right")
    assert len(paths(tmp_path)) == 6 and all(count <= 2 for count in server.archives.values())


@pytest.mark.parametrize(
    ("fault", "state", "reason"),
    [
        (Fault("/repos/bob", 404, 1), "gone", "not_found"),
        (Fault("/repos/bob", 451, 1, {}, "Repository access blocked"), "gone", "unavailable_for_legal_reasons"),
        (Fault("/repos/bob", 403, 1, {}, "Repository access blocked"), "failed", "forbidden"),
        (Fault("/repos/bob", 409, 1, {}, "Git Repository is empty."), "failed", "empty_repository"),
        (Fault("/repos/bob", 500, 99), "failed", "server_error"),
        (Fault("bob.*legacy", 404, 1), "gone", "not_found"),
        (Fault("bob.*legacy", "cut", 99), "failed", "archive_truncated"),
        (Fault("bob.*legacy", "reset", 99), "failed", "connection"),
        (Fault("bob.*legacy", "redirect", 99), "failed", "server_error"),
        (Fault("bob.*legacy", "redirect", 99, {}, "ftp://127.0.0.1/x"), "failed", "server_error"),
    ],
    ids=lambda value: f"{value.path}-{value.kind}" if isinstance(value, Fault) else str(value),
)
def test_one_repository_that_fails_is_counted_with_its_reason(tmp_path: Path, fault: Fault, state: str, reason: str) -> None:
    with serving(repository(), repository("bob/manim-two"), repository("cyd/manim-three")) as server:
        server.faults = [fault]
        summary = run(server, tmp_path)
    assert summary["repositories"] == {"collected": 2, state: 1} and summary["reasons"] == {reason: 1}
    assert reasons(tmp_path)["bob/manim-two"] == (state, reason) and set(paths(tmp_path)) == {"ann/manim-one", "cyd/manim-three"}


def test_an_answer_that_never_ends_is_given_up(tmp_path: Path) -> None:
    with serving() as server:
        server.faults = [Fault("legacy", "slow", 99)]
        assert run(server, tmp_path, timeout=1)["reasons"] == {"timeout": 1}
        server.faults = [Fault("/repos/", "slow", 1), Fault("/search/", "slow", 1)]
        assert run(server, tmp_path, timeout=1)["repositories"] == {"collected": 1}


def test_a_taken_down_repository_takes_its_files_with_it_and_a_deleted_one_does_not(tmp_path: Path) -> None:
    named = Wanted(keywords=(), topics=(), repositories=("ann/manim-one", "bob/manim-two"))
    with serving(repository(), repository("bob/manim-two")) as server:
        run(server, tmp_path, wanted=named)
        server.faults = [Fault("/repos/ann", 404), Fault("/repos/bob", 451)]
        assert run(server, tmp_path, wanted=named)["repositories"] == {"gone": 2}
    assert set(paths(tmp_path)) == {"ann/manim-one"}


def test_a_renamed_repository_is_followed_and_held_once(tmp_path: Path) -> None:
    named = Wanted(keywords=(), topics=(), repositories=("ann/manim-one",))
    with serving() as server:
        run(server, tmp_path, wanted=named)
        one = server.repositories.pop("ann/manim-one")
        one.full_name, server.renamed = "zoe/manim-uno", {"ann/manim-one": "zoe/manim-uno"}
        server.repositories["zoe/manim-uno"], one.archive = one, None
        run(server, tmp_path, wanted=named)
        assert set(reasons(tmp_path)) == {"zoe/manim-uno"}
        run(server, tmp_path)  # found by its new name
    assert paths(tmp_path) == {"zoe/manim-uno": ["a.py", "lib/b.py"]}


def test_a_rename_that_a_search_tells_of_leaves_no_double(tmp_path: Path) -> None:
    with serving() as server:
        run(server, tmp_path)
        one = server.repositories.pop("ann/manim-one")
        one.full_name, one.archive = "zoe/manim-uno", None
        server.repositories["zoe/manim-uno"] = one
        run(server, tmp_path)
    assert paths(tmp_path) == {"zoe/manim-uno": ["a.py", "lib/b.py"]}


def test_licences_without_a_name_are_read_from_the_file_or_counted(tmp_path: Path) -> None:
    text = b"MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this software"
    with_file = repository("b/manim-b", licence="NOASSERTION")
    with_file.files["LICENSE"] = text
    copied = repository("d/manim-d", licence=None)
    copied.files["vendor/LICENSE"] = text
    with serving(repository("a/manim-a", licence=None), with_file, repository("c/manim-c", licence="GPL-3.0"), copied) as server:
        summary = run(server, tmp_path)
    licences = {row.name: row.licence for row in read_repositories(tmp_path)}
    assert licences == {"a/manim-a": "", "b/manim-b": "MIT", "c/manim-c": "GPL-3.0", "d/manim-d": ""}
    assert summary["reasons"] == {"without_licence": 2}


def test_private_and_empty_repositories_and_archives_without_a_commit(tmp_path: Path) -> None:
    no_comment = repository("c/manim-c", comment=False)
    nothing = FakeRepository("b/manim-b", {"a.py": b"import numpy\n"})
    with serving(repository("a/manim-a", private=True), nothing, no_comment, token="t") as server:
        summary = run(server, tmp_path, token="t", wanted=Wanted(keywords=(), topics=("manim",), repositories=("a/manim-a",)))
        assert next(row.revision for row in read_repositories(tmp_path) if row.name == "c/manim-c") == no_comment.commit
    assert reasons(tmp_path) == {"a/manim-a": ("gone", "not_public"), "b/manim-b": ("empty", ""), "c/manim-c": ("collected", "")}
    assert summary["repositories"] == {"collected": 1, "empty": 1, "gone": 1}


def test_a_bomb_ends_one_repository_only(tmp_path: Path) -> None:
    bomb = repository("b/manim-b")
    bomb.files["zeros.bin"] = b"\0" * (8 * 2**20)
    with serving(repository("a/manim-a"), bomb) as server:
        run(server, tmp_path, limits=Limits(total_bytes=2**20))
    assert reasons(tmp_path) == {"a/manim-a": ("collected", ""), "b/manim-b": ("failed", "archive_bomb")}


def test_who_opted_out_is_not_asked_for_and_what_we_had_is_dropped(tmp_path: Path) -> None:
    with serving(repository("ann/manim-one"), repository("Bob/manim-two"), repository("cyd/manim-x")) as server:
        run(server, tmp_path, opt_out=("cyd/*",))
        assert set(paths(tmp_path)) == {"ann/manim-one", "Bob/manim-two"} and not server.paths("cyd")
        run(server, tmp_path, opt_out=("bob/manim-two", "cyd/*"))
    assert set(paths(tmp_path)) == {"ann/manim-one"}
    assert reasons(tmp_path)["Bob/manim-two"] == ("refused", "opted_out") and server.archives["Bob/manim-two"] == 1


def test_the_api_is_asked_one_question_at_a_time_and_archives_a_few(tmp_path: Path) -> None:
    with serving(*many(12, 2), archive_delay=0.1) as server:
        run(server, tmp_path, workers=3)
        assert 2 <= server.most_at_once <= 4


def test_a_server_that_is_gone_ends_the_run_and_what_was_there_is_kept(tmp_path: Path) -> None:
    with serving(*many(40, 2)) as server:
        server.faults = [Fault("legacy", 503, 999)]
        with pytest.raises(SourceDown, match="one after the other"):
            run(server, tmp_path)
        server.faults = []
        summary = run(server, tmp_path)
        assert len(paths(tmp_path)) == 40 and len(server.paths("/search/")) == 1
        assert summary["repositories"] == {"collected": 40}
    with pytest.raises(SourceDown, match="search cannot be used"):
        run(server, tmp_path / "other")


def test_a_limit_of_repositories_leaves_the_rest_to_the_next_run(tmp_path: Path) -> None:
    with serving(*many(9, 2)) as server:
        for count in (4, 8, 9):
            run(server, tmp_path, limit=4)
            assert len(paths(tmp_path)) == count
        assert len(server.paths("/search/")) == 1


@pytest.mark.parametrize(
    "make",
    [
        lambda: Wanted(repositories=("not-a-name",)).check(),
        lambda: Wanted(repositories=("a/../b",)).check(),
        lambda: Wanted(repositories=("a/..",)).check(),
        lambda: Wanted(keywords=("x:y or 1",)).check(),
        lambda: GithubSource(Wanted(), user_agent="t", base_url="ftp://x"),
        lambda: GithubSource(Wanted(), user_agent="t", base_url="https://user:pw@host/"),
    ],
)
def test_what_cannot_be_asked_is_told_before_anything_is(make: Callable[[], object]) -> None:
    with pytest.raises(RequestError):
        make()


def test_waits_follow_githubs_rules() -> None:
    assert limit_wait(200, {}, "", 0) is None and limit_wait(403, {}, "Resource not accessible", 0) is None
    assert (limit_wait(429, {}, "", 0) or 0) >= 60 and 20 <= (limit_wait(403, {"retry-after": "20"}, "", 0) or 0) <= 21
    reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1050"}
    assert 51 <= (limit_wait(403, reset, "", 0, clock=lambda: 1000.0) or 0) <= 52
    dated = {"retry-after": "Thu, 01 Jan 1970 00:20:00 GMT"}
    assert limit_wait(429, dated, "", 0, clock=lambda: 1190.0) == pytest.approx(11)
    assert [0.5 * 2**n <= backoff(n) <= 2**n for n in range(5)] == [True] * 5 and backoff(99) <= 120
    assert len({backoff(3) for _ in range(9)}) > 1, "clients must part"


def test_ctrl_c_ends_a_wait() -> None:
    waiter = Waiter()
    waiter.stop()
    begun = time.monotonic()
    assert not waiter.wait(60, "x") and time.monotonic() - begun < 1
