"""TeX inside the sandbox: bounded, and honest about errors that Manim does not pass on."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

from agents.rendering.inside import sealed

SECONDS = 10.0
"""Wall clock for one run of TeX or dvisvgm; a formula needs about a quarter of a second."""

_made: set[str] = set()
_compiled: dict[str, None] = {}
_found: dict[str, None] = {}
"""Of this process: the names of all formulas, the sources of those that TeX set, and of those that were kept."""

_MISSING = re.compile(r"^Missing character: There is no (.+?) in font", re.MULTILINE)


class LatexError(ValueError):
    """A formula that TeX refused. A `ValueError`, as Manim raises itself, so that a scene's own fallback for it still works."""

    def __init__(self, message: str, context: str = "") -> None:
        super().__init__(message)
        self.context = context


def log_errors(log: str) -> list[tuple[str, str]]:
    """The errors of a TeX log: what is wrong, and the text up to where it went wrong (empty where the log does not say)."""
    lines = log.splitlines()
    found = []
    for index, line in enumerate(lines):
        if not line.startswith("!") or "==> Fatal error" in line:
            continue
        message = line[1:].strip()
        # TeX breaks its log at 79 columns.
        while index + 1 < len(lines) and len(lines[index]) == 79:
            index += 1
            message += lines[index].strip()
        below = lines[index + 1 : index + 30]
        end = next((number for number, later in enumerate(below) if re.match(r"l\.\d+ ?", later)), None)
        # amsmath reads a formula as a macro's argument: what TeX stumbled over ends the line `<argument> ...`, and `l.8` only names \end{align*}.
        inner = next((later for later in below[:end] if later.startswith("<argument>") or later.startswith("<inserted")), "")
        place = inner.split(">", 1)[1] if inner else "" if end is None else re.sub(r"^l\.\d+ ?", "", below[end])
        found.append((message, place.strip().removeprefix("...").strip()))
    return found


def raise_for(log_file: Path, *, failed: bool) -> None:
    """Raises `LatexError` for an error in the log of a run of TeX, also where TeX went on after it."""
    try:
        log = log_file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        log = ""
    errors = log_errors(log)
    if errors:
        message, place = errors[0]
        raise LatexError(message, place)
    missing = list(dict.fromkeys(_MISSING.findall(log)))
    if missing:
        raise LatexError(f"characters that the font does not have: {' '.join(missing[:8])}")
    if failed:
        raise LatexError("TeX failed without saying why")


def told() -> dict[str, Any]:
    """What the report says of the formulas, with the sources of those that can be kept for later jobs."""
    return {"setter": "latex", "count": len(_made), "as_text": [], "compiled": _some(_compiled), "found": _some(_found)}


def _some(sources: dict[str, None]) -> list[str]:
    """As many as fit into a report."""
    room, out = sealed.MOST_SOURCE * 10, []
    for source in list(sources)[: sealed.MOST_FORMULAS]:
        room -= len(source)
        if room > 0:
            out.append(source)
    return out


def install(kept: Path | None = None) -> None:
    """Bounds the runs of TeX and of dvisvgm and checks the log of each, also when TeX went on after an error. What lies in the folder `kept` is taken
    from there."""
    from manim.utils import tex_file_writing as module

    compile_tex, convert, generate = module.compile_tex, module.convert_to_svg, module.generate_tex_file

    def generate_counted(*given: Any, **named: Any) -> Path:
        made: Path = generate(*given, **named)
        _made.add(made.name)
        return made

    def compile_checked(tex_file: Path, tex_compiler: Any, output_format: str) -> Any:
        source = _keepable(tex_file, tex_compiler, output_format)
        if source is not None and kept is not None and (svg := _taken(kept, source)) is not None:
            _found[source] = None
            # Manim converts nothing where there is an SVG already
            tex_file.with_suffix(".svg").write_bytes(svg)
            return tex_file.with_suffix(output_format)
        try:
            made = compile_tex(tex_file, tex_compiler, output_format)
        except (FileNotFoundError, PermissionError) as error:  # a sandbox without a world of its own does not hide it, but refuses it
            raise LatexError(f"the TeX program {error.filename} is not there; use latex, pdflatex or xelatex") from error
        except (ValueError, RuntimeError) as error:
            if isinstance(error, LatexError):
                raise
            raise_for(tex_file.with_suffix(".log"), failed=True)
            raise
        raise_for(tex_file.with_suffix(".log"), failed=False)
        if source is not None:
            _compiled[source] = None
        return made

    def convert_checked(dvi_file: Path, extension: str, page: int = 1) -> Any:
        try:
            return convert(dvi_file, extension, page)
        except ValueError as error:
            raise LatexError("dvisvgm made no picture of the formula; it may be empty") from error

    class Bounded:
        """Stands in for the module `subprocess` where Manim looks for it."""

        DEVNULL = subprocess.DEVNULL

        @staticmethod
        def run(command: list[str], **options: Any) -> Any:
            try:
                return subprocess.run(command, **{**options, "stdin": subprocess.DEVNULL, "timeout": SECONDS, "check": False})  # noqa: S603 — Manim's own command line, inside the sandbox
            except subprocess.TimeoutExpired as error:
                raise LatexError(f"{command[0]} did not end within {SECONDS:g} s") from error

    module.generate_tex_file = generate_counted
    module.compile_tex, module.convert_to_svg, module.subprocess = compile_checked, convert_checked, Bounded


def _keepable(tex_file: Path, tex_compiler: Any, output_format: str) -> str | None:
    """The source of a formula that may be kept for others; None for one that is compiled in a way of its own, or is too long."""
    if (tex_compiler, output_format) != (sealed.COMPILER, sealed.FORMAT):
        return None
    source = tex_file.read_text(encoding="utf-8")
    return source if len(source) <= sealed.MOST_SOURCE else None


def _taken(folder: Path, source: str) -> bytes | None:
    """The SVG of a formula from the folder of those kept, if it is there and whole."""
    try:
        return sealed.unseal(source, (folder / sealed.name_of(source)).read_bytes())
    except OSError:
        return None
