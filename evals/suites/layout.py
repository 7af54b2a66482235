"""`layout`: labelled scenes, faulty ones and clean ones that look suspicious; right is every labelled fault found, and nothing on a clean scene.

This suite asks no server: each scene goes through the renderer in the sandbox of this machine, as `hisolver render` does it.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, get_args

from agents.errors import RenderError, SandboxError
from agents.rendering import ManimRenderer, versions
from agents.sandbox import probe
from evals.client import HiSolverClient
from evals.errors import DatasetError, InfrastructureError
from evals.suites.base import Asking, Item, Metric, Proof, Record, Suite, Verdict, figure, median, read_rows, share, unique

Kind = Literal["off_frame", "overlap", "text_crossed", "tiny_text", "never_shown", "early_highlight"]
KINDS: tuple[str, ...] = get_args(Kind)
SPLITS = ("dev", "held_out")
FOLDER = "layout"


class Fault(TypedDict):
    """A labelled fault: `why` as a viewer would say it. A finding tells of it when its kind is `kind` or one of `also` (other words for the same
    thing) and, where there are `objects`, one of these stands in the names of what it found."""

    kind: str
    why: str
    objects: NotRequired[list[str]]
    also: NotRequired[list[str]]


class LayoutSuite(Suite):
    name = "layout"
    model = ""
    files = (f"{FOLDER}/labels.jsonl",)
    score_means = "every labelled fault of a faulty scene is found, as an error or a warning, and nothing at all on a clean one"

    def __init__(self) -> None:
        self._timeout_s = 600.0

    def configure(self, options: argparse.Namespace) -> None:
        self._timeout_s = options.timeout

    def items(self, data_dir: Path) -> list[Item]:
        rows = read_rows(data_dir / self.files[0], {"file": str, "split": str})
        items = unique([_item(row, data_dir / FOLDER) for row in rows])
        found = {path.name for path in (data_dir / FOLDER).glob("*.py")}
        if unlabelled := found - {item.data["file"] for item in items}:
            raise DatasetError(f"{self.files[0]} has no row for {', '.join(sorted(unlabelled))}")
        return items

    def digest(self, data_dir: Path) -> str:
        digest = hashlib.sha256(super().digest(data_dir).encode())
        for item in self.items(data_dir):
            digest.update(item.prompt.encode() + b"\0")
        return digest.hexdigest()

    def versions(self) -> Mapping[str, str]:
        return versions()

    async def ask(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        video = how.out / "videos" / f"{item.id}.mp4"
        try:
            report = await ManimRenderer(probe()).render(item.prompt, out=video, timeout_s=self._timeout_s)
        except SandboxError as error:
            raise InfrastructureError("sandbox", error.message) from error
        except RenderError as error:
            raise InfrastructureError("render", error.message) from error
        if (fault := report["error"]) is not None:
            raise InfrastructureError("scene", f"{item.data['file']} does not render: {fault['kind']}: {fault['message']}")
        return {"turns": [], "findings": report["layout"], "render_s": report["wall_s"]}

    def score(self, item: Item, record: Record) -> Verdict:
        findings: list[dict[str, Any]] | None = record.get("findings")
        faults: list[Fault] = item.data["faults"]
        told = [[finding for finding in findings or [] if _tells(finding, fault)] for fault in faults]
        labelled = {kind for fault in faults for kind in (fault["kind"], *fault.get("also", []))}
        other = [finding for finding in findings or [] if finding["kind"] not in labelled]
        missed = [f"missed {fault['kind']}: {fault['why']}" for fault, found in zip(faults, told, strict=True) if not found]
        alarms = [] if faults else [f"false alarm: {_line(finding)}" for finding in other]
        facts: dict[str, Any] = {
            "split": item.data["split"],
            "clean": not faults,
            "faults": [
                {"kind": fault["kind"], "found": bool(found), "as_error": any(finding["severity"] == "error" for finding in found)}
                for fault, found in zip(faults, told, strict=True)
            ],
            "alarms": len(alarms),
            "extra": [_line(finding) for finding in other] if faults else [],
        }
        right = findings is not None and not missed and not alarms
        reason = "" if right else "; ".join(missed + alarms) or "no layout report"
        return Verdict(right=right, reason=reason, answered="; ".join(map(_line, findings or [])) or "nothing found", facts=facts)

    def proof(self, item: Item) -> Proof:
        gold = [_finding(fault["kind"], fault.get("objects", ["Text"])[:1]) for fault in item.data["faults"]]
        labelled = {kind for fault in item.data["faults"] for kind in (fault["kind"], *fault.get("also", []))}
        wrong = [_finding(kind, ["Text"]) for kind in KINDS if kind not in labelled][:1]
        return Proof(
            gold={"turns": [], "findings": gold},
            # no report is no answer: an inspector that says nothing must not pass for one that finds nothing
            blank={"turns": [], "findings": [] if gold else None},
            scrambled={"turns": [], "findings": wrong},
        )

    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        facts = [verdict["facts"] for verdict in verdicts]
        halves = {split: [fact for fact in facts if fact["split"] == split] for split in SPLITS}
        faulty = [fact for fact in facts if not fact["clean"]]
        extra = sum(len(fact["extra"]) for fact in faulty)
        return {
            "faults found": _found(facts),
            **{f"faults found, {kind}": _found(facts, kind) for kind in KINDS},
            **{f"faults found, {split}": _found(half) for split, half in halves.items()},
            "faults found as errors": _found(facts, by="as_error"),
            "clean scenes without alarm": _quiet(facts),
            **{f"clean scenes without alarm, {split}": _quiet(half) for split, half in halves.items()},
            "faulty scenes without extra findings": share(sum(not fact["extra"] for fact in faulty), len(faulty)),
            "extra findings on faulty scenes": figure(extra, len(faulty), "findings"),
            "rendering": median([record["render_s"] for record in records if "render_s" in record], "s (median)"),
        }


def _found(facts: Sequence[dict[str, Any]], kind: str = "", *, by: str = "found") -> Metric:
    """The share of labelled faults found, of one kind or of all."""
    faults = [fault for fact in facts for fault in fact["faults"] if fault["kind"] == kind or not kind]
    return share(sum(fault[by] for fault in faults), len(faults))


def _quiet(facts: Sequence[dict[str, Any]]) -> Metric:
    clean = [fact for fact in facts if fact["clean"]]
    return share(sum(not fact["alarms"] for fact in clean), len(clean))


def _tells(finding: Mapping[str, Any], fault: Fault) -> bool:
    names = _plain(" ".join(finding["objects"]))
    meant = [_plain(word) for word in fault.get("objects", [])]
    return finding["kind"] in (fault["kind"], *fault.get("also", [])) and (not meant or any(word in names for word in meant))


def _plain(text: str) -> str:
    """In one spelling: Manim keeps some texts without their spaces."""
    return "".join(text.split()).casefold()


def _line(finding: Mapping[str, Any]) -> str:
    return f"{finding['kind']} ({finding['severity']}, {finding['at_s']} s) of {' and '.join(finding['objects']) or 'nothing named'}"


def _finding(kind: str, objects: list[str]) -> dict[str, Any]:
    return {"kind": kind, "severity": "error", "objects": objects, "at_s": 0.0, "line": None}


def _item(row: dict[str, Any], folder: Path) -> Item:
    """Raises `DatasetError` naming the row's file and what is wrong with it."""
    file, faults = row["file"], row.get("faults")
    if row["split"] not in SPLITS:
        raise DatasetError(f"{file}: the split is {' or '.join(SPLITS)}, not {row['split']!r}")
    if not isinstance(faults, list) or bool(faults) == bool(row.get("why_suspicious")):
        raise DatasetError(f"{file}: a row has `faults`, or none and `why_suspicious`")
    for fault in faults:
        kinds = [fault.get("kind"), *fault.get("also", [])] if isinstance(fault, dict) else [None]
        if not set(kinds) <= set(KINDS) or not fault.get("why") or not all(map(_plain, fault.get("objects", []))):
            raise DatasetError(f"{file}: a fault has `why` and a `kind` of {', '.join(KINDS)}; its `objects` are words")
    try:
        source = (folder / file).read_text(encoding="utf-8")
    except OSError as error:
        raise DatasetError(f"{folder / file} cannot be read: {error.strerror}") from error
    return Item(
        id=f"{row['split']}-{Path(file).stem}",
        prompt=source,
        expected=", ".join(fault["kind"] for fault in faults) or "nothing",
        data={"file": file, "split": row["split"], "faults": faults},
    )
