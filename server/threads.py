"""Which chat a request belongs to: names that cannot be guessed across owners, one run at a time in each, and an end to old ones."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.errors import ConfigurationError, StorageError
from server.settings import Settings

SQLITE_WAIT_S = 30.0
_UUID_EPOCH_100NS = 0x01B21DD213814000
"""100-nanosecond steps between the start of the Gregorian calendar and of Unix time (RFC 9562, section 5.1)."""


def derived_thread_id(owner: str, user: str, first_message: str) -> str:
    """The chat of a client that sends nothing but its history: the same first message of the same learner is the same chat."""
    return "t-" + _digest(owner, user, first_message)[:24]


def stored_thread_id(owner: str, public_id: str) -> str:
    """The name in the checkpoint store: it holds the owner, so another owner's thread cannot be named at all."""
    return _digest(owner, public_id)[:40]


def _digest(*parts: str) -> str:
    # Lengths keep ("ab", "c") and ("a", "bc") apart.
    return hashlib.sha256("".join(f"{len(part)}:{part}" for part in parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass
class ThreadLocks:
    """One lock a thread in use. A lock goes when its last user does, so there are never more than runs."""

    _locks: dict[str, tuple[asyncio.Lock, int]] = field(default_factory=dict)

    def busy(self, stored_id: str) -> bool:
        return stored_id in self._locks

    @asynccontextmanager
    async def hold(self, stored_id: str) -> AsyncIterator[None]:
        lock, users = self._locks.get(stored_id, (asyncio.Lock(), 0))
        self._locks[stored_id] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[stored_id]
            if users == 1:
                del self._locks[stored_id]
            else:
                self._locks[stored_id] = (lock, users - 1)


def claim_id(locks: ThreadLocks, owner: str, user: str, first_message: str, named: str | None) -> str:
    """The public thread id of a run. Two learners who start with the same words at the same time do not wait for each other: the second gets a fresh thread."""
    if named is not None:
        return named
    derived = derived_thread_id(owner, user, first_message)
    return f"t-{secrets.token_hex(12)}" if locks.busy(stored_thread_id(owner, derived)) else derived


@asynccontextmanager
async def open_checkpointer(settings: Settings) -> AsyncIterator[Any]:
    """A langgraph checkpoint saver: PostgreSQL where a DSN is set, SQLite otherwise. Raises `StorageError` or `ConfigurationError`."""
    async with AsyncExitStack() as stack:
        if dsn := settings.checkpoint_dsn.get_secret_value():
            yield await _open_postgres(stack, dsn)
        else:
            yield await _open_sqlite(stack, settings.data_dir)


async def _open_sqlite(stack: AsyncExitStack, data_dir: Path) -> Any:
    import aiosqlite
    from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

    path = data_dir / "checkpoints.sqlite"
    try:
        await asyncio.to_thread(data_dir.mkdir, parents=True, exist_ok=True, mode=0o700)
        connection = await stack.enter_async_context(aiosqlite.connect(path, timeout=SQLITE_WAIT_S))
        saver = AsyncSqliteSaver(connection)
        await saver.setup()
        # With a write-ahead log this loses at most the last step on a power cut, never the database, and spares a sync a step.
        await connection.execute("PRAGMA synchronous=NORMAL")
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"the checkpoints at {path} cannot be opened: {error}") from error
    return saver


async def _open_postgres(stack: AsyncExitStack, dsn: str) -> Any:
    try:
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
        from psycopg import Error
        from psycopg.rows import dict_row
        from psycopg_pool import AsyncConnectionPool
    except ImportError as error:
        raise ConfigurationError("HISOLVER_CHECKPOINT_DSN needs `pip install 'hisolver[postgres]'`") from error
    pool = AsyncConnectionPool(
        dsn, open=False, min_size=1, max_size=10, timeout=10, kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    )
    try:
        await stack.enter_async_context(pool)
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
    except Error as error:
        raise StorageError(f"the checkpoint database cannot be used: {type(error).__name__}") from error
    return saver


def checkpoint_id_at(seconds: float) -> str:
    """The smallest checkpoint id (a UUID version 6, which sorts by time) that could have been made at that Unix time."""
    ticks = int(seconds * 10_000_000) + _UUID_EPOCH_100NS
    digits = f"{ticks >> 12:012x}6{ticks & 0xFFF:03x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-0000-000000000000"


async def delete_old_threads(saver: Any, older_than_s: float) -> int:
    """Deletes the chats whose last checkpoint is older than that; returns how many. Raises `StorageError`."""
    query = "SELECT thread_id FROM checkpoints GROUP BY thread_id HAVING MAX(checkpoint_id) < {}"
    oldest = checkpoint_id_at(time.time() - older_than_s)
    try:
        if hasattr(saver.conn, "execute_fetchall"):
            async with saver.lock:
                rows = [row[0] for row in await saver.conn.execute_fetchall(query.format("?"), (oldest,))]
        else:
            async with saver.conn.connection() as connection:
                cursor = await connection.execute(query.format("%s"), (oldest,))
                rows = [row["thread_id"] for row in await cursor.fetchall()]
        for thread_id in rows:
            await saver.adelete_thread(thread_id)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"old threads could not be deleted: {error}") from error
    return len(rows)
