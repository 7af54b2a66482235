"""A hostile folder on the host's own disk: what it takes, and how it is removed. Used by the watch outside, and part of the text of `confine`."""

# ruff: noqa: PTH101, PTH104, PTH106, PTH108
from __future__ import annotations

import os
import stat

DEEPEST = 64
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Unbounded(Exception):
    """A folder that nobody can keep account of; says why."""


def usage(paths: list[str], most: int) -> tuple[int, int]:
    """Names below `paths`, and bytes of disk that they take. No link is followed, and counting ends behind `most` names.

    Raises `Unbounded` for folders nested deeper than `DEEPEST` or closed to us, in which there is no telling what lies.
    """
    names = taken = 0
    seen: set[tuple[int, int]] = set()

    def look(at: int, depth: int) -> None:
        nonlocal names, taken
        below = []
        with os.scandir(at) as entries:
            for entry in entries:
                try:
                    found = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                names += 1
                if names > most:
                    return
                if stat.S_ISDIR(found.st_mode):
                    below.append(entry.name)
                elif found.st_nlink > 1:
                    if (found.st_dev, found.st_ino) in seen:
                        continue
                    seen.add((found.st_dev, found.st_ino))
                taken += found.st_blocks * 512
        if below and depth >= DEEPEST:
            raise Unbounded(f"folders nested more than {DEEPEST} deep")
        for name in below:
            if names > most:
                return
            enter(name, at, depth + 1)

    def enter(name: str, above: int | None, depth: int) -> None:
        try:
            at = os.open(name, _FOLDER, dir_fd=above)
        except (FileNotFoundError, NotADirectoryError):
            return  # gone, or changed in between; it is met again at the next look
        except PermissionError:
            raise Unbounded("a folder that cannot be looked into") from None
        except OSError as error:
            if error.errno == 40:  # ELOOP: a link by now
                return
            raise
        try:
            look(at, depth)
        finally:
            os.close(at)

    for path in paths:
        enter(path, None, 0)
    return names, taken


def remove(folder: str) -> None:
    """Removes `folder` and all that is in it, however deep, when no process of the job is left. Raises `OSError`.

    Every folder is first moved to the top, so that neither the length of a path nor the depth of a call grows with what a job has made.
    """
    waiting = [folder]
    moved = 0
    while waiting:
        place = waiting.pop()
        with os.scandir(place) as entries:
            found = [(entry.path, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for path, is_folder in found:
            if is_folder:
                os.chmod(path, 0o700)
                os.rename(path, f"{folder}/.{moved}")
                waiting.append(f"{folder}/.{moved}")
                moved += 1
            else:
                os.unlink(path)
        if place != folder:
            os.rmdir(place)
    os.rmdir(folder)
