"""What the hints suite measures beyond numbers: options, last equations, and a student that is asked directly."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from evals.errors import UsageError
from evals.run import main
from evals.scorers.expressions import evaluate, same
from evals.scorers.leaks import find_leaks, find_option_leaks, option_number
from evals.stats import paired_gain
from evals.student import MAX_TOKENS, Student, advice, chosen_letter, given_number, messages
from evals.suites.hints import HintsSuite

DATA = Path(__file__).parents[2] / "evals" / "datasets"
STEM = "Ann sent $m$ messages each hour for 5 hours, Tim $p$ messages each hour for 4 hours. How many did they send?"
BOOKS = "A shop sells pens at $2 each and books at $7 each. Ann buys 9 items for $33 in total. How many books does she buy?"


@pytest.mark.parametrize(
    "hint",
    [
        "Together that is $4p + 5m$.",
        "The total is $5 m+4 p$ in all.",
        "Look at (B).",
        "Choose option B.",
        "The answer is B.",
        "Write $T = 5m + 2p + 2p$.",
    ],
)
def test_an_option_leaks_by_letter_text_and_equal_formula(hint: str) -> None:
    assert find_option_leaks(hint, "B", "$5 m+4 p$", STEM)


def test_a_bound_is_read_off_like_a_value() -> None:
    problem = "At most 5000 pounds may be loaded, 15 pounds a box, beside 3755 pounds of truck. How many boxes?"
    assert find_leaks("Subtract: $15x \\leq 1245$.", Fraction(83), problem)
    assert find_leaks("Set it up: $15x + 3755 \\leq 5000$.", Fraction(83), problem) == []


def test_an_equation_of_what_is_asked_is_one_move_from_it() -> None:
    problem = "$$9 a x+9 b-6=21$$Based on the equation above, what is the value of $a x+b ?$"
    assert find_leaks(r"Add 6 to both sides: $9 {\left(a x + b\right)} = 27$.", Fraction(3), problem)
    assert find_leaks(r"Keep it together: $9 {\left(a x + b\right)} - 6 = 21$.", Fraction(3), problem) == []


def test_an_option_that_says_there_is_nothing_leaks_in_other_words() -> None:
    stem, option = "For what value of $n$ is $|n-1|+1$ equal to 0?", "There is no such value of $n$."
    assert find_option_leaks("So $|n-1| = -1$ has no solution.", "D", option, stem)
    assert find_option_leaks("Subtract 1: $|n-1| = -1$.", "D", option, stem) == []
    assert find_option_leaks("So it has no solution.", "B", "5", stem) == []
    asked = "Has $|n-1|+1 = 0$ one solution, or no solution?"
    assert find_option_leaks("When has such an equation no solution?", "D", "no solution", asked) == []


@pytest.mark.parametrize(
    "hint", ["Ann sent $5m$.", "A better idea: count each one's messages.", "Which of the options adds them?", "$m + p$"]
)
def test_a_hint_on_the_way_to_an_option_does_not_leak(hint: str) -> None:
    assert find_option_leaks(hint, "B", "$5 m+4 p$", STEM) == []


@pytest.mark.parametrize(
    "hint", ["$5b = 15$", "5b = 15", "$15 = 5b$", r"$\frac{b}{2} = 1.5$", "$5b = 33 - 18$", "$10 - b = 7$", "b = 33 - 30"]
)
def test_the_last_equation_leaks(hint: str) -> None:
    assert find_leaks(hint, Fraction(3), BOOKS)


@pytest.mark.parametrize("hint", ["$18 + 5b = 33$", "$2(9 - b) + 7b = 33$", "$p + b = 9$", "$2b = 9$", "$5c = 20$"])
def test_an_equation_that_takes_more_than_a_move_does_not_leak(hint: str) -> None:
    assert find_leaks(hint, Fraction(3), BOOKS) == []


def test_an_equation_of_the_problem_is_no_leak() -> None:
    assert find_leaks("You know that $x + 4 = 10$.", Fraction(6), "If $x + 4 = 10$, what is $x$?") == []
    system = "If $2x - y = 8$ and $x + 2y = 4$, what is the value of $x + y$?"
    assert find_leaks(f'Read what is asked: "{system}" and use $x + 2y = 4$.', Fraction(4), system) == []
    assert find_leaks("You get $x + y = 4$.", Fraction(4), system)


@pytest.mark.parametrize(
    ("option", "number"),
    [
        ("31", 31),
        ("$\\frac{1}{2}$", Fraction(1, 2)),
        ("12 inches", 12),
        ("$-2$", -2),
        ("$x=3$", 3),
        ("10%", 10),
        ("$\\$4.50$", Fraction(9, 2)),
    ],
)
def test_options_that_are_numbers_are_read(option: str, number: Fraction) -> None:
    assert option_number(option) == number


@pytest.mark.parametrize(
    "option", ["$5 m+4 p$", "$(3,-8)$", "$2 \\sqrt{3}$", "Between 10 and 20", "$3 \\pi$", "There is exactly 1 solution."]
)
def test_other_options_are_no_numbers(option: str) -> None:
    assert option_number(option) is None


@pytest.mark.parametrize(
    ("hint", "leaks"), [("Set it up: $x = -1$.", False), ("Put in $-1$ for $x$.", False), ("So $f(-1) = 1$.", True), ("$x = -(-1)$", True)]
)
def test_a_number_with_a_minus_states_another(hint: str, leaks: bool) -> None:
    assert bool(find_leaks(hint, Fraction(1), "If $f(x) = x + 2$, what is $f(-1)$?")) is leaks


def test_formulas_are_compared_by_value() -> None:
    assert same("$(x+1)^2$", "x^2 + 2x + 1") and same(r"\frac{x}{2} + y", "(x + 2y)/2")
    assert not same("x^2 + 1", "x^2 + 2") and not same("x", "y") and not same("3", "3")
    assert evaluate("2x - 1", {"x": Fraction(3)}) == 5
    assert evaluate(r"\sqrt{x}", {"x": Fraction(4)}) is None and evaluate("1/(x-3)", {"x": Fraction(3)}) is None


@pytest.mark.parametrize(
    ("text", "letter"),
    [("1. So x = 2.\nAnswer: B", "B"), ("Answer: (C) 4", "C"), ("It must be (D).", "D"), ("answer: **A**", "A"), ("no idea", None)],
)
def test_the_students_letter_is_read(text: str, letter: str | None) -> None:
    assert chosen_letter(text) == letter


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9 * 2 = 18\nAnswer: $18", 18),
        ("Answer: 1,200 dollars", 1200),
        ("so 5 and then 7", 7),
        ("none", None),
        ("Now answer this: $320 - $20 = $300.", 300),
        ("**Answer:** 5 of 7", 5),
        ("The answer is -2.", -2),
    ],
)
def test_the_students_number_is_read(text: str, number: int | None) -> None:
    assert given_number(text) == number


@pytest.mark.parametrize(
    ("text", "tokens", "solved"),
    [
        ("So it is (B).", 20, True),
        ("(A) fails. Let us look at (B)", MAX_TOKENS, False),
        ("Answer: (B)\nAnd further, for (A) and (C)", MAX_TOKENS, True),
    ],
)
def test_a_student_that_was_cut_off_settled_on_nothing(text: str, tokens: int, solved: bool) -> None:
    suite = HintsSuite()
    item = next(item for item in suite.items(DATA) if item.id.startswith("agieval") and item.expected == "B")
    record = suite.proof(item).gold | {"student": [{"stage": "none", "text": text, "completion_tokens": tokens}]}
    assert suite.score(item, record)["facts"]["student"] == {"none": solved}


def test_advice_is_as_long_as_the_hints_it_stands_for() -> None:
    like = "Read the problem: what is asked? " * 30
    count = len(like.replace("?", " ?").replace(":", " :").split())
    assert len(advice(like).replace(".", " .").replace(",", " ,").replace(":", " :").split()) == count


def test_a_paired_gain_lies_inside_its_interval_and_narrows_with_items() -> None:
    few = paired_gain([(False, True)] * 4 + [(True, True)] * 6)
    many = paired_gain(([(False, True)] * 4 + [(True, True)] * 6) * 10)
    assert few[0] == many[0] == pytest.approx(0.4)
    assert few[1] < 0.4 < few[2] and many[2] - many[1] < few[2] - few[1]
    assert paired_gain([(True, True)] * 5)[0] == 0


@pytest.mark.parametrize("hints", [1, 2, 3, 4])
def test_the_students_example_shows_as_many_hints_and_is_worked_as_without(hints: int) -> None:
    for problem, answer in (("How many eggs are left?", "Answer: 35"), ("What is $x$?\n(A) 4\n(B) 6", "Answer: (B)")):
        told = messages(problem, "- Count them.", hints)
        assert told[-1]["content"].index(problem) < told[-1]["content"].index("- Count them.")
        assert told[1]["content"].count("\n- ") == hints
        assert told[-2]["content"].endswith(answer)
        assert told[-2] == messages(problem)[-2] and told[0] == messages(problem)[0]


def test_a_student_without_hints_hears_of_no_teacher() -> None:
    assert all("teacher" not in message["content"] for message in messages("What is $x$?\n(A) 4\n(B) 6")[1:])


def test_a_student_without_an_address_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="--student-url"):
        Student("localhost", "", "small")


@pytest.fixture
def student_url() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A student that solves a problem only when a hint tells it to count."""
    seen: list[dict[str, Any]] = []

    async def complete(request: Request) -> JSONResponse:
        body = await request.json()
        seen.append(body)
        text = "Answer: 18 (A)" if "count the eggs" in body["messages"][-1]["content"] else "Answer: 1"
        return JSONResponse({"choices": [{"message": {"content": text}}], "usage": {"completion_tokens": 5}})

    app = Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not running.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the student did not start"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}/v1", seen
    running.should_exit = True
    thread.join(timeout=10)


def test_usefulness_is_the_gain_of_a_student_that_is_asked_directly(
    server: Any, make_answer: Any, student_url: tuple[str, list[dict[str, Any]]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, seen = student_url
    rungs = ["What is asked?", "First count the eggs that are left.", "Each brings money.", "Put both together."]

    def answer(model: str, messages: list[dict[str, str]]) -> Any:
        level = len(messages) // 2 + 1
        if "full solution" in messages[-1]["content"]:
            solution = {"answer": "18", "choice": None, "verification": {"status": "verified"}}
            return make_answer(text="Answer: 18", hisolver={"skill": "solve", "solution": solution})
        hint = {"level": level, "of": 4, "text": rungs[level - 1]}
        return make_answer(text=f"**Hint {level} of 4**\n\n{rungs[level - 1]}", hisolver={"skill": "hint", "hint": hint})

    server.answer = answer
    code = main(
        [
            "hints", "--base-url", server.url, "--sample-id", "gsm8k-socratic-000", "--out", str(tmp_path / "out"),
            "--student-url", url, "--student-model", "small", "--json",
        ]
    )  # fmt: skip
    assert code == 0
    told = capsys.readouterr().out
    assert '"student alone"' in told and '"gain: student with 2 hints over student alone"' in told
    assert len(seen) == 7 and {body["model"] for body in seen} == {"small"} and {body["temperature"] for body in seen} == {0}
    metrics = json.loads(told)["suites"][0]["metrics"]
    assert metrics["student with 1 hint"]["value"] == 0 and metrics["student with 2 hints"]["value"] == 1
    assert metrics["student with advice as long as 2 hints"]["value"] == 0
    assert metrics["gain: student with 4 hints over student alone"]["value"] == 1
    assert metrics["full solution came when asked for"]["value"] == 1
    assert metrics["student alone, tutor's solution verified"]["value"] == 0
    assert metrics["student with 2, tutor's solution verified"]["value"] == 1


def test_the_student_can_be_kept_to_the_first_problems(
    server: Any, make_answer: Any, student_url: tuple[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    url, seen = student_url

    def answer(model: str, messages: list[dict[str, str]]) -> Any:
        level = len(messages) // 2 + 1
        return make_answer(text=f"Rung {level} of this problem", hisolver={"skill": "hint", "hint": {"level": level, "of": 4, "text": "x"}})

    server.answer = answer
    out = str(tmp_path / "out")
    assert main(["hints", "--base-url", server.url, "--limit", "4", "--out", out, "--student-url", url, "--student-limit", "1"]) == 0
    suite = json.loads((tmp_path / "out" / "report.json").read_text())["suites"][0]
    assert len(suite["rows"]) == 4
    assert (len(seen), suite["metrics"]["student alone"]["n"]) == (7, 1)


def test_a_student_can_be_given_the_hints_of_an_earlier_run(
    server: Any, make_answer: Any, student_url: tuple[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    url, seen = student_url
    asked = 0

    def answer(model: str, messages: list[dict[str, str]]) -> Any:
        nonlocal asked
        asked += 1
        level = len(messages) // 2 + 1
        return make_answer(text=f"{level}: count the eggs", hisolver={"skill": "hint", "hint": {"level": level, "of": 4, "text": "x"}})

    server.answer = answer
    run = ["hints", "--base-url", server.url, "--limit", "2", "--out", str(tmp_path / "out")]
    assert main(run) == 0 and (asked, len(seen)) == (10, 0)
    assert main([*run, "--resume", "--student-url", url, "--student-limit", "1"]) == 0
    suite = json.loads((tmp_path / "out" / "report.json").read_text())["suites"][0]
    assert (asked, len(seen), suite["n"], suite["resumed"]) == (10, 7, 2, 1)
    taught = suite["metrics"]["student with 1 hint"]
    assert (taught["value"], taught["n"]) == (1.0, 1)
    # which log is the later one is not told by its name: runs that begin in one second differ by chance
    for place, path in enumerate(sorted((tmp_path / "out" / "logs").glob("*.eval"), key=lambda path: -path.stat().st_mtime_ns)):
        path.rename(path.with_name(f"{place}-{path.name}"))
    assert main([*run, "--resume", "--student-url", url]) == 0 and (asked, len(seen)) == (10, 14)
