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
_LENGTHS = {"km": r"km|kilomet\w+", "mi": r"miles?|mi", "m": r"m|meters?|metres?", "ft": r"feet|ft"}
_HOURS = {"h": 1.0, "m": 1 / 60}
_SECONDS = {"s": 1.0, "m": 60.0}
_CLOCK = r"(h|hours?|hrs?|s|seconds?|secs?|min|minutes?)\b"
_SPAN = re.compile(rf"\b(?:for|after|in)\s+{N}\s*{_CLOCK}", re.IGNORECASE)
_LATER = re.compile(rf"{N}\s*{_CLOCK}\s+(?:later|after|head start)", re.IGNORECASE)


def motion(text: str) -> list[Kind]:
    """One or two travellers with their speeds, towards each other, one after the other, or for a time. Nothing where units are mixed."""
    text = tidy(text)
    speeds = [(number(match[1]), _units_of(match[2].lower())) for match in _SPEED.finditer(text)]
    if not 1 <= len(speeds) <= 2 or len({units for _, units in speeds}) != 1 or says(text, r"\bopposite directions?\b|\baway from\b"):
        return []
    length, time = speeds[0][1]
    units = {"length_unit": length, "time_unit": time}
    rest = _SPEED.sub(" ", text)
    distance = re.search(rf"{N}\s*(?:{'|'.join(_LENGTHS.values())})\b", rest, re.IGNORECASE)
    apart = re.search(rf"{N}\s*(?:{_LENGTHS[length]})\b", rest, re.IGNORECASE)
    if (distance is None) != (apart is None) or (distance and apart and distance[0] != apart[0]):
        return []
    gap = number(apart[1]) if apart is not None else None
    spans = [_converted(match, time) for match in (_SPAN.search(rest), _LATER.search(rest))]
    if any(span is not None and span < 0 for span in spans):
        return []
    hours, later = spans
    names = _travellers(text, len(speeds))
    if len(speeds) == 1:
        speed = speeds[0][0]
        span = hours if hours is not None else gap / speed if gap is not None and speed > 0 else None
        if span is None:
            return []
        say = f"At {tex(speed)} {length}/{time} it covers {tex(speed * span)} {length} in {tex(span)} {time}."
        return shown(made(kind="motion", travellers=[{"name": names[0], "speed": speed}], time=span, **units, say=say))
    one, two = speeds[0][0], speeds[1][0]
    if gap is not None and says(text, r"\btowards?\b|\bmeet|\bopposite ends\b|\beach other\b") and not says(text, r"\bcatch|\bovertak"):
        formula = f"\\frac{{{tex(gap)}}}{{{tex(one)} + {tex(two)}}} = {tex(gap / (one + two))}"
        say = f"Together they close {tex(one + two)} {length} each {'hour' if time == 'h' else 'second'}."
        pair: list[dict[str, object]] = [{"name": names[0], "speed": one}, {"name": names[1], "start": gap, "speed": -two}]
        return shown(made(kind="motion", travellers=pair, **units, formula=formula, say=say))
    slow, fast = (0, 1) if one < two else (1, 0)
    ahead: list[dict[str, object]] = [{"name": name, "speed": speed} for name, (speed, _) in zip(names, speeds, strict=True)]
    if gap is not None:
        ahead[slow]["start"] = gap
    elif later is not None:
        ahead[fast]["delay"] = later
    elif hours is not None:
        say = "Both start together; the faster one gets further."
        return shown(made(kind="motion", travellers=ahead, time=hours, **units, say=say))
    else:
        return []
    return shown(made(kind="motion", travellers=ahead, **units, say="The faster one catches up."))


def _units_of(speed: str) -> tuple[str, str]:
    """Length and time of a speed's unit."""
    return ("m", "s") if speed == "m/s" or speed.startswith("met") else _UNIT[speed[0]]


def _converted(found: re.Match[str] | None, time: str) -> float | None:
    """A span in the unit of the speeds; None where none is given, negative where it cannot be told in it."""
    if found is None:
        return None
    factor = (_HOURS if time == "h" else _SECONDS).get(found[2][0].lower())
    return number(found[1]) * factor if factor is not None else -1.0


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
