"""The manifest of an index: what it was built from, and where its data lies. Readers follow it; it is replaced in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from retrieval.errors import RetrievalError
from retrieval.whole import sync, write_whole

FORMAT = 2
NAME = "index.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What `index.json` says.

    `manim` is the version whose scenes these are; `extractor` a hash of the code that decides what is indexed; `corpus` one of the records
    and `folder` where they come from, "" for Manim's documentation; `embedding` is `Embedder.fingerprint`; `content` the checksum of what Chroma holds, `files` those of the lexical half; `data` the folder beside the manifest.
    """

    format: int
    manim: str
    extractor: str
    corpus: str
    folder: str
    embedding: str
    count: int
    content: str
    files: Mapping[str, str]
    data: str


def read_manifest(folder: Path, rebuild: str) -> Manifest:
    """The manifest in `folder`. Raises `RetrievalError`, naming the command `rebuild`, where there is none or it is damaged."""
    try:
        found: Mapping[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
        if found.get("format") != FORMAT:
            raise RetrievalError(f"the scene index in {folder} is of another format; run `{rebuild}`")
        manifest = Manifest(**found)
        inside = [manifest.data, *(part for name in manifest.files for part in name.split("/"))]
    except FileNotFoundError:
        raise RetrievalError(f"there is no scene index in {folder}; run `{rebuild}`") from None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise RetrievalError(f"the scene index in {folder} is damaged ({error}); run `{rebuild}`") from error
    if any(not isinstance(part, str) or Path(part).name != part or part == ".." for part in inside):
        raise RetrievalError(f"the scene index in {folder} is damaged (its data lies elsewhere); run `{rebuild}`")
    return manifest


def publish(folder: Path, manifest: Manifest) -> None:
    """Replaces the manifest by this one, whole, once the data that it names is on the disk. Raises `OSError`."""
    for path in (*(folder / manifest.data).rglob("*"), folder / manifest.data):
        sync(path)
    text = json.dumps(asdict(manifest), indent=1)
    write_whole(folder / NAME, lambda handle: handle.write(text.encode("ascii")))
