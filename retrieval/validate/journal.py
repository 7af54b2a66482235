"""Results as they come, one fsynced line each: a kill at any point costs only the scenes that were being rendered."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from retrieval.errors import RetrievalError
from retrieval.validate.result import Validated

WORK = Path("work", "validate")
"""In the corpus' folder; ours alone, and no output of the step: a run that is begun anew still knows what it rendered."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a result depends on beside the scene. A result under other conditions is no result, but for the time limit: see `holds`."""

    manim: str
    renderer: str
    quality: str
    timeout_s: float


class Journal:
    """The results of one corpus, for one process at a time. Use it as a context manager.

    `stills` holds the thumbnails of results, `scratch` is an empty folder for what is being made.
    """

    def __init__(self, corpus: Path, conditions: Conditions) -> None:
        self._folder = corpus / WORK
        self._path = self._folder / "journal.jsonl"
        self._conditions = conditions
        self.stills, self.scratch = self._folder / "stills", self._folder / "scratch"
        self._kept: dict[str, Validated] = {}

    def __enter__(self) -> Self:
        """Raises `RetrievalError` where another process validates this corpus, and `OSError`."""
        self.stills.mkdir(parents=True, exist_ok=True)
        self._file = self._path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise RetrievalError(f"another process is validating {self._folder.parents[1]}; wait for it, or stop it") from None
        shutil.rmtree(self.scratch, ignore_errors=True)  # what a killed process left
        self.scratch.mkdir()
        self._read()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)
        self._file.close()

    def find(self, identifier: str) -> Validated | None:
        """What came of this scene under the same conditions; None where that is not known or its thumbnail is lost."""
        found = self._kept.get(identifier)
        if found is not None and found.thumbnail and not (self.stills / f"{identifier}.png").is_file():
            return None
        return found

    def add(self, result: Validated) -> None:
        """Keeps a result; it is on the disk when this returns. Raises `OSError`."""
        line = json.dumps({**asdict(self._conditions), "result": asdict(result)}, ensure_ascii=True).encode("ascii") + b"\n"
        start = self._file.seek(0, os.SEEK_END)
        try:
            self._file.write(line)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError:
            # half a line in the middle would spoil the next one
            os.ftruncate(self._file.fileno(), start)
            raise
        self._kept[result.id] = result

    def _read(self) -> None:
        self._file.seek(0)
        whole = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break  # the process was killed while it wrote this one
            whole += len(line)
            try:
                entry = json.loads(line)
                result = Validated(**entry.pop("result"))
                if self._holds(entry, result):
                    self._kept[result.id] = result
            except (ValueError, TypeError, KeyError, AttributeError):
                continue  # a damaged line costs one render
        self._file.truncate(whole)

    def _holds(self, entry: dict[str, Any], result: Validated) -> bool:
        """Whether a kept result says what a render would say now. More time changes nothing but for scenes that ran out of it, less time nothing
        but for those that needed more."""
        given = float(entry.pop("timeout_s"))
        conditions = asdict(self._conditions)
        limit = self._conditions.timeout_s
        del conditions["timeout_s"]
        if entry != conditions:
            return False
        if result.error is not None and result.error["kind"] == "timeout":
            return given >= limit
        return limit >= given or result.wall_s <= limit
