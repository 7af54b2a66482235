"""How an example asks: in the words in which the service asks the same, so that what is learnt is what is served, and the base is judged at its best."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from agents import prompts
from agents.checking.problem import OptionText, ParsedProblem, options_are_values
from agents.checking.tables import readable
from finetune.data.example import Message, message

ERROR_CHARS = 900


def scene_request(draw: str, *, short: bool = False) -> list[Message]:
    """The coder's prompt for a scene. A labelled scene has no caption, so none is asked for. `short` leaves out the prompt's worked example."""
    return _asked("coder", short, examples="", draw=draw, caption="")


def repair_request(draw: str, broken: str, error: str, *, short: bool = False) -> list[Message]:
    """The coder's conversation after a program that failed: the request, the program, and what was wrong with it."""
    complaint = prompts.load("repair").messages(error=error[:ERROR_CHARS])
    return [
        *scene_request(draw, short=short),
        message("assistant", fenced(broken)),
        *(message("user", turn["content"]) for turn in complaint),
    ]


def fenced(code: str) -> str:
    """A program as the coder is to hand it over."""
    return f"```python\n{code.strip()}\n```"


def solve_request(text: str, stem: str, options: Sequence[Mapping[str, str]], *, short: bool = False) -> tuple[list[Message], bool]:
    """The solver's prompt, and whether it shows the options: values are kept from it, as in the service."""
    parsed: ParsedProblem = {
        "id": "",
        "text": text,
        "stem": stem,
        "options": [OptionText(letter=option["letter"], text=option["text"]) for option in options],
    }
    shown = bool(options) and not options_are_values(parsed)
    return _asked("choose" if shown else "solve", short, problem=readable(text if shown else stem)), shown


def hint_request(stem: str, steps: str, names: Sequence[str], *, short: bool = False) -> list[Message]:
    """The tutor's prompt for what a ladder of hints asks."""
    return _asked("hint", short, problem=stem, steps=steps, names=", ".join(names))


def hint_reply(asks: Mapping[str, str]) -> str:
    """What a ladder of hints asks, as the tutor is to hand it over."""
    return json.dumps(dict(asks), ensure_ascii=False)


def _asked(name: str, short: bool, **fields: str) -> list[Message]:
    turns = prompts.load(name).messages(**fields)
    if short:
        turns = [turn for turn in turns if turn["role"] == "system"] + turns[-1:]
    return [message(turn["role"], turn["content"]) for turn in turns]
