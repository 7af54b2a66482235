"""`python -m evals.run` against a tiny server that speaks the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.run import main
from evals.scorers.video import sample_video
from evals.suites import SUITES

DATA = Path(__file__).parents[2] / "evals" / "datasets"


def solution(choice: str | None, status: str = "verified") -> dict[str, Any]:
    return {
        "skill": "solve",
        "solution": {"answer": "5", "choice": choice, "steps": [], "verification": {"status": status, "method": "", "detail": ""}},
    }


def keys() -> dict[str, str]:
    """Prompt to gold letter."""
    return {item.prompt: item.expected for item in SUITES["solve"]().items(DATA)}


def read(out: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((out / "report.json").read_text())
    return report


def run(server: Any, out: Path, *arguments: str) -> int:
    return main([*arguments, "--base-url", server.url, "--out", str(out), "--retries", "0"])


def test_right_letters_pass_and_wrong_ones_are_told_apart(
    server: Any, make_answer: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = keys()
    wrong = "agieval-sat-math-056"

    def answer(model: str, messages: list[dict[str, str]]) -> Any:
        assert model == "hisolver-solve"
        prompt = messages[-1]["content"]
        ids = {item.prompt: item.id for item in SUITES["solve"]().items(DATA)}
        if ids[prompt] == wrong:
            return make_answer(hisolver=solution("B" if gold[prompt] == "A" else "A", "unverified"))
        return make_answer(hisolver=solution(gold[prompt]))

    server.answer = answer
    assert run(server, tmp_path / "out", "solve", "--limit", "4") == 0
    report = read(tmp_path / "out")
    suite = report["suites"][0]
    assert [row["id"] for row in suite["rows"]] == [f"agieval-sat-math-{number:03d}" for number in (0, 56, 110, 164)]
    assert (suite["n"], suite["score"], suite["infrastructure_errors"]) == (4, 0.75, 0)
    assert suite["interval"][0] < 0.75 < suite["interval"][1]
    assert suite["metrics"]["verified precision"]["value"] == 1.0
    assert suite["metrics"]["verified coverage"]["value"] == 0.75
    assert suite["tokens"] == {"prompt": 400, "completion": 80, "cached": 240}
    assert 0 < suite["first_text_s"]["p50"] <= suite["seconds"]["p50"] <= suite["seconds"]["p95"]
    assert report["server"]["model"] == {"name": "fake"}
    assert "75.0 %" in capsys.readouterr().out and "75.0 %" in (tmp_path / "out" / "report.md").read_text()
    assert all(body["stream"] is True and body["stream_options"] == {"include_usage": True} for body in server.seen)
    assert list((tmp_path / "out" / "logs").iterdir()), "inspect's own log is kept"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 503}, "http_503"),
        ({"cut": True}, "cut_stream"),
        ({"stream_error": "server_error"}, "stream_error"),
        ({"status": 429, "error": "rate_limit_error"}, "http_429"),
    ],
)
def test_a_failing_server_is_infrastructure_and_never_a_wrong_answer(
    server: Any, make_answer: Any, tmp_path: Path, fault: dict[str, Any], kind: str
) -> None:
    gold, broken = keys(), next(iter(keys()))
    server.answer = lambda model, messages: (
        make_answer(**fault) if messages[-1]["content"] == broken else make_answer(hisolver=solution(gold[messages[-1]["content"]]))
    )
    assert run(server, tmp_path / "out", "solve", "--limit", "3") == 3
    report = read(tmp_path / "out")
    suite = report["suites"][0]
    assert report["outcome"] == "infrastructure"
    assert (suite["n"], suite["score"], suite["infrastructure_errors"], suite["faults"]) == (2, 1.0, 1, {kind: 1})
    assert suite["rows"][0]["right"] is None and suite["rows"][0]["fault"]["kind"] == kind


def test_a_request_that_takes_too_long_is_infrastructure(server: Any, make_answer: Any, tmp_path: Path) -> None:
    server.answer = lambda model, messages: make_answer(delay_s=5.0)
    assert run(server, tmp_path / "out", "solve", "--limit", "1", "--timeout", "0.5") == 3
    assert read(tmp_path / "out")["suites"][0]["faults"] == {"timeout": 1}


def test_a_refused_problem_is_a_wrong_answer(server: Any, make_answer: Any, tmp_path: Path) -> None:
    server.answer = lambda model, messages: make_answer(status=400, error="invalid_request_error")
    assert run(server, tmp_path / "out", "solve", "--limit", "1") == 0
    row = read(tmp_path / "out")["suites"][0]["rows"][0]
    assert row["right"] is False and "this is why" in row["reason"]


def test_an_infrastructure_error_is_tried_again(server: Any, make_answer: Any, tmp_path: Path) -> None:
    gold = keys()
    server.answer = lambda model, messages: (
        make_answer(status=502) if len(server.seen) == 1 else make_answer(hisolver=solution(gold[messages[-1]["content"]]))
    )
    assert main(["solve", "--limit", "1", "--base-url", server.url, "--out", str(tmp_path / "out"), "--retries", "1"]) == 0
    row = read(tmp_path / "out")["suites"][0]["rows"][0]
    assert row["right"] is True and row["retries"] == 1 and len(server.seen) == 2


def test_no_server_is_exit_3_and_a_wrong_key_exit_2(server: Any, tmp_path: Path) -> None:
    assert main(["solve", "--limit", "1", "--base-url", "http://127.0.0.1:1", "--out", str(tmp_path / "out")]) == 3
    server.key = "secret"
    assert run(server, tmp_path / "out", "solve", "--limit", "1") == 2
    assert run(server, tmp_path / "out", "solve", "--limit", "1", "--api-key", "secret") == 0
    server.key, server.models = "", ("gpt",)
    assert run(server, tmp_path / "out", "solve", "--limit", "1") == 2


def test_a_score_below_the_baseline_is_exit_1_and_names_the_items_that_flipped(server: Any, make_answer: Any, tmp_path: Path) -> None:
    gold, baseline = keys(), tmp_path / "baselines"
    server.answer = lambda model, messages: make_answer(hisolver=solution(gold[messages[-1]["content"]]))
    assert run(server, tmp_path / "first", "solve", "--limit", "3", "--baseline", str(baseline), "--update-baseline") == 0
    assert json.loads((baseline / "solve.json").read_text())["score"] == 1.0

    server.answer = lambda model, messages: make_answer(hisolver=solution(None))
    assert run(server, tmp_path / "second", "solve", "--limit", "3", "--baseline", str(baseline)) == 0, (
        "a regression only fails where asked for"
    )
    assert run(server, tmp_path / "third", "solve", "--limit", "3", "--baseline", str(baseline), "--fail-on-regression") == 1
    found = read(tmp_path / "third")["suites"][0]["baseline"]
    assert len(found["went_wrong"]) == 3 and found["went_right"] == [] and found["regression"] is True
    assert found["went_wrong"][0] in (tmp_path / "third" / "report.md").read_text()


def test_a_run_that_could_not_measure_everything_leaves_the_baseline_alone(server: Any, make_answer: Any, tmp_path: Path) -> None:
    server.answer = lambda model, messages: make_answer(status=500)
    assert run(server, tmp_path / "out", "solve", "--limit", "1", "--baseline", str(tmp_path / "b"), "--update-baseline") == 3
    assert not (tmp_path / "b").exists()


def test_a_run_that_was_cut_short_goes_on_with_what_is_left_and_scores_the_rest_again(
    server: Any, make_answer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gold, out = keys(), tmp_path / "out"
    asked: list[str] = []

    def answer(model: str, messages: list[dict[str, str]]) -> Any:
        asked.append(messages[-1]["content"])
        return make_answer(status=503) if len(asked) == 3 else make_answer(hisolver=solution(gold[asked[-1]]))

    server.answer = answer
    assert run(server, out, "solve", "--limit", "4") == 3
    assert run(server, out, "solve", "--limit", "4", "--resume") == 0
    suite = read(out)["suites"][0]
    assert len(asked) == 5 and asked[4] == asked[2], "only what failed is asked again"
    assert (suite["n"], suite["score"], suite["resumed"]) == (4, 1.0, 3)
    assert suite["tokens"]["completion"] > 0 and suite["seconds"]["p50"] is not None
    assert "3 items were asked by an earlier run" in (out / "report.md").read_text()

    monkeypatch.setattr(SUITES["solve"], "score", lambda self, item, record: {"right": False, "reason": "", "answered": "", "facts": {}})
    monkeypatch.setattr(SUITES["solve"], "metrics", lambda self, verdicts, records: {})
    monkeypatch.setattr(SUITES["solve"], "prove", lambda self, items: None)
    assert run(server, out, "solve", "--limit", "4", "--resume") == 0
    assert len(asked) == 5 and read(out)["suites"][0]["score"] == 0.0


def test_measurements_with_another_seed_or_of_another_model_are_not_mixed(server: Any, make_answer: Any, tmp_path: Path) -> None:
    server.answer = lambda model, messages: make_answer(hisolver=solution(None))
    assert run(server, tmp_path / "out", "solve", "--limit", "1", "--seed", "1") == 0
    assert run(server, tmp_path / "out", "solve", "--limit", "1", "--seed", "2", "--resume") == 2
    server.model_name = "other"
    assert run(server, tmp_path / "out", "solve", "--limit", "1", "--seed", "1", "--resume") == 2
    assert main(["solve", "--base-url", server.url, "--resume"]) == 2


def test_epochs_and_seeds_reach_the_server(server: Any, make_answer: Any, tmp_path: Path) -> None:
    gold = keys()
    server.answer = lambda model, messages: make_answer(hisolver=solution(gold[messages[-1]["content"]] if len(server.seen) == 1 else None))
    assert run(server, tmp_path / "out", "solve", "--sample-id", "agieval-sat-math-000", "--epochs", "2", "--seed", "7") == 0
    suite = read(tmp_path / "out")["suites"][0]
    assert sorted(body["seed"] for body in server.seen) == [7, 8]
    assert (suite["n"], suite["score"], len(suite["rows"])) == (1, 0.5, 2)


def ladder(server: Any, make_answer: Any, texts: list[str]) -> None:
    def answer(model: str, messages: list[dict[str, str]]) -> Any:
        level = sum(message["role"] == "assistant" for message in messages) + 1
        if level > len(texts):
            solution = {"answer": "18", "choice": None, "steps": [], "verification": {"status": "verified", "method": "", "detail": ""}}
            return make_answer(text="Answer: 18", hisolver={"skill": "solve", "solution": solution})
        text = texts[level - 1]
        return make_answer(
            text=f"**Hint {level} of 4**\n\n{text}",
            hisolver={"skill": "hint", "hint": {"level": level, "of": 4, "text": text, "leak_checked": True}},
        )

    server.answer = answer


def test_a_hint_chat_sends_nothing_but_the_message_history(server: Any, make_answer: Any, tmp_path: Path) -> None:
    ladder(server, make_answer, ["What is asked?", "What is given?", "How many eggs are left?", "Now bring in the price."])
    assert run(server, tmp_path / "out", "hints", "--limit", "1") == 0
    suite = read(tmp_path / "out")["suites"][0]
    assert suite["score"] == 1.0, suite["rows"]
    assert [len(body["messages"]) for body in server.seen] == [1, 3, 5, 7, 9]
    assert (
        "full solution" in server.seen[-1]["messages"][-1]["content"] and "Another hint" not in server.seen[-1]["messages"][-1]["content"]
    )
    assert all(
        set(body) == {"model", "messages", "stream", "stream_options", "user"} and body["model"] == "hisolver-hint" for body in server.seen
    )


@pytest.mark.parametrize(
    ("last", "why"),
    [("She earns eighteen dollars.", "holds"), ("Now compute $9 \\cdot 2$.", "holds"), ("What is given?", "same")],
)
def test_a_ladder_that_leaks_or_repeats_is_wrong(server: Any, make_answer: Any, tmp_path: Path, last: str, why: str) -> None:
    ladder(server, make_answer, ["What is asked?", "What is given?", "How many eggs are left?", last])
    assert run(server, tmp_path / "out", "hints", "--limit", "1") == 0
    row = read(tmp_path / "out")["suites"][0]["rows"][0]
    assert row["right"] is False and why in row["reason"]


def animation(*sources: str) -> dict[str, Any]:
    beats = [{"id": f"b{number}", "source": source, "attempts": 1, "errors": []} for number, source in enumerate(sources)]
    return {
        "skill": "animate",
        "animation": {"status": "rendered", "url": "/v1/artifacts/v", "manifest_url": "/v1/artifacts/m", "seconds": 2.0, "beats": beats},
    }


def test_a_video_is_fetched_decoded_and_held_against_what_must_be_seen(server: Any, make_answer: Any, tmp_path: Path) -> None:
    shown = [{"kind": "MathTex", "text": text, "from_s": 0, "to_s": 1} for text in ("3x + 5 = 20", "3x = {{15}}", "$x=5$")]
    server.files = {"v": ("video/mp4", sample_video()), "m": ("application/json", json.dumps({"shown": shown}).encode())}
    server.answer = lambda model, messages: make_answer(hisolver=animation("code", "storyboard", "storyboard", "plain"))
    arguments = ("render", "--sample-id", "prompt-solve-linear,prompt-sine,theorem-directrix")
    assert run(server, tmp_path / "out", *arguments) == 0
    suite = read(tmp_path / "out")["suites"][0]
    rows = {row["id"]: row for row in suite["rows"]}
    assert rows["prompt-solve-linear"]["right"] is True and rows["theorem-directrix"]["right"] is True
    assert rows["prompt-sine"]["right"] is False and "not seen: Axes" in rows["prompt-sine"]["reason"]
    assert suite["metrics"]["playable videos"]["value"] == 1.0
    assert suite["metrics"]["beats by storyboard"]["value"] == 0.5
    assert (tmp_path / "out" / "frames" / "theorem-directrix.png").read_bytes().startswith(b"\x89PNG")


def test_scenes_by_the_coder_are_told_apart_by_repairs_and_by_what_was_left_out(server: Any, make_answer: Any, tmp_path: Path) -> None:
    def told(**beat: Any) -> dict[str, Any]:
        layout = [{"kind": "overlap", "severity": "warning", "objects": [], "at_s": 1.0}]
        return {"shown": [{"kind": "Text", "text": "3x+5=20", "from_s": 0, "to_s": 1}], "layout": layout, "beats": [beat]}

    beats = [
        told(source="code", calls=1, left_out=0, mended=[]),
        told(source="code", calls=3, left_out=1, mended=["left out: x"]),
        told(source="plain", calls=4, left_out=0, mended=[], errors=["code: no"]),
    ]
    server.files = {"v": ("video/mp4", sample_video())}

    def answer(model: str, messages: Any) -> Any:
        told_now = beats[len(server.seen) - 1]
        server.files["m"] = ("application/json", json.dumps(told_now).encode())
        return make_answer(hisolver=animation(told_now["beats"][0]["source"]))

    server.answer = answer
    assert run(server, tmp_path / "out", "code", "--sample-id", "prompt-solve-linear,prompt-sine,prompt-interval") == 0
    assert all(body["hisolver"] == {"animate_by": "code"} for body in server.seen)
    suite = read(tmp_path / "out")["suites"][0]
    values = {name: metric["value"] for name, metric in suite["metrics"].items()}
    assert [round(values[f"rendered after {count} repairs"], 2) for count in range(4)] == [0.33, 0.33, 0.67, 0.67]
    assert round(values["rendered whole, nothing left out"], 2) == round(values["rendered as first written, nothing mended"], 2) == 0.33
    assert values["layout warnings a minute"] > 0 == values["layout errors a minute"]
    assert [row["reason"] for row in suite["rows"] if not row["right"]] == ["not by code: code: no"]


@pytest.mark.parametrize(
    ("text", "layout", "reason"),
    [
        ("x = 7", [], ""),
        ("x = 7777", [], "numbers from nowhere: 7777"),
        ("no number", [{"kind": "overlap", "severity": "error", "objects": [], "at_s": 1.0}], "1 errors of the layout"),
        ("no number", [{"kind": "overlap", "severity": "warning", "objects": [], "at_s": 1.0}], ""),
    ],
)
def test_a_video_of_a_solution_is_held_against_it(
    server: Any, make_answer: Any, tmp_path: Path, text: str, layout: list[Any], reason: str
) -> None:
    shown = [{"kind": "MathTex", "text": text, "from_s": 0, "to_s": 1}, {"kind": "DecimalNumber", "text": "4321", "from_s": 0, "to_s": 1}]
    told = {"shown": shown, "layout": layout, "beats": []}
    server.files = {"v": ("video/mp4", sample_video()), "m": ("application/json", json.dumps(told).encode())}
    solved = {"answer": "7", "choice": "A", "steps": [{"say": "So it is seven.", "latex": "x = 7"}]}
    server.answer = lambda model, messages: make_answer(hisolver=animation("storyboard") | {"solution": solved})
    assert run(server, tmp_path / "out", "videos", "--limit", "1") == 0
    row = read(tmp_path / "out")["suites"][0]["rows"][0]
    assert (row["right"], row["reason"]) == (not reason, reason)


@pytest.mark.parametrize(
    "files", [{}, {"v": ("video/mp4", b"no video")}, {"v": ("text/html", sample_video())}, {"v": ("video/mp4", sample_video(blank=True))}]
)
def test_a_video_that_is_missing_broken_mislabelled_or_blank_is_wrong(
    server: Any, make_answer: Any, tmp_path: Path, files: dict[str, Any]
) -> None:
    server.files = files
    server.answer = lambda model, messages: make_answer(hisolver=animation("plain"))
    assert run(server, tmp_path / "out", "render", "--sample-id", "theorem-directrix") == 0
    row = read(tmp_path / "out")["suites"][0]["rows"][0]
    assert row["right"] is False and row["reason"]


def test_a_dry_run_needs_no_server_and_proves_every_item(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["all", "--dry-run", "--limit", "2", "--base-url", "http://127.0.0.1:1", "--json"]) == 0
    plans = {plan["suite"]: plan for plan in json.loads(capsys.readouterr().out)["suites"]}
    assert {name: plan["proof"]["items"] for name, plan in plans.items()} == {
        "solve": 110,
        "gsm8k": 200,
        "hints": 120,
        "conversation": 40,
        "render": 154,
        "code": 94,
        "videos": 110,
        "pictures": 40,
        "layout": 141,
        "retrieval": 243,
    }
    assert all(len(plan["asked"]) == 2 for plan in plans.values())


def test_json_output_is_the_report_and_nothing_else(
    server: Any, make_answer: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answer = lambda model, messages: make_answer(hisolver=solution("A"))
    run(server, tmp_path / "out", "solve", "--limit", "1", "--json")
    assert json.loads(capsys.readouterr().out) == read(tmp_path / "out")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["solve", "--limit", "0"],
        ["solve", "--epochs", "x"],
        ["solve", "--timeout", "-1"],
        ["solve", "--sample-id", "nobody", "--dry-run"],
        ["solve", "--data-dir", "/nowhere", "--dry-run"],
        ["solve", "--base-url", "ftp://x"],
        ["solve", "--baseline", "/nowhere"],
        ["solve", "hints", "--baseline", "one.json"],
        [],
    ],
)
def test_wrong_usage_is_exit_2(arguments: list[str]) -> None:
    try:
        code = main(arguments)
    except SystemExit as end:  # argparse ends by itself
        code = end.code if isinstance(end.code, int) else -1
    assert code == 2


def test_every_item_and_epoch_comes_from_a_learner_the_server_has_never_seen(server: Any, make_answer: Any, tmp_path: Path) -> None:
    ladder(server, make_answer, ["What is asked?", "What is given?", "How many eggs are left?", "Now bring in the price."])
    run(server, tmp_path / "out", "hints", "--limit", "2", "--epochs", "2")
    learners = [body["user"] for body in server.seen]
    assert len(server.seen) == 20 and len(set(learners)) == 4, "one learner a chat, never the same in two"
