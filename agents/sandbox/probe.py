"""Which tier of isolation this machine really offers: a tiny job is run and its walls are felt from inside."""

from __future__ import annotations

import asyncio
import json
import threading

from agents.errors import NoSandbox, SandboxError
from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.job import JobLimits, Outcome
from agents.sandbox.python import python_job

_MEND = (
    "Needed are bubblewrap (apt-get install bubblewrap) and user namespaces: `sysctl user.max_user_namespaces` above 0, on Debian "
    "`sysctl -w kernel.unprivileged_userns_clone=1`, on Ubuntu 24.04 `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`; in a container "
    "its seccomp profile must allow unshare and mount."
)

# Each line is one wall; what stands is true.
_FEEL = """
import json, os, socket
def fails(action):
    try: action()
    except OSError: return True
    return False
print(json.dumps({
  "no network": fails(lambda: socket.create_connection(("127.0.0.1", 9), 1)) and fails(lambda: socket.socket(socket.AF_INET)),
  "no host file": not any(map(os.path.exists, ("/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/hostname"))),
  "an empty environment": set(os.environ) <= {"PATH","HOME","LANG","LC_CTYPE","OPENBLAS_NUM_THREADS","OMP_NUM_THREADS","MALLOC_ARENA_MAX"},
  "no root": os.getuid() != 0 and os.geteuid() != 0,
  "own processes only": len([p for p in os.listdir("/proc") if p.isdigit()]) <= 2,
  "nothing writable outside": all(fails(lambda p=p: open(p, "w")) for p in ("/x", "/dev/x", "/usr/lib/x", os.__file__ + ".x")),
  "a seccomp filter": "Seccomp:\\t2" in open("/proc/self/status").read(),
  "no capabilities": "CapEff:\\t0000000000000000" in open("/proc/self/status").read(),
}))
"""

_lock = threading.Lock()
_found: Bubblewrap | None = None


def probe() -> Bubblewrap:
    """The best sandbox that works here, tried once a process. Takes about 0.1 s the first time and may be called with a running event loop.

    Raises `NoSandbox`, with the mend in its message, where no tier works; that is tried again at the next call.
    """
    global _found
    with _lock:
        if _found is None:
            _found = _checked(Bubblewrap())
        return _found


def _checked(sandbox: Bubblewrap) -> Bubblewrap:
    outcome = _run_apart(sandbox)
    try:
        walls = json.loads(outcome.stdout)
    except ValueError:
        reason = (outcome.stderr.strip().splitlines() or [outcome.detail])[-1]
        raise NoSandbox(f"bubblewrap starts, but Python does not run inside it ({outcome.status}: {reason}). {_MEND}") from None
    missing = [name for name, stands in walls.items() if not stands]
    if missing:
        raise NoSandbox(f"bubblewrap runs, but its walls are not whole; missing: {', '.join(missing)}. {_MEND}")
    return sandbox


def _run_apart(sandbox: Bubblewrap) -> Outcome:
    """In a thread with an event loop of its own, so that a caller inside an event loop can probe as well."""
    results: list[Outcome | SandboxError] = []

    def work() -> None:
        try:
            results.append(asyncio.run(sandbox.run(python_job(_FEEL, limits=JobLimits(wall_s=15, work_mib=16)))))
        except SandboxError as error:
            results.append(error)

    thread = threading.Thread(target=work, name="sandbox-probe")
    thread.start()
    thread.join()
    if not results:
        raise NoSandbox(f"bubblewrap could not be tried. {_MEND}")
    if isinstance(results[0], SandboxError):
        raise NoSandbox(f"bubblewrap does not work here ({results[0].message}). {_MEND}") from results[0]
    return results[0]
