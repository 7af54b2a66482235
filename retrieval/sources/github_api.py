"""One client of GitHub's REST API, through PyGithub: one request at a time, as GitHub asks of clients, with every limit it sets waited for.

PyGithub carries the token, the base URL and the redirects of renamed repositories; its own retries are off, since they wait for a limit of any
length, take no 429 without `retry-after`, and cannot be stopped.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from retrieval.errors import CredentialsError, RequestError, SourceDown
from retrieval.sources.archive import CHUNK
from retrieval.sources.base import TargetError
from retrieval.sources.waiting import Waiter, backoff, limit_wait

if TYPE_CHECKING:
    import requests

TOKEN_SETTING = "HISOLVER_GITHUB_TOKEN"  # noqa: S105 - the name of a setting
TIMEOUT_S = 30
ARCHIVE_S = 900.0
"""Seconds that one archive may take, so that a server that sends a byte a second ends too."""
REDIRECTS = 4
GONE = {404: "not_found", 410: "not_found", 451: "unavailable_for_legal_reasons", 409: "empty_repository"}


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is None for 304 and for redirects; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: Any


class GithubApi:
    """Not to be shared by processes; may be by threads. `max_wait` is the longest single wait in seconds that it accepts."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        user_agent: str,
        waiter: Waiter,
        max_wait: float = 3900.0,
        tries: int = 6,
        timeout: int = TIMEOUT_S,
    ) -> None:
        import github
        import requests

        if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname or urlsplit(base_url).username:
            raise RequestError(f"{base_url!r} is no base URL of a GitHub API, such as https://api.github.com or https://HOST/api/v3")
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._github = github.Github(
            auth=github.Auth.Token(token) if token else None,
            base_url=self._base_url,
            user_agent=user_agent,
            per_page=100,
            retry=None,
            timeout=timeout,
            seconds_between_requests=None,
        )
        self._waiter = waiter
        self._max_wait = max_wait
        self._tries = tries
        self._timeout = timeout
        self._lock = threading.Lock()
        self._closed_until: dict[str, float] = {}
        self._downloads = requests.Session()
        self._downloads.auth = _no_netrc
        self._downloads.headers["User-Agent"] = user_agent
        self.requests = 0
        self.archives = 0

    def close(self) -> None:
        self._github.close()
        self._downloads.close()

    def get(self, url: str, parameters: Mapping[str, str | int] | None = None, *, etag: str = "") -> Reply:
        """One GET, waited for and tried again as needed. `url` starts with "/", or is one that the API gave.

        Raises `CredentialsError`, `SourceDown` (a limit beyond `max_wait`, or nothing but failures), `TargetError` (404, 451, 409, 403).
        """
        resource = "search" if "/search/" in url else "core"
        headers = {"If-None-Match": etag} if etag else {}
        trouble = ""
        limited = False
        attempt = 0
        while attempt < self._tries:
            with self._lock:  # held while waiting too: a limit is everybody's
                self._pause(self._closed_until.get(resource, 0) - time.time(), f"GitHub's {resource} limit is used up")
                reply, trouble = self._once(url, parameters, dict(headers))
                if reply is not None:
                    self._note_limit(reply, resource)
                    if reply.status < 400:
                        return reply
                    message = _message(reply.body)
                    seconds = limit_wait(reply.status, reply.headers, message, attempt)
                    limited = seconds is not None
                    if seconds is not None:
                        trouble = f"{reply.status} {message}"[:200]
                        self._pause(seconds, f"GitHub asks to slow down ({reply.status})")
                        attempt += 1
                        continue
                    self._refuse(reply, message)
                    trouble = f"{reply.status} {message}"[:200]
            attempt += 1
            if attempt < self._tries:
                self._pause(backoff(attempt - 1), f"GitHub did not answer as it should ({trouble})")
        if limited:
            raise SourceDown(f"GitHub keeps asking to slow down ({trouble}); the same command goes on later")
        raise TargetError("server_error", trouble)

    def pages(self, url: str, parameters: Mapping[str, str | int]) -> Iterator[Reply]:
        """The replies of a listing, following its `Link` headers. Raises as `get` does."""
        import requests

        reply = self.get(url, parameters)
        yield reply
        while True:
            links = requests.utils.parse_header_links(reply.headers.get("link", ""))
            following = next((link["url"] for link in links if link.get("rel") == "next"), "")
            if not following:
                return
            # only what stands behind the host is taken: the token goes to the configured host and nowhere else
            reply = self.get(following)
            yield reply

    def archive(self, full_name: str, ref: str) -> Iterator[bytes]:
        """The repository's tarball as it comes in. The link is fetched through the API, the bytes from where it points, without the token.

        Raises as `get` does, and `TargetError` ("connection", "timeout", "server_error") where the download fails.
        """
        reply = self.get(f"/repos/{full_name}/tarball/{ref}" if ref else f"/repos/{full_name}/tarball")
        url = reply.headers.get("location", "")
        if not url:
            raise TargetError("server_error", "the archive has no address")
        yield from self._download(urljoin(self._base_url + "/", url))

    def _download(self, url: str) -> Iterator[bytes]:
        import requests
        import urllib3

        self.archives += 1
        deadline = time.monotonic() + ARCHIVE_S
        try:
            with self._follow(url) as response:
                if response.status_code != 200:
                    after = limit_wait(response.status_code, _lower(response.headers), "", 0)
                    if after is not None:
                        self._pause(after, f"GitHub's archive server asks to slow down ({response.status_code})")
                    raise TargetError(GONE.get(response.status_code, "server_error"), f"the archive: {response.status_code}")
                for chunk in response.raw.stream(CHUNK, decode_content=False):
                    if time.monotonic() > deadline or self._waiter.stopped:
                        raise TargetError("timeout", f"the archive took more than {ARCHIVE_S:.0f} s")
                    yield chunk
        except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
            raise TargetError("timeout", type(error).__name__) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise TargetError("connection", type(error).__name__) from error

    def _follow(self, url: str) -> requests.Response:
        """Follows redirects itself: never from https to anything less, never many."""
        secure = self._base_url.startswith("https://")
        for _ in range(REDIRECTS):
            if urlsplit(url).scheme not in (("https",) if secure else ("https", "http")):
                raise TargetError("server_error", "the archive's address is not one to follow")
            response = self._downloads.get(url, stream=True, timeout=self._timeout, allow_redirects=False)
            if response.status_code not in (301, 302, 303, 307, 308):
                return response
            url = urljoin(url, response.headers.get("location", ""))
            response.close()
        raise TargetError("server_error", "the archive is redirected without end")

    def _once(self, url: str, parameters: Mapping[str, str | int] | None, headers: dict[str, str]) -> tuple[Reply | None, str]:
        """The reply, or None and what happened instead."""
        import requests

        self.requests += 1
        try:
            status, found, text = self._github.requester.requestJson("GET", url, dict(parameters or {}), headers)
        except (requests.RequestException, OSError) as error:
            return None, type(error).__name__
        except RuntimeError as error:  # PyGithub's word for a redirect to another host, or one without end
            raise TargetError("redirected", str(error)[:200]) from error
        lowered = _lower(found)
        if status in (302, 304, 307) or not text.strip():
            return Reply(status, lowered, None), ""
        try:
            return Reply(status, lowered, json.loads(text)), ""
        except ValueError:
            return (Reply(status, lowered, None), "") if status >= 400 else (None, "an answer that is cut short")

    def _note_limit(self, reply: Reply, resource: str) -> None:
        """Nothing is asked once nothing remains: those requests would count against us."""
        reset = reply.headers.get("x-ratelimit-reset", "")
        if reply.headers.get("x-ratelimit-remaining") == "0" and reset.isdigit() and reply.status < 400:
            self._closed_until[resource] = float(reset) + 1

    def _refuse(self, reply: Reply, message: str) -> None:
        """Raises for what another try would not mend."""
        if reply.status == 401:
            if self._token:
                raise CredentialsError(
                    f"{self._base_url} does not take the token of {TOKEN_SETTING}: it is wrong or has expired ({message})"
                )
            raise CredentialsError(f"{self._base_url} wants a token; set {TOKEN_SETTING}")
        if reply.status in GONE:
            raise TargetError(GONE[reply.status], message, forget=reply.status == 451)
        if reply.status == 403:
            raise TargetError("forbidden", message)
        if reply.status == 422:
            raise RequestError(f"GitHub does not understand the search: {message}")
        if reply.status < 500:
            raise TargetError("refused", f"{reply.status} {message}")

    def _pause(self, seconds: float, why: str) -> None:
        if seconds <= 0:
            return
        if seconds > self._max_wait:
            raise SourceDown(
                f"{why}, for {seconds:.0f} s more, and at most {self._max_wait:.0f} s were allowed; the same command goes on later"
            )
        if not self._waiter.wait(seconds, why):
            raise SourceDown("stopped")


def _no_netrc(request: Any) -> Any:
    return request


def _lower(headers: Mapping[str, Any]) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _message(body: Any) -> str:
    return str(body.get("message", ""))[:200] if isinstance(body, dict) else ""
