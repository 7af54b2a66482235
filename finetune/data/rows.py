"""A row of one's own as messages: Alpaca, chat (OpenAI's `messages`, ShareGPT's `conversations`), and prompt with completion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finetune.data.example import Message, Role, message

_ROLES: dict[str, Role] = {
    "system": "system", "developer": "system", "user": "user", "human": "user", "prompter": "user", "assistant": "assistant", "gpt": "assistant",
    "model": "assistant", "chatgpt": "assistant", "bot": "assistant",
}  # fmt: skip


class Unusable(Exception):
    """The row is left out; `str()` is the reason that is counted."""


def messages_of(row: object) -> tuple[str, tuple[Message, ...]]:
    """The form that was found, and a conversation that begins with the system or the user, takes turns, and ends with an answer. Raises `Unusable`."""
    if not isinstance(row, Mapping):
        raise Unusable("not an object")
    form, turns = _turns(row)
    turns = [turn for turn in turns if turn["role"] != "system" or turn["content"].strip()]
    if not turns or turns[-1]["role"] != "assistant" or not turns[-1]["content"].strip():
        raise Unusable("no answer")
    spoken = turns[1:] if turns[0]["role"] == "system" else turns
    if [turn["role"] for turn in spoken] != ["user", "assistant"] * (len(spoken) // 2):
        raise Unusable("its turns do not go from the user to the assistant and back")
    if any(not turn["content"].strip() for turn in spoken):
        raise Unusable("a turn says nothing")
    return form, tuple(turns)


def _turns(row: Mapping[str, Any]) -> tuple[str, list[Message]]:
    if row.get("messages") is not None:
        return "chat", _chat(row["messages"], "role", "content")
    if row.get("conversations") is not None:
        return "ShareGPT", _chat(row["conversations"], "from", "value")
    if "instruction" in row:
        return "Alpaca", _alpaca(row)
    if "prompt" in row:
        return "prompt and completion", _completion(row)
    raise Unusable("no known form: instruction and output, messages, conversations, or prompt and completion")


def _chat(turns: object, role: str, content: str) -> list[Message]:
    if not isinstance(turns, list) or not all(isinstance(turn, Mapping) for turn in turns):
        raise Unusable("its turns are not a list of objects")
    made = []
    for turn in turns:
        who = _ROLES.get(str(turn.get(role, turn.get("role", ""))).lower())
        if who is None:
            raise Unusable("a turn by another than system, user and assistant")
        if turn.get("tool_calls") or turn.get("function_call"):
            raise Unusable("a turn calls a tool")
        made.append(message(who, _text(turn.get(content, turn.get("content")))))
    return made


def _alpaca(row: Mapping[str, Any]) -> list[Message]:
    """`history` holds earlier questions and answers in pairs, as LLaMA-Factory has it."""
    made = [message("system", _text(row["system"]))] if row.get("system") else []
    for pair in row.get("history") or []:
        if not isinstance(pair, list) or len(pair) != 2:
            raise Unusable("its history is not in pairs")
        made += [message("user", _text(pair[0])), message("assistant", _text(pair[1]))]
    given = _text(row.get("input"))
    asked = _text(row["instruction"])
    return [*made, message("user", f"{asked}\n\n{given}" if given.strip() else asked), message("assistant", _text(row.get("output")))]


def _completion(row: Mapping[str, Any]) -> list[Message]:
    prompt = row["prompt"]
    completion = next((row[name] for name in ("completion", "response", "answer") if row.get(name) is not None), None)
    before = _chat(prompt, "role", "content") if isinstance(prompt, list) else [message("user", _text(prompt))]
    after = _chat(completion, "role", "content") if isinstance(completion, list) else [message("assistant", _text(completion))]
    return [*before, *after]


def _text(value: object) -> str:
    """The text of a turn, which may stand in parts; "" for none. Raises `Unusable` for pictures and what else is not text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return str(value)
    if isinstance(value, list) and all(isinstance(part, Mapping) and part.get("type") in ("text", "input_text") for part in value):
        return "".join(str(part.get("text") or "") for part in value)
    raise Unusable("a turn that is not text")
