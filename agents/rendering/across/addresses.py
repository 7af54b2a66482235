"""Which schedulers we talk to, and by which certificates. Whoever reaches a Dask scheduler or worker runs code there, so strangers must not."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from agents.errors import ConfigurationError

IN_PROCESS = "local"
"""Instead of an address: scheduler and worker live in this process and listen on no port."""


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files: the authority that signed everybody who takes part, our certificate, its key. The authority must sign for nothing else."""

    ca: Path
    cert: Path
    key: Path


def check_address(address: str, tls: Tls | None) -> None:
    """Raises `ConfigurationError` for an address that is none, is open to a network, or lacks its certificates."""
    if address == IN_PROCESS:
        return
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or port is None or parts.scheme not in ("tls", "tcp") or parts.path or parts.query or parts.username:
        raise ConfigurationError(
            f"{address!r} is no scheduler: needed is {IN_PROCESS}, tls://HOST:PORT or, on this machine, tcp://127.0.0.1:PORT"
        )
    if parts.scheme == "tcp" and not is_loopback(host):
        raise ConfigurationError(f"refusing {address}: without TLS anyone on the network could run code there; use tls:// and certificates")
    if parts.scheme == "tls" and tls is None:
        raise ConfigurationError(f"{address} needs an authority, a certificate and a key (HISOLVER_RENDER_TLS_CA, _CERT and _KEY)")
    if tls is not None:
        for path in (tls.ca, tls.cert, tls.key):
            try:
                path.open("rb").close()
            except OSError as error:
                raise ConfigurationError(f"{path}, needed for TLS, cannot be read: {error.strerror}") from error


def is_loopback(host: str) -> bool:
    """Names are not resolved, since the answer could change."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def security(address: str, tls: Tls | None) -> Any:
    """Dask's `Security` for both roles: with TLS each side wants the other's certificate, and nothing goes in plain text."""
    from distributed.security import Security

    if tls is None or not address.startswith("tls://"):
        return Security(require_encryption=False)
    ca, cert, key = str(tls.ca), str(tls.cert), str(tls.key)
    return Security(
        require_encryption=True, tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, tls_worker_cert=cert, tls_worker_key=key
    )
