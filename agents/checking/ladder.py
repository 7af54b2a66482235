"""Plans the four rungs of a hint ladder from the problem and its solution's steps. Runs inside the sandbox only (it asks the leak gate).

The plan decides what each rung may show: (1) what is asked and given, (2) the moves in words, (3) the set-up, (4) the lines up to the last but
one. Every part has passed the gate, so that the rungs built from it are safe and still belong to this problem.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from agents.checking.guard import Guard, unguarded
from agents.checking.leaks import leaks
from agents.checking.phrases import asked_in, given_in, letters_in, move_in_words, squeezed
from agents.checking.prose import RELATION, Piece, formulas, plain_maths, without_formulas
from agents.checking.questions import NAMES_OPTION, TELLS_OPTION, questions_of

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NUMBER_OF_SIGN = re.compile(r"-?\d+(?:\.\d+)?")
_FRACTION = r"(?:\d+\s*)?\\[dt]?frac\s*\{\d+\}\s*\{\d+\}"
_ASSIGNED = re.compile(r"\s*([a-zA-Z])\s*=\s*(-?\d+(?:\.\d+)?)\s*")
_OPERATIONS = {
    "multiplication": r"\\times|\\cdot|\*|×",
    "division": r"\\div|/|\\frac|÷",
    "addition": r"\+",
    "subtraction": r"(?<=[\d)}])\s*-",
}
_COUNTS = ("no", "two", "three", "four", "five", "six")
"""How many numbers so many signs join, from none."""
_MAX_LINES = 5
_MAX_TOLD = 180
"""Signs of a step that is shown whole."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What may be shown. `setup` and `carry` are LaTeX, `outline` and `moves` are the solution's moves in words, before and after the last shown line;
    `printed` says that the set-up is what the problem itself prints."""

    asked: str
    given: list[str]
    outline: list[str] = field(default_factory=list)
    setup: list[str] = field(default_factory=list)
    printed: bool = False
    carry: list[str] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    into: str = ""
    """The problem's formula into which a set-up that is just `x = 3` is put."""
    operation: str = ""
    """What the first line that is kept back does: "multiplication of two numbers", say; "" where it does not do just one thing with numbers."""
    takes: str = ""
    """What that operation is done with: "the last result and a number of the problem"; "" where that cannot be told."""
    kept: dict[str, str] = field(default_factory=dict)
    """Of what the tutor asks what gives nothing away and fits its step: under `relation` what points to the idea, under a step's place what that step
    answers."""
    questions: list[str] = field(default_factory=list)
    """The small questions that lead to what is asked, in order; the last is the problem's own."""
    begins: str = ""
    """The question that the set-up answers."""
    upcoming: str = ""
    """The question that the first move answers that is kept back."""
    told: dict[str, str] = field(default_factory=dict)
    """By a line of `carry` the step that reaches it, in the solution's own words, where all of the step may be shown."""


def plan(request: Mapping[str, Any], guard: Guard = unguarded) -> Plan:
    """`request` holds `stem` and `steps` (what each says), and what `leaks` needs; optionally `asks`, see `Plan.kept`. What the gate cannot check under
    `guard` counts as a leak."""

    def leaking(text: str) -> list[str]:
        found: list[str] = guard(partial(leaks, text, request), ["it could not be checked"])
        return found

    stem = str(request["stem"])
    shown: list[str] = []
    outline: list[str] = []
    moves: list[str] = []
    closed, operation, takes = False, "", ""
    told: dict[str, str] = {}
    printed = set(_NUMBER.findall(stem))
    asked = asked_in(stem)
    steps = [str(say) for say in request["steps"]]
    kept, answering = questions_of(dict(request.get("asks") or {}), steps, stem, asked, leaking)
    upcoming = begins = ""
    for number, say in enumerate(steps, 1):
        words = move_in_words(say)
        found, whole = _lines(say, leaking)
        if NAMES_OPTION.search(say):
            found = []  # what an option would need is no line of the way
        found = [line for line in found if RELATION.search(line) or squeezed(line) not in squeezed(stem)]  # what is asked is no line
        if not closed:
            if whole and _tellable(say) and not leaking(say):
                told |= dict.fromkeys(found, f"{say.strip().rstrip('.')}.")
            if found and not shown:
                begins = answering.get(number, "")
            shown.extend(line for line in found if line not in shown)
            if not whole:
                closed, upcoming = True, answering.get(number, "")
                operation, takes = _operation(say, found, shown, printed)
        # a number that is neither in the problem nor in what is shown is a result, which belongs to a later rung
        known = printed | set(_NUMBER.findall(" ".join(shown))) if closed else printed
        if words and (_repeats(words, stem) or words.startswith("start from")):
            continue
        if words and set(_NUMBER.findall(words)) <= known and not TELLS_OPTION.search(words) and not leaking(words):
            (moves if closed else outline).append(words)
    setup, carry = _parts(shown)
    return Plan(
        asked=asked,
        given=[text for text in given_in(stem) if not leaking(text)],
        outline=outline,
        setup=setup,
        printed=bool(setup) and all(squeezed(line) in squeezed(stem) for line in setup),
        carry=carry,
        moves=moves,
        into=_into(setup, stem),
        operation=operation,
        takes=takes,
        kept=kept,
        questions=list(dict.fromkeys(answering.values())),
        begins=begins,
        upcoming=upcoming,
        told={line: step for line, step in told.items() if line in carry},
    )


def _tellable(say: str) -> bool:
    """Whether a step is short enough to be shown whole, has words, and tells no option."""
    return len(say) <= _MAX_TOLD and bool(re.search(r"[A-Za-z]{3}", without_formulas(say))) and not TELLS_OPTION.search(say)


def _repeats(words: str, stem: str) -> bool:
    """Whether a step only says again what the problem says: that is no move."""
    return squeezed(words).lower() in squeezed(stem).lower()


def _operation(say: str, own: Sequence[str], before: Sequence[str], printed: set[str]) -> tuple[str, str]:
    """The one operation of the step's first line that is not shown, with how many numbers it takes, and where they come from."""
    lines = [piece.latex for piece in sorted([*formulas(say), *plain_maths(say)], key=lambda piece: piece.start) if _is_line(piece)]
    hidden = next((line.split("=")[0] for line in lines if line.strip(" .,;") not in own), "")
    found = {name: len(signs) for name, sign in _OPERATIONS.items() if (signs := re.findall(sign, hidden))}
    if len(found) != 1 or letters_in(hidden):
        return "", ""
    name, count = found.popitem()
    numbers = _NUMBER.findall(hidden)
    takes = _from_where(numbers, [*before, *own], printed) if len(numbers) == count + 1 else ""
    return f"{name} of {_COUNTS[count]} numbers" if count < len(_COUNTS) else name, takes


def _from_where(numbers: Sequence[str], lines: Sequence[str], printed: set[str]) -> str:
    """Of the numbers of a computation which are results and which are the problem's, without saying them: "the last result and a number of the problem"."""
    results = [ends[-1] for line in lines if "=" in line and (ends := _NUMBER.findall(line.rpartition("=")[2]))]
    last = [number for number in numbers if results and number == results[-1]][:1]
    rest = [number for number in numbers if number not in last]
    earlier = [number for number in rest if number in results]
    given = [number for number in rest if number not in results and number in printed]
    if not (last or earlier) or len(last) + len(earlier) + len(given) != len(numbers) or len(numbers) >= len(_COUNTS):
        return ""
    parts = ["the last result"] if last else []
    if earlier:
        parts.append("an earlier result" if len(earlier) == 1 else f"{_COUNTS[len(earlier) - 1]} earlier results")
    if given:
        parts.append("a number of the problem" if len(given) == 1 else f"{_COUNTS[len(given) - 1]} numbers of the problem")
    return " and ".join(parts) if len(parts) < 3 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _lines(say: str, leaking: Callable[[str], list[str]]) -> tuple[list[str], bool]:
    """The lines of a step that may be shown, in order, and whether all of them may. What follows a line that leaks leaks too."""
    found: list[str] = []
    for piece in sorted([*formulas(say), *plain_maths(say)], key=lambda piece: piece.start):
        if not _is_line(piece):
            continue
        if leaking(f"${piece.latex}$"):
            return found, False
        found.append(piece.latex.strip(" .,;").rstrip("= "))
    return found, True


def _is_line(piece: Piece) -> bool:
    """An equation, an inequality or a computation, rather than a name or a number."""
    return bool(RELATION.search(piece.latex) or re.search(r"[\d)}a-z]\s*(?:[-+/]|\\cdot|\\times|\\div)\s*[\d({\\a-z]", piece.latex))


def _parts(shown: Sequence[str]) -> tuple[list[str], list[str]]:
    """The set-up and what is carried out from it. A lone computation is set up without its value, which then comes with the next rung."""
    if not shown:
        return [], []
    # two equations set up together have different letters; one that follows from the other has the same
    together = (len(shown) > 2 and letters_in(shown[0]) != letters_in(shown[1])) or (len(shown) > 2 and len(letters_in(shown[0])) > 1)
    count = 2 if together else 1
    first = [_withheld(line) for line in shown[:count]]
    carry = [line for line, bare in zip(shown[:count], first, strict=True) if line != bare] + list(shown[count:])
    return first, carry[-_MAX_LINES:]


def _into(setup: Sequence[str], stem: str) -> str:
    """The problem's formula with the letter that the set-up only gives a value: `f(x) = 2x + 1` for `x = 3`; "" where there is no single one."""
    given = _ASSIGNED.fullmatch(setup[0]) if len(setup) == 1 else None
    if given is None or given[2] not in _NUMBER_OF_SIGN.findall(stem):
        return ""
    found = [piece.latex.strip(" .,") for piece in formulas(stem) if RELATION.search(piece.latex) and given[1] in letters_in(piece.latex)]
    return found[0] if len(found) == 1 else ""


def _withheld(line: str) -> str:
    """`16 - 3 - 4 = 9` and `A = 16 - 3 - 4 = 9` without their value."""
    left, _, right = line.rpartition("=")
    computation = left.rpartition("=")[2]
    valued = re.fullmatch(rf"\s*(?:\\?\$)?-?(?:[\d.,]+|{_FRACTION})\s*(?:\\?%)?\s*(?:\\text\{{[^{{}}]*\}})?\s*", right)
    return left.strip() if valued and re.search(r"\d", computation) and not letters_in(computation) else line
