"""`samples.jsonl`: every answer as soon as it is there, so that a report that was stopped goes on. Its first line says which report it belongs to."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from finetune.errors import ReportError
from finetune.report.measures import Found
from finetune.report.ports import MODELS, Answer, Likelihood, Model, Verdict


class Samples:
    """The file, open for as long as the report is made; nobody else can make a report in the same folder meanwhile."""

    def __init__(self, path: Path, identity: Mapping[str, Any], *, anew_if_changed: bool = False) -> None:
        """`anew_if_changed` forgets the answers of another report. Raises `ReportError` for a file of another report, or one that is being written, or is
        damaged, and `OSError`."""
        self.path, self.found = path, Found()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._read(json.loads(json.dumps(identity)), anew_if_changed)
        except BlockingIOError:
            self._file.close()
            raise ReportError(f"another report is being made in {path.parent}") from None
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def answers(self, model: Model, item: str, sample: int, answer: Answer) -> dict[str, Any]:
        """The line of an answer, to be kept by `keep`."""
        self.found.answers[(model, item, sample)] = answer
        return {"kind": "answer", "model": model, "item": item, "sample": sample, **asdict(answer)}

    def verdict(self, model: Model, item: str, sample: int, verdict: Verdict) -> dict[str, Any]:
        """The line of a verdict, to be kept by `keep`."""
        self.found.verdicts[(model, item, sample)] = verdict
        return {"kind": "verdict", "model": model, "item": item, "sample": sample, **asdict(verdict)}

    def likelihood(self, model: Model, item: str, likelihood: Likelihood) -> dict[str, Any]:
        """The line of a likelihood, to be kept by `keep`."""
        self.found.likelihoods[(model, item)] = likelihood
        return {"kind": "likelihood", "model": model, "item": item, **asdict(likelihood)}

    def keep(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Appends the lines and waits until the disk has them. Raises `OSError`; the next run drops what is then half-written."""
        self._file.write(b"".join(json.dumps(line, ensure_ascii=True).encode() + b"\n" for line in lines))
        self._file.flush()
        os.fsync(self._file.fileno())

    def _read(self, identity: Mapping[str, Any], anew_if_changed: bool) -> None:
        self._file.seek(0)
        data = self._file.read()
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) < len(data):
            # a line that was cut when the machine or the process died
            self._file.truncate(len(whole))
        lines = whole.splitlines()
        if not lines:
            self.keep([{"report": identity}])
            return
        for number, line in enumerate(lines):
            try:
                record = json.loads(line)
                if number == 0:
                    if anew_if_changed and _other(record["report"], identity):
                        self._file.truncate(0)
                        self.keep([{"report": identity}])
                        return
                    self._same(record["report"], identity)
                else:
                    self._take(record)
            except (ValueError, KeyError, TypeError) as error:
                raise ReportError(
                    f"{self.path}, line {number + 1}, is damaged ({error}); remove the file, or name another folder with -o"
                ) from error

    def _same(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        if other := _other(before, now):
            raise ReportError(
                f"{self.path} holds the answers of another report (other: {', '.join(other)}); name another folder with -o, remove the file, or say --anew-if-changed"
            )

    def _take(self, record: Mapping[str, Any]) -> None:
        model, item = record["model"], record["item"]
        if model not in MODELS:
            raise ValueError(f"no such model: {model}")
        if record["kind"] == "answer":
            answer = Answer(str(record["text"]), int(record["tokens"]), bool(record["ended"]), bool(record["ran_away"]))
            self.found.answers[(model, item, record["sample"])] = answer
        elif record["kind"] == "verdict":
            right = record["right"]
            self.found.verdicts[(model, item, record["sample"])] = Verdict(right if right is None else bool(right), str(record["detail"]))
        elif record["kind"] == "likelihood":
            other = record["other_nll"]
            found = Likelihood(float(record["nll"]), int(record["tokens"]), None if other is None else float(other))
            self.found.likelihoods[(model, item)] = found
        else:
            raise ValueError(f"no such kind of line: {record['kind']}")


def _other(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
