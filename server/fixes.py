"""What the coder mended before, in one small file: a line of JSON for each fix, the latest last."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import re
from pathlib import Path

from agents.context import Fix

log = logging.getLogger(__name__)
MOST = 500
"""Fixes kept; the oldest go first."""
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|\d+(?:\.\d+)?")


def key_of(error: str) -> str:
    """An error without what differs between programs: quoted values and numbers, but with the names that Python quotes, which say what is wrong."""
    return _VARYING.sub(lambda match: match[0] if re.fullmatch(r"'[A-Za-z_]\w*'", match[0]) else "~", error.split("\n")[0]).strip()[:200]


class FileFixMemory:
    """Fits `agents.context.FixMemory`. One process writes; lines that cannot be read are passed over."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = asyncio.Lock()

    async def recall(self, error: str) -> Fix | None:
        """The latest fix for the same error."""
        wanted = key_of(error)
        for row in reversed(await asyncio.to_thread(self._rows)):
            if row["error"] == wanted:
                return Fix(statement=row["statement"], replacement=row["replacement"])
        return None

    async def keep(self, error: str, statement: str, replacement: str) -> None:
        """Adds a fix; the same one is not kept twice."""
        row = {"error": key_of(error), "statement": statement[:400], "replacement": replacement[:400]}
        async with self._lock:
            await asyncio.to_thread(self._add, row)

    def _rows(self) -> list[dict[str, str]]:
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as error:
            log.warning("the fixes of earlier scenes cannot be read: %s", error)
            return []
        rows = []
        for line in lines:
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict) and all(isinstance(row.get(name), str) for name in ("error", "statement", "replacement")):
                rows.append(row)
        return rows

    def _add(self, row: dict[str, str]) -> None:
        rows = [*(other for other in self._rows() if other != row), row][-MOST:]
        part = self._file.with_suffix(".part")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            part.write_text("".join(json.dumps(other, ensure_ascii=False) + "\n" for other in rows), encoding="utf-8")
            part.replace(self._file)
        except OSError as error:
            log.warning("a fix was not kept: %s", error)
            with contextlib.suppress(OSError):
                part.unlink()
