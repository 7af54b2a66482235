"""From a run and its report to a version in the registry: the gate is asked here, and only a flag whose name admits it overrules it."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.data.stored import CARD, read_facts
from finetune.errors import DataError, GateError, RegistryError
from finetune.export.peft import TENSORS, regular_file
from finetune.registry import Base, Manifest, Registry
from finetune.report.gate import decide
from retrieval.whole import write_whole

FORCE = "--publish-although-not-better"


class _OfAnother(GateError):
    """The report is of another adapter, or over another base."""


def publish(
    registry: Registry,
    *,
    run: Path,
    report: Path | None,
    name: str,
    role: str,
    max_rank: int,
    card: Path | None = None,
    although_not_better: bool = False,
) -> Manifest:
    """Publishes the adapter of `run` (a run's folder) with its `report` (a report's folder) under `name`; `card` is the data set's CARD.md, by default
    the one of the data set that the run learnt from, where that still lies there.

    Raises `GateError` without a report of this very adapter that passes, unless `although_not_better`; then the manifest says `forced`.
    Raises `RegistryError` for what cannot be served, `OSError`.
    """
    adapter = run / "adapter"
    regular_file(adapter / TENSORS)  # before the report is judged: a run without an adapter has a plainer reason
    described = _read(run / "run.json", "a run writes it at its start; give the folder of `hisolver finetune train`")
    base = _base(described, run)
    try:
        gate, forced = _ask_gate(report, adapter, base), False
    except GateError as error:
        if not although_not_better:
            raise GateError(f"{error.message} ({FORCE} publishes it all the same, and says so)") from error
        gate, forced = {"passed": False, "reasons": [error.message]}, True
        if isinstance(error, _OfAnother):
            report = None  # whoever read it in the registry would take it for this adapter's
    extras: dict[str, Path] = {}
    if report is not None:
        extras = {each: report / each for each in ("report.json", "report.html") if (report / each).is_file()}
    if (found := card or _card_of(described)) is not None:
        extras[CARD] = found
    with tempfile.TemporaryDirectory() as folder:
        extras["config.yaml"] = _write_config(described, Path(folder))
        return registry.publish(adapter, name=name, role=role, base=base, max_rank=max_rank, gate=gate, forced=forced, extras=extras)


def write_receipt(path: Path, made: Manifest) -> None:
    """What was published, as JSON; the same for the same version whenever it is published. Raises `OSError`."""
    told = {"name": made.name, "version": made.version, "role": made.role, "forced": made.forced}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, lambda file: file.write((json.dumps(told, indent=1) + "\n").encode()))


def read_receipt(path: Path) -> tuple[str, str]:
    """Name and version. Raises `RegistryError`."""
    found = _read(path, "`hisolver finetune publish --receipt` writes it")
    if not isinstance(found.get("name"), str) or not isinstance(found.get("version"), str):
        raise RegistryError(f"{path} is damaged: it does not tell name and version")
    return found["name"], found["version"]


def _ask_gate(report: Path | None, adapter: Path, base: Base) -> dict[str, Any]:
    """The gate's decision that it passed. Raises `GateError`."""
    if report is None or not (report / "report.json").is_file():
        raise GateError("there is no report that the adapter is better than its base; make one with `hisolver finetune report`")
    try:
        found = _read(report / "report.json", "")
    except RegistryError as error:
        raise GateError(error.message) from error
    for what, theirs, ours in (
        ("adapter", found.get("adapter"), _sha256(adapter / TENSORS)),
        ("base", found.get("base"), base.sha256),
    ):
        if not isinstance(theirs, Mapping) or theirs.get("sha256") != ours:
            raise _OfAnother(f"the report in {report} is not about this {what}; make one with `hisolver finetune report`")
    decided = decide(found)
    if not decided.passed:
        raise GateError(f"the report does not show that the adapter is better: {' '.join(decided.reasons)}")
    return {"passed": True, "reasons": []}


def _base(described: Mapping[str, Any], run: Path) -> Base:
    try:
        base, config = described["base"], described["config"]["base"]
        found = Base(str(base["model"]), base["revision"], str(base["sha256"]), str(config.get("weights") or ""))
    except (KeyError, TypeError, AttributeError) as error:
        raise RegistryError(f"{run / 'run.json'} is damaged: {error!r}") from error
    if len(found.sha256) != 64 or not (found.revision is None or isinstance(found.revision, str)):
        raise RegistryError(f"{run / 'run.json'} is damaged: it does not name the base's hash")
    return found


def _card_of(described: Mapping[str, Any]) -> Path | None:
    """The card of the data set that was learnt from; None where another one lies there by now, or none."""
    dataset = described.get("dataset")
    if not isinstance(dataset, Mapping) or not isinstance(dataset.get("folder"), str):
        return None
    folder = Path(dataset["folder"])
    try:
        same = read_facts(folder)["version"] == dataset.get("version")
    except DataError:
        return None
    return folder / CARD if same and (folder / CARD).is_file() else None


def _write_config(described: Mapping[str, Any], folder: Path) -> Path:
    import yaml

    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(described["config"], sort_keys=False), encoding="utf-8")
    return path


def _read(path: Path, mend: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RegistryError(f"{path} is missing; {mend}") from None
    except (ValueError, RecursionError) as error:
        raise RegistryError(f"{path} is damaged: {error}") from error
    if not isinstance(found, dict):
        raise RegistryError(f"{path} is damaged: it is no object")
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
