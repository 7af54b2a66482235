"""A Label Studio on this machine, for one corpus: started from `.venv-labels`, with SQLite, its files served, and nothing told to anybody."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import socket
import stat
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import ConfigurationError, RetrievalError, StorageError
from retrieval.labels.client import SET_UP

if TYPE_CHECKING:
    from server.settings import Settings

logger = logging.getLogger(__name__)

FIRST_START_S = 900.0
"""The first start makes the database: half a minute on two free cores, much more on busy ones."""
STOP_S = 10.0
LAST_WORDS = 600
_UNTIL_WE_END = "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])"
"""PR_SET_PDEATHSIG, SIGKILL: the server goes when we are killed, and does not hold its port against the next start."""


@dataclass(frozen=True, slots=True)
class Login:
    """`login.json` in the server's folder, readable by its owner only: where it is, and who we are there."""

    url: str
    key: str
    email: str
    password: str
    corpus: str


def login_file(settings: Settings) -> Path:
    return settings.data_dir / "label-studio" / "login.json"


def read_login(settings: Settings) -> Login | None:
    """The login of the server that `start` runs; None where it never ran. Raises `ConfigurationError` for a file that cannot be used."""
    path = login_file(settings)
    try:
        return Login(**json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{path} cannot be read ({type(error).__name__})") from error


def labels_python(settings: Settings) -> Path:
    """The interpreter with Label Studio's SDK: the setting, or that of `.venv-labels` beside our own environment or in the working folder."""
    if settings.labels_python is not None:
        return settings.labels_python
    beside = Path(sys.prefix).parent / ".venv-labels" / "bin" / "python"
    return beside if beside.exists() else Path.cwd() / ".venv-labels" / "bin" / "python"


def server_environment(folder: Path, corpus: Path, login: Login) -> dict[str, str]:
    """All that the server gets of an environment. Its first user comes this way too: a password on a command line is everybody's to read."""
    return {
        "PATH": os.defpath,
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder),
        "LABEL_STUDIO_LOCAL_FILES_SERVING_ENABLED": "true",
        "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT": str(corpus),
        "LABEL_STUDIO_USERNAME": login.email,
        "LABEL_STUDIO_PASSWORD": login.password,
        "LABEL_STUDIO_USER_TOKEN": login.key,
        "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",
        "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
        "LABEL_STUDIO_COLLECT_ANALYTICS": "false",
        "COLLECT_ANALYTICS": "false",
        "LABEL_STUDIO_LATEST_VERSION_CHECK": "false",
        "LABEL_STUDIO_FEATURE_FLAGS_OFFLINE": "true",
        "LABEL_STUDIO_SENTRY_DSN": "",
        "LABEL_STUDIO_FRONTEND_SENTRY_DSN": "",
        "LABEL_STUDIO_DEBUG": "false",
    }


async def start_job(corpus: Path | None, *, port: int, host: str, email: str) -> int:
    """Runs the server until it is stopped. Raises `ConfigurationError`, `StorageError`, or `RetrievalError` where it does not come up."""
    from server.corpus.labelling import corpus_folder
    from server.settings import load_settings

    settings = load_settings()
    folder = corpus_folder(corpus, settings)
    async with running(settings, folder, host=host, port=port, email=email) as login:
        sys.stdout.write(
            f"Label Studio serves {folder} at {login.url}; log in as {login.email} with the password in {login_file(settings)}\n"
        )
        sys.stdout.flush()
        await asyncio.Event().wait()
    return 0


@contextlib.asynccontextmanager
async def running(settings: Settings, corpus: Path, *, host: str, port: int, email: str) -> AsyncIterator[Login]:
    """The server while the context lasts; gives its `Login` once it answers. Raises as `start_job` does."""
    home = login_file(settings).parent
    program = labels_python(settings).with_name("label-studio")
    if not program.is_file():
        raise ConfigurationError(f"Label Studio is not installed (there is no {program}); install it with `{SET_UP}`")
    await asyncio.to_thread(_require_free, host, port)
    login = await asyncio.to_thread(_prepare, settings, home, corpus, _url(host, port), email)
    listen = ("--internal-host", host, "--port", str(port))
    with (home / "server.log").open("ab") as log:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _UNTIL_WE_END, str(program), "start", "--no-browser", "--log-level", "WARNING", *listen),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=server_environment(home, corpus, login),
            cwd=home,
            start_new_session=True,
        )
    ended = asyncio.create_task(child.wait())
    try:
        await _answers(login.url, ended, home / "server.log")
        yield login
    finally:
        await _stop(child, ended)


def _url(host: str, port: int) -> str:
    host = "127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _require_free(host: str, port: int) -> None:
    """Label Studio would take another port without a word, where nobody finds it."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        raise ConfigurationError(
            f"{host}:{port} cannot be listened on ({error.strerror}); is a Label Studio running there already? Else use --port"
        ) from error


def _prepare(settings: Settings, home: Path, corpus: Path, url: str, email: str) -> Login:
    """The folders and the login: that of the first start, at the present address."""
    known = read_login(settings)
    login = Login(
        url=url,
        key=known.key if known else secrets.token_hex(20),
        email=known.email if known else email,
        password=known.password if known else secrets.token_urlsafe(15),
        corpus=str(corpus),
    )
    try:
        for folder in (home, corpus / "thumbnails", corpus / "videos"):
            folder.mkdir(parents=True, exist_ok=True)
        home.chmod(stat.S_IRWXU)
        new = login_file(settings).with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(json.dumps(asdict(login), indent=1), encoding="utf-8")
        new.replace(login_file(settings))
    except OSError as error:
        raise StorageError(f"{home} cannot be written: {error.strerror}") from error
    return login


async def _answers(url: str, ended: asyncio.Task[int], log: Path) -> None:
    """Waits until the server answers, or has ended."""
    deadline = asyncio.get_running_loop().time() + FIRST_START_S
    while not await asyncio.to_thread(_healthy, url):
        if ended.done() or asyncio.get_running_loop().time() > deadline:
            said = await asyncio.to_thread(_last_words, log)
            what = f"ended with code {ended.result()}" if ended.done() else f"did not answer within {FIRST_START_S:g} s"
            raise RetrievalError(f"Label Studio {what}; {log} says: {said}")
        await asyncio.wait({ended}, timeout=0.5)


def _last_words(log: Path) -> str:
    return " ".join(log.read_text(encoding="utf-8", errors="replace").split())[-LAST_WORDS:]


def _healthy(url: str) -> bool:
    try:
        # A proxy from the environment has no business on loopback.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}/health", timeout=20) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


async def _stop(child: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
    """Ends the server and all that it started."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, number)
        done, _ = await asyncio.wait({ended}, timeout=STOP_S)
        if done:
            return
