"""Says to a learner how far their own lines hold: what is right is named, the first wrong line is pointed at and asked about, never corrected.

Code words this, not the model: a small model praises what is wrong and corrects what is right.
"""

from __future__ import annotations

from agents.checking.judge import AttemptLine, AttemptReport

_QUESTIONS = {
    "sign": "Watch the sign of {at}. What happens to the sign of a term when it moves to the other side, or when like terms are collected?",
    "distribution": "Look at {at}. Which of the terms inside the bracket must the factor reach?",
    "minus_bracket": "Look at {at}. What does a minus in front of a bracket do to each of the terms inside?",
    "one_side": "You got rid of the factor {at}. Was everything on both sides divided by it?",
    "inverse": "How is {at} joined to the unknown: by adding, or by multiplying? Which move undoes that?",
    "square": "Write {at} as a product of two equal brackets. How many products do you get when you multiply that out?",
    "arithmetic": "The kind of move is fine, but the numbers do not come out. Work this line out once more, slowly.",
    "flip": "What happens to an inequality sign when both sides are multiplied or divided by a negative number?",
    "lost_root": "Are these all the values for which the line before is true? Think of division by something that may be zero, and of roots with two signs.",
    "relation": "Say in words what the result of this line stands for. Is it the operation that the problem describes?",
    "unknown": "Which single move leads from the line before to this one, and was it done to both sides?",
}
_NAMELESS = "that term"


def shown(line: str) -> str:
    """A learner's line as inline code, so that no client typesets half of it."""
    return "`" + line.replace("`", "'").strip()[:120] + "`"


def _numbers(indices: list[int]) -> str:
    names = [str(index + 1) for index in indices]
    head = "Line" if len(names) == 1 else "Lines"
    if len(names) > 2 and indices == list(range(indices[0], indices[-1] + 1)):
        return f"{head} {names[0]} to {names[-1]}"
    return f"{head} {' and '.join([', '.join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]}"


def acknowledge(report: AttemptReport) -> str:
    """Names the lines that hold, and those that could not be read. Nothing after the first wrong line is praised: it stands on sand."""
    until = report["first_wrong"] if report["first_wrong"] is not None else len(report["lines"])
    before = report["lines"][:until]
    right = [index for index, line in enumerate(before) if line["standing"] == "right"]
    unread = [index for index, line in enumerate(before) if line["standing"] == "unread"]
    parts: list[str] = []
    if right:
        verb = "holds" if len(right) == 1 else "hold"
        parts.append(f"{_numbers(right)} of your work {verb}, up to {shown(before[right[-1]]['text'])}.")
    if unread:
        parts.append(f"{_numbers(unread)} I could not check, so I say nothing about {'it' if len(unread) == 1 else 'them'}.")
    return " ".join(parts)


def point_at(report: AttemptReport, *, quote: bool = True) -> str:
    """Points at the first wrong line, or "" where there is none."""
    index = report["first_wrong"]
    if index is None:
        return ""
    line = report["lines"][index]
    what = f" ({shown(line['text'])})" if quote else ""
    if line["slip"] == "arithmetic" and line["of"] is None:
        return f"Look at line {index + 1} again{what}: its two sides are not equal."
    source = f"line {line['of'] + 1}" if line["of"] is not None else "the problem"
    if line["slip"] == "relation":
        return f"Look at line {index + 1} again{what}: here your way leaves the problem."
    return f"Look at line {index + 1} again{what}: it does not follow from {source}."


def ask_about(line: AttemptLine) -> str:
    """A question that leads to the slip without mending it."""
    question = _QUESTIONS.get(line["slip"] or "unknown", _QUESTIONS["unknown"])
    return question.format(at=f"${line['at']}$" if line["at"] else _NAMELESS)
