"""A render as it travels: JSON there, named by its hash; JSON and a video back. Running one twice is harmless."""

from __future__ import annotations

import functools
import hashlib
import json
import struct
from dataclasses import asdict, dataclass
from typing import Any, cast, get_args

from agents.errors import NoSandbox, RenderError, SandboxError, TutorError
from agents.rendering import bundle
from agents.rendering.cache import key_of, versions
from agents.rendering.report import Mended, Quality, RenderReport

_ERRORS: dict[str, type[TutorError]] = {kind.code: kind for kind in (RenderError, SandboxError, NoSandbox)}


@dataclass(frozen=True, slots=True)
class RenderJob:
    """One scene to render, or to `mend`; the other fields are those of `agents.context.Renderer`."""

    source: str
    scene: str | None
    quality: Quality
    timeout_s: float
    mend: bool = False

    def text(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def key(self) -> str:
        """The same for the same job under the same versions; Dask counts everything before the hash as one kind of task."""
        return f"hisolver_render-{key_of(self.text(), self.scene, self.quality)}"


def read(text: str) -> RenderJob:
    """Raises `RenderError` for anything but what `RenderJob.text` writes."""
    try:
        job = RenderJob(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise RenderError("the worker was given something that is no render job") from error
    if not isinstance(job.source, str) or not isinstance(job.scene, str | None) or job.quality not in get_args(Quality):
        raise RenderError("the worker was given a malformed render job")
    return job


@functools.cache
def tag() -> str:
    """What a worker offers and a job wants: the same packages and the same harness, so that who renders does not show in the frames."""
    told = json.dumps(versions(), sort_keys=True).encode()
    return f"hisolver-{hashlib.sha256(told).hexdigest()[:16]}"


def pack(told: dict[str, Any], video: bytes) -> bytes:
    """The form of `bundle.unpack`."""
    head = json.dumps(told).encode()
    return struct.pack(">Q", len(head)) + head + video


def pack_mended(mended: Mended) -> bytes:
    return pack({"report": mended}, b"")


def pack_report(report: RenderReport, video: bytes) -> bytes:
    return pack({"report": report}, video)


def pack_error(error: TutorError) -> bytes:
    return pack({"error": {"code": error.code, "message": error.message}}, b"")


def unpack(answer: Any) -> tuple[dict[str, Any], bytes]:
    """What the worker told of the render, unchecked as yet, and its video. Raises the error that the worker met, or `RenderError`."""
    if not isinstance(answer, bytes):
        raise RenderError("the render worker sent something that is no answer")
    told, video = bundle.unpack(answer)
    error, report = told.get("error"), told.get("report")
    if isinstance(error, dict):
        kind = _ERRORS.get(str(error.get("code")), RenderError)
        raise kind(bundle.text(error.get("message")) or "the render worker failed")
    if not isinstance(report, dict):
        raise RenderError("the render worker sent no report")
    return cast("dict[str, Any]", report), video
