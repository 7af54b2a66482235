"""`hisolver corpus label ask` and `gather`: labelling as two steps of the pipeline, by people or by the model, with the pause between them."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.errors import LabelError
from server.command import FAILED
from server.corpus.label import LabelledBy
from server.corpus.labelling import Push, corpus_folder, faults, machine_job, pulled, push_job, show
from server.settings import load_settings
from server.terminal import plain

if TYPE_CHECKING:
    from server.settings import Settings

ASKED, GATHERED = "ask.summary.json", "gather.summary.json"


async def ask_job(corpus: Path | None, by: LabelledBy, *, first: int | None, labellers: int, as_json: bool) -> int:
    """Asks for labels of the `first` scenes: tasks in Label Studio, or the model at once. Writes `ask.summary.json`. Raises `TutorError`s."""
    from retrieval.labels.lines import write_json
    from retrieval.labels.scenes import choose
    from retrieval.validate.publish import validated_version

    folder = corpus_folder(corpus, load_settings())
    if by is LabelledBy.PEOPLE:
        wanted = Push(None, "auto", "auto", True, False, labellers, "HiSolver scenes", None, False, first)
        code = await push_job(folder, wanted, as_json=as_json)
    else:
        code = await machine_job(folder, limit=None, duplicates=False, again=False, as_json=as_json, first=first)
    with faults():
        scenes = (await asyncio.to_thread(choose, folder)).scenes[:first]
        # no times and no counts of what was new: asked again for the same, it is the same file, and no later step is run for it
        write_json(folder / ASKED, {"by": by.value, "scenes": len(scenes), "corpus": validated_version(folder)})
    return code


async def gather_job(corpus: Path | None, by: LabelledBy, *, at_least: int, least_rating: int, as_json: bool) -> int:
    """Pulls what people said and writes `pairs.jsonl` and `machine_pairs.jsonl` (empty unless `by` the machine), `gather.summary.json` last.

    Returns `FAILED`, after one line that says how to go on, while fewer than `at_least` scenes are described; nothing is written then but what was
    pulled. Raises `TutorError`s.
    """
    from retrieval.labels.export import pairs_of, write_pairs
    from retrieval.labels.lines import write_json

    settings = load_settings()
    folder = corpus_folder(corpus, settings)
    with faults():
        stale = await _pull(settings, folder, at_least, least_rating) if by is LabelledBy.PEOPLE else ""
        people, counts = pairs_of(folder, machine=False, least_rating=least_rating)
        # Where people are asked, a model's words are drafts only.
        machine, machine_counts = pairs_of(folder, machine=True) if by is LabelledBy.MACHINE else ([], {})
        scenes = {row["id"] for row in (*people, *machine)}
        if len(scenes) < at_least:
            sys.stderr.write(plain(f"hisolver: {_pause(folder, by, len(scenes), at_least)}\n"))
            return FAILED
        write_pairs(folder, people, machine=False)
        write_pairs(folder, machine, machine=True)
        summary: dict[str, Any] = {
            "by": by.value,
            "scenes": len(scenes),
            "people": dict(counts),
            "machine": dict(machine_counts),
        }
        write_json(folder / GATHERED, summary)
    if stale:
        sys.stderr.write(plain(f"hisolver: {stale}\n"))
    show(summary, as_json)
    return 0


async def _pull(settings: Settings, folder: Path, at_least: int, least_rating: int) -> str:
    """Pulls, or says why not, where the server is down and what was pulled before is enough. Raises `LabelError`, `ConfigurationError`."""
    from retrieval.labels.export import pairs_of

    try:
        await pulled(settings, folder)
    except LabelError as error:
        if error.fault != "down":
            raise
        # Who labelled enough may stop the server: later steps are made again without it.
        rows, _ = pairs_of(folder, machine=False, least_rating=least_rating)
        if len({row["id"] for row in rows}) < at_least:
            raise
        return f"{error.message}; going on with what was pulled before"
    return ""


def _pause(folder: Path, by: LabelledBy, there: int, wanted: int) -> str:
    from retrieval.labels.project import known_project

    told = f"{there} of at least {wanted} scenes are described"
    if by is LabelledBy.MACHINE:
        return f"{told}: let the model describe more with `hisolver corpus label ask --by machine`, or ask for fewer with --at-least"
    known = known_project(folder)
    place = f" at {known.url}/projects/{known.number}" if known is not None else ""
    return f"paused for people: {told}. Label on{place}, then run the same command again: it goes on from here"
