"""Who is calling: keys become owners, and a page of somebody else's cannot use an open server."""

from __future__ import annotations

import hashlib
import hmac

from starlette.datastructures import Headers

from server.openai.errors import ApiError
from server.settings import LOOPBACK_NAMES, Settings

OPEN_OWNER = "local"
_CHALLENGE = (("www-authenticate", "Bearer"),)


class Gate:
    """Checks keys in constant time. Where none is configured everybody is the one owner `local`."""

    def __init__(self, settings: Settings) -> None:
        self._digests = [_digest(key.get_secret_value()) for key in settings.api_keys]
        self._owners = ["k-" + hashlib.sha256(b"owner:" + digest).hexdigest()[:16] for digest in self._digests]
        self._check_host = not self._digests and not settings.allow_open
        self._hosts = {*LOOPBACK_NAMES, settings.host.lower(), f"[{settings.host.lower()}]", _host_of(settings.base_url)}

    @property
    def is_open(self) -> bool:
        return not self._digests

    def owner(self, headers: Headers) -> str:
        """The owner behind a request. Raises `ApiError` 401."""
        given = headers.getlist("authorization")
        if self.is_open:
            return OPEN_OWNER
        if not given:
            raise ApiError(401, "missing_api_key", "give a key: `Authorization: Bearer KEY`", headers=_CHALLENGE)
        if len(given) > 1:
            raise ApiError(401, "invalid_api_key", "there is more than one Authorization header", headers=_CHALLENGE)
        scheme, _, key = given[0].partition(" ")
        digest = _digest(key.strip()) if scheme.lower() == "bearer" else b""
        found = None
        for known, owner in zip(self._digests, self._owners, strict=True):
            if hmac.compare_digest(known, digest):  # no early exit: the time tells nothing about which key is near
                found = owner
        if found is None:
            raise ApiError(401, "invalid_api_key", "this key is not known here", headers=_CHALLENGE)
        return found

    def holder(self, headers: Headers) -> str | None:
        """The owner for reading an artifact: None without a key, because its id is a secret of its own (a player or a link sends no header)."""
        return None if self.is_open or "authorization" not in headers else self.owner(headers)

    def check_host(self, headers: Headers) -> None:
        """On an open server, refuses names that a stranger's page could have bound to our address (DNS rebinding). Raises `ApiError` 403."""
        if self._check_host and (name := _host_of(headers.get("host", ""))) not in self._hosts:
            raise ApiError(
                403,
                "unknown_host",
                f"this server has no keys and does not answer to {name[:80]!r}; set HISOLVER_API_KEYS or HISOLVER_PUBLIC_URL",
            )

    def check_content_type(self, headers: Headers) -> None:
        """On an open server, a body must call itself JSON: browsers let strange pages send any other type without asking. Raises `ApiError` 415."""
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if self.is_open and kind != "application/json":
            raise ApiError(415, "unsupported_media_type", "send the request as `Content-Type: application/json`")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def _host_of(value: str) -> str:
    """The host of a Host header or URL, in lower case and without its port."""
    value = value.lower().split("://")[-1].split("/")[0]
    if value.startswith("["):
        return value.partition("]")[0] + "]"
    return value.partition(":")[0]
