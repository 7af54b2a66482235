"""What an earlier run over the same data has measured already, so that one that was cut short can go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inspect_ai.log import EvalSample, read_eval_log, read_eval_log_samples

from evals.errors import UsageError

Key = tuple[str, int]
"""An item's id and its epoch, from 1."""


def measured_before(logs: Path, suite: str, made_with: Mapping[str, Any], *, needed: str) -> dict[Key, EvalSample]:
    """The samples in the `logs` of earlier runs that hold what is `needed`; of one item's, the one that was completed last.

    Raises `UsageError` where a log was `made_with` something else: figures of two measurements are not one.
    """
    found: dict[Key, EvalSample] = {}
    for path in sorted(logs.glob("*.eval")):
        header = read_eval_log(str(path), header_only=True)
        if header.eval.task != suite:
            continue
        before = header.eval.metadata or {}
        if different := [name for name, value in made_with.items() if before.get(name) != value]:
            raise UsageError(f"{path} was made with another {', '.join(different)}: measure into a folder of its own")
        for sample in read_eval_log_samples(str(path), all_samples_required=False):
            key = str(sample.id), sample.epoch
            # not by the names of the logs, which tell runs of one second apart by chance
            if sample.error is None and needed in sample.store and (key not in found or _completed(found[key]) < _completed(sample)):
                found[key] = sample
    return found


def _completed(sample: EvalSample) -> datetime:
    return datetime.fromisoformat(sample.completed_at) if sample.completed_at else datetime.min.replace(tzinfo=UTC)
