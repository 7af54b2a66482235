"""What the kernel is asked for where there are no namespaces: Landlock rulesets, the seccomp filter, no capabilities. Part of the text of `confine`.

Numbers come from include/uapi/linux/landlock.h, prctl.h and capability.h; see landlock(7). The three calls have the same number on all machines.
"""

# ruff: noqa: PTH103, PTH110, PTH120, PTH211
from __future__ import annotations

import ctypes
import os
import stat
import struct

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE, _IOCTL = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
# rmdir, unlink, mkdir, create, mkfifo, symlink, rename; no devices and no sockets. FIFOs harm nobody and are refused as results.
_CHANGES = 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 12 | 1 << 13
_ALLOWED = {
    "run": _EXECUTE | _READ | _LIST,
    "read": _READ | _LIST,
    "write": _READ | _LIST | _WRITE | _TRUNCATE | _CHANGES,
    "device": _READ | _WRITE,
}
_REFER = 1 << 13
_NET = 3  # TCP bind and connect
_SIGNALS, _ALL_SCOPES = 2, 3  # of the scopes: signals, and abstract Unix sockets as well
_SINCE = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}

SCOPES_SINCE = 6
"""The ABI of Linux 6.12, from which on a process cannot signal those outside its own domain."""


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _call(number: int, *arguments: int | bytes | None) -> int:
    words = [ctypes.c_char_p(word) if isinstance(word, bytes) else ctypes.c_long(word or 0) for word in arguments]
    return int(_libc().syscall(ctypes.c_long(number), *words))


def prctl(option: int, *arguments: int) -> int:
    """Raises `OSError`."""
    words = [ctypes.c_ulong(word) for word in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_libc().prctl(ctypes.c_int(option), *words), f"prctl {option}")


def landlock_abi() -> int:
    """The version of Landlock that the kernel offers; 0 for none."""
    return max(0, _call(_CREATE, None, 0, 1))


def scope_of_signals() -> int:
    """A descriptor of a ruleset that keeps signals to the domain, and nothing else. Raises `OSError` below `SCOPES_SINCE`."""
    made = _checked(_call(_CREATE, struct.pack("<QQQ", _REFER, 0, _SIGNALS), 24, 0), "Landlock")
    _allow(made, "/", _REFER)  # every domain denies moves between folders where no rule allows them, asked to or not
    return made


def ruleset(abi: int, rules: list[tuple[str, str]]) -> int:
    """A descriptor of a ruleset with all rights that `abi` knows, of which `rules` give back some: a path and a word. Raises `OSError`."""
    files = _SINCE.get(abi, (1 << 16) - 1)
    attributes = [files, *([_NET] if abi >= 4 else []), *([_ALL_SCOPES] if abi >= SCOPES_SINCE else [])]
    made = _checked(_call(_CREATE, struct.pack(f"<{len(attributes)}Q", *attributes), 8 * len(attributes), 0), "Landlock")
    for path, word in rules:
        if os.path.exists(path):
            _allow(made, path, _ALLOWED[word] & files)
    return made


def _allow(made: int, path: str, rights: int) -> None:
    at = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(at).st_mode):
            rights &= _OF_FILES
        _checked(_call(_ADD, made, 1, struct.pack("<Qi", rights, at), 0), f"Landlock, {path}")
    finally:
        os.close(at)


def restrict(made: int) -> None:
    """Enters a new domain with the ruleset `made`, for good. Raises `OSError`."""
    _checked(_call(_RESTRICT, made, 0), "Landlock")
    os.close(made)


def load_filter(rules: bytes) -> None:
    """Puts the process behind the seccomp filter `rules`. Raises `OSError`."""
    text = ctypes.create_string_buffer(rules, len(rules))
    head = struct.pack("@HP", len(rules) // 8, ctypes.addressof(text))
    kept = ctypes.create_string_buffer(head, len(head))
    prctl(22, 2, ctypes.addressof(kept))


def drop_bounds() -> None:
    """Empties the bounding set, as far as we may: nothing that is executed later can give a capability."""
    for capability in range(64):
        try:
            prctl(24, capability)
        except OSError:
            return


def drop_capabilities() -> None:
    """Raises `OSError`."""
    prctl(47, 4)  # the ambient ones
    _checked(_libc().capset(struct.pack("<Ii", 0x20080522, 0), bytes(24)), "capset")


def open_ways(ways: list[tuple[str, list[str], list[tuple[str, str]]]]) -> None:
    """In a mount namespace of our own, puts an empty folder in the place of each closed one, with only what is needed in it: paths and links.

    This lets a job that is a user of its own reach an interpreter below /root, say. No wall stands on it. Raises `OSError`.
    """
    if not ways:
        return
    libc = _libc()

    def mount(source: str | None, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
        words = [None if word is None else os.fsencode(word) for word in (source, target, kind, data)]
        _checked(libc.mount(words[0], words[1], words[2], ctypes.c_ulong(flags), words[3]), f"mount {target}")

    _checked(libc.unshare(0x20000), "unshare")
    mount(None, "/", None, 0x44000)  # MS_REC | MS_PRIVATE
    os.umask(0o022)
    for folder, paths, links in ways:
        held = [(path, os.open(path, os.O_PATH | os.O_CLOEXEC)) for path in paths]
        mount("tmpfs", folder, "tmpfs", 0x6, "mode=0755,size=1m")  # MS_NOSUID | MS_NODEV
        for path, at in held:
            if stat.S_ISDIR(os.fstat(at).st_mode):
                os.makedirs(path, exist_ok=True)
            else:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
            mount(f"/proc/self/fd/{at}", path, None, 0x5000)  # MS_BIND | MS_REC
            os.close(at)
        for path, target in links:
            if not os.path.lexists(path):
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.symlink(target, path)
