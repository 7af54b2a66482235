"""Label Studio's tasks: one a scene, filled with a draft of its description."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from retrieval.labels.scenes import LabelScene

FOUND = "found in the code"
"""`draft_by` of a description that preprocess found."""
VERSION = "draft"
"""The model version of all drafts: Label Studio fills tasks with the predictions of one version only."""
INLINE_VIDEO = 2_000_000
"""Bytes of a video up to which it is put into the task itself."""
Media = Callable[[LabelScene], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a task's description is filled with. `by` is the model's name, or `FOUND`."""

    text: str
    by: str


def task_of(scene: LabelScene, draft: Draft, media: Mapping[str, str]) -> dict[str, Any]:
    """The task as Label Studio imports it. `media` gives `image` and `video` as URLs, "" for what there is none of."""
    text = _clean(draft.text)
    made = f"draft by {draft.by}" if draft.by != FOUND else "draft: words found in the code, by no model"
    prediction = {
        "model_version": VERSION,
        "result": [{"id": "description", "from_name": "description", "to_name": "code", "type": "textarea", "value": {"text": [text]}}],
    }
    return {
        "data": {
            "scene_id": scene.id,
            "title": _clean(f"{scene.scene} · {scene.source} · {scene.licence or 'no known licence'}"),
            "code": _clean(scene.code),
            "image": media["image"],
            "video": media["video"],
            "draft": text,
            "draft_by": _clean(made),
        },
        "predictions": [prediction] if text else [],
    }


def _clean(text: str) -> str:
    """Text that every database takes: lone surrogates and NULs are none of it."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def local_media(corpus: Path, root: Path | None = None) -> Media:
    """URLs under which a Label Studio serves the corpus's files, where `root` is the folder that it was started on (None: the corpus itself)."""
    below = corpus.relative_to(root or corpus)

    def urls(scene: LabelScene) -> dict[str, str]:
        paths = {"image": scene.thumbnail, "video": scene.video if (corpus / scene.video).is_file() else ""}
        return {name: f"/data/local-files/?d={quote(str(below / path))}" if path else "" for name, path in paths.items()}

    return urls


def inline_media(corpus: Path) -> Media:
    """The files themselves as data URLs, for a Label Studio elsewhere; a video of more than `INLINE_VIDEO` bytes is left out."""

    def urls(scene: LabelScene) -> dict[str, str]:
        return {
            "image": _data_url(corpus / scene.thumbnail, "image/png") if scene.thumbnail else "",
            "video": _data_url(corpus / scene.video, "video/mp4", most=INLINE_VIDEO),
        }

    return urls


def _data_url(path: Path, kind: str, most: int = 10_000_000) -> str:
    try:
        content = path.read_bytes() if path.stat().st_size <= most else b""
    except OSError:
        return ""
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}" if content else ""
