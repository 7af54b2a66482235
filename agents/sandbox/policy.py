"""What exists inside: the interpreter, the virtual environment, shared libraries, fonts, and TeX Live for who needs it. All of it read-only."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from agents.errors import SandboxError
from agents.sandbox.job import Job, JobLimits

WORK = "/work"
NOBODY = 65534
MIB = 1024 * 1024

# `ld.so.cache` and `alternatives` are how shared libraries are found (libblas and friends are alternatives on Debian).
_LIBRARIES = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/alternatives")
_MERGED = ("/lib", "/lib32", "/lib64")
# The cache spares every job the seconds that fontconfig needs to read all fonts.
_FONTS = ("/etc/fonts", "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig", "/var/cache/fontconfig")
_TEX_TREES = (
    "/usr/share/texlive",
    "/usr/share/texmf",
    "/usr/share/texmf-dist",
    "/usr/local/share/texmf",
    "/usr/local/texlive",
    "/etc/texmf",
    "/var/lib/texmf",
    "/usr/share/ghostscript",
    "/usr/share/color/icc",
    "/usr/share/color/icc/ghostscript",
    "/var/lib/ghostscript",
    "/etc/ghostscript",
)
# No LuaTeX: nothing of ours needs a TeX with a programming language in it.
_TEX_TOOLS = ("latex", "pdflatex", "xelatex", "tex", "etex", "pdftex", "xetex", "xdvipdfmx", "dvips", "dvisvgm", "kpsewhich", "gs")
_DEVICES = ("null", "zero", "full", "random", "urandom")


def interpreter() -> str:
    """The path of the Python that jobs run, inside and outside: the virtual environment's."""
    return sys.executable


def _covered(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def _hops(start: str) -> Iterator[tuple[str, str | None]]:
    """Each path on the way from `start` to the real file, with the link's target where it is a link."""
    path = start
    for _ in range(16):
        target = os.readlink(path) if Path(path).is_symlink() else None  # noqa: PTH115
        yield path, target
        if target is None:
            return
        path = os.path.normpath(os.path.join(os.path.dirname(path), target))  # noqa: PTH118, PTH120 — as text: links in folders must stay


def interpreter_folders() -> list[str]:
    """The folders that hold the interpreter and its packages. A distribution's prefix (/usr) is never opened whole."""
    folders: list[str] = []
    for prefix in (sys.base_prefix, os.path.realpath(sys.base_prefix), sys.prefix):
        found = f"{prefix}/lib" if prefix in ("/usr", "/usr/local") else prefix
        if prefix != "/" and not _covered(found, [*folders, *_LIBRARIES]):
            folders.append(found)
    return folders


def tex_tools() -> list[str]:
    """The TeX tools that this machine has, as paths."""
    return [path for path in (shutil.which(tool) for tool in _TEX_TOOLS) if path]


class _World:
    """Collects bwrap's arguments, with the parents of every bind made first and readable for everyone."""

    def __init__(self) -> None:
        self.args: list[str] = []
        self._made: set[str] = {"/"}
        self._folders: list[str] = []

    def _parents(self, path: str) -> None:
        for parent in reversed([str(p) for p in Path(path).parents]):
            if parent not in self._made and not _covered(parent, self._folders):
                # Without --perms bwrap copies nothing but leaves 0700 to whoever is another user inside.
                self.args += ["--perms", "0755", "--dir", parent]
                self._made.add(parent)

    def bind(self, inside: str, outside: str | Path | None = None) -> None:
        source = Path(outside or inside)
        if not source.exists() or (outside is None and _covered(inside, self._folders)):
            return
        self._parents(inside)
        self.args += ["--ro-bind", str(source), inside]
        if source.is_dir():
            self._folders.append(inside)

    def tmpfs(self, inside: str, mib: int) -> None:
        self._parents(inside)
        self.args += ["--perms", "1777", "--size", str(mib * MIB), "--tmpfs", inside]
        self._made.add(inside)

    def link(self, inside: str, target: str) -> None:
        if inside not in self._made:
            self._parents(inside)
            self.args += ["--symlink", target, inside]
            self._made.add(inside)

    def program(self, path: str) -> None:
        for hop, target in _hops(path):
            if _covered(hop, self._folders):
                continue
            if target is None:
                self.bind(hop)
            else:
                self.link(hop, target)


def world(job: Job) -> list[str]:
    """bwrap's arguments that build the world of `job`. Writable are only sized tmpfs folders: /work, /tmp and /dev/shm."""
    made = _World()
    # First, so that an interpreter or an environment that lives below one of these stays visible.
    made.tmpfs("/tmp", min(job.limits.work_mib, 64))  # noqa: S108 — inside
    made.tmpfs(WORK, job.limits.work_mib)
    for path in (*_LIBRARIES, *_FONTS):
        made.bind(path)
    for path in _MERGED:
        if Path(path).is_symlink():
            made.link(path, str(Path(path).readlink()))
        else:
            made.bind(path)
    for folder in interpreter_folders():
        made.bind(folder)
    made.program(interpreter())
    if job.needs_latex:
        for path in _TEX_TREES:
            made.bind(path)
        for tool in tex_tools():
            made.program(tool)
    for inside, outside in job.mounts.items():
        made.bind(inside, outside)
    args = [*made.args, "--proc", "/proc", "--perms", "0755", "--tmpfs", "/dev"]
    for device in _DEVICES:
        args += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        args += ["--symlink", target, f"/dev/{name}"]
    args += ["--perms", "1777", "--size", str(min(job.limits.work_mib, 32) * MIB), "--tmpfs", "/dev/shm"]  # noqa: S108 — inside
    return [*args, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK]


def check_mounts(job: Job, *, other_user: bool) -> None:
    """Raises `SandboxError` for a mount that the job could not read."""
    for inside, outside in job.mounts.items():
        try:
            mode = outside.stat().st_mode
        except OSError as error:
            raise SandboxError(f"{outside}, to be mounted at {inside}, cannot be read: {error.strerror}") from error
        if other_user and not readable_for_others(mode):
            raise SandboxError(
                f"{outside}, to be mounted at {inside}, is not readable for others; under root a job is a user of its own: chmod -R o+rX"
            )


def readable_for_others(mode: int) -> bool:
    """Whether a file or folder of that mode is."""
    needed = stat.S_IROTH | stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH
    return mode & needed == needed


def grants(needs_latex: bool) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What a job may read on the host where it has no world of its own: (path, "run" or "read"), and the links on the way to it (path, target)."""
    rules = [(path, "run") for path in (*_LIBRARIES, *_MERGED, *interpreter_folders())] + [(path, "read") for path in _FONTS]
    links = []
    programs = [interpreter()]
    if needs_latex:
        rules += [(path, "run") for path in _TEX_TREES]
        programs += tex_tools()
    for path in programs:
        for hop, target in _hops(path):
            if target is None:
                rules.append((hop, "run"))
            else:
                links.append((hop, target))
    return [(path, word) for path, word in dict.fromkeys(rules) if Path(path).exists()], links


def environment(job: Job, home: str = "/tmp") -> dict[str, str]:  # noqa: S108 — inside
    """The whole environment of `job`. One thread a numerical library: more would only fight over the job's own CPU limit."""
    tools = [str(Path(tool).parent) for tool in tex_tools()] if job.needs_latex else []
    base = {
        "PATH": ":".join(dict.fromkeys([*tools, "/usr/bin", "/bin"])),
        "HOME": home,
        "LANG": "C.UTF-8",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
    }
    return {**base, **job.env}


def file_limit(limits: JobLimits) -> int:
    """Bytes that one file may have."""
    return max(limits.work_mib, limits.result_mib) * MIB
