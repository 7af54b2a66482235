"""`conversation`: scripted chats that send nothing but the message history; right is a chat in which every turn did what its script says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from evals.client import HiSolverClient, Turn
from evals.errors import DatasetError
from evals.scorers.dialogue import evaluate, posed_answer, posed_in, same_words, verdict_of, wrong_statements
from evals.scorers.leaks import final_number, find_leaks
from evals.suites.base import Asking, Item, Metric, Proof, Record, Suite, Verdict, median, read_rows, refusal, share, turns_of, unique

_PLACE = re.compile(r"\{(posed(?:\s*[-+]\s*\d+)?)\}")
_KEYS = {"skill", "verdict", "answer", "silent", "explains", "mentions", "posed", "differs_from"}
_WORDS_KEPT = 0.6
"""Share of three-word sequences from which on two messages count as the same."""


@dataclass(slots=True)
class _Chat:
    """How far a chat has come: the problem it is about, its answer, and what was said."""

    problem: str
    answer: Fraction
    said: list[str]
    posed: Fraction | None = None


class ConversationSuite(Suite):
    name = "conversation"
    model = "hisolver"
    files = ("conversations.jsonl",)
    score_means = "every turn of the chat did what the script expects of it"

    def items(self, data_dir: Path) -> list[Item]:
        rows = read_rows(data_dir / self.files[0], {"id": str, "family": str, "problem": str, "answer": str, "turns": list})
        for row in rows:
            _check(row)
        return unique(
            [
                Item(id=row["id"], prompt=str(row["turns"][0]["learner"]), expected=f"{len(row['turns'])} turns as scripted", data=row)
                for row in rows
            ]
        )

    async def ask(self, client: HiSolverClient, item: Item, how: Asking) -> Record:
        chat = _start(item)
        messages: list[dict[str, str]] = []
        turns: list[Turn] = []
        for script in item.data["turns"]:
            learner = _filled(script["learner"], chat.posed)
            if learner is None:
                break  # the learner cannot answer what was never posed
            messages.append({"role": "user", "content": learner})
            turn = await client.chat(self.model, messages, user=how.learner, seed=how.seed)
            turns.append(turn)
            if turn["refused"]:
                break
            messages.append({"role": "assistant", "content": turn["text"]})
            _go_on(chat, script["expect"], learner, turn["text"])
        return {"turns": turns}

    def score(self, item: Item, record: Record) -> Verdict:
        chat, turns = _start(item), turns_of(record)
        reasons: list[str] = []
        for number, script in enumerate(item.data["turns"], 1):
            learner = _filled(script["learner"], chat.posed)
            if learner is None or number > len(turns):
                reasons.append(f"turn {number} never came")
                break
            turn = turns[number - 1]
            chat.said.append(learner)
            failed = _failures(script["expect"], turn, chat, [other["text"] for other in turns])
            reasons += [f"turn {number}: {reason}" for reason in failed]
            chat.said.pop()
            _go_on(chat, script["expect"], learner, turn["text"])
        right = not reasons
        skills = ", ".join(str(turn["hisolver"].get("skill")) for turn in turns)
        facts = {"family": item.data["family"], "failed": reasons, "turns": len(item.data["turns"])}
        return Verdict(right=right, reason="" if right else refusal(record) or "; ".join(reasons), answered=skills, facts=facts)

    def proof(self, item: Item) -> Proof:
        scripts = item.data["turns"]
        return Proof(
            gold=_scripted(item, [_gold(script["expect"], place) for place, script in enumerate(scripts)]),
            blank=_scripted(item, ["" for _ in scripts]),
            scrambled=_scripted(item, [_scrambled(script["expect"], item) for script in scripts]),
        )

    def metrics(self, verdicts: Sequence[Verdict], records: Sequence[Record]) -> dict[str, Metric]:
        families = sorted({str(verdict["facts"]["family"]) for verdict in verdicts})
        of = {family: [verdict for verdict in verdicts if verdict["facts"]["family"] == family] for family in families}
        turns = sum(verdict["facts"]["turns"] for verdict in verdicts)
        failed = sum(len({reason.split(":")[0] for reason in verdict["facts"]["failed"]}) for verdict in verdicts)
        later = [turn["seconds"] for record in records for turn in turns_of(record)[1:]]
        return {
            **{f"{family} as scripted": share(sum(verdict["right"] for verdict in found), len(found)) for family, found in of.items()},
            "turns as scripted": share(turns - failed, turns),
            "first turn": median([turns_of(record)[0]["seconds"] for record in records if turns_of(record)], "s (median)"),
            "later turns": median(later, "s (median)"),
        }


def _start(item: Item) -> _Chat:
    return _Chat(problem=item.data["problem"], answer=final_number(item.data["answer"]), said=[item.data["problem"]])


def _go_on(chat: _Chat, expect: dict[str, Any], learner: str, text: str) -> None:
    chat.said += [learner, text]
    if posed := expect.get("posed"):
        problem = posed_in(text)
        chat.posed = posed_answer(problem, posed["pattern"], posed["answer"])
        if chat.posed is not None:
            chat.problem, chat.answer = problem, chat.posed


def _filled(learner: str, posed: Fraction | None) -> str | None:
    """The learner's words with the posed problem's answer put in; None where it is needed and there is none."""
    if posed is None and _PLACE.search(learner):
        return None
    return _PLACE.sub(lambda match: str(evaluate(match[1], {"posed": posed or Fraction(0)})), learner)


def _failures(expect: dict[str, Any], turn: Turn, chat: _Chat, texts: Sequence[str]) -> list[str]:
    text, ours = turn["text"], turn["hisolver"]
    if not text.strip():
        return ["nothing was said"]
    reasons = []
    if (skill := expect.get("skill")) and ours.get("skill") != skill:
        reasons.append(f"it was {ours.get('skill')} instead of {skill}")
    if (verdict := expect.get("verdict")) and verdict_of(text) != verdict:
        reasons.append(f"called {verdict_of(text)} instead of {verdict}")
    if answer := expect.get("answer"):
        wanted = chat.posed if answer == "{posed}" else final_number(answer)
        if wanted is None or _answered(ours) != wanted:
            reasons.append(f"answered {_answered(ours)} instead of {wanted}")
    if posed := expect.get("posed"):
        reasons += _posed_badly(posed, text, chat)
    if expect.get("silent"):
        reasons += _told(posed_in(text) if posed else chat.problem, expect, text, ours, chat)
    if expect.get("explains") and (wrong := wrong_statements(text, chat.said)):
        reasons.append(f"states {', '.join(wrong[:3])}")
    if expect.get("explains") and len(text.split()) < 8:
        reasons.append("explains nothing")
    reasons += [f"does not mention {words[0]!r}" for words in expect.get("mentions", []) if not any(word in text.lower() for word in words)]
    if (other := expect.get("differs_from")) is not None and _same(text, texts[other], posed=bool(expect.get("posed"))):
        reasons.append(f"says the same as in turn {other + 1}")
    return reasons


def _same(text: str, other: str, *, posed: bool) -> bool:
    """Whether a message repeats an earlier one. Problems are compared as posed: the words around them may well be the same."""
    return posed_in(text) == posed_in(other) if posed else same_words(text, other) > _WORDS_KEPT


def _posed_badly(posed: dict[str, str], text: str, chat: _Chat) -> list[str]:
    problem = posed_in(text)
    if not problem:
        return ["poses no problem"]
    answer = posed_answer(problem, posed["pattern"], posed["answer"])
    if answer is None:
        return ["poses a problem of another kind"]
    if answer.denominator != 1 or answer <= 0:
        return [f"poses a problem with the answer {answer}"]
    return ["poses a problem with the same answer"] if answer == chat.answer else []


def _told(problem: str, expect: dict[str, Any], text: str, ours: dict[str, Any], chat: _Chat) -> list[str]:
    """Where the message gives away what it should keep to itself."""
    answer = chat.answer
    if posed := expect.get("posed"):
        found = posed_answer(problem, posed["pattern"], posed["answer"])
        if found is None:
            return []
        answer = found
        text = "\n".join(line for line in text.splitlines() if not line.startswith(">"))
    learner = "" if posed else "\n".join(said for said in chat.said[1:] if said != text)
    leaks = find_leaks(text, answer, f"{problem}\n{learner}")
    reasons = [f"gives {leaks[0]['text']!r} away"] if leaks else []
    return [*reasons, "holds the solution"] if ours.get("solution") else reasons


def _answered(ours: dict[str, Any]) -> Fraction | None:
    solution = ours.get("solution")
    answer = str(solution.get("answer", "")) if isinstance(solution, dict) else ""
    bare = re.sub(r"\\text\{.*?\}|\\[,$%]|[$%]|[a-zA-Z]+\s*=|\s[a-z]+$", "", answer).strip()
    bare = re.sub(r"\\[dt]?frac\{(-?\d+)\}\{(\d+)\}", r"\1/\2", bare)
    try:
        return final_number(bare)
    except ValueError:
        return None


def _check(row: dict[str, Any]) -> None:
    """Raises `DatasetError` for a script that the scorer could not judge."""
    try:
        final_number(row["answer"])
        for turn in row["turns"]:
            expect = turn["expect"]
            if not isinstance(turn["learner"], str) or not expect or set(expect) - _KEYS:
                raise DatasetError(f"{row['id']}: a turn needs `learner` and an `expect` of {', '.join(sorted(_KEYS))}")
            if (posed := expect.get("posed")) and posed_answer(posed["example"], posed["pattern"], posed["answer"]) is None:
                raise DatasetError(f"{row['id']}: the example of a posed problem does not match its own pattern")
    except (KeyError, TypeError, ValueError) as error:
        raise DatasetError(f"{row['id']}: {error}") from error


_SAID = (
    "Look at the two lines side by side and say what changed from one to the next.",
    "Undo what was done last, on both sides alike, and write the new line.",
)


def _gold(expect: dict[str, Any], place: int) -> str:
    """A message that does what the script expects."""
    parts = []
    if verdict := expect.get("verdict"):
        parts.append("That is right." if verdict == "right" else "That is not right yet.")
    parts += [words[0] for words in expect.get("mentions", [])]
    if posed := expect.get("posed"):
        parts.append("\n\n" + "\n".join(f"> {line}".rstrip() for line in posed["example"].splitlines()) + "\n\n")
    parts.append(_SAID[place % 2])
    return " ".join(parts)


def _scrambled(expect: dict[str, Any], item: Item) -> str:
    """A message that does the opposite: another verdict, the original problem again, the answer where it is to be kept, false arithmetic."""
    verdict = {"right": "That is not right yet.", "wrong": "That is right."}.get(str(expect.get("verdict")), "")
    posed = "\n\n" + "\n".join(f"> {line}" for line in item.data["problem"].splitlines()) if expect.get("posed") else ""
    return f"{verdict} The answer is {item.data['answer']}, for 2 + 2 = 977.{posed}".strip()


def _scripted(item: Item, texts: Sequence[str]) -> Record:
    chat = _start(item)
    turns = []
    for script, text in zip(item.data["turns"], texts, strict=True):
        expect = script["expect"]
        ours: dict[str, Any] = {"skill": expect.get("skill")}
        if answer := expect.get("answer"):
            wanted = chat.posed if answer == "{posed}" else final_number(answer)
            ours["solution"] = {"answer": str(wanted if "977" not in text else (wanted or 0) + 1)} if text else None
        turns.append({"text": text, "hisolver": ours, "refused": None})
        _go_on(chat, expect, script["learner"], text)
    return {"turns": turns}
