"""What labelling needs of the house: descriptions by the configured model, and draft videos by the renderer."""

from __future__ import annotations

import asyncio
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agents.errors import ModelError, ModelUnavailable, RenderError, SandboxError, StorageError
from retrieval.errors import LabelError
from retrieval.labels.machine import NoDescription, describe_all
from retrieval.labels.scenes import LabelScene
from retrieval.labels.tasks import FOUND, Draft

if TYPE_CHECKING:
    from agents.context import ModelClient, Renderer
    from server.settings import Settings

CODE_CHARS = 6000
"""Of a longer scene the beginning is read: about 2000 tokens."""
ANSWER_TOKENS = 160
RENDER_S = 60.0
SCHEMA = {
    "type": "object",
    "properties": {"shows": {"type": "string", "maxLength": 400}},
    "required": ["shows"],
    "additionalProperties": False,
}


class ModelDescriber:
    """`retrieval.labels.machine.Describer` by the tutor model. The code is quoted to it as data."""

    def __init__(self, model: ModelClient, name: str) -> None:
        self._model = model
        self.name = name

    async def describe(self, scene: LabelScene) -> str:
        from agents.prompts import load

        code = scene.code if len(scene.code) <= CODE_CHARS else scene.code[:CODE_CHARS] + "\n# (cut here)"
        code = code.replace("```", "` ` `")  # what is quoted does not end the quotation
        try:
            reply = await self._model.chat(
                "tutor", load("describe").messages(scene=scene.scene, code=code), max_tokens=ANSWER_TOKENS, temperature=0.0, schema=SCHEMA
            )
        except ModelUnavailable as error:
            raise LabelError(error.message, "down") from error
        except ModelError as error:
            raise NoDescription("the model failed") from error
        try:
            said = json.loads(reply.text)["shows"]
        except (ValueError, KeyError, TypeError):
            raise NoDescription("the model's answer was not in its form") from None
        if not isinstance(said, str) or "```" in said:
            raise NoDescription("the model's answer was not in its form")
        return said


def model_name(settings: Settings) -> str:
    """What stands as `by` in labels of the configured model."""
    return settings.tutor_model if settings.model_url else settings.weights


class Preparer:
    """`retrieval.labels.sync.Prepare`: drafts by `describer` (None: only what preprocess found), and videos by `renderer` (None: none).

    With `optional` a model that is not there costs its drafts and nothing else; `remarks` says so, and counts videos that failed.
    """

    def __init__(self, corpus: Path, describer: ModelDescriber | None, renderer: Renderer | None, *, optional: bool) -> None:
        self._corpus = corpus
        self._describer = describer
        self._renderer = renderer
        self._optional = optional
        self._gate = asyncio.Semaphore(len(os.sched_getaffinity(0)))
        self.remarks: Counter[str] = Counter()

    async def __call__(self, scenes: Sequence[LabelScene]) -> Mapping[str, Draft]:
        if self._renderer is not None:
            await asyncio.gather(*(self._film(self._renderer, scene) for scene in scenes))
        drafts = {scene.id: Draft(scene.description, FOUND) for scene in scenes}
        if self._describer is None:
            return drafts
        try:
            labels, counts = await describe_all(self._corpus, scenes, self._describer)
        except LabelError as error:
            if error.fault != "down" or not self._optional:
                raise
            self._describer = None
            self.remarks[f"no drafts by a model: {error.message}"] += 1
            return drafts
        self.remarks.update({reason: count for reason, count in counts.items() if reason not in ("described", "there before")})
        return drafts | {key: Draft(label.description, f"the model {label.by}") for key, label in labels.items()}

    async def _film(self, renderer: Renderer, scene: LabelScene) -> None:
        out = self._corpus / scene.video
        if out.is_file():
            return
        async with self._gate:
            try:
                await asyncio.to_thread(out.parent.mkdir, parents=True, exist_ok=True)
                report = await renderer.render(scene.code, scene=scene.scene, quality="l", out=out, timeout_s=RENDER_S)
            except (SandboxError, RenderError) as error:
                self.remarks[f"no video: {error.message}"] += 1
                return
            except OSError as error:
                raise StorageError(f"{out} cannot be written: {error.strerror}") from error
        if report.get("error"):
            self.remarks["no video: the scene failed"] += 1
