"""The checker's process inside the sandbox: one JSON request on standard input, one JSON answer in verdict.json."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import sympy

from agents.checking.direct import solve_directly
from agents.checking.equality import equal
from agents.checking.leaks import leaks
from agents.checking.options import match_option
from agents.checking.values import from_latex, from_python, to_python

SECONDS = 3
_T = TypeVar("_T")


class _TookTooLong(Exception):
    pass


def _ring(signum: int, frame: object) -> None:
    raise _TookTooLong


def within(work: Callable[[], _T], otherwise: _T) -> _T:
    """`work()` within `SECONDS`, or `otherwise` when it takes longer or SymPy gives up in any of its ways."""
    signal.signal(signal.SIGALRM, _ring)
    signal.alarm(SECONDS)
    try:
        return work()
    except Exception:  # noqa: BLE001 - SymPy raises nearly anything on odd input; here it all means "cannot be compared"
        return otherwise
    finally:
        signal.alarm(0)


def _read(value: dict[str, str]) -> Any:
    return from_python(value["text"]) if value["form"] == "python" else from_latex(value["text"])


def _latex(value: Any) -> str:
    if isinstance(value, tuple):
        return r",\; ".join(_latex(item) for item in value)
    return str(sympy.latex(value))


def _judge(request: dict[str, Any]) -> dict[str, Any]:
    readings: dict[str, Any] = {}
    read: dict[str, Any] = {}
    for name, value in request["values"].items():
        parsed = within(partial(_read, value), None)
        if parsed is None:
            readings[name] = {"readable": False, "latex": "", "option": None, "how": "it is no value"}
            continue
        read[name] = parsed
        match = within(partial(match_option, parsed, request["options"], request["stem"]), None) if request["options"] else None
        readings[name] = {
            "readable": True,
            "latex": within(partial(_latex, parsed), ""),
            "option": match.letter if match else None,
            "how": match.how if match else "",
        }
    # two formulas derived in the same prose prove nothing by agreeing
    pairs = [[a, b] for a, b in combinations(read, 2) if not ("." in a and "." in b) and within(partial(equal, read[a], read[b]), False)]
    return {"readings": readings, "equal": pairs}


def _direct(request: dict[str, Any]) -> dict[str, Any]:
    found = within(partial(solve_directly, request["stem"], request["options"]), None)
    if found is None:
        return {}
    return {"text": to_python(found.value), "latex": within(partial(_latex, found.value), ""), "method": found.method}


def main() -> None:
    request = json.load(sys.stdin)
    match request["op"]:
        case "judge":
            verdict = _judge(request)
        case "direct":
            verdict = {"direct": _direct(request)}
        case "leaks":
            verdict = {"leaks": [leaks(hint, request) for hint in request["hints"]]}
        case _:
            raise SystemExit(f"unknown operation {request['op']!r}")
    Path("/work/verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
