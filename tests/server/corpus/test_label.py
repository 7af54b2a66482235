from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents.context import ModelReply
from agents.errors import ModelError, ModelUnavailable, RenderError
from retrieval.errors import LabelError
from retrieval.labels.machine import AT_ONCE
from retrieval.labels.scenes import choose
from server.cli import run
from server.corpus.describing import ModelDescriber, Preparer
from server.corpus.label_studio import Login, server_environment
from tests.retrieval.labels.corpora import write_corpus


class Model:
    """Answers every question with `text`, or raises it."""

    def __init__(self, text: Any) -> None:
        self.text = text
        self.asked: list[Any] = []

    async def chat(self, role: str, messages: Any, **options: Any) -> ModelReply:
        self.asked.append((role, messages, options))
        if isinstance(self.text, Exception):
            raise self.text
        return ModelReply(self.text, "stop", 1, 1, 0, 0.1)

    async def sample(self, *_: Any, **__: Any) -> list[ModelReply]:
        raise AssertionError("one answer is enough")


class Films:
    """A renderer that writes a file, or raises, or reports a scene that failed."""

    def __init__(self, outcome: Any = None) -> None:
        self.outcome = outcome
        self.filmed: list[str | None] = []

    async def render(self, source: str, *, scene: str | None = None, quality: str = "l", out: Path, timeout_s: float = 60.0) -> Any:
        self.filmed.append(scene)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        if self.outcome is None:
            out.write_bytes(b"video")
        return {"error": self.outcome}

    async def mend(self, *_: Any, **__: Any) -> Any:
        raise AssertionError("scenes of the corpus are shown as they are")


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write_corpus(tmp_path / "corpus")


async def test_the_model_is_shown_the_code_as_data_and_its_answer_is_the_draft(corpus: Path) -> None:
    model = Model(json.dumps({"shows": "Arrows are\n added."}))
    scenes = choose(corpus).scenes
    drafts = await Preparer(corpus, ModelDescriber(model, "m-7"), None, optional=True)(scenes)
    assert {draft.text for draft in drafts.values()} == {"Arrows are added."} and {draft.by for draft in drafts.values()} == {
        "the model m-7"
    }
    _, messages, options = model.asked[0]
    code = min((scene.code for scene in scenes), key=len).strip()
    assert code in messages[-1]["content"] and code not in messages[0]["content"] and options["schema"]


@pytest.mark.parametrize(
    "answer", ["not json", '{"shows": 3}', '{"other": ""}', '{"shows": "```python"}', '{"shows": "  "}', ModelError("cut")]
)
async def test_an_unusable_answer_leaves_the_words_that_were_found_and_is_counted(corpus: Path, answer: Any) -> None:
    preparer = Preparer(corpus, ModelDescriber(Model(answer), "m"), None, optional=False)
    drafts = await preparer(choose(corpus).scenes)
    assert {draft.by for draft in drafts.values()} == {"found in the code"} and preparer.remarks.total() == 6
    assert "pie chart of three shares" in {draft.text for draft in drafts.values()}


async def test_without_a_model_what_was_found_is_the_draft_unless_a_model_was_asked_for(corpus: Path) -> None:
    model = Model(ModelUnavailable("the weights are not here"))
    optional = Preparer(corpus, ModelDescriber(model, "m"), None, optional=True)
    scenes = choose(corpus).scenes
    assert {draft.by for draft in (await optional(scenes)).values()} == {"found in the code"}
    await optional(scenes)
    assert len(model.asked) <= AT_ONCE < len(scenes)  # it is not asked again for every scene
    assert any("the weights are not here" in remark for remark in optional.remarks)
    with pytest.raises(LabelError, match="the weights are not here"):
        await Preparer(corpus, ModelDescriber(model, "m"), None, optional=False)(scenes)


async def test_videos_are_rendered_once_and_one_that_fails_costs_no_other(corpus: Path) -> None:
    scenes = choose(corpus).scenes
    films = Films()
    await Preparer(corpus, None, films, optional=True)(scenes)
    await Preparer(corpus, None, films, optional=True)(scenes)
    assert len(films.filmed) == 6 and all((corpus / scene.video).read_bytes() == b"video" for scene in scenes)
    for scene in scenes:
        (corpus / scene.video).unlink()
    for outcome in (RenderError("no room"), {"kind": "timeout", "message": "too long", "line": None, "hint": ""}):
        preparer = Preparer(corpus, None, Films(outcome), optional=True)
        assert len(await preparer(scenes)) == 6 and preparer.remarks.total() == 6


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["push", "--draft", "nobody"], 2, "--draft"),
        (["push", "--limit", "0"], 2, "--limit"),
        (["push"], 2, "hisolver corpus label start"),
        (["pull"], 2, "hisolver corpus label start"),
        (["agreement"], 2, "hisolver corpus label pull"),
        (["export"], 2, "corpus preprocess"),
        (["machine"], 2, "corpus preprocess"),
    ],
)
def test_what_is_missing_is_named_with_the_command_that_makes_it(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["corpus", "label", *arguments]) == code
    shown = capsys.readouterr()
    assert words in shown.err and shown.err.count("\n") == 1 and "Traceback" not in shown.err


def test_people_s_and_a_model_s_pairs_are_exported_apart(corpus: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = choose(corpus).scenes[0].id
    row = {"id": scene, "description": "words", "tags": [], "rating": None, "by": "m", "at": "2026-11-26T00:00:00+00:00", "machine": True}
    (corpus / "machine_labels.jsonl").write_text(json.dumps(row) + "\n")
    assert run(["corpus", "label", "export", "--corpus", str(corpus)]) == 2
    assert "label pull" in capsys.readouterr().err
    assert run(["corpus", "label", "export", "--machine", "--json", "--corpus", str(corpus)]) == 0
    assert json.loads(capsys.readouterr().out)["pairs"] == 1
    assert json.loads((corpus / "machine_pairs.jsonl").read_text())["machine"] is True and not (corpus / "pairs.jsonl").exists()


def test_the_server_gets_its_login_and_no_setting_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HISOLVER_MODEL_KEY", "secret")
    given = server_environment(tmp_path, tmp_path / "corpus", Login("http://127.0.0.1:1", "k", "e@x", "p", "c"))
    assert "secret" not in given.values() and not any(name.startswith("HISOLVER_") for name in given)
    assert given["LABEL_STUDIO_COLLECT_ANALYTICS"] == given["LABEL_STUDIO_LATEST_VERSION_CHECK"] == "false"
