"""A data set as token ids: made once for a tokenizer, a template and a length, packed, kept on the disk, and read from there without being loaded.

    <cache>/<key>/train.arrow          input_ids, completion_mask: one example a row; validation and test alike
    <cache>/<key>/train.packed.arrow   input_ids, labels, seq_lengths: several examples a row, as TRL's collator takes them
    <cache>/<key>/tokenised.json       counts; there is no folder <key> without it

Packing is TRL's (`trl.data_utils.pack_dataset`, best fit decreasing: H. Ding et al., Fewer Truncations Improve Language Modeling, 2024); see
docs/adr/0017-data-sets.md for how packed examples are kept from seeing each other.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

from finetune.data.splits import SPLITS
from finetune.data.stored import read_facts, read_rows
from finetune.data.tokenising import write_empty, write_tokens
from finetune.errors import DataError
from finetune.template import end_of_turn, identity
from retrieval.whole import sync

FACTS = "tokenised.json"
FORMAT = 1
"""Of the cache: what was made by another is made again."""
PER_PROCESS = 5000
"""Examples from which a further process is worth its start."""
PACKED_TOGETHER = 20_000
"""Examples among which the best fit is looked for."""


class Counts(TypedDict):
    """Of one split. `tokens` are all, `learnt` those of answers; `truncated` examples lost the end of their answer, `dropped` ones are counted by reason.
    `packed` is the number of rows after packing."""

    examples: int
    truncated: int
    dropped: dict[str, int]
    tokens: int
    learnt: int
    packed: int


@dataclass(frozen=True, slots=True)
class TokenisedSplits:
    """`splits` and `packed` hold a `datasets.Dataset` for each split, memory-mapped. `end_of_turn` is the id that every answer ends with, but for those that
    are truncated; `max_length` in tokens."""

    folder: Path
    splits: Mapping[str, Any]
    packed: Mapping[str, Any]
    counts: Mapping[str, Counts]
    end_of_turn: int
    max_length: int

    @property
    def truncated(self) -> int:
        return sum(count["truncated"] for count in self.counts.values())

    @property
    def dropped(self) -> int:
        return sum(sum(count["dropped"].values()) for count in self.counts.values())

    @property
    def examples(self) -> int:
        return sum(count["examples"] for count in self.counts.values())

    @property
    def tokens(self) -> int:
        return sum(count["tokens"] for count in self.counts.values())

    @property
    def learnt(self) -> int:
        return sum(count["learnt"] for count in self.counts.values())


def tokenise(folder: Path, tokenizer: Any, *, max_length: int, cache: Path, num_proc: int | None = None) -> TokenisedSplits:
    """The data set of `folder` under the chat template of `tokenizer`, from `cache` where it was made before.

    An answer that goes beyond `max_length` tokens is cut there, so that it has no end to learn; an example whose prompt alone goes beyond is dropped.
    `num_proc` processes work (None: one for every `PER_PROCESS` examples, at most the cores). Processes that want the same wait for the first of them.
    Raises `DataError`: no data set, a template that cannot be used, or nothing left to train on.
    """
    facts = read_facts(folder)
    end = end_of_turn(tokenizer)
    key = _key(facts["version"], tokenizer, max_length)
    target = cache / key
    if not (target / FACTS).is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache / f".{key}.lock"):
            if not (target / FACTS).is_file():
                _make(folder, tokenizer, end, max_length, target, facts["splits"], num_proc)
    return _open(target, end, max_length)


def _key(version: str, tokenizer: Any, max_length: int) -> str:
    import datasets
    import trl

    parts = (FORMAT, version, identity(tokenizer), max_length, datasets.__version__, trl.__version__)
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8")).hexdigest()[:16]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Waits until no other process makes the same; the lock goes with its process."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _make(folder: Path, tokenizer: Any, end: int, max_length: int, target: Path, sizes: Mapping[str, int], num_proc: int | None) -> None:
    for left in target.parent.glob(f".{target.name}.part-*"):
        shutil.rmtree(left, ignore_errors=True)
    part = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}.part-"))
    try:
        counts = {name: _make_split(folder, name, tokenizer, end, max_length, part, _processes(sizes[name], num_proc)) for name in SPLITS}
        if not counts["train"]["examples"]:
            told = "; ".join(f"{count} {reason}" for reason, count in counts["train"]["dropped"].items()) or "the split is empty"
            raise DataError(f"nothing of {folder} is left to train on: {told}")
        made = {"format": FORMAT, "max_length": max_length, "end_of_turn": end, "splits": counts}
        (part / FACTS).write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
        for path in part.iterdir():
            sync(path)
        if target.exists():
            shutil.rmtree(target)
        part.rename(target)
        sync(target.parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise


def _processes(examples: int, num_proc: int | None) -> int:
    return max(1, min(examples, num_proc) if num_proc is not None else min(len(os.sched_getaffinity(0)), examples // PER_PROCESS))


def _make_split(folder: Path, name: str, tokenizer: Any, end: int, max_length: int, part: Path, processes: int) -> Counts:
    counts = write_tokens(
        read_rows(folder, name),
        tokenizer,
        end=end,
        max_length=max_length,
        processes=processes,
        tokens=part / f"{name}.arrow",
        labels=part / "labels.arrow",
    )
    return Counts(**counts, packed=_pack(part / "labels.arrow", part / f"{name}.packed.arrow", max_length))


def _pack(labels: Path, out: Path, max_length: int) -> int:
    """Packs by TRL and returns the number of rows."""
    from datasets import Dataset
    from trl.data_utils import pack_dataset

    rows = Dataset.from_file(str(labels))
    if len(rows):
        # a name and a fingerprint of our own: `datasets` would hash what it is given, and keep another copy among its own files
        options = {"batch_size": PACKED_TOGETHER, "cache_file_name": str(out), "new_fingerprint": "packed", "load_from_cache_file": False}
        with _quiet():
            count = len(pack_dataset(rows, max_length, "bfd", options))
    else:
        count = write_empty(out)
    labels.unlink()
    return count


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the bars of `datasets`, which would run through our own."""
    from datasets import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars

    shown = not are_progress_bars_disabled()
    disable_progress_bars()
    try:
        yield
    finally:
        if shown:
            enable_progress_bars()


def _open(target: Path, end: int, max_length: int) -> TokenisedSplits:
    from datasets import Dataset

    try:
        told = json.loads((target / FACTS).read_bytes())
        return TokenisedSplits(
            folder=target,
            splits={name: Dataset.from_file(str(target / f"{name}.arrow")) for name in SPLITS},
            packed={name: Dataset.from_file(str(target / f"{name}.packed.arrow")) for name in SPLITS},
            counts=told["splits"],
            end_of_turn=end,
            max_length=max_length,
        )
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{target} is damaged ({error}); delete it, and it is made again") from error
