"""Gets a program that does not parse to parse: brackets are paired, what was cut off at the end is dropped, a broken line is left out."""

from __future__ import annotations

import ast
import re

_MOST = 14
_PAIRS = {")": "(", "]": "[", "}": "{"}
_CLOSING = {opening: closing for closing, opening in _PAIRS.items()}
_STRING = re.compile(r"""[rRbBfFuU]{0,2}(?:\"\"\".*?\"\"\"|'''.*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|#[^\n]*""", re.DOTALL)


def salvage(source: str) -> tuple[str, list[str]] | None:
    """A program that parses and what was done to it, one phrase a change; None where no few changes reach that. A program that parses comes back as it is."""
    done: list[str] = []
    for _ in range(_MOST):
        error = _error(source)
        if error is None:
            return source, done
        better = _step(source, error)
        if better is None:
            return None
        source, what = better
        done.append(what)
    return None


def _error(source: str) -> SyntaxError | None:
    try:
        ast.parse(source)
    except SyntaxError as error:
        return error
    except (ValueError, MemoryError, RecursionError) as error:
        found = SyntaxError(str(error))
        found.lineno = None
        return found
    return None


def _step(source: str, error: SyntaxError) -> tuple[str, str] | None:
    """The change that gets the parser furthest."""
    if error.lineno is None:
        return None
    lines = source.split("\n")
    whole, furthest, reached = [], None, error.lineno
    for changed, what in _candidates(lines, min(error.lineno, len(lines)) - 1):
        text = "\n".join(changed)
        left = _error(text)
        if left is None:
            whole.append((text, what))
        elif (left.lineno or 0) - (len(changed) - len(lines)) > reached:
            furthest, reached = (text, what), (left.lineno or 0) - (len(changed) - len(lines))
    if whole:
        return max(whole, key=lambda change: len(change[0]))
    if furthest is not None:
        return furthest
    number = min(error.lineno - 1, _last_written(lines))
    while number > 0 and lines[number].strip() in ("", "pass"):
        number -= 1
    return ("\n".join(_without(lines, number)[0]), _without(lines, number)[1]) if number > 0 else None


def _candidates(lines: list[str], number: int) -> list[tuple[list[str], str]]:
    found = []
    for at in dict.fromkeys((number, max(number - 1, 0), _last_written(lines))):
        for start, end in dict.fromkeys(((at, at + 1), _block(lines, at))):
            paired = _paired("\n".join(lines[start:end])).split("\n")
            found.append(([*lines[:start], *paired, *lines[end:]], f"line {start + 1}: brackets are paired"))
            if end > start + 1:
                found.append(
                    ([*lines[:start], " " * _depth(lines[start]) + "pass", *lines[end:]], f"lines {start + 1} to {end} are left out")
                )
        line = lines[at].rstrip()
        if line.endswith(":") and _indent(lines, at + 1) <= _depth(line):
            found.append(([*lines[: at + 1], " " * (_depth(line) + 4) + "pass", *lines[at + 1 :]], f"line {at + 1}: an empty block"))
        elif re.match(r"\s*(?:if|elif|else|for|while|def|with|class)\b", line) and not line.endswith(":"):
            found.append(([*lines[:at], line + ":", *lines[at + 1 :]], f"line {at + 1}: a colon"))
        found.append(_without(lines, at))
    found.append((_paired_throughout(lines), "brackets are paired"))
    return [(changed, what) for changed, what in found if changed != lines]


def _paired_throughout(lines: list[str]) -> list[str]:
    out, at = [], 0
    while at < len(lines):
        _, end = _block(lines, at) if lines[at].strip() and not lines[at].rstrip().endswith(":") else (at, at + 1)
        end = max(end, at + 1)
        out += _paired("\n".join(lines[at:end])).split("\n")
        at = end
    return out


def _block(lines: list[str], at: int) -> tuple[int, int]:
    """First line and end of the statement around a line, by indentation: lines that are deeper, or only close brackets, belong to it."""
    start = at
    while start > 0 and (not lines[start].strip() or lines[start].strip()[0] in ")]}"):
        start -= 1
    while start > 0 and _opens(lines[start - 1]) and _depth(lines[start - 1]) < _depth(lines[start]):
        start -= 1
    end = start + 1
    while end < len(lines) and lines[end].strip() and (_depth(lines[end]) > _depth(lines[start]) or lines[end].strip()[0] in ")]}"):
        end += 1
    return start, end


def _opens(line: str) -> bool:
    return line.rstrip().endswith(("(", "[", "{", ","))


def _last_written(lines: list[str]) -> int:
    return next((index for index in range(len(lines) - 1, -1, -1) if lines[index].strip()), 0)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _indent(lines: list[str], start: int) -> int:
    return next((_depth(line) for line in lines[start:] if line.strip()), 0)


def _without(lines: list[str], number: int) -> tuple[list[str], str]:
    """`pass` in the line's place, so that a block which held only this line still is one."""
    kept = [*lines[:number], " " * _depth(lines[number]) + "pass", *lines[number + 1 :]]
    return kept, f"line {number + 1} is left out: {lines[number].strip()[:80]}"


def _paired(lines: str) -> str:
    """The lines with their brackets paired: those that close nothing are dropped, those that stay open are closed at the end, before a colon."""
    out: list[str] = []
    opened: list[str] = []
    at = 0
    while at < len(lines):
        if (string := _STRING.match(lines, at)) and string.group():
            out.append(string.group())
            at = string.end()
            continue
        char = lines[at]
        if char in _CLOSING:
            opened.append(char)
        elif char in _PAIRS:
            if _PAIRS[char] in opened:
                while opened[-1] != _PAIRS[char]:
                    out.append(_CLOSING[opened.pop()])
                opened.pop()
            else:
                at += 1
                continue
        out.append(char)
        at += 1
    text = "".join(out).rstrip()
    closing = "".join(_CLOSING[opening] for opening in reversed(opened))
    if text.endswith(":") and closing:
        return text[:-1] + closing + ":"
    return text.rstrip(",") + closing if closing else text
