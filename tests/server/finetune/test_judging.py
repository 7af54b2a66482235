"""Scenes are judged by rendering, answers by computing behind the walls; what fails around it is no verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.errors import NoSandbox, SandboxError
from agents.sandbox import probe
from finetune.report.items import Item
from server.finetune.judging import SandboxedJudge

OPTIONS = [{"letter": letter, "text": text} for letter, text in zip("ABCD", ("1", "\\frac{1}{2}", "3", "4"), strict=True)]


class Renderer:
    """Renders what has a class in it; remembers what it was given."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure, self.sources, self.scenes = failure, [], []  # type: ignore[var-annotated]

    async def render(self, source: str, *, scene: str | None = None, quality: str = "l", out: Path, timeout_s: float = 60.0) -> Any:
        if self.failure is not None:
            raise self.failure
        self.sources.append(source)
        self.scenes.append(scene)
        good = "class " in source
        return {"ok": good, "error": None if good else {"kind": "none_rendered", "message": "there is no scene"}}

    async def mend(self, source: str, *, scene: str | None = None, timeout_s: float = 20.0) -> Any:
        raise AssertionError("an answer is judged as it stands")


def item(check: Any) -> Item:
    return Item("a", ({"role": "user", "content": "Which is it?"},), "x", "solve", check)


def judge(renderer: Renderer) -> SandboxedJudge:
    return SandboxedJudge(renderer, probe("auto"), 2)  # type: ignore[arg-type]


async def test_a_scene_that_renders_is_right_and_the_code_is_taken_out_of_its_fence() -> None:
    renderer = Renderer()
    verdict = await judge(renderer).verdict(
        item({"kind": "render", "scene": "A"}), "Here:\n```python\nclass A(Scene):\n    pass\n```\nEnjoy!"
    )
    assert verdict.right is True and renderer.sources == ["class A(Scene):\n    pass\n"] and renderer.scenes == ["A"]
    verdict = await judge(renderer).verdict(item({"kind": "render"}), "I cannot do that.")
    assert verdict.right is False and verdict.detail == "none_rendered: there is no scene" and renderer.scenes[-1] is None


@pytest.mark.parametrize(
    ("check", "text", "right"),
    [
        ({"answer": "5"}, "2 + 3 = 5\nThe answer is 5.", True),
        ({"answer": "5"}, "The answer is 6.", False),
        ({"answer": "1/2"}, r"\boxed{0.5}", True),
        ({"answer": "12"}, "The answer is 12 cm", True),
        ({"answer": "5"}, "I do not know", False),
        ({"answer": "a blue circle"}, "The answer is  A Blue circle.", True),
        ({"answer": "a blue circle"}, "a red circle", False),
        ({"answer": "\\frac{1}{2}", "options": OPTIONS}, "The answer is B.", True),
        ({"answer": "B", "options": OPTIONS}, "The answer is (C).", False),
        ({"answer": "B", "options": OPTIONS}, "So x = 0.5\n#### 0.5", True),
    ],
)
async def test_an_answer_is_compared_by_its_value(check: dict[str, Any], text: str, right: bool) -> None:
    verdict = await judge(Renderer()).verdict(item({"kind": "answer", **check}), text)
    assert verdict.right is right, verdict


async def test_walls_that_fail_are_no_verdict_and_no_walls_stop_everything() -> None:
    verdict = await judge(Renderer(SandboxError("the walls fell"))).verdict(item({"kind": "render"}), "class A: pass")
    assert verdict.right is None and "walls" in verdict.detail
    with pytest.raises(NoSandbox):
        await judge(Renderer(NoSandbox("none here"))).verdict(item({"kind": "render"}), "class A: pass")


async def test_a_kind_that_nobody_knows_is_not_judged() -> None:
    verdict = await judge(Renderer()).verdict(item({"kind": "taste"}), "x")
    assert verdict.right is None and "taste" in verdict.detail
