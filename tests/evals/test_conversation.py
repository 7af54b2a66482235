"""The scorer of scripted chats on messages with known outcomes."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from evals.client import HiSolverClient
from evals.errors import DatasetError
from evals.scorers.dialogue import evaluate, posed_answer, posed_in, same_words, verdict_of, wrong_statements
from evals.suites.base import Asking
from evals.suites.conversation import ConversationSuite


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("**That is right.** The 6 fits.", "right"),
        ("Yes, 6 is correct. Is it not right to say so?", "right"),
        ("Correct!", "right"),
        ("**Not right yet.** Put it in.", "wrong"),
        ("That is not quite right.", "wrong"),
        ("No. Your second line is right, though.", "wrong"),
        ("Unfortunately 9 is wrong.", "wrong"),
        ("That isn't correct.", "wrong"),
        ("What is the right side of the equation?", None),
        ("Let us look at it together. Is it right?", None),
    ],
)
def test_a_verdict_is_read_from_the_first_sentence(text: str, verdict: str | None) -> None:
    assert verdict_of(text) == verdict


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Divide both sides by 4, since 24 / 4 = 6.", []),
        ("In step 9 nothing changes.", []),
        ("31 - 7 = 25, so go on.", ["31 - 7 = 25"]),
        ("There are 53 of them.", ["53"]),
        ("$4 \\cdot 6 + 7 = 31$ shows it.", []),
        ("Twice $3 + 4 = 8$ is wrong.", ["3 + 4 = 8"]),
        ("So $4x - 7 = 31$ is left.", []),
        ("This leaves us with -7 = 31 on the page.", ["-7 = 31"]),
    ],
)
def test_false_arithmetic_and_strange_numbers_are_found(text: str, wrong: list[str]) -> None:
    assert [
        item
        for item in wrong_statements(text, ["If $4x + 7 = 31$, what is $x$?", "$4x = 24$, so $x = 6$."])
        if "=" in item or item in wrong
    ] == wrong


def test_a_posed_problem_is_found_and_answered_by_the_formula_of_its_kind() -> None:
    problem = posed_in("Here is one.\n\n> If $3x + 8 = 23$,\n> what is $x$?\n\nTry it.")
    assert problem == "If $3x + 8 = 23$,\nwhat is $x$?"
    assert posed_answer(problem, r"\$(?P<a>\d+)x \+ (?P<b>\d+) = (?P<c>\d+)\$", "(c - b) / a") == 5
    assert posed_answer("If $x^2 = 4$?", r"\$(?P<a>\d+)x", "a") is None


@pytest.mark.parametrize("text", ["__import__('os')", "(1).real", "2 ** 9 ** 9 ** 9", "a", "1 +", "1 / 0"])
def test_only_plain_arithmetic_is_evaluated(text: str) -> None:
    with pytest.raises(ValueError, match=r"arithmetic|exponent"):
        evaluate(text)
    assert evaluate("(31 - 7) / 4") == Fraction(6)


def test_the_same_sentences_count_as_the_same() -> None:
    text = "Both sides are divided by four because that undoes the product."
    assert same_words(text, text) == 1.0
    assert same_words(text, "Ask which number times four makes the right side, and write it down.") < 0.2


def _dataset(tmp_path: Path, *turns: dict[str, Any]) -> ConversationSuite:
    row = {"id": "a", "family": "f", "problem": "If $4x + 7 = 31$, what is $x$?", "answer": "6", "turns": list(turns)}
    (tmp_path / "conversations.jsonl").write_text(json.dumps(row))
    return ConversationSuite()


POSED = {"pattern": r"(?P<a>\d+)x \+ (?P<b>\d+) = (?P<c>\d+)", "answer": "(c - b) / a", "example": "If $3x + 8 = 23$, what is $x$?"}


@pytest.mark.parametrize(
    ("expect", "text", "solution", "reason"),
    [
        ({"silent": True}, "You get 24 / 4.", None, "gives"),
        ({"silent": True}, "What was done last?", {"answer": "6"}, "holds the solution"),
        ({"answer": "6"}, "Done.", {"answer": "7"}, "answered 7"),
        ({"verdict": "wrong"}, "That is right.", None, "called right"),
        ({"posed": POSED}, "> If $4x + 7 = 31$, what is $x$?", None, "same answer"),
        ({"posed": POSED}, "> If $3x + 8 = 24$, what is $x$?", None, "16/3"),
        ({"posed": POSED, "silent": True}, "> If $3x + 8 = 23$, what is $x$?\n\nIt is 5.", None, "gives"),
        ({"mentions": [["four", "4"]]}, "Nothing of it.", None, "does not mention"),
        ({"explains": True}, "Why not.", None, "explains nothing"),
    ],
)
def test_a_turn_that_does_not_do_what_its_script_says_is_told(
    tmp_path: Path, expect: dict[str, Any], text: str, solution: Any, reason: str
) -> None:
    suite = _dataset(tmp_path, {"learner": "hello", "expect": expect})
    (item,) = suite.items(tmp_path)
    verdict = suite.score(item, {"turns": [{"text": text, "hisolver": {"solution": solution}, "refused": None}]})
    assert not verdict["right"] and reason in verdict["reason"]


@pytest.mark.parametrize(("second", "right"), [("If $5x + 1 = 41$, what is $x$?", True), ("If $3x + 8 = 29$, what is $x$?", False)])
def test_problems_are_told_apart_by_what_is_posed_and_not_by_the_words_around(tmp_path: Path, second: str, right: bool) -> None:
    posing = {"skill": "variant", "posed": POSED}
    suite = _dataset(tmp_path, {"learner": "one", "expect": posing}, {"learner": "another", "expect": {**posing, "differs_from": 0}})
    (item,) = suite.items(tmp_path)
    turns = [
        {
            "text": f"Here is one for you.\n\n> {problem}\n\nTry it, and tell me what you get.",
            "hisolver": {"skill": "variant"},
            "refused": None,
        }
        for problem in ("If $3x + 8 = 29$, what is $x$?", second)
    ]
    verdict = suite.score(item, {"turns": turns})
    assert verdict["right"] is right, verdict["reason"]


def test_the_learner_answers_what_was_really_posed(tmp_path: Path, server: Any, make_answer: Any) -> None:
    suite = _dataset(
        tmp_path,
        {"learner": "another one", "expect": {"skill": "variant", "posed": POSED, "silent": True}},
        {"learner": "is it {posed + 1}?", "expect": {"skill": "assess", "verdict": "wrong"}},
    )

    def answer(model: str, messages: list[dict[str, str]]) -> Any:
        if len(messages) == 1:
            return make_answer("> If $3x + 8 = 29$, what is $x$?\n\nTry it.", {"skill": "variant"})
        return make_answer("Not right yet." if messages[-1]["content"] == "is it 8?" else "That is right.", {"skill": "assess"})

    server.answer = answer
    (item,) = suite.items(tmp_path)
    record = asyncio.run(suite.ask(HiSolverClient(server.url), item, Asking(learner="l", seed=None, out=tmp_path)))
    assert suite.score(item, record)["right"]


@pytest.mark.parametrize("expect", [{}, {"unknown": 1}, {"posed": {**POSED, "example": "no such thing"}}])
def test_a_script_that_cannot_be_judged_is_refused(tmp_path: Path, expect: dict[str, Any]) -> None:
    suite = _dataset(tmp_path, {"learner": "hello", "expect": expect})
    with pytest.raises(DatasetError):
        suite.items(tmp_path)
