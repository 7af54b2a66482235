"""The child process that holds the embedded llama.cpp server. Run as a file by `server.engine.embedded`; imports nothing of ours.

It reads one line of JSON from standard input (the key stays off the command line and out of the environment), answers "ready" on standard
output once the model serves, and lives no longer than its parent: the end of standard input ends it, and so does the kernel
(PR_SET_PDEATHSIG) where the parent was killed while the interpreter was busy loading.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
from typing import Any

PR_SET_PDEATHSIG = 1  # linux/prctl.h
WARNINGS = 2  # llama.cpp's verbosity that logs errors and warnings only


def main() -> int:
    """Serves until standard input ends. Returns 3 when the model could not be loaded; llama.cpp says why on standard error."""
    settings = json.loads(sys.stdin.buffer.readline())
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != settings["parent"]:
        return 0  # it was gone before the kernel knew whom to watch
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    server = _serve(settings)
    if server is None:
        return 3
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Event().wait()
    return 0


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)  # nothing is to be saved, and an orderly end would wait for generations under way


def _serve(settings: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["weights"]
    params.model_alias = [settings["name"]]
    params.hostnames = ["127.0.0.1"]
    params.port = settings["port"]
    params.reuse_port = True  # the parent holds the port for us, so that it is still ours after a restart
    params.api_keys = [settings["api_key"]]
    params.cors_origins = ""
    params.ui = False
    params.endpoint_slots = True
    if settings["state_dir"]:
        params.slot_save_path = settings["state_dir"] + "/"
    params.n_ctx = settings["context"]
    params.n_parallel = settings["slots"]
    params.kv_unified = True  # a slot may use what the others leave
    params.cache_prompt = True
    # The memory of prompts does not know which adapter read them, and would hand one's reading to another (llama.cpp issue 26207).
    params.cache_ram_mib = 0 if settings["adapters"] else settings["cache_mib"]
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    # Scale 0: whoever does not ask for an adapter gets the base.
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path, 0.0) for path in settings["adapters"]]
    params.verbosity = WARNINGS
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        sys.stderr.write(f"{error}\n")
        return None


if __name__ == "__main__":
    sys.exit(main())
