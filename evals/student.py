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
    "You are a student. Solve the problem in a few short steps, one line each, and end with one line `Answer:` and the result, or the letter where "
    "options are given. Where your teacher gave you hints, go on from the last one: what it works out is right and needs not be done again."
)
ALONE = "Problem: {problem}\n\nSolve the whole problem, to its end."
WITH_HINTS = "Problem: {problem}\n\nHints of your teacher:\n{said}\n\nGo on from the last hint, and solve the problem to its end."
"""A small model does what its example does: one whose example begins anew begins anew, whatever the hints have worked out (28 problems, 1.5B)."""


class Example(NamedTuple):
    """A problem, four hints for it, and how short the work is to be, after none of them, one, two, three and four."""

    problem: str
    hints: tuple[str, str, str, str]
    work: tuple[str, str, str, str, str]


_BOOKS = "With b books there are 9 - b pens.\n2(9 - b) + 7b = 33\n18 + 5b = 33\n5b = 15\nb = 3\nAnswer: 3"
_LINEAR = "2x = 14\nx = 7\nx - 1 = 6\nAnswer: (B)"
_EXAMPLES = {
    False: Example(
        "A shop sells pens at $2 each and books at $7 each. Ann buys 9 items for $33 in total. How many books does she buy?",
        (
            "You are asked for the number of books, and you know two things: 9 items and $33. What is unknown?",
            "Smaller questions lead there: (1) How many pens are there beside b books? (2) Which equation counts the money? (3) How many books does she buy?",
            "Beside b books there are 9 - b pens. Set it up: $2(9 - b) + 7b$. Then answer the next question: which equation counts the money?",
            "So far it goes like this. The money gives $2(9 - b) + 7b = 33$, so $18 + 5b = 33$. Now answer this: how many books does she buy?",
        ),
        (_BOOKS, _BOOKS, _BOOKS, _BOOKS.partition("\n")[2], _BOOKS.partition("= 33\n")[2]),
    ),
    True: Example(
        "If $2x + 6 = 20$, what is $x - 1$?\n(A) 4\n(B) 6\n(C) 7\n(D) 12",
        (
            "You are asked for $x - 1$, not for $x$. What is given?",
            "A way through: first, subtract 6 from both sides; then divide by 2. What does the first move give?",
            "Set it up: $2x = 14$. That is the beginning: go on from there.",
            "So far it goes like this. Subtract 6: $2x = 14$, so $x = 7$. Now answer this: what is $x - 1$?",
        ),
        (_LINEAR, _LINEAR, _LINEAR, _LINEAR.partition("\n")[2], "x - 1 = 6\nAnswer: (B)"),
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
        {"role": "assistant", "content": example.work[hints]},
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
    line = re.findall(r"answer\W*(?:is)?[^\d\n-]*(-?\d[\d,]*(?:\.\d+)?(?:/\d+)?)", text, re.IGNORECASE)
    found = line or re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)
    try:
        return Fraction(found[-1].replace(",", "")) if found else None
    except (ValueError, ZeroDivisionError):
        return None
