"""A small model as the student: what hints are worth is how much more of the problems it solves with them."""

from __future__ import annotations

import asyncio
import re
from fractions import Fraction
from typing import NamedTuple, TypedDict
from urllib.parse import urlsplit

import httpx

from evals.errors import InfrastructureError, UsageError

MAX_TOKENS = 250
SYSTEM = (
    "You are a student. Solve the problem in a few short lines, one calculation each, in words, and end with one line `Answer:` and the result, or "
    "the letter where options are given."
)
ALONE = "Problem: {problem}\n\nSolve the whole problem, to its end."
WITH_HINTS = "Problem: {problem}\n\nHints of your teacher:\n{said}\n\nWrite down what your teacher worked out, for it is right, and solve the whole problem, to its end."


class Example(NamedTuple):
    """A problem, four hints for it, and how it is worked: the same with hints and without.

    A small model does what its example does. One whose example goes on from the last hint in bare formulas leaves out the words that tell it what
    a number is, and stops where the hint stopped; one whose example is worked whole, in words, writes down what the hints worked out and goes on.
    """

    problem: str
    hints: tuple[str, str, str, str]
    work: str


_EXAMPLES = {
    False: Example(
        "A school has 4 classes of 25 pupils each. Of all the pupils, 30% come by bus, and half of the others come by bike. How many pupils come by bike?",
        (
            "You are asked this: How many pupils come by bike? Before that you need something else: of which pupils do half come by bike?",
            "Smaller questions lead there: (1) How many pupils are there? (2) How many of them come by bus? (3) How many pupils are the others? (4) How many pupils come by bike?",
            "How many pupils are there? Set it up: $4 * 25$. Then answer the next question: how many of them come by bus?",
            "So far it goes like this. There are 4 * 25 = 100 pupils. By bus come 0.30 * 100 = 30 pupils. The others are 100 - 30 = 70 pupils. Now answer this: how many pupils come by bike?",
        ),
        "There are 4 * 25 = 100 pupils.\nBy bus come 0.30 * 100 = 30 pupils.\nThe others are 100 - 30 = 70 pupils.\nBy bike come 70 / 2 = 35 pupils.\nAnswer: 35",
    ),
    True: Example(
        "If $2x + 6 = 20$, what is $x - 1$?\n(A) 4\n(B) 6\n(C) 7\n(D) 12",
        (
            "You are asked for $x - 1$, not for $x$. What is given?",
            "A way through: first, subtract 6 from both sides; then divide by 2. What does the first move give?",
            "Set it up: $2x = 14$. That is the beginning: go on from there.",
            "So far it goes like this. Subtract 6: $2x = 14$, so $x = 7$. Now answer this: what is $x - 1$?",
        ),
        "Subtracting 6 from both sides gives 2x = 14.\nDividing by 2 gives x = 7.\nAsked for is x - 1 = 7 - 1 = 6, which is option (B).\nAnswer: (B)",
    ),
}
"""By whether there are options; without an example the model writes until it is cut off."""
GENERIC = (
    "Read the problem slowly and more than once. Underline what is asked for. Write down everything that is given, together with its unit. "
    "Draw a picture or a table when that helps. Think of a similar problem that you have solved before. Give names to what you do not know. "
    "Choose a strategy before you begin to calculate. Work in small steps and write each of them on a line of its own. Keep your work tidy. "
    "Do not rush, and do not give up when you are stuck: go back to the last line that you are sure of. Estimate the size of the result. "
    "Check every calculation once more. Ask yourself whether the result makes sense, and whether it is really what the problem wants to know. "
)
"""Advice that fits every problem and helps with none in particular."""


class Attempt(TypedDict):
    """What the student was told (its stage: none, hints-2, advice-2, ...) and what came back."""

    stage: str
    text: str
    completion_tokens: int


class Student:
    """An OpenAI-compatible endpoint that is asked directly, without HiSolver between."""

    def __init__(self, url: str, key: str, model: str, *, timeout_s: float = 300.0) -> None:
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname or not model:
            raise UsageError(f"--student-url must be an http(s) address and --student-model a name, not {url!r} and {model!r}")
        self._url, self._key, self._model, self._timeout_s = url.rstrip("/"), key, model, timeout_s

    async def solve(self, problem: str, said: str = "", *, hints: int = 0, stage: str = "none", seed: int | None = None) -> Attempt:
        """One short attempt at temperature 0, `said` being as long as so many `hints`. Raises `InfrastructureError` when no answer came."""
        body = {
            "model": self._model,
            "messages": messages(problem, said, hints),
            "max_tokens": MAX_TOKENS,
            "temperature": 0,
            **({} if seed is None else {"seed": seed}),
        }
        headers = {"authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            async with asyncio.timeout(self._timeout_s), httpx.AsyncClient(timeout=self._timeout_s, trust_env=False) as http:
                response = await http.post(f"{self._url}/chat/completions", json=body, headers=headers)
                response.raise_for_status()
                answer = response.json()
                text = str(answer["choices"][0]["message"]["content"] or "")
                return Attempt(stage=stage, text=text, completion_tokens=int((answer.get("usage") or {}).get("completion_tokens") or 0))
        except TimeoutError as error:
            raise InfrastructureError("timeout", "the student did not answer in time") from error
        except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
            raise InfrastructureError("student", f"the student at {self._url} failed: {type(error).__name__}: {error}") from error


def messages(problem: str, said: str = "", hints: int = 0) -> list[dict[str, str]]:
    """What the student is asked: an example of its kind with as many `hints`, then the problem, with what the teacher `said` of it."""
    example = _EXAMPLES[bool(re.search(r"^\([A-H]\)", problem, re.MULTILINE))]
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": _asked(example.problem, "\n".join(f"- {hint}" for hint in example.hints[:hints]))},
        {"role": "assistant", "content": example.work},
        {"role": "user", "content": _asked(problem, said)},
    ]


def _asked(problem: str, said: str) -> str:
    return WITH_HINTS.format(said=said, problem=problem) if said else ALONE.format(problem=problem)


def advice(like: str) -> str:
    """Generic advice of as many words and signs as `like`."""
    wanted = len(re.findall(r"\w+|[^\w\s]", like))
    pieces = list(re.finditer(r"\w+|[^\w\s]", GENERIC))
    rounds, rest = divmod(wanted, len(pieces))
    return (GENERIC * rounds + (GENERIC[: pieces[rest - 1].end()] if rest else "")).strip()


def names_answer(text: str) -> bool:
    """Whether a line says `Answer:`."""
    return re.search(r"^\W*answer\W", text, re.IGNORECASE | re.MULTILINE) is not None


def chosen_letter(text: str) -> str | None:
    """The option that the student settles on: the letter of its last answer line, else the last letter in brackets."""
    lines = re.findall(r"answer\W*(?:is\W*)?(?:option\W*)?\(?([A-H])\b(?![a-z'])", text, re.IGNORECASE)
    named = [letter for letter in lines if letter.isupper()] or re.findall(r"\(([A-H])\)", text)
    return named[-1] if named else None


def given_number(text: str) -> Fraction | None:
    """The number of the student's last answer line, else the last number of its text."""
    # "now answer this: $320 - $20 = $300", copied from a hint, is no answer line
    line = re.findall(r"\banswer\W*(?:is\b|:|=)[^\d\n-]*(-?\d[\d,]*(?:\.\d+)?(?:/\d+)?)", text, re.IGNORECASE)
    found = line or re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)
    try:
        return Fraction(found[-1].replace(",", "")) if found else None
    except (ValueError, ZeroDivisionError):
        return None
