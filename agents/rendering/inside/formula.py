"""Compiles one formula alone: LaTeX, its log looked at, dvisvgm. Runs inside the sandbox only, without Manim, whose command lines these are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from agents.rendering.inside.tex import SECONDS, LatexError, raise_for

NAME = "formula"


def latex_command(folder: str) -> list[str]:
    return [
        "latex",
        "-interaction=batchmode",
        "-output-format=dvi",
        "-halt-on-error",
        f"-output-directory={folder}",
        f"{folder}/{NAME}.tex",
    ]


def dvisvgm_command(folder: str) -> list[str]:
    return ["dvisvgm", "--page=1", "--no-fonts", "--verbosity=0", f"--output={folder}/{NAME}.svg", f"{folder}/{NAME}.dvi"]


def main() -> None:
    work = Path.cwd()
    folder = work / "media" / "Tex"
    folder.mkdir(parents=True)
    os.environ["TEXMFOUTPUT"] = str(folder)
    (folder / f"{NAME}.tex").write_bytes(sys.stdin.buffer.read())
    try:
        done = _run(latex_command(str(folder)))
        raise_for(folder / f"{NAME}.log", failed=done.returncode != 0)
        _run(dvisvgm_command(str(folder)))
    except (LatexError, OSError, subprocess.TimeoutExpired) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    # svgelements is what Manim reads it with
    from svgelements import SVG

    SVG.parse(str(folder / f"{NAME}.svg"))
    (folder / f"{NAME}.svg").replace(work / f"{NAME}.svg")


def _run(command: list[str]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=SECONDS, check=False)  # noqa: S603 — ours, in the sandbox
