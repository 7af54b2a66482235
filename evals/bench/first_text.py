"""`python -m evals.bench.first_text`: how soon a warm server streams its first text, and what a repeated prompt takes from the cache.

Asks a running server about N different problems, one after the other, then about the first of them again as another learner: the server has
to solve it anew, the model's prompts are the same, so its prompt tokens should come from the cache. Exit codes: 0 within the target, 1 above
it or nothing cached, 2 wrong usage, 3 the server failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import secrets
import sys
from pathlib import Path
from typing import Any

from evals.client import HiSolverClient, Turn
from evals.errors import InfrastructureError, UsageError
from evals.stats import percentile, spread_evenly
from evals.suites import SUITES
from evals.suites.base import Item

TARGET_S = 3.0
MODEL = "hisolver-solve"


async def measure(client: HiSolverClient, items: list[Item]) -> dict[str, Any]:
    """Rows of every request and their sums. Raises `InfrastructureError` or `UsageError`."""
    await client.check([MODEL])
    # One that is not counted: a warm server is meant.
    await _ask(client, "If $x + 2 = 7$, what is the value of $x$?")
    rows = [_row(item.id, await _ask(client, item.prompt)) for item in items]
    again = _row(f"{items[0].id} again", await _ask(client, items[0].prompt))
    times = [row["first_text_s"] for row in rows if row["first_text_s"] is not None]
    return {
        "problems": len(rows),
        "without_text": len(rows) - len(times),
        "first_text_s": {"p50": percentile(times, 50), "p95": percentile(times, 95), "max": max(times, default=None)},
        "repeated": {
            "first_text_s": again["first_text_s"],
            "prompt_tokens": again["prompt_tokens"],
            "cached_tokens": again["cached_tokens"],
        },
        "rows": [*rows, again],
    }


async def _ask(client: HiSolverClient, prompt: str) -> Turn:
    turn = await client.chat(MODEL, [{"role": "user", "content": prompt}], user=f"bench-{secrets.token_hex(8)}")
    if turn["refused"]:
        raise UsageError(f"the server refused a problem: {turn['refused']}")
    return turn


def _row(name: str, turn: Turn) -> dict[str, Any]:
    return {
        "id": name,
        "first_text_s": None if turn["first_text_s"] is None else round(turn["first_text_s"], 3),
        "seconds": round(turn["seconds"], 3),
        "prompt_tokens": turn["prompt_tokens"],
        "cached_tokens": turn["cached_tokens"],
        "completion_tokens": turn["completion_tokens"],
    }


def table(found: dict[str, Any]) -> str:
    lines = ["| problem | first text s | whole s | prompt tokens | cached | completion tokens |", "|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join("-" if value is None else str(value) for value in row.values()) + " |" for row in found["rows"]]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.first_text", description="Time to the first text, and the prompt cache.")
    parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="the running server (default: %(default)s)")
    parser.add_argument("--api-key", default="", help="its key, where it wants one")
    parser.add_argument("--problems", type=int, default=10, metavar="N", help="different problems (default: %(default)s)")
    parser.add_argument("--data-dir", type=Path, default=Path(__file__).resolve().parents[1] / "datasets", help="folder with the datasets")
    parser.add_argument(
        "--target-s", type=float, default=TARGET_S, metavar="S", help="allowed time to the first text (default: %(default)g)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON only")
    given = parser.parse_args()
    if given.problems < 1:
        parser.error("--problems must be at least 1")
    try:
        every = SUITES["solve"]().items(given.data_dir)
        items = [every[index] for index in spread_evenly(len(every), given.problems)]
        found = asyncio.run(measure(HiSolverClient(given.base_url, given.api_key), items))
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except InfrastructureError as error:
        sys.stderr.write(f"{error}\n")
        return 3
    slowest = found["first_text_s"]["max"]
    found["passed"] = bool(
        slowest is not None and slowest <= given.target_s and not found["without_text"] and found["repeated"]["cached_tokens"] > 0
    )
    sys.stdout.write(json.dumps(found, indent=1) + "\n" if given.json else table(found) + f"\n\n{json.dumps({**found, 'rows': None})}\n")
    return 0 if found["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
