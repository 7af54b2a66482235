"""Answers "why?" and "explain step 3 differently" from the checked solution.

The model words the explanation, code decides whether it may be shown: every statement in it must agree with the solution. Where it does not, even when asked
again, the explanation is built from the two formulas and what was done between them. A learner who has only seen hints gets no step, but the hint in
other words, behind the same leak gate as the hints themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import AIMessage, AnyMessage
from langgraph.runtime import Runtime
from langgraph.types import Command

from agents import prompts
from agents.chat import STEP_HEADING, last_hint, step_explained, text_of
from agents.checking.judge import Move, check_explanation, find_leaks
from agents.checking.prose import RELATION
from agents.context import Context, ModelReply, context_of
from agents.events import Narrator
from agents.state import Problem, Solution, Step, TutorState
from agents.usage import usage_of
from agents.worked import as_markdown

EXPLAIN_TOKENS = 170
_ASKS = 2
_KEPT_NGRAMS = 0.5
"""Share of word triples that an explanation "in other words" may have in common with an earlier one."""
NO_STEP = "The solution has {steps}, so there is no step {step}. Which part of it shall I explain?"
_STATED = {
    "add": "${amount}$ is added to both sides",
    "subtract": "${amount}$ is subtracted from both sides",
    "multiply": "both sides are multiplied by ${amount}$",
    "divide": "both sides are divided by ${amount}$",
    "square": "both sides are squared",
    "root": "the square root is taken on both sides",
    "swap": "the two sides change places",
    "rewrite": "the same thing is written in another form",
}
_REASONS = {
    "add": "A subtraction is undone by adding the same amount, and doing it on both sides keeps them equal.",
    "subtract": "An addition is undone by subtracting the same amount, and doing it on both sides keeps them equal.",
    "multiply": "A division is undone by multiplying by the same number, and doing it on both sides keeps them equal.",
    "divide": "A multiplication is undone by dividing by the same number, and doing it on both sides keeps them equal.",
    "square": "A square root is undone by squaring; because squaring can bring in a solution that was none before, the result is checked at the end.",
    "root": "A square is undone by a square root; a square has two roots, a positive and a negative one, so both are looked at.",
    "swap": "An equation says that two things are equal, and that is true in either order.",
    "rewrite": "Nothing changes in value: brackets are multiplied out, terms of the same kind are put together, or a known value is put in.",
}
_BACKWARDS = {
    "add": "Go backwards to see it: subtract ${amount}$ from both sides of ${after}$ and you are at ${before}$ again.",
    "subtract": "Go backwards to see it: add ${amount}$ to both sides of ${after}$ and you are at ${before}$ again.",
    "multiply": "Go backwards to see it: divide both sides of ${after}$ by ${amount}$ and you are at ${before}$ again.",
    "divide": "Go backwards to see it: multiply both sides of ${after}$ by ${amount}$ and you are at ${before}$ again.",
}
_STEMS = {"add": "add", "subtract": "subtract", "multiply": "multipl", "divide": "divid"}
_THINGS = {
    "fraction": r"\\[dt]?frac|/|fraction|half|third|quarter",
    "square root": r"\\sqrt|√|root",
    "bracket": r"\(|bracket|parenthes",
    "parenthes": r"\(|bracket|parenthes",
    "exponent": r"\^|exponent|power",
    "percent": r"%|percent",
    "dollar": r"dollar|\\\$|money|cost|price|\bpa(?:y|id)|sell|sold|buy|bought|earn",
    "pens?\\b": r"\bpen",
    "story": r"(?!)",
}
_VERBS = ("add", "subtract", "multipl", "divid", "squar", "root", "factor", "expand", "substitut", "collect", "simplif", "compar")


async def explain(state: TutorState, runtime: Runtime[Context]) -> Command[Literal["answer"]]:
    context = context_of(runtime)
    narrator = Narrator()
    replies: list[ModelReply] = []
    problem, solution = state["problem"], state["solution"]
    assert solution is not None, "route sends an unsolved problem through solve first"  # noqa: S101
    messages = state["messages"]
    narrator.progress("explain", "looking for other words")
    if not state.get("shown"):
        narrator.say(await _hint_in_other_words(context, problem, solution, messages, replies))
    else:
        narrator.say(await _steps_explained(context, state, solution, replies))
    return Command(update={"usage": usage_of(*replies), "reply": narrator.parts()}, goto="answer")


async def _steps_explained(context: Context, state: TutorState, solution: Solution, replies: list[ModelReply]) -> str:
    problem, asked = state["problem"], state["asked"]
    steps = [step for step in solution["steps"] if not re.match(r"\W*idea\b", step["say"], re.IGNORECASE)]
    if not steps:
        return "There are no worked steps that I could explain: the answer came from a computation alone."
    number = len(steps) if asked["step"] == -1 else asked["step"]
    if number is not None and not 1 <= number <= len(steps):
        return NO_STEP.format(steps=f"{len(steps)} steps" if len(steps) > 1 else "one step only", step=number)
    if number is None:
        number = chosen_step(text_of(state["messages"][-1]), problem["text"], steps) or step_explained(state["messages"])
    if number is None:
        return await _whole(context, steps)
    earlier = _earlier(state["messages"], number)
    step = steps[number - 1]
    shown = formulas_of(step["say"])
    before = next((formulas[-1] for previous in reversed(steps[: number - 1]) if (formulas := formulas_of(previous["say"]))), "")
    before = before or await _printed(context, problem, shown)
    lines = [*([before] if before else []), *shown]
    known = [problem["text"], *(item["say"] for item in steps), f"${solution['answer']}$"]
    moves, _ = await check_explanation(context.sandbox, "", formulas=lines, known=known)
    made = [move for move in moves if move]
    stated = "; then ".join(_stated(move) for move in made) or ("the words become a formula" if not before else "what the step says")
    stated += f". {_REASONS[made[0]['kind']]}" if made else "."
    for attempt in range(_ASKS):
        reply = await context.model.chat(
            "tutor",
            prompts.load("explain").messages(
                problem=problem["stem"],
                before=f"${before}$" if before else "the text of the problem",
                step=step["say"],
                move=stated,
                wish=f"\nUse other words than: {earlier[-1]}" if earlier else "",
            ),
            max_tokens=EXPLAIN_TOKENS,
            temperature=0.7 if attempt or earlier else 0.0,
            seed=attempt + len(earlier) if attempt or earlier else None,
        )
        replies.append(reply)
        text = whole_sentences(as_markdown(reply.text))
        _, reasons = await check_explanation(context.sandbox, text, formulas=lines, known=known)
        reasons += misnamed(text, [*lines, step["say"]], problem["text"]) + unsaid(text, made)
        if text and not reasons and not any(_repeats(text, other) for other in earlier):
            break
    else:
        text = _built(lines, moves, again=bool(earlier), first=not before, stem=problem["stem"])
    return f"{STEP_HEADING.format(step=number)}\n\n> {step['say']}\n\n{text}"


async def _printed(context: Context, problem: Problem, shown: Sequence[str]) -> str:
    """The relation of the problem's own from which a single move leads to the first formula `shown`; "" where there is none."""
    printed = [formula for formula in formulas_of(problem["stem"]) if RELATION.search(formula)]
    if not printed or not shown or any(_spelling(formula) == _spelling(shown[0]) for formula in printed):
        return ""
    pairs = [formula for relation in printed for formula in (relation, shown[0])]
    moves, _ = await check_explanation(context.sandbox, "", formulas=pairs, known=[])
    return next((relation for relation, move in zip(printed, moves[::2], strict=False) if move), "")


def chosen_step(words: str, problem: str, steps: Sequence[Step]) -> int | None:
    """The step that the words speak of without its number ("why did you divide by 5?", "how did you get 15?"); None where they name none."""
    named = [_spelling(formula) for formula in formulas_of(words) or re.findall(r"[\w^]*\s*=\s*[\w^]+", words)]
    numbers = set(re.findall(r"\d+(?:\.\d+)?", words))
    verbs = [verb for verb in _VERBS if re.search(rf"\b{verb}", words, re.IGNORECASE)]
    asks_for_result = not verbs and bool(re.search(r"\b(?:get|got|come|from|where|find|found|why is|why are)\b", words, re.IGNORECASE))
    best: tuple[float, int] | None = None
    for index, step in enumerate(steps, 1):
        results = _spelling(step["latex"] or step["say"])
        score = sum(3.0 for formula in named if formula in _spelling(step["say"])) + sum(1.0 for formula in named if formula == results)
        score += sum(2.0 for verb in verbs if re.search(rf"\b{verb}", step["say"], re.IGNORECASE))
        found = set(re.findall(r"\d+(?:\.\d+)?", step["say"])) & numbers
        score += sum(1.0 if number not in re.findall(r"\d+(?:\.\d+)?", problem) or verbs else 0.5 for number in found)
        score += sum(0.5 for number in found if asks_for_result and results.endswith(number))
        if score and (best is None or score > best[0]):
            best = (score, index)
    return best[1] if best and best[0] >= 1 else None


def misnamed(text: str, lines: Sequence[str], problem: str) -> list[str]:
    """What the text speaks of though nothing of the kind is there: a small model likes to explain the example it was shown instead."""
    there = " ".join([*lines, problem])
    return [
        f"there is no {word}"
        for word, sign in _THINGS.items()
        if re.search(rf"\b{word}", text, re.IGNORECASE) and not re.search(sign, there, re.IGNORECASE)
    ]


def unsaid(text: str, moves: Sequence[Move]) -> list[str]:
    """The moves by a number that the text does not name: an explanation of a step says what was done in it."""
    bare = text.replace("$", "")
    return [
        f"it does not say that {_stated(move)}"
        for move in moves
        if move["kind"] in _BACKWARDS
        and not (re.search(rf"\b{_STEMS[move['kind']]}", bare, re.IGNORECASE) and move.get("amount", "") in bare)
    ]


def formulas_of(text: str) -> list[str]:
    """The equations and inequalities between dollars; without any, the expressions that hold more than one number or letter."""
    found = [match.strip().rstrip(".,;") for match in re.findall(r"\$\$?([^$]+)\$\$?", text)]
    relations = [formula for formula in found if re.search(r"[=<>]|\\(?:le|ge)", formula)]
    return relations or [formula for formula in found if re.search(r"[-+*/^(]|\\(?:frac|sqrt|cdot|times)", formula)]


def whole_sentences(text: str) -> str:
    """The text without headings, lists, and a last sentence that was cut off; at most four sentences."""
    bare = " ".join(re.sub(r"^\s*(?:[-*#>]+|\d+[.)])\s*", "", line).strip() for line in text.strip().splitlines() if line.strip())
    sentences = re.findall(r".+?[.!?](?=\s+[A-Z$\"]|\s*\Z)", bare)
    kept = [sentence.strip() for sentence in sentences if sentence.count("$") % 2 == 0][:4]
    return " ".join(kept)


def _spelling(text: str) -> str:
    return re.sub(r"[\s$\\{}]", "", text)


def _stated(move: Move) -> str:
    return _fill(_STATED[move["kind"]], amount=move.get("amount", ""))


def _fill(template: str, **fields: str) -> str:
    """The template with its `{fields}`: LaTeX inside them may hold braces of its own."""
    return re.sub(r"\{(\w+)\}", lambda match: fields[match[1]], template)


def _built(lines: Sequence[str], moves: Sequence[Move], *, again: bool, first: bool, stem: str) -> str:
    """An explanation by code: the formulas, and what was done between them."""
    told = []
    for before, after, move in zip(lines, lines[1:], moves, strict=False):
        if not move:
            continue
        told.append(f"Look at ${before}$ and ${after}$ next to each other: {_stated(move)}.")
        if again and move["kind"] in _BACKWARDS:
            told.append(_fill(_BACKWARDS[move["kind"]], amount=move.get("amount", ""), before=before, after=after))
        else:
            told.append(_REASONS[move["kind"]])
    if told:
        return " ".join(told)
    if first and lines:
        again_words = (
            "Read the problem once more with this formula beside it, and find each of its numbers in the words."
            if again
            else ("The words of the problem are put into a formula here, so that we can calculate with them.")
        )
        return f"{again_words} Every part of ${lines[-1]}$ stands for something the problem says: its numbers are given there, and its letters stand for what is not known yet."
    if len(lines) >= 2:
        return f"This step leads from ${lines[0]}$ to ${lines[-1]}$. Put the second one beside the first and change one thing at a time: each part of it comes from what was found before."
    return "This step puts what was found before into words; it does no calculation of its own." + (
        f" The question was: {stem[-200:]}" if again else ""
    )


async def _whole(context: Context, steps: Sequence[Step]) -> str:
    """What a bare "why?" asks for: the way from the problem to the answer, move by move, found by computation."""
    lines = [formula for step in steps for formula in formulas_of(step["say"])]
    moves, _ = await check_explanation(context.sandbox, "", formulas=lines, known=[]) if len(lines) > 1 else ([], [])
    told = []
    at = 0
    for number, step in enumerate(steps, 1):
        count = len(formulas_of(step["say"]))
        made = [move for move in moves[max(at - 1, 0) : max(at + count - 1, 0)] if move]
        if made:
            told.append(f"- Step {number}: {'; then '.join(_stated(move) for move in made)}. {_REASONS[made[0]['kind']]}")
        elif at == 0 and count:
            told.append(f"- Step {number} says in a formula, ${lines[0]}$, what the problem says in words.")
        else:
            told.append(f"- Step {number}: {step['say']}")
        at += count
    return "Each step rests on the one before:\n\n" + "\n".join(told) + "\n\nAsk about one of them by its number and I will go into it."


def _earlier(messages: Sequence[AnyMessage], number: int) -> list[str]:
    """What was said about this step before, oldest first."""
    heading = STEP_HEADING.format(step=number)
    found = [
        text_of(message).partition(heading)[2] for message in messages if isinstance(message, AIMessage) and heading in text_of(message)
    ]
    return [re.sub(r"^>.*$", "", text, flags=re.MULTILINE).strip() for text in found if text.strip()]


def _repeats(text: str, earlier: str) -> bool:
    ours, theirs = _triples(text), _triples(earlier)
    return bool(ours) and len(ours & theirs) > _KEPT_NGRAMS * len(ours)


def _triples(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return set(zip(words, words[1:], words[2:], strict=False))


async def _hint_in_other_words(
    context: Context, problem: Problem, solution: Solution, messages: Sequence[AnyMessage], replies: list[ModelReply]
) -> str:
    """The last hint, or whatever the tutor said last, in other words that give nothing away."""
    said = last_hint(messages) or next((text_of(message) for message in reversed(messages) if isinstance(message, AIMessage)), "")
    said = re.sub(r"\*\*[^*]+\*\*\s*", "", said).strip()
    choice = solution["choice"]
    choice_text = next((option["text"] for option in problem["options"] if option["letter"] == choice), "")
    for attempt in range(_ASKS):
        reply = await context.model.chat(
            "tutor",
            prompts.load("explain_hint").messages(problem=problem["stem"], said=said[:600] or "Read the problem again."),
            max_tokens=EXPLAIN_TOKENS,
            temperature=0.7 if attempt else 0.0,
            seed=attempt or None,
        )
        replies.append(reply)
        text = whole_sentences(as_markdown(reply.text))
        if not text:
            continue
        _, wrong = await check_explanation(
            context.sandbox, text, formulas=[], known=[problem["text"], said, *(step["say"] for step in solution["steps"])]
        )
        leaks = await find_leaks(
            context.sandbox, [text], answer=solution["answer"], choice=choice, choice_text=choice_text, problem=problem["text"]
        )
        if not wrong and not leaks[0]:
            return text
    question = re.split(r"(?<=[.?!])\s+", problem["stem"].strip())[-1]
    return (
        f"Let us go back to what is asked: {question} Say in your own words what you would need to know to answer that, and which sentence of the "
        "problem tells you something about it. Ask for another hint when you want to go on."
    )
