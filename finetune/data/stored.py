"""A data set on the disk: read with its version checked, written whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

from finetune.data.splits import SPLITS
from finetune.errors import DataError
from retrieval.whole import sync

FACTS, CARD = "dataset.json", "CARD.md"
FILES = (*(f"{split}.jsonl" for split in SPLITS), FACTS, CARD)


class Overlap(TypedDict):
    items: int
    found: int


class Facts(TypedDict):
    """`dataset.json`: see docs/finetune.md."""

    name: str
    version: str
    corpus: str
    splits: dict[str, int]
    tasks: dict[str, int]
    licences: dict[str, int]
    dropped: dict[str, int]
    overlap: dict[str, Overlap]
    seed: int
    made_at: str


def read_facts(folder: Path) -> Facts:
    """What `dataset.json` says, once it fits the files. Raises `DataError` for what is no data set, or was changed since."""
    try:
        facts: Facts = json.loads((folder / FACTS).read_bytes())
        version, named = data_version(folder), facts["version"]
        if not all(isinstance(facts["splits"][split], int) for split in SPLITS):
            raise ValueError("it does not count its splits")
    except FileNotFoundError as error:
        raise DataError(f"{folder} is no data set: there is no {error.filename}; make one with `hisolver finetune data make`") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder / FACTS} cannot be read ({error}); make the data set again") from error
    if version != named:
        raise DataError(f"the files of {folder} are not those that {FACTS} names ({version}, not {named}); make the data set again")
    return facts


def data_version(folder: Path) -> str:
    """16 hex digits of the content of the three files, one after the other. Raises `OSError`."""
    whole = hashlib.sha256()
    for split in SPLITS:
        with (folder / f"{split}.jsonl").open("rb") as file:
            while block := file.read(2**20):
                whole.update(block)
    return whole.hexdigest()[:16]


def read_rows(folder: Path, split: str) -> Iterator[dict[str, Any]]:
    """The examples of a split, one by one. Raises `DataError`."""
    path = folder / f"{split}.jsonl"
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    row = json.loads(line)
                    if not isinstance(row["messages"], list) or row["messages"][-1]["role"] != "assistant":
                        raise ValueError("the last message is not an answer")
                except (ValueError, KeyError, TypeError, IndexError) as error:
                    raise DataError(f"{path}, line {number}, is no example ({error})") from error
                yield row
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error


def write_folder(folder: Path, rows: Mapping[str, Iterable[Mapping[str, Any]]], facts: Facts, card: str) -> Facts:
    """Writes all files beside the folder and puts them in its place in one step; `facts` gets its version. Raises `DataError` where something else is
    there, and `OSError`; what was there is then as it was."""
    mend(folder)
    if folder.exists() and not is_replaceable(folder):
        raise DataError(f"{folder} is there and is no data set; name another folder")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.part-"))
    try:
        for split in SPLITS:
            lines = (json.dumps(row, ensure_ascii=False).encode("utf-8", "replace") + b"\n" for row in rows[split])
            with (part / f"{split}.jsonl").open("wb") as file:
                file.writelines(lines)
        facts["version"] = data_version(part)
        (part / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        (part / CARD).write_text(card.replace("VERSION", facts["version"]), encoding="utf-8")
        for path in part.iterdir():
            sync(path)
        part.chmod(0o755)
        _put(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return facts


def is_replaceable(folder: Path) -> bool:
    """Whether nothing but a data set, or nothing at all, is in the folder."""
    return folder.is_dir() and not folder.is_symlink() and all(path.name in FILES for path in folder.iterdir())


def mend(folder: Path) -> None:
    """Clears away what a run that was killed left beside the folder, and puts back what it had just moved out of the way."""
    if not folder.parent.is_dir():
        return
    old = folder.with_name(f".{folder.name}.old")
    if old.is_dir() and not folder.exists():
        old.rename(folder)
    for left in (old, *folder.parent.glob(f".{glob.escape(folder.name)}.part-*")):
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(left)


def _put(part: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    if folder.exists():
        folder.rename(old)
    part.rename(folder)
    sync(folder.parent)
    shutil.rmtree(old, ignore_errors=True)
