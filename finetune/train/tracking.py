"""Where a run is watched: trackio's dashboard on this machine (`trackio show`), or Weights & Biases. A tracker that fails never stops a run."""

from __future__ import annotations

import contextlib
import io
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from finetune.config import TrackingConfig
from finetune.errors import ConfigError

UNTRACKED = ("step", "at")


class Tracker(Protocol):
    def add(self, row: dict[str, Any]) -> None: ...
    def close(self) -> None: ...


class NoTracker:
    def add(self, row: dict[str, Any]) -> None:
        return

    def close(self) -> None:
        return


class _Tracker:
    """trackio and wandb have the same face: `init`, `log`, `finish`."""

    def __init__(self, library: Any, config: TrackingConfig, run: Path, described: dict[str, Any], **options: Any) -> None:
        self._library = library
        self._run: Any = None
        with _quietly():
            self._run = library.init(project=config.project, name=run.name, config=described, resume="allow", **options)

    def add(self, row: dict[str, Any]) -> None:
        if self._run is None:
            return
        with _quietly():
            self._run.log({key: value for key, value in row.items() if key not in UNTRACKED}, step=row["step"])

    def close(self) -> None:
        if self._run is None:
            return
        with _quietly():
            self._library.finish()  # the library's, not the run's: trackio would finish it once more, and say so, when the process ends


def start_tracking(config: TrackingConfig, run: Path, described: dict[str, Any]) -> Tracker:
    """The tracker of a run, named as its folder; the same name goes on where it was. Raises `ConfigError` where wandb is not installed."""
    if config.to == "none":
        return NoTracker()
    if config.to == "wandb":
        try:
            import wandb
        except ModuleNotFoundError as error:
            raise ConfigError("tracking.to is wandb, which is not installed: `pip install wandb`, or set tracking.to=trackio.") from error
        return _Tracker(wandb, config, run, described)
    import trackio

    return _Tracker(trackio, config, run, described, embed=False, auto_log_cpu=False, auto_log_gpu=False)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keeps a tracker's chatter off standard output, and its failures (a full disk, a network that is gone) out of the training."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    except (OSError, RuntimeError, ValueError, sqlite3.Error) as error:
        logging.getLogger(__name__).warning("tracking failed, metrics.jsonl has all of it: %s", error)
