"""How the forms that a model filled become beats, whatever it got wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from agents.animation.forms import FURTHER, OPTIONAL
from agents.animation.kinds import Card, EquationSteps, Kind, load
from agents.animation.kinds.tree import of_draws
from agents.animation.latex import spoken
from agents.escapes import unescaped


class BeatPlan(TypedDict):
    """One beat, ready to be made. `data` describes a parametric beat that validates, `plain` a card with the same message.

    `draw` is what the coder model is asked to program; empty for a beat that is parametric from the start. Storyboards of before have none of the
    fields that may be absent.
    """

    id: str
    data: dict[str, Any]
    plain: dict[str, Any]
    draw: str
    steps: NotRequired[list[int]]
    """The solution's steps that the beat shows, counted from 1; empty for a beat that belongs to none, such as a title or a topic's."""
    add: NotRequired[str]
    """What the coder model is asked to add to the parametric picture, in words; empty for nothing."""


def read_storyboard(text: str) -> dict[str, Any]:
    """The model's storyboard; of an answer that was cut off, what is complete. Raises ValueError where nothing is."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        value = _complete_part(text)
    if not isinstance(value, dict) or not isinstance(value.get("beats"), list):
        raise ValueError("the storyboard is not the JSON object that was asked for")
    value["beats"] = [beat for beat in value["beats"] if isinstance(beat, dict)]
    fixed: dict[str, Any] = unescaped(value)
    return fixed


def _complete_part(text: str) -> dict[str, Any]:
    head, found, tail = text.partition('"beats"')
    if not found:
        raise ValueError("the storyboard broke off before its first beat")
    out: dict[str, Any] = {key: json.loads(f'"{body}"') for key, body in re.findall(r'"(title|formula)"\s*:\s*"((?:[^"\\]|\\.)*)"', head)}
    beats: list[Any] = []
    decoder = json.JSONDecoder()
    at = tail.find("{")
    while at >= 0:
        try:
            beat, end = decoder.raw_decode(tail, at)
        except json.JSONDecodeError:
            break
        beats.append(beat)
        at = tail.find("{", end)
    return out | {"beats": beats}


def kind_from_form(filled: Mapping[str, Any]) -> Kind:
    """The beat that a filled form describes. Raises ValueError where its data cannot be drawn."""
    kind = str(filled.get("kind"))
    data: dict[str, Any] = {"kind": kind, "say": _text(filled.get("say"))}
    formula = _text(filled.get("formula"))
    match kind:
        case "equation_steps":
            return _steps(data, filled.get("steps"))
        case "function_graph":
            data["functions"] = [text for text in (_text(filled.get("f")), _text(filled.get("g"))) if text.strip(" 0")]
            data["marks"] = ["zeros", "vertex"] if len(data["functions"]) == 1 else ["crossing"]
            show = filled.get("show")
            if show == "tangent":
                data |= {"tangent_at": filled.get("at"), "marks": []}
            elif show == "area":
                data |= {"area": (filled.get("at"), filled.get("to")), "marks": []}
            elif show == "curve":
                data["marks"] = []
        case "number_line":
            data |= {"points": [{"value": value} for value in _numbers(filled.get("points"))], "formula": formula}
        case "triangle":
            data |= {name: value for name in "abcABC" if isinstance(value := filled.get(name), int | float) and value > 0}
            data |= {"formula": formula, "find": filled["find"] if filled.get("find") in tuple("abcABC") else None}
        case "circle":
            part: dict[str, Any] = {"kind": filled.get("part", "radius")}
            angle = filled.get("angle")
            if part["kind"] == "sector" and isinstance(angle, int | float):
                part["to"], part["angle"] = angle, 0
            parts = [part] if part["kind"] == "radius" else [{"kind": "radius", "angle": 200 if part["kind"] == "sector" else 35}, part]
            data |= {"radius": filled.get("radius"), "parts": parts, "formula": formula}
        case "bars":
            labels, values = filled.get("labels"), _numbers(filled.get("values"))
            pairs = zip(labels, values, strict=False) if isinstance(labels, list) else ()
            data |= {"bars": [{"label": str(label), "value": value} for label, value in pairs], "formula": formula}
        case "tree":
            outcomes = [item for item in filled.get("outcomes") or [] if isinstance(item, dict)]
            bag = {_text(item.get("label")): count for item in outcomes if isinstance(count := item.get("count"), int)}
            draws = filled.get("draws")
            data["branches"] = of_draws(bag, draws if isinstance(draws, int) else 1, put_back=filled.get("put_back") is True)
        case _ if kind in FURTHER:
            # a zero stands for a length that the figure does not need
            unused = {name for name, schema in FURTHER[kind].form["properties"].items() if schema is OPTIONAL and not filled.get(name)}
            data |= {name: value for name, value in filled.items() if name not in ("kind", "say") and name not in unused}
            if kind == "coordinates":
                data["points"] = [{"x": x, "y": y} for x, y in filled.get("points") or []]
            if kind == "polygon" and filled.get("shape") != "regular":
                data.pop("n", None)
    return _with_or_without_formula(data)


def _steps(data: dict[str, Any], steps: Any) -> Kind:
    lines = []
    for step in steps if isinstance(steps, list) else []:
        line = {"latex": _text(step.get("latex")), "say": _text(step.get("say"))} if isinstance(step, dict) else {}
        try:
            EquationSteps(lines=[line])  # type: ignore[list-item]
        except ValueError:
            continue
        lines.append(line)
    if lines:
        lines[0]["say"] = lines[0]["say"] or data["say"]
    return load(data | {"lines": lines, "mark_last": False})


def _with_or_without_formula(data: dict[str, Any]) -> Kind:
    """A formula that does not typeset is left out rather than costing the picture."""
    try:
        return load(data)
    except ValueError:
        if not data.get("formula"):
            raise
        return load(data | {"formula": ""})


def plain_card(say: str, formula: str = "", title: str = "") -> Card:
    """A card that always validates: a formula that does not typeset becomes part of the text."""
    try:
        return Card(kind="plain", title=title, text=say, formula=formula)
    except ValueError:
        return Card(kind="plain", title=title, text=f"{say} {spoken(f'${formula}$', 160)}".strip())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _numbers(value: Any) -> list[float]:
    return [item for item in value if isinstance(item, int | float) and not isinstance(item, bool)] if isinstance(value, list) else []
