"""Whether a run in a folder is the one that is asked for, and where it goes when it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from finetune.config import TrainConfig
from finetune.data.stored import read_facts
from finetune.errors import ConfigError, TrainingError
from finetune.train import checkpoint

FREE_TO_CHANGE = frozenset(
    {"training.save_every", "training.evaluate_every", "training.batch", "training.accumulation", "tracking.to", "tracking.project"}
)
"""What a run may be gone on with otherwise than it was begun; `batch` times `accumulation` stays."""


def changes(run: Path, config: TrainConfig, data: Path, *, base: str | None = None) -> list[str]:
    """In what the run that was begun in the folder `run` differs from this one; empty where it does not, and where none was begun.

    The data set counts by its version, wherever it lies: a run may go on on another machine. `base` is the SHA-256 of the base's weights; None does not
    look at them, which spares loading anything. Raises `DataError`, `TrainingError` for files that cannot be read.
    """
    if not (run / "run.json").is_file():
        return []
    mend = "begin in another folder"
    was = checkpoint.read_json(run / "run.json", mend)
    found = []
    try:
        if base is not None and was["base"]["sha256"] != base:
            found.append("the base's weights")
        if was["dataset"]["version"] != read_facts(data)["version"]:
            found.append("the data set")
        before, after = (_flat(each.model_dump(mode="json")) for each in (TrainConfig.model_validate(was["config"]), config))
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{run / 'run.json'} is damaged ({' '.join(str(error).split())[:200]}); {mend}.") from error
    found += sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key) and key not in FREE_TO_CHANGE)
    rows = [each["training.batch"] * each["training.accumulation"] for each in (before, after)]
    if rows[0] != rows[1]:
        found.append(f"training.batch x training.accumulation ({rows[0]} before)")
    return found


def check_same(run: Path, changed: list[str]) -> None:
    """Raises `ConfigError` where a run would go on with other data, another base, or settings that change what it learns."""
    if changed:
        raise ConfigError(
            f"{run} was begun otherwise and cannot go on so: {', '.join(changed)}. Set it as it was, begin in another folder, "
            "or let --anew-if-changed put it aside."
        )


def put_aside(run: Path) -> Path:
    """Moves what is in the folder, but its lock, into a new one beside it: hours of training are nothing to delete unasked. Raises `OSError`."""
    number = 1
    while (aside := run.with_name(f"{run.name}.before-{number}")).exists():
        number += 1
    aside.mkdir()
    # run.json goes last: after a move that was cut off the folder still holds the other run, and the rest follows next time
    for path in sorted(run.iterdir(), key=lambda path: path.name == "run.json"):
        if path.name != ".lock":
            path.rename(aside / path.name)
    return aside


def _flat(value: dict[str, Any], at: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, inner in value.items():
        flat |= _flat(inner, f"{at}{key}.") if isinstance(inner, dict) else {f"{at}{key}": inner}
    return flat
