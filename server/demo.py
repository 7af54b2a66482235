"""`hisolver demo`: the whole path on one SAT problem, with the time each part took."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from server.jobs import check_writable, deliver, take_turn
from server.settings import load_settings
from server.terminal import Screen, plain

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage

PROBLEM = r"""The function $f$ is defined by $f(x) = x^2 - 6x + 5$. For which value of $x$ does $f(x)$ reach its minimum?
(A) $-4$
(B) $1$
(C) $3$
(D) $5$"""


async def demo_job(out: Path) -> int:
    """Solves, hints, animates. Returns 0 when there is a checked answer, a hint and a video, else 1. Raises `TutorError`s."""
    from langchain_core.messages import AIMessage, HumanMessage

    from server.runtime import open_runtime

    await asyncio.to_thread(_prepare, out)
    times: list[tuple[str, float]] = []
    started = time.monotonic()

    def lap(name: str) -> None:
        nonlocal started
        now = time.monotonic()
        times.append((name, now - started))
        started = now

    with Screen(quiet=False) as screen:
        async with open_runtime(load_settings(), service=False) as runtime:
            await runtime.ready()
            lap("start")
            thread_id = f"demo-{secrets.token_hex(8)}"
            chat: list[AnyMessage] = [HumanMessage(PROBLEM)]
            _title(screen, "The problem", PROBLEM)
            _title(screen, "The solution")
            solved = await take_turn(runtime, chat, skill="solve", screen=screen, thread_id=thread_id)
            screen.end_line()
            lap("solution")
            _title(screen, "The first hint, for somebody who has not seen the solution")
            chat += [AIMessage(solved["text"]), HumanMessage("Give me a hint.")]
            hinted = await take_turn(runtime, chat, skill="hint", screen=screen, thread_id=thread_id, hint_level=1)
            screen.end_line()
            lap("hint")
            _title(screen, "The animation")
            chat += [AIMessage(hinted["text"]), HumanMessage("Animate the solution.")]
            animated = await take_turn(runtime, chat, skill="animate", screen=screen, thread_id=thread_id)
            await deliver(runtime, animated, out)
            screen.end_line()
            lap("animation")
    return _summary(solved["result"]["solution"], hinted["result"]["hint"], animated["result"]["animation"], out, times)


def _prepare(out: Path) -> None:
    out.absolute().parent.mkdir(parents=True, exist_ok=True)
    check_writable(out)


def _title(screen: Screen, title: str, text: str = "") -> None:
    screen.pause()
    sys.stdout.write(f"\n== {title}\n" + (f"{text}\n" if text else ""))
    sys.stdout.flush()


def _summary(solution: object, hint: object, animation: object, out: Path, times: list[tuple[str, float]]) -> int:
    lines = ["", "== Done"]
    checked = False
    if isinstance(solution, dict):
        verification = solution["verification"]
        checked = verification["status"] == "verified"
        choice = f" ({solution['choice']})" if solution["choice"] else ""
        lines.append(f"answer: {solution['answer']}{choice}, {verification['status']}: {verification['method']}")
    else:
        lines.append("answer: none")
    rendered = isinstance(animation, dict) and animation["status"] != "failed"
    if isinstance(animation, dict) and rendered:
        sources = ", ".join(f"{beat['id']} {beat['source']}" for beat in animation["beats"])
        lines.append(f"video: {out} ({animation['seconds']:.1f} s, {animation['status']}; beats: {sources})")
    else:
        lines.append("video: none")
    lines.append("time: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in times))
    sys.stdout.write(plain("\n".join(lines)) + "\n")
    return 0 if checked and hint is not None and rendered else 1
