"""Writes what the next steps read: whole files under temporary names, renamed when they are complete."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypedDict

from retrieval.validate.journal import Conditions
from retrieval.validate.result import NOT_TRIED, THUMBNAILS, Validated
from retrieval.validate.scenes import SceneFile
from retrieval.whole import write_whole

FILE = "validated.jsonl"
SUMMARY = "validate.summary.json"


class Summary(TypedDict):
    """`distinct` counts groups of near-duplicates of which one renders; `seconds` are those of this run, which rendered `fresh` scenes;
    `render_seconds` is the work over all results, `video_seconds` what came of it. `read` is the SHA-256 of `scenes.jsonl`, `corpus` the version of
    the corpus: see `corpus_version`."""

    step: str
    corpus: str
    read: str
    manim: str
    renderer: str
    quality: str
    timeout_s: float
    scenes: int
    tried: int
    rendered: int
    distinct: int
    failed: int
    not_tried: int
    errors: dict[str, int]
    reasons: dict[str, int]
    layout: dict[str, int]
    video_seconds: float
    render_seconds: float
    fresh: int
    seconds: float


def publish(
    corpus: Path, stills: Path, scenes: SceneFile, results: Sequence[Validated], conditions: Conditions, fresh: int, started: float
) -> Summary:
    """Thumbnails first, then the results that name them, then the summary, then thumbnails that nothing names go. Raises `OSError`."""
    results = sorted(results, key=lambda result: result.id)
    folder = corpus / THUMBNAILS
    folder.mkdir(exist_ok=True)
    named = {Path(result.thumbnail).name for result in results if result.thumbnail}
    for name in named:
        _place(stills / name, folder / name)
    write_whole(
        corpus / FILE, lambda out: out.writelines(json.dumps(asdict(result), ensure_ascii=False).encode() + b"\n" for result in results)
    )
    summary = summarize(scenes, results, conditions, fresh, time.monotonic() - started)
    write_whole(corpus / SUMMARY, lambda out: out.write(json.dumps(summary, indent=1).encode() + b"\n"))
    for path in folder.iterdir():
        if path.name not in named:
            path.unlink()
    return summary


def summarize(scenes: SceneFile, results: Sequence[Validated], conditions: Conditions, fresh: int, seconds: float) -> Summary:
    tried = [result for result in results if result.ok or _kind(result) != NOT_TRIED]
    good = {result.id for result in results if result.ok}
    skipped = [result for result in results if not result.ok and _kind(result) == NOT_TRIED]
    return Summary(
        step="validate",
        corpus=corpus_version((entry.digest for entry in scenes.entries if entry.id in good), conditions.manim),
        read=scenes.checksum,
        manim=conditions.manim,
        renderer=conditions.renderer,
        quality=conditions.quality,
        timeout_s=conditions.timeout_s,
        scenes=len(results),
        tried=len(tried),
        rendered=len(good),
        distinct=len({entry.cluster or entry.id for entry in scenes.entries if entry.id in good}),
        failed=len(tried) - len(good),
        not_tried=len(skipped),
        errors=_counted(_kind(result) for result in tried if not result.ok),
        reasons=_counted(_reason(result) for result in skipped),
        layout=_counted(str(finding["kind"]) for result in tried for finding in result.layout),
        video_seconds=round(sum(result.seconds for result in tried), 1),
        render_seconds=round(sum(result.wall_s for result in tried), 1),
        fresh=fresh,
        seconds=round(seconds, 1),
    )


def corpus_version(digests: Iterable[bytes], manim: str) -> str:
    """16 hex digits that name what may be retrieved: the lines in `scenes.jsonl` of the scenes that render, and the Manim that they render on. The same
    on every machine, whatever the times; every index and training set names the version it was made from."""
    whole = hashlib.sha256(f"manim {manim}\n".encode())
    for digest in sorted(digests):
        whole.update(digest)
    return whole.hexdigest()[:16]


def validated_version(folder: Path) -> str:
    """The version that `validate` gave the corpus in `folder`; empty where nothing validated it."""
    try:
        return str(json.loads((folder / SUMMARY).read_bytes())["corpus"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _place(source: Path, target: Path) -> None:
    """A second name for the same file where the file system has such."""
    if target.is_file() and target.stat().st_size == source.stat().st_size and target.read_bytes() == source.read_bytes():
        return
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        os.link(source, part)
    except OSError:
        shutil.copyfile(source, part)
    part.replace(target)


def _kind(result: Validated) -> str:
    return str((result.error or {}).get("kind"))


def _reason(result: Validated) -> str:
    """Without the id that it ends with."""
    message = str((result.error or {}).get("message"))
    return "a near-duplicate of one that renders" if message.startswith("a near-duplicate of") else message


def _counted(words: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(words).items(), key=lambda item: (-item[1], item[0])))
