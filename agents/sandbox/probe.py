"""Which tier of isolation this machine really offers: a tiny job is run in each and its walls are felt from inside."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Literal

from agents.errors import NoSandbox, SandboxError
from agents.sandbox.bubblewrap import Bubblewrap
from agents.sandbox.job import JobLimits, Outcome
from agents.sandbox.landlock import Landlock
from agents.sandbox.python import python_job
from agents.sandbox.running import Tier

TierName = Literal["bubblewrap", "landlock"]
TIERS: dict[TierName, type[Bubblewrap] | type[Landlock]] = {"bubblewrap": Bubblewrap, "landlock": Landlock}
"""Best first."""

_MENDS: dict[TierName, str] = {
    "bubblewrap": "Needed are bubblewrap (apt-get install bubblewrap) and user namespaces: `sysctl user.max_user_namespaces` above 0, on Debian "
    "`sysctl -w kernel.unprivileged_userns_clone=1`, on Ubuntu 24.04 `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`; in a container "
    "its seccomp profile must allow unshare and mount.",
    "landlock": "Needed is Linux 6.12 with Landlock, as any user but root; as root Linux 6.2, the capabilities SETUID and SETGID, and an interpreter and "
    "packages that others may read.",
}

# Each line is one wall; what stands is true.
_FEEL = """
import ctypes, json, os, socket
def fails(action):
    try: action()
    except OSError: return True
    return False
libc = ctypes.CDLL(None, use_errno=True)
caps = ctypes.create_string_buffer(24)
head = (ctypes.c_uint32 * 2)(0x20080522, 0)
places = ("/x", "/dev/x", "/usr/lib/x", os.__file__ + ".x", os.__file__)
print(json.dumps({
  "no network": fails(lambda: socket.create_connection(("127.0.0.1", 9), 1)) and fails(lambda: socket.socket(socket.AF_INET)),
  "no host file": all(fails(lambda p=p: open(p)) for p in ("/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/hostname")),
  "an empty environment": set(os.environ) <= {"PATH","HOME","TMPDIR","LANG","LC_CTYPE","OPENBLAS_NUM_THREADS","OMP_NUM_THREADS","MALLOC_ARENA_MAX"},
  "no root": os.getuid() != 0 and os.geteuid() != 0,
  "nothing writable outside": all(fails(lambda p=p: open(p, "r+" if os.path.exists(p) else "w")) for p in places),
  "a seccomp filter": libc.prctl(21, 0, 0, 0, 0) == 2 and libc.prctl(39, 0, 0, 0, 0) == 1,
  "no capabilities": libc.capget(head, caps) == 0 and not any(caps.raw[:8] + caps.raw[12:20]),
  OWN
}))
"""
_OWN: dict[TierName, str] = {
    "bubblewrap": '"own processes only": len([p for p in os.listdir("/proc") if p.isdigit()]) <= 2',
    "landlock": """"own processes only": all(fails(lambda p=p: open(f"/proc/{p}")) for p in ("1/environ", f"{os.getppid()}/environ", "1/maps"))
    and fails(lambda: os.listdir("/proc")) and all(fails(lambda p=p: os.kill(p, 0)) for p in (1, os.getppid())),
  "no sockets": fails(lambda: socket.socket(socket.AF_UNIX))""",
}

_lock = threading.Lock()
_found: dict[str, Tier] = {}


def probe(tier: TierName | Literal["auto"] = "auto") -> Tier:
    """The best sandbox that works here, or the one of that `tier`, tried once a process. Takes about 0.1 s the first time and may be called with a
    running event loop.

    Raises `NoSandbox`, with the mends in its message, where no tier works; that is tried again at the next call.
    """
    with _lock:
        if tier not in _found:
            _found[tier] = _best(list(TIERS) if tier == "auto" else [tier])
        return _found[tier]


def _best(names: list[TierName]) -> Tier:
    reasons = []
    for name in names:
        if name in _found:
            return _found[name]
        try:
            return _found.setdefault(name, _checked(name))
        except NoSandbox as error:
            reasons.append(error.message)
    raise NoSandbox(
        " ".join(reasons) if len(reasons) == 1 else " ".join(f"({number}) {reason}" for number, reason in enumerate(reasons, 1))
    )


def _checked(name: TierName) -> Tier:
    sandbox = TIERS[name]()
    outcome = _run_apart(sandbox, name)
    try:
        walls = json.loads(outcome.stdout)
    except ValueError:
        reason = (outcome.stderr.strip().splitlines() or [outcome.detail])[-1]
        raise NoSandbox(f"{name} starts, but Python does not run inside it ({outcome.status}: {reason}). {_MENDS[name]}") from None
    missing = [wall for wall, stands in walls.items() if not stands]
    if missing:
        raise NoSandbox(f"{name} runs, but its walls are not whole; missing: {', '.join(missing)}. {_MENDS[name]}")
    return sandbox


def _run_apart(sandbox: Tier, name: TierName) -> Outcome:
    """In a thread with an event loop of its own, so that a caller inside an event loop can probe as well."""
    results: list[Outcome | SandboxError] = []
    code = _FEEL.replace("OWN", _OWN[name])

    def work() -> None:
        try:
            results.append(asyncio.run(sandbox.run(python_job(code, limits=JobLimits(wall_s=15, work_mib=16)))))
        except SandboxError as error:
            results.append(error)

    thread = threading.Thread(target=work, name="sandbox-probe")
    thread.start()
    thread.join()
    if not results:
        raise NoSandbox(f"{name} could not be tried. {_MENDS[name]}")
    if isinstance(results[0], SandboxError):
        raise NoSandbox(f"{name} does not work here ({results[0].message}). {_MENDS[name]}") from results[0]
    return results[0]
