"""Travellers on a line, by their speeds."""

from __future__ import annotations

import re

from agents.animation.asked.words import N, made, number, says, shown, tex, tidy
from agents.animation.kinds import Kind

_SPEED = re.compile(
    rf"{N}\s*(km/h|kph|mph|m/s|km per hour|kilomet(?:er|re)s per hour|miles per hour|miles an hour|met(?:er|re)s per second|feet per second|ft/s)",
    re.IGNORECASE,
)
_UNIT = {"k": ("km", "h"), "m": ("mi", "h"), "f": ("ft", "s")}
_DISTANCE = re.compile(rf"{N}\s*(?:km|kilomet\w+|miles?|mi|m|meters?|metres?|feet|ft)\b", re.IGNORECASE)
_SPAN = re.compile(rf"\b(?:for|after|in)\s+{N}\s*(?:h|hours?|s|seconds?|minutes?)\b", re.IGNORECASE)
_LATER = re.compile(rf"{N}\s*(?:h|hours?|minutes?|s|seconds?)\s+(?:later|after|head start)", re.IGNORECASE)


def motion(text: str) -> list[Kind]:
    """One or two travellers with their speeds, towards each other, one after the other, or for a time."""
    text = tidy(text)
    speeds = [(number(match[1]), match[2].lower()) for match in _SPEED.finditer(text)]
    if not 1 <= len(speeds) <= 2:
        return []
    unit = speeds[0][1]
    length, time = ("m", "s") if unit == "m/s" or unit.startswith("met") else _UNIT[unit[0]]
    units = {"length_unit": length, "time_unit": time}
    rest = _SPEED.sub(" ", text)
    apart, hours, later = _DISTANCE.search(rest), _SPAN.search(rest), _LATER.search(rest)
    names = _travellers(text, len(speeds))
    if len(speeds) == 1:
        speed = speeds[0][0]
        if hours is None and (apart is None or speed <= 0):
            return []
        span = number(hours[1]) if hours is not None else number(apart[1]) / speed if apart is not None else 0.0
        say = f"At {tex(speed)} {length}/{time} it covers {tex(speed * span)} {length} in {tex(span)} {time}."
        return shown(made(kind="motion", travellers=[{"name": names[0], "speed": speed}], time=span, **units, say=say))
    one, two = speeds[0][0], speeds[1][0]
    if apart is not None and says(text, r"\btowards?\b|\bmeet|\bopposite ends\b|\beach other\b") and not says(text, r"\bcatch|\bovertak"):
        gap = number(apart[1])
        formula = f"\\frac{{{tex(gap)}}}{{{tex(one)} + {tex(two)}}} = {tex(gap / (one + two))}"
        say = f"Together they close {tex(one + two)} {length} each {'hour' if time == 'h' else 'second'}."
        pair: list[dict[str, object]] = [{"name": names[0], "speed": one}, {"name": names[1], "start": gap, "speed": -two}]
        return shown(made(kind="motion", travellers=pair, **units, formula=formula, say=say))
    slow, fast = (0, 1) if one < two else (1, 0)
    ahead: list[dict[str, object]] = [{"name": name, "speed": speed} for name, (speed, _) in zip(names, speeds, strict=True)]
    if apart is not None:
        ahead[slow]["start"] = number(apart[1])
    elif later is not None:
        ahead[fast]["delay"] = number(later[1])
    elif hours is not None:
        return shown(
            made(kind="motion", travellers=ahead, time=number(hours[1]), **units, say="Both start together; the faster one gets further.")
        )
    else:
        return []
    return shown(made(kind="motion", travellers=ahead, **units, say="The faster one catches up."))


def _travellers(text: str, wanted: int) -> list[str]:
    """What moves; numbered where several are alike."""
    nouns = r"rabbit|dog|cat|horse|turtle|snail|fox|hare|tortoise|swimmer|skater|scooter|jogger|train|car|bus|cyclist|runner|truck|bike|boat|walker|plane|hiker|ship"
    named = re.findall(
        rf"\b(?:a|an|the|one|another|two)\s+((?:red|blue|fast|slow|first|second)\s+)?({nouns})(?:e?s)?\b", text, re.IGNORECASE
    )
    people = re.findall(r"\b([A-Z][a-z]+)\s+(?:runs|walks|drives|rides|cycles|travels|jogs|starts|leaves)\b", text)
    found = list(dict.fromkeys([*people, *(f"{adjective}{noun}".lower() for adjective, noun in named)]))
    if len(found) >= wanted:
        return found[:wanted]
    return [f"{found[0]} {number}" for number in range(1, wanted + 1)] if found else ["first", "second"][:wanted]
