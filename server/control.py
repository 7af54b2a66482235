"""How a command tells the running server to deploy: one line of JSON each way over a Unix socket in the data folder.

Only the user who runs the server can open it. It is no part of the HTTP API: whoever holds a key for asking questions holds none for
changing the model that answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from agents.context import Role
from agents.errors import ConfigurationError, ModelUnavailable, TutorError
from server.hosting import AdapterRefused, ModelHost

logger = logging.getLogger(__name__)

LINE_BYTES = 65_536
PATH_BYTES = 107  # of sun_path in sys/un.h, without the ending NUL


def socket_path(data_dir: Path) -> Path:
    """Where the server of this data folder listens. Raises `ConfigurationError` for a folder whose path is too long for a socket."""
    path = data_dir / "control" / "server.sock"
    if len(os.fsencode(path)) > PATH_BYTES:
        raise ConfigurationError(
            f"HISOLVER_DATA_DIR is too long a path for a socket ({path}); deploying to a running server needs a shorter one"
        )
    return path


@asynccontextmanager
async def listening(host: ModelHost, data_dir: Path) -> AsyncIterator[None]:
    """Takes commands as long as the block lasts. Where another server of the same data folder does already, this one takes none."""
    try:
        path = socket_path(data_dir)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        if await _alive(path):
            logger.warning("another server of %s takes the commands of `hisolver finetune deploy`", data_dir)
            yield
            return
        path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(lambda reader, writer: _serve(host, reader, writer), path, limit=LINE_BYTES)
    except (OSError, ConfigurationError) as error:
        logger.warning("adapters cannot be deployed without a restart: %s", error)
        yield
        return
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _alive(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except (FileNotFoundError, ConnectionRefusedError):
        return False
    writer.close()
    return True


async def _serve(host: ModelHost, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        line = await reader.readline()
        if not line:
            return
        answer = await _answer(host, line)
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
    except (OSError, ValueError) as error:
        logger.info("a command was not answered: %s", error)
    finally:
        writer.close()


async def _answer(host: ModelHost, line: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(line)
        if asked["do"] == "deploy":
            name, version, prompts = str(asked["name"]), str(asked["version"]), [str(prompt) for prompt in asked["prompts"]]
            report = await host.deploy(name, version, prompts=prompts, back=bool(asked["back"]))
            return {"ok": True, "canaries": [[each.prompt, each.text, each.ended, each.differs, each.seconds] for each in report.canaries]}
        if asked["do"] == "undeploy":
            await host.undeploy(cast("Role", str(asked["role"])))
            return {"ok": True, "canaries": []}
    except TutorError as error:
        return {"ok": False, "code": error.code, "message": error.message}
    except (KeyError, TypeError, ValueError) as error:
        return {"ok": False, "code": "invalid", "message": f"the command is not understood: {error!r}"}
    return {"ok": False, "code": "invalid", "message": "the command is not understood"}


def ask(data_dir: Path, command: dict[str, Any], timeout_s: float) -> dict[str, Any] | None:
    """The running server's answer; None where no server of this data folder runs. Raises `AdapterRefused`, `ModelUnavailable`."""
    path = socket_path(data_dir)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(timeout_s)
        try:
            line.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
        try:
            line.sendall(json.dumps(command).encode() + b"\n")
            with contextlib.closing(line.makefile("rb")) as file:
                answer = json.loads(file.readline() or b"{}")
        except (OSError, ValueError) as error:
            raise ModelUnavailable(f"the server did not tell how it went ({error}); see its log") from error
    if not answer.get("ok"):
        message = str(answer.get("message", "the server broke off; see its log"))
        raise ModelUnavailable(message) if answer.get("code") == ModelUnavailable.code else AdapterRefused(message)
    return cast("dict[str, Any]", answer)
