"""The solver's prose: its steps, its answer line, and what of it a learner sees while it is being written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from agents.checking.prose import with_amounts
from agents.state import Step

_STEP = re.compile(r"^\s*(?:\*\*)?(?:step\s*)?(\d{1,2})[.):]\s*(?:\*\*)?\s*(.*)$", re.IGNORECASE)
_ANSWER = re.compile(r"^\W*(?:final |the )?(?:correct )?answer(?: is)?\W*?:?\s*(.+?)\s*$", re.IGNORECASE)
_IDEA = re.compile(r"^\W*idea\W*?:\W*(.+?)\s*$", re.IGNORECASE)
_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_LETTER = re.compile(r"^\W*(?:\\text\{)?(?:option |choice )?\(?([A-H])\)?\}?\W*$")
_STATES = re.compile(r"(?:[:=]|\b(?:is|are|be|equals?|gives?|get|becomes?|leaves))\s*(?:about\s*|approximately\s*)?$", re.IGNORECASE)
_LOOKS_AT_OPTIONS = re.compile(r"(?<![A-Za-z])\([A-H]\)|\b(?i:options?|compare)\b")
_FORMULA = re.compile(r"(?<!\\)\$\$?((?:[^$\\]|\\.)+)\$\$?", re.DOTALL)
_HOLD = len("**Final answer")
IDEA = "**Idea:** "


def as_markdown(text: str) -> str:
    r"""The text with `\( \)` and `\[ \]` written as `$ $` and `$$ $$`, which chat clients typeset."""
    return text.replace("\\(", "$").replace("\\)", "$").replace("\\[", "$$").replace("\\]", "$$")


def with_money(text: str) -> str:
    r"""Markdown in whose numbered steps a dollar before an amount of money is written `\$`, so that no chat client takes it for the beginning of a formula.

    Only there: other lines are shown as they come, piece by piece, and what was shown must be what is kept.
    """
    return "\n".join(with_amounts(line, r"\$") if _STEP.match(line) else line for line in text.split("\n"))


def final_answer(text: str) -> str | None:
    """What stands on the last `Answer:` line, else in the last `\\boxed{}`; None where there is neither."""
    for line in reversed(as_markdown(text).strip().splitlines()):
        if re.match(r"^\W*(?:final )?answer\b", line, re.IGNORECASE) and (found := _ANSWER.match(line)):
            return found[1].strip().strip("*").strip()
    return boxed(text) or None


def boxed(text: str) -> str:
    """What stands in the last `\\boxed{}`; "" where there is none."""
    found = _BOXED.findall(text)
    return found[-1].strip() if found else ""


def option_letter(answer: str) -> str | None:
    """The letter where the answer is nothing but a letter: `(B)`, `**B**`, `option B`."""
    found = _LETTER.match(answer.replace("$", "").strip())
    return found[1].upper() if found else None


def last_named_option(text: str) -> str | None:
    """The option that the prose speaks of last, where it broke off before its answer line."""
    named = re.findall(r"\(([A-H])\)", text)
    return named[-1] if named else None


def idea_of(text: str) -> str:
    """The line that says how the problem will be tackled; "" where there is none."""
    found = next((match for line in as_markdown(text).strip().splitlines()[:3] if (match := _IDEA.match(line))), None)
    return found[1].strip().strip("*").strip() if found else ""


def steps_of(text: str) -> list[Step]:
    """The numbered steps, each with the last formula it reaches. Unnumbered prose becomes one step a paragraph."""
    steps: list[str] = []
    for line in as_markdown(text).strip().splitlines():
        if re.match(r"^\W*(?:final )?answer\b", line, re.IGNORECASE):
            break
        if not steps and _IDEA.match(line):
            continue
        if found := _STEP.match(line):
            steps.append(found[2].strip())
        elif line.strip() and steps:
            steps[-1] = f"{steps[-1]} {line.strip()}"
        elif line.strip():
            steps.append(line.strip())
    return [Step(say=say, latex=_last_formula(say)) for say in steps if say]


def _last_formula(say: str) -> str:
    formulas = [formula.strip().rstrip(".,;") for formula in _FORMULA.findall(say)]
    equations = [formula for formula in formulas if re.search(r"[=<>]|\\[lg]eq?\b", formula)]
    return str((equations or formulas or [""])[-1])


def derived_formulas(text: str, most: int = 4) -> list[str]:
    """What the steps arrive at before they look at the options: the right-hand sides and formulas of the last steps, latest first.

    Used where prose names only a letter: the option that its own derivation reaches counts for more than the letter.
    """
    found: list[str] = []
    for say in _before_options(text):
        for formula in reversed(_FORMULA.findall(say)):
            tidy = formula.strip().rstrip(".,;")
            found.extend(side.strip() for side in ([tidy, tidy.rsplit("=", 1)[1]] if "=" in tidy else [tidy]) if side.strip())
    return list(dict.fromkeys(found))[:most]


def states_result(text: str) -> int:
    """How many of `derived_formulas`, from the first, are what the steps state as their result: an equation and its right-hand side, a value that something
    is or gives; 0 where the last formula is only spoken of."""
    for say in _before_options(text):
        if formulas := list(_FORMULA.finditer(say)):
            last = formulas[-1]
            return 2 if "=" in last[1] else int(bool(_STATES.search(say[: last.start()])))
    return 0


def _before_options(text: str) -> Iterator[str]:
    """The words of the steps that do not look at the options, last first."""
    for step in reversed(steps_of(text)):
        if not _LOOKS_AT_OPTIONS.search(step["say"]):
            yield step["say"]


def render_steps(steps: list[Step], idea: str = "", *, first: int = 1) -> str:
    lines = "\n".join(f"{number}. {step['say']}" for number, step in enumerate(steps, first))
    return f"{IDEA}{idea}\n\n{lines}" if idea else lines


class LearnerStream:
    """Passes on the solver's text as it is generated, but holds the answer line back: the checked answer replaces it.

    Formula brackets are rewritten on the way. A numbered step is held until it is whole and `accept` has passed it; with the first that it
    does not, nothing more is shown. Another line is held until it is clear that it is no step and not the answer (at most `_HOLD` characters).
    """

    def __init__(self, write: Callable[[str], None], accept: Callable[[str], bool] = lambda line: True) -> None:
        self._write = write
        self._accept = accept
        self._line = ""
        self._passed = 0
        self._closed = False
        self.text = ""

    def feed(self, piece: str) -> None:
        self.text += piece
        for char in piece:
            self._line += char
            if char == "\n":
                self._flush(final=True)
                self._line, self._passed = "", 0
        self._flush(final=False)

    def close(self) -> None:
        self._flush(final=True)

    def _flush(self, *, final: bool) -> None:
        if self._closed or len(self._line) == self._passed:
            return
        if self._passed == 0 and not self._begins(final=final):
            return
        until = len(self._line) - (1 if self._line.endswith("\\") and not final else 0)
        whole = final and self._passed == 0
        fresh, self._passed = as_markdown(self._line[self._passed : until]), until
        self._write(with_money(fresh) if whole else fresh)

    def _begins(self, *, final: bool) -> bool:
        """Whether the line may be shown, as far as it is known."""
        bare = re.sub(r"^[\W_]+", "", self._line).lower()
        if re.match(r"(?:final )?answer\b", bare):
            self._closed = True
            return False
        if said := re.match(r"\W*idea\W*?:\W*(?=\w)", self._line, re.IGNORECASE):
            self._line = IDEA + self._line[said.end() :]
            return True
        if final:
            self._closed = bool(_STEP.match(self._line.rstrip("\n"))) and not self._accept(self._line)
            return not self._closed
        if re.match(r"\s*(?:\*\*)?(?:step\s*)?\d", self._line, re.IGNORECASE):
            return False
        if bare and len(self._line) < _HOLD and "idea".startswith(bare[:4]):
            return False
        return not (
            len(self._line) < _HOLD and any(word.startswith(bare) or bare.startswith(word[:3]) for word in ("answer", "final answer"))
        )
