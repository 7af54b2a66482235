"""An OpenAI-compatible endpoint with a fixed latency: what stands behind the server where its own cost or its faults are measured.

    python tests/fake_endpoint.py --port 9001 --latency 0.2 --pause 0.01

It answers every chat with `reply`, word by word when streaming. `/control` (POST, JSON) changes it while it runs: `latency`, `pause`, `reply`,
`status` (an HTTP error for every call), `cut_after` (words after which the stream breaks). `/seen` tells how many calls came and were left.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

REPLY = "1. Both sides minus 3: $2x = 4$.\n2. Divide by 2: $x = 2$.\n\nAnswer: $2$"


@dataclass
class Behaviour:
    """Seconds to the first word, seconds between words, and what is said or done instead."""

    latency: float = 0.1
    pause: float = 0.0
    reply: str = REPLY
    status: int = 200
    cut_after: int | None = None
    calls: int = 0
    running: int = 0
    left: int = 0


def build(behaviour: Behaviour) -> Starlette:
    def usage() -> dict[str, Any]:
        words = len(behaviour.reply.split())
        return {"prompt_tokens": 10, "completion_tokens": words, "total_tokens": 10 + words, "prompt_tokens_details": {"cached_tokens": 4}}

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        body = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1, "model": "fake", "choices": choices, **more}
        return f"data: {json.dumps(body)}\n\n"

    async def words() -> AsyncIterator[str]:
        behaviour.running += 1
        finished = False
        try:
            await asyncio.sleep(behaviour.latency)
            yield chunk({"role": "assistant", "content": ""})
            for number, word in enumerate(behaviour.reply.split(" ")):
                if behaviour.cut_after is not None and number >= behaviour.cut_after:
                    raise ConnectionResetError("cut as asked")
                yield chunk({"content": word if number == 0 else f" {word}"})
                if behaviour.pause:
                    await asyncio.sleep(behaviour.pause)
            yield chunk({}, "stop")
            yield chunk({}, None, usage=usage()).replace('"choices": [{"index": 0, "delta": {}, "finish_reason": null}]', '"choices": []')
            yield "data: [DONE]\n\n"
            finished = True
        finally:
            behaviour.running -= 1
            behaviour.left += 0 if finished else 1

    async def chat(request: Request) -> Response:
        body = await request.json()
        behaviour.calls += 1
        if behaviour.status != 200:
            error = {"message": "as asked", "type": "server_error", "param": None, "code": "fake"}
            return JSONResponse({"error": error}, behaviour.status)
        if body.get("stream"):
            return StreamingResponse(words(), media_type="text/event-stream")
        await asyncio.sleep(behaviour.latency)
        message = {"role": "assistant", "content": behaviour.reply}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        return JSONResponse({"id": "f", "object": "chat.completion", "created": 1, "model": "fake", "choices": choices, "usage": usage()})

    async def models(request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "hisolver-base", "object": "model", "created": 1, "owned_by": "fake"}]})

    async def control(request: Request) -> Response:
        for name, value in (await request.json()).items():
            setattr(behaviour, name, value)
        return JSONResponse(vars(behaviour))

    async def seen(request: Request) -> Response:
        return JSONResponse(vars(behaviour))

    return Starlette(
        routes=[
            Route("/v1/chat/completions", chat, methods=["POST"]),
            Route("/v1/models", models),
            Route("/control", control, methods=["POST"]),
            Route("/seen", seen),
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A fake OpenAI endpoint with a fixed latency.")
    parser.add_argument("--port", type=int, default=9001)
    parser.add_argument("--latency", type=float, default=0.1)
    parser.add_argument("--pause", type=float, default=0.0)
    parser.add_argument("--reply", default=REPLY)
    given = parser.parse_args()
    uvicorn.run(build(Behaviour(given.latency, given.pause, given.reply)), host="127.0.0.1", port=given.port, log_level="warning")
