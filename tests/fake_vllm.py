"""What vLLM does of its API where adapters are loaded by name. The real vLLM: tests/contract."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Vllm:
    """What vLLM does of its API: `names` are served, `loaded` are the paths of adapters; `runtime` is VLLM_ALLOW_RUNTIME_LORA_UPDATING."""

    url: str = ""
    names: list[str] = field(default_factory=lambda: ["base"])
    loaded: dict[str, str] = field(default_factory=dict)
    runtime: bool = True
    reply: str = "from {model}"

    def stream(self, model: str) -> bytes:
        def event(choices: list[dict[str, Any]], **more: Any) -> str:
            body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": choices, **more}
            return f"data: {json.dumps(body)}\n\n"

        text = {"index": 0, "delta": {"role": "assistant", "content": self.reply.format(model=model)}, "finish_reason": None}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        events = event([text]) + event([{"index": 0, "delta": {}, "finish_reason": "stop"}]) + event([], usage=usage) + "data: [DONE]\n\n"
        return events.encode()

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if path == "/v1/chat/completions":
            known = body["model"] in (*self.names, *self.loaded)
            return (200, self.stream(body["model"])) if known else (404, b'{"error": {"message": "no such model"}}')
        if not self.runtime:
            return 404, b'{"detail": "Not Found"}'
        if path == "/v1/load_lora_adapter":
            self.loaded[body["lora_name"]] = body["lora_path"]
        elif path == "/v1/unload_lora_adapter":
            del self.loaded[body["lora_name"]]
        return 200, b"Success"


@pytest.fixture
def vllm() -> Iterator[Vllm]:
    state = Vllm()

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.answer(200, json.dumps({"data": [{"id": name} for name in (*state.names, *state.loaded)]}).encode())

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, body = state.post(self.path, asked)
            self.answer(status, body, "text/event-stream" if body.startswith(b"data:") else "application/json")

        def log_message(self, *arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()
