"""The checker's process inside the sandbox: one JSON request on standard input, one JSON answer in verdict.json."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any, TypeVar

import sympy

from agents.checking.alike import alike
from agents.checking.answers import Answer, read_answer, same
from agents.checking.attempt import analyse, report
from agents.checking.conditions import holds, stated
from agents.checking.consistency import contradictions, on_screen
from agents.checking.derivation import derive
from agents.checking.diagnosis import diagnose
from agents.checking.direct import solve_directly
from agents.checking.equality import equal
from agents.checking.ladder import plan
from agents.checking.leaks import leaks
from agents.checking.moves import move
from agents.checking.options import match_option
from agents.checking.rungs import rungs_of
from agents.checking.steps import first_broken
from agents.checking.substitution import substitute
from agents.checking.trial import plan_trial
from agents.checking.values import from_latex, from_python, to_python

SECONDS = 3
_T = TypeVar("_T")


class _TookTooLong(BaseException):
    """No `Exception`: parsers that catch everything would swallow it and go on without a limit."""


def _ring(signum: int, frame: object) -> None:
    raise _TookTooLong


def within(work: Callable[[], _T], otherwise: _T) -> _T:
    """`work()` within `SECONDS` of computing, or `otherwise` when it takes longer or SymPy gives up in any of its ways.

    The clock is the virtual one: math-verify uses the alarm for limits of its own, and switches it off when it is done.
    """
    signal.signal(signal.SIGVTALRM, _ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        return work()
    except (Exception, _TookTooLong):  # noqa: BLE001 - SymPy raises nearly anything on odd input; here it all means "cannot be compared"
        return otherwise
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _read(value: dict[str, str]) -> Answer:
    return read_answer(value["form"], value["text"])


def _latex(value: Any) -> str:
    if isinstance(value, tuple):
        return r",\; ".join(_latex(item) for item in value)
    return str(sympy.latex(value))


def _judge(request: dict[str, Any]) -> dict[str, Any]:
    readings: dict[str, Any] = {}
    read: dict[str, Answer] = {}
    for name, value in request["values"].items():
        answer = within(partial(_read, value), None)
        if answer is not None:
            read[name] = answer
        if answer is None or answer.value is None:
            readings[name] = {"readable": False, "latex": "", "option": None, "how": "it is no value"}
            continue
        parsed = answer.value
        match = within(partial(match_option, parsed, request["options"], request["stem"]), None) if request["options"] else None
        readings[name] = {
            "readable": True,
            "latex": within(partial(_latex, parsed), ""),
            "option": match.letter if match else None,
            "how": match.how if match else "",
        }
    # two formulas derived in the same prose prove nothing by agreeing
    pairs = [[a, b] for a, b in combinations(read, 2) if not ("." in a and "." in b) and within(partial(same, read[a], read[b]), False)]
    return {"readings": readings, "equal": pairs}


def _direct(request: dict[str, Any]) -> dict[str, Any]:
    found = within(partial(solve_directly, request["stem"], request["options"]), None)
    if found is None:
        return {}
    no_steps: list[str] = []
    return {
        "text": to_python(found.value),
        "latex": within(partial(_latex, found.value), ""),
        "method": found.method,
        "letter": found.letter or "",
        "steps": within(partial(derive, request["stem"], request["options"], found), no_steps),
    }


def _conditions(request: dict[str, Any]) -> dict[str, str]:
    """The verdict on every value that the problem's printed conditions decide."""
    verdicts: dict[str, str] = {}
    for name, value in request["values"].items():
        answer = within(partial(_read, value), None)
        if answer is not None and answer.value is not None:
            verdict = within(partial(holds, request["stem"], request["options"], answer.value), None)
        else:
            verdict = within(partial(stated, request["stem"], request["options"], value["text"]), None)
        if verdict is not None:
            verdicts[name] = verdict
    return verdicts


def _diagnosis(request: dict[str, Any]) -> dict[str, str]:
    found = within(partial(diagnose, request["stem"]), None)
    return {"kind": found.kind, "reason": found.reason} if found else {}


def _explanation(request: dict[str, Any]) -> dict[str, Any]:
    lines = request["formulas"]
    none: dict[str, str] = {}
    made = [within(partial(move, before, after), none) for before, after in pairwise(lines)]
    unchecked = ["it could not be checked in time"]
    reasons = within(partial(contradictions, request["text"], request["known"], made), unchecked) if request["text"] else []
    return {"moves": made, "reasons": reasons}


def _screen(request: dict[str, Any]) -> dict[str, Any]:
    nothing: tuple[list[str], list[str]] = ([], [])
    wrong, strange = within(partial(on_screen, request["texts"], request["known"]), nothing)
    return {"wrong": wrong, "strange": strange}


def _variants(request: dict[str, Any]) -> dict[str, Any]:
    """Values of the same problem with other numbers: solved from their stems, or given as printed by programs. Unsuitable ones are left empty."""
    stems = request["stems"]
    given = [from_python(text) if text else None for text in request["values"]]
    results = [within(partial(solve_directly, stem, []), None) for stem in stems]
    values = [result.value if result else None for result in results] or given
    if not values or values[0] is None:
        return {"variants": []}
    expected = within(partial(from_latex, request["expected"]), None) if request["expected"] else None
    if request["expected"] and (expected is None or not within(partial(equal, values[0], expected), False)):
        return {"variants": []}
    found = [
        {"text": to_python(value), "latex": within(partial(_latex, value), "")}
        if value is not None and (index == 0 or within(partial(alike, values[0], value), False))
        else {}
        for index, value in enumerate(values)
    ]
    return {"variants": found, "method": results[0].method if results and results[0] else ""}


def _leaks(hint: str, request: dict[str, Any]) -> list[str]:
    return within(partial(leaks, hint, request), ["it could not be checked"])


def _ladder(request: dict[str, Any]) -> dict[str, Any]:
    made = plan(request, guard=within)
    while made.carry and _leaks(rungs_of(made)[-1], request):
        # lines that give nothing away one by one may do so together; what comes next is then another question than the plan's
        made = replace(made, carry=made.carry[:-1], operation="", takes="", upcoming="")
    rungs = [text if text and not _leaks(text, request) else "" for text in rungs_of(made)]
    return {**asdict(made), "rungs": rungs}


def reply(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to one request; every piece of work in it has its time limit."""
    match request["op"]:
        case "judge":
            return _judge(request)
        case "direct":
            return {"direct": _direct(request)}
        case "conditions":
            return {"conditions": _conditions(request)}
        case "survey":
            direct = _direct(request)
            # numbers are tried only where the formulas themselves do not say
            trial = None if direct else within(partial(plan_trial, request["stem"], request["options"]), None)
            return {"direct": direct, "diagnosis": _diagnosis(request), "trial": asdict(trial) if trial else None}
        case "steps":
            return {"broken": [first_broken(steps, guard=within) for steps in request["worked"]]}
        case "ladder":
            return {"ladder": _ladder(request)}
        case "attempt":
            return {"attempt": report(analyse(request, guard=within))}
        case "substitute":
            return {"substitution": within(partial(substitute, request["stem"], request["claim"], request["asked"]), None)}
        case "leaks":
            return {"leaks": [_leaks(hint, request) for hint in request["hints"]]}
        case "explanation":
            return _explanation(request)
        case "screen":
            return _screen(request)
        case "variants":
            return _variants(request)
        case _:
            raise SystemExit(f"unknown operation {request['op']!r}")


def main() -> None:
    from_latex("x^2 = 4")  # the parser builds its tables now, and not while somebody waits: this process may have been started ahead
    request = json.load(sys.stdin)
    Path("verdict.json").write_text(json.dumps(reply(request)), encoding="utf-8")
