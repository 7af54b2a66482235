"""An OpenAI-compatible endpoint with a fixed latency and a plausible worked solution: for measuring our server's own cost, and nothing else.

python -m evals.bench.fake_endpoint --port 9001 --latency 0.2 --pause 0.01
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

STEPS = "1. Subtract 3 from both sides: $2x = 10$.\n2. Divide both sides by 2: $x = 5$.\n"
ANSWER = "\nAnswer: $5$"
PROGRAM = '```python\nfrom sympy import *\n\nx = symbols("x")\nanswer = solve(Eq(2 * x + 3, 13), x)[0]\n```'
PROBLEM = "If $2x + 3 = 13$, what is the value of $x$?"
"""The problem that the two replies solve."""


def build(latency_s: float, pause_s: float, words: int = 0) -> Starlette:
    """The application: `latency_s` before the first word of every answer, `pause_s` between words, at least `words` words of prose."""
    prose = prose_of(words)

    async def chat(request: Request) -> Response:
        body = await request.json()
        asked = json.dumps(body.get("messages", []))
        reply = PROGRAM if "SymPy" in asked and "Python" in asked else prose
        if body.get("stream"):
            return StreamingResponse(_stream(reply, latency_s, pause_s), media_type="text/event-stream")
        await asyncio.sleep(latency_s + pause_s * len(_words(reply)))
        message = {"index": 0, "message": {"role": "assistant", "content": reply}, "finish_reason": "stop"}
        return JSONResponse({**_HEAD, "object": "chat.completion", "choices": [message], "usage": _usage(reply)})

    async def models(request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "hisolver-base", "object": "model", "created": 1, "owned_by": "bench"}]})

    return Starlette(routes=[Route("/v1/chat/completions", chat, methods=["POST"]), Route("/v1/models", models)])


def prose_of(words: int) -> str:
    """The worked solution; longer ones check their result again and again."""
    checks = "".join(f"{number}. Check: $2 * 5 + 3 = 13$, as it should be.\n" for number in range(3, 3 + max(0, words - 20) // 10 + 1))
    return STEPS + (checks if words else "") + ANSWER


_HEAD = {"id": "chatcmpl-bench", "created": 1, "model": "hisolver-base"}


def _words(reply: str) -> list[str]:
    return [word if number == 0 else f" {word}" for number, word in enumerate(reply.split(" "))]


def _usage(reply: str) -> dict[str, Any]:
    words = len(_words(reply))
    return {"prompt_tokens": 500, "completion_tokens": words, "total_tokens": 500 + words, "prompt_tokens_details": {"cached_tokens": 480}}


async def _stream(reply: str, latency_s: float, pause_s: float) -> AsyncIterator[bytes]:
    def chunk(choices: list[dict[str, Any]], **more: Any) -> bytes:
        return b"data: " + json.dumps({**_HEAD, "object": "chat.completion.chunk", "choices": choices, **more}).encode() + b"\n\n"

    await asyncio.sleep(latency_s)
    yield chunk([{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}])
    for word in _words(reply):
        yield chunk([{"index": 0, "delta": {"content": word}, "finish_reason": None}])
        await asyncio.sleep(pause_s)
    yield chunk([{"index": 0, "delta": {}, "finish_reason": "stop"}])
    yield chunk([], usage=_usage(reply))
    yield b"data: [DONE]\n\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="A fake OpenAI endpoint with a fixed latency.")
    parser.add_argument("--port", type=int, default=9001)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds before the first word (default: %(default)s)")
    parser.add_argument("--pause", type=float, default=0.01, help="seconds between words (default: %(default)s)")
    parser.add_argument("--words", type=int, default=0, help="words of prose, at least (default: a short solution)")
    given = parser.parse_args()
    uvicorn.run(build(given.latency, given.pause, given.words), host="127.0.0.1", port=given.port, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
