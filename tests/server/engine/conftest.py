"""A small child that speaks the embedded engine's protocol, so that the supervisor is tested with real processes and no model."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.engine.fetch import is_ready
from server.engine.weights import pinned
from server.settings import load_settings

CHILD = """
import http.server, json, os, signal, socket, socketserver, sys, threading
settings = json.loads(sys.stdin.buffer.readline())
plan = open(settings["weights"]).read().split()
with open(settings["weights"] + ".starts", "a") as starts:
    print(os.getpid(), settings["port"], settings["api_key"], file=starts)
count = len(open(settings["weights"] + ".starts").readlines())
def end():
    while os.read(0, 4096):
        pass
    os._exit(0)
if "deaf" in plan:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
else:
    threading.Thread(target=end, daemon=True).start()
if "broken" in plan or ("broken-later" in plan and count > 1):
    print("E load_model: the file is nonsense", file=sys.stderr, flush=True)
    sys.exit(3)
if "slow" in plan:
    threading.Event().wait()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        right = self.path == "/health" or self.headers.get("Authorization") == "Bearer " + settings["api_key"]
        self.send_response(200 if right else 401)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *_): pass
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    def server_bind(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()
server = Server(("127.0.0.1", settings["port"]), Handler)
if "noisy" in plan:
    sys.stderr.write("x" * 300_000 + "\\n" * 1000)
print("ready", flush=True)
if "dies" in plan:
    print("W the sky is falling\\nE it fell", file=sys.stderr, flush=True)
    threading.Timer(0.1, lambda: os._exit(9)).start()
server.serve_forever()
"""


@pytest.fixture
def child(tmp_path: Path) -> Path:
    path = tmp_path / "child.py"
    path.write_text(CHILD)
    return path


@pytest.fixture(scope="session")
def real_weights() -> Path:
    settings = load_settings()
    for name in ("smollm2-135m-instruct-q4_1", settings.weights):
        if is_ready(name, settings.cache_dir):
            return pinned(name).path(settings.cache_dir)
    pytest.skip("no weights in the cache; fetch them with `hisolver weights fetch`")
