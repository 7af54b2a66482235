"""From a solved problem, or from a topic in words, to a storyboard: a list of beats that validate.

A solution's storyboard is made from its own steps; the model only picks a picture, out of numbers that stand in the problem. A topic's storyboard
is filled by the model through the forms of `schema`. Whatever it gets wrong is mended or left out: a storyboard never fails for its content.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from typing import Any

from agents import prompts
from agents.animation.agreement import known_from
from agents.animation.asked import addition_in, asked_for, may_add, problem_in
from agents.animation.expression import parse
from agents.animation.forms import FORMS, FURTHER, form, further_for, storyboard_schema
from agents.animation.kinds import Card, EquationSteps, Kind
from agents.animation.kinds.equation_steps import MAX_LINES, Line
from agents.animation.latex import clean, spoken
from agents.animation.schema import BeatPlan, kind_from_form, plain_card, read_storyboard
from agents.animation.tabulated import taken_apart
from agents.animation.told import only_told
from agents.animation.visual import formulas_in, picture
from agents.checking.judge import Survey, survey
from agents.context import Context, ModelReply
from agents.errors import ModelOutputError
from agents.escapes import unescaped
from agents.state import Problem, Solution

TOPIC_CHARS = 700
STORYBOARD_TOKENS = 380
PICTURE_TOKENS = 110
_NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?![\w^])")
_DOLLARS = re.compile(r"(?<!\\)\$(?:[^$\\]|\\.)*\$")
_GEOMETRY = re.compile(r"triangle|circle|radius|diameter|circumference|hypotenuse", re.IGNORECASE)
_QUANTITIES = re.compile(r"\btable\b|average|mean|median|survey|compare|more than|twice|ratio|percent|total", re.IGNORECASE)


def beat(name: str, kind: Kind, *, draw: str = "", formula: str = "", add: str = "", steps: Sequence[int] = ()) -> BeatPlan:
    """A plan whose plain form says the same as `kind`. `steps` is for a beat whose kind does not tell them itself."""
    plain = (
        kind.model_copy(update={"table": []})
        if isinstance(kind, Card)
        else plain_card(kind.say or kind.title, formula or getattr(kind, "formula", ""), kind.title)
    )
    if isinstance(kind, EquationSteps):
        plain = plain_card(" ".join(line.say for line in kind.lines if line.say) or kind.say, kind.lines[-1].latex, kind.title)
    return BeatPlan(
        id=name,
        data=kind.model_dump(),
        plain=plain.model_dump() | {"kind": "plain"},
        draw=draw,
        steps=list(steps or _steps_in(kind)),
        add=add,
    )


def _steps_in(kind: Kind) -> list[int]:
    """The steps that the lines of a derivation belong to, each once."""
    return sorted({step for line in kind.lines for step in line.steps}) if isinstance(kind, EquationSteps) else []


def numbered(plans: Sequence[BeatPlan]) -> list[BeatPlan]:
    """The plans with ids in the order of the video: `1-title`, `2-triangle`."""
    return [
        BeatPlan(**{**plan, "id": f"{number}-{'scene' if plan['draw'] else plan['data']['kind']}"}) for number, plan in enumerate(plans, 1)
    ]


async def of_request(context: Context, request: str) -> list[BeatPlan]:
    """What the request itself describes or wants solved, without any model; empty where that is not enough for a storyboard.

    What it wants to see beside that, and no reader draws, is left to the coder as an addition to the picture.
    """
    kinds = asked_for(request)
    # the picture that the wish is about: what is worked out from it comes behind it
    pictured = next((kind for kind in kinds if not isinstance(kind, EquationSteps)), None)
    add = addition_in(request) if pictured is not None and context.limits.code_beats > 0 else ""
    if (stem := problem_in(request)) is not None:
        kinds = [*_algebra(await survey(context.sandbox, stem, [])), *kinds]
    return numbered([beat("asked", kind, add=add if kind is pictured else "") for kind in kinds[: context.limits.beats]])


def by_code(request: str) -> list[BeatPlan]:
    """One scene that the coder writes from the request's own words."""
    words = request[:TOPIC_CHARS]
    return numbered([beat("scene", plain_card(words, "", ""), draw=words)])


def _algebra(found: Survey) -> list[Kind]:
    """The steps that algebra tells, every formula on a line of its own."""
    lines: list[Line] = []
    for number, step in enumerate(found["derived"]["steps"], 1):
        say, colon, _ = step.partition(": $")
        for place, formula in enumerate(formulas_in(step if not colon else step[len(say) :])):
            try:
                lines.append(Line(latex=formula, say=spoken(say if colon else step) if place == 0 else "", steps=[number]))
            except ValueError:
                return []
    return _as_derivations(lines)


async def of_solution(context: Context, problem: Problem, solution: Solution) -> tuple[list[BeatPlan], list[ModelReply]]:
    """Title, picture, the steps, the answer: at most `Limits.beats` beats. Raises nothing but what the model client raises."""
    formulas = [step["latex"] for step in solution["steps"] if step["latex"]]
    shown = picture(problem["text"], formulas, solution["answer"])
    replies: list[ModelReply] = []
    numbers = _numbers_of(problem["text"])
    if shown is None and len(numbers) >= 2 and (_GEOMETRY.search(problem["stem"]) or _QUANTITIES.search(problem["stem"])):
        shown, reply = await _chosen_picture(context, problem, numbers)
        replies.append(reply)
    plans = [beat("title", _problem_card(problem))]
    if shown is not None:
        plans.append(beat("picture", only_told(shown, known_from(problem, solution))))
    derivations = _derivations(solution)
    plans += derivations[: max(1, context.limits.beats - len(plans) - 1)]
    plans.append(beat("recap", _answer(solution)))
    return numbered(plans[: context.limits.beats - 1] + plans[-1:] if len(plans) > context.limits.beats else plans), replies


def _derivations(solution: Solution) -> list[BeatPlan]:
    """The steps as derivations of at most six lines; words without a formula join the next line, or make a card where there is no formula at all."""
    lines: list[Line] = []
    waiting, waits = "", list[int]()
    for number, step in enumerate(solution["steps"], 1):
        say, shows = spoken(step["say"]), [number]
        if waits and len(waiting) + len(say) < 150:
            # words that are too long to join are not shown, so the line does not belong to their step
            say, shows = f"{waiting} {say}".strip(), [*waits, number]
        try:
            line = Line(latex=step["latex"], say=say, steps=shows)
        except ValueError:
            waiting, waits = spoken(step["say"]), [number]
            continue
        waiting, waits = "", []
        if lines and lines[-1].latex == line.latex:
            lines[-1] = Line(latex=line.latex, say=f"{lines[-1].say} {line.say}", steps=[*lines[-1].steps, *line.steps])
        else:
            lines.append(line)
    if not lines:
        words = " ".join(spoken(step["say"]) for step in solution["steps"]) or "The solution in words."
        return [beat("steps", plain_card(words, title="Solution"), steps=range(1, len(solution["steps"]) + 1))]
    return [beat("steps", kind) for kind in _as_derivations(lines)]


def _as_derivations(lines: Sequence[Line]) -> list[Kind]:
    if not lines:
        return []
    groups = math.ceil(len(lines) / MAX_LINES)
    size = math.ceil(len(lines) / groups)
    return [
        EquationSteps(lines=list(lines[start : start + size]), mark_last=start + size >= len(lines), title="Solution" if start == 0 else "")
        for start in range(0, len(lines), size)
    ]


def _problem_card(problem: Problem) -> Card:
    """The problem's own words, with its table where it has one that can be read."""
    _, table = taken_apart(problem["stem"])
    return Card(kind="title", title="The problem", text=problem["stem"], table=table)


def _answer(solution: Solution) -> Card:
    """The recap card: a formula where the answer is one, else words. It says so where the answer was not checked."""
    checked = solution["verification"]["status"] == "verified"
    say = "Checked by a computation apart from these steps." if checked else "This answer was not confirmed by a separate computation."
    text = f"Option {solution['choice']}" if solution["choice"] else ""
    between = _DOLLARS.sub(" ", answer) if (answer := solution["answer"]).count("$") > 1 else ""
    try:
        if not re.search(r"[A-Za-z]{2}", re.sub(r"\b(?:and|or)\b", "", between)):
            formula = answer if between.strip(" ,;") else _below_each_other(answer)
            return Card(kind="recap", title="Answer", text=text, formula=formula, say=say)
    except ValueError:
        pass
    return Card(kind="recap", title="Answer", text=f"{text} {spoken(answer)}".strip(), say=say)


def _below_each_other(answer: str) -> str:
    """An answer of several formulas, such as an option that is a system, with one on each line."""
    formulas = formulas_in(answer)
    if len(formulas) < 2:
        return answer
    return r"\begin{aligned}" + r" \\ ".join(f"& {formula}" for formula in formulas) + r"\end{aligned}"


def _numbers_of(text: str) -> list[float]:
    """The distinct numbers that stand in a text, in reading order."""
    return list(dict.fromkeys(float(number.replace(",", "")) for number in _NUMBER.findall(re.sub(r"\\(?:frac|sqrt)", " ", text))))[:24]


async def _chosen_picture(context: Context, problem: Problem, numbers: Sequence[float]) -> tuple[Kind | None, ModelReply]:
    """A picture that the model chooses and fills. Every length, angle and value is one of `numbers`, by the schema and again by our own check."""
    literal = [int(number) if number == int(number) else number for number in numbers]
    given: dict[str, Any] = {"type": "number", "enum": [0, *literal]}
    angle: dict[str, Any] = {"type": "number", "enum": sorted({0, 90, *(number for number in literal if 0 < number < 180)})}
    forms: list[dict[str, Any]] = []
    if re.search(r"triangle|hypotenuse", problem["stem"], re.IGNORECASE):
        find = {"type": "string", "enum": ["a", "b", "c", "A", "B", "C", "none"]}
        forms.append(form("triangle", a=given, b=given, c=given, A=angle, B=angle, C=angle, find=find))
    if re.search(r"circle|radius|diameter|circumference", problem["stem"], re.IGNORECASE):
        part = {"type": "string", "enum": ["radius", "diameter", "chord", "tangent", "sector"]}
        forms.append(form("circle", radius={"type": "number", "enum": [number for number in literal if number]}, part=part, angle=angle))
    if _QUANTITIES.search(problem["stem"]):
        labels = {"type": "array", "items": {"type": "string", "maxLength": 14}, "minItems": 2, "maxItems": 6}
        forms.append(form("bars", labels=labels, values={"type": "array", "items": given, "minItems": 2, "maxItems": 6}))
    none = {
        "type": "object",
        "properties": {"kind": {"type": "string", "enum": ["none"]}},
        "required": ["kind"],
        "additionalProperties": False,
    }
    messages = prompts.load("picture").messages(problem=problem["stem"][:TOPIC_CHARS])
    reply = await context.model.chat("tutor", messages, max_tokens=PICTURE_TOKENS, schema={"anyOf": [*forms, none]})
    try:
        filled = unescaped(json.loads(reply.text))
        allowed = {0.0, 90.0, *numbers}
        if not isinstance(filled, dict) or any(number not in allowed for number in _all_numbers(filled)):
            return None, reply
        if isinstance(filled.get("values"), list) and len(set(filled["values"])) < len(filled["values"]):
            return None, reply
        filled["say"] = filled.get("say", "") if _says_only(str(filled.get("say", "")), allowed) else ""
        return kind_from_form(filled), reply
    except ValueError:
        return None, reply


def _all_numbers(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for item in value.values() for number in _all_numbers(item)]
    if isinstance(value, list):
        return [number for item in value for number in _all_numbers(item)]
    return [float(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _says_only(say: str, allowed: set[float]) -> bool:
    """Whether a caption holds no number of the model's own."""
    return all(number in allowed for number in _numbers_of(say))


async def of_topic(context: Context, topic: str) -> tuple[list[BeatPlan], list[ModelReply]]:
    """A title with the main formula, one to three beats by the model, a recap.

    Raises `ModelOutputError` only where the model's answer holds no usable beat at all; `ModelUnavailable` passes through.
    """
    room = max(1, min(3, context.limits.beats - 2))
    kinds = list(FORMS) if context.limits.code_beats > 0 else [kind for kind in FORMS if kind != "scene"]
    told = spoken(topic, TOPIC_CHARS) if "$" in topic else topic[:TOPIC_CHARS]
    if further := further_for(topic):
        kinds += further
        told += "\n\nKinds that fit here too:\n" + "\n".join(f"- {kind}: {FURTHER[kind].about}." for kind in further)
    add = context.limits.code_beats > 0 and may_add(topic)
    if add:
        told += "\n\nA beat may have add: in a few words, what to add to its picture, such as an arrow to a point."
    messages = prompts.load("storyboard").messages(topic=told)
    reply = await context.model.chat("tutor", messages, max_tokens=STORYBOARD_TOKENS, schema=storyboard_schema(kinds, room, add=add))
    try:
        board = read_storyboard(reply.text)
    except ValueError as error:
        raise ModelOutputError(f"the model wrote no storyboard: {error}") from error
    title = spoken(str(board.get("title") or topic.split(":")[0]), 60)
    formula = _true_formula(str(board.get("formula") or ""))
    plans = [beat("title", _title_card(title, topic, formula))]
    seen: set[str] = set()
    scenes = 0
    for filled in board["beats"][:room]:
        plan = _plan(filled, title)
        key = json.dumps(plan["data"], sort_keys=True, default=str)
        if key in seen or (plan["draw"] and scenes >= context.limits.code_beats):
            continue
        seen.add(key)
        if scenes >= context.limits.code_beats:
            plan["add"] = ""
        scenes += bool(plan["draw"] or plan.get("add"))
        plans.append(plan)
    recap = spoken(str(board.get("recap") or ""))
    if recap or formula:
        plans.append(beat("recap", Card(kind="recap", title="To remember", text=recap, formula=formula)))
    return numbered(plans), [reply]


def plain_topic(topic: str) -> list[BeatPlan]:
    """What can be shown of a topic without any model: its own words."""
    head, _, rest = spoken(topic, 420).partition(":")
    return numbered([beat("plain", plain_card(rest.strip() or head, title=spoken(head, 60) if rest.strip() else ""))])


def _title_card(title: str, topic: str, formula: str) -> Card:
    _, _, description = topic.partition(":")
    text = re.split(r"(?<=[.!?])\s", spoken(description, 400))[0] if description.strip() else ""
    return Card(kind="title", title=title, text=spoken(text, 240), formula=formula)


def _plan(filled: dict[str, Any], title: str) -> BeatPlan:
    """The beat that a filled form describes, or a card with its words where the form cannot be drawn."""
    say, formula, draw = str(filled.get("say") or ""), str(filled.get("formula") or ""), str(filled.get("draw") or "")
    if filled.get("kind") == "equation_steps" and isinstance(filled.get("steps"), list):
        filled = filled | {
            "steps": [step for step in filled["steps"] if not isinstance(step, dict) or not _false(str(step.get("latex", "")))]
        }
    if "formula" in filled:
        filled = filled | {"formula": _true_formula(formula)}
    if filled.get("kind") == "scene":
        kind: Kind
        try:
            kind = EquationSteps(lines=[Line(latex=_true_formula(formula), say=say)], mark_last=False)
        except ValueError:
            kind = plain_card(say or draw, title=title)
        return beat("scene", kind, draw=f"{draw}. {say}".strip(". ") if draw else "")
    try:
        return beat(str(filled.get("kind")), kind_from_form(filled), add=spoken(str(filled.get("add") or ""), 120))
    except ValueError:
        steps = filled.get("steps")
        words = " ".join(str(step.get("say") or "") for step in steps if isinstance(step, dict)) if isinstance(steps, list) else ""
        return beat("plain", plain_card(f"{say} {words}".strip() or title, formula))


def _true_formula(latex: str) -> str:
    """The formula where it typesets and is not plainly false, else ""."""
    try:
        return "" if _false(latex) else clean(latex)
    except ValueError:
        return ""


def _false(latex: str) -> bool:
    """Whether a line is an equation between numbers that does not hold: what can be checked of a model's formula without knowing what it means."""
    for part in formulas_in(f"${latex}$") if "$" not in latex else [latex]:
        sides = re.split(r"=|\\approx", part)
        values: list[float] = []
        for side in sides:
            try:
                expression = parse(side)
            except ValueError:
                continue
            if not expression.variables and math.isfinite(value := expression(0.0)):
                values.append(value)
        if any(abs(value - values[0]) > 0.01 * max(1.0, abs(values[0])) for value in values[1:]):
            return True
    return False
