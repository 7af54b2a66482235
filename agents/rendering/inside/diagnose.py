"""Says why a scene failed, with what the installed Manim knows about it. Runs inside the sandbox only."""

from __future__ import annotations

import ast
import difflib
import errno
import inspect
import re
import shutil
import traceback
from pathlib import Path
from typing import Any

from agents.rendering.inside.glyphs import MissingGlyphsError
from agents.rendering.inside.renamed import METHODS, NAMES
from agents.rendering.inside.tex import LatexError

_UNKNOWN_NAME = re.compile(r"name '(\w+)' is not defined")
_NO_ATTRIBUTE = re.compile(
    r"'(\w+)' object has no attribute '(\w+)'|type object '(\w+)' has no attribute '(\w+)'|(\w+) object has no attribute '(\w+)'"
)
_KEYWORD = re.compile(r"([\w.]+)\(\) got an unexpected keyword argument '(\w+)'")
_ARGUMENTS = re.compile(r"([\w.]+)\(\) (?:missing|takes)")
_GETTER = re.compile(r"(getter|setter)\(\) ")
_RENAMED = NAMES | METHODS
_NO_ROOM = 16 * 1024


def problem(kind: str, message: str, line: int | None, hint: str) -> dict[str, Any]:
    return {"kind": kind, "message": message[:400], "line": line, "hint": hint[:600]}


def explain(error: BaseException, scene_file: str) -> dict[str, Any]:
    """The render report's `error` for what the scene raised."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == scene_file]
    line = frames[-1].lineno if frames else None
    text = str(error).strip() or type(error).__name__
    message = f"{type(error).__name__}: {text.splitlines()[0]}"
    if isinstance(error, MissingGlyphsError):
        return problem(
            "runtime", text, line, "Install a font that has them, for instance the package fonts-noto-cjk, or use other characters."
        )
    if type(error).__name__ == "TooLong":
        return problem("timeout", text, line, "Use run_time and wait of a few seconds each.")
    if _disk_is_full(error):
        return problem(
            "memory",
            "the disk is full: the scene needs more room than its work folder has",
            line,
            "Make it shorter, or use fewer formulas.",
        )
    if isinstance(error, SyntaxError):
        return problem("syntax", message, error.lineno, "")
    if isinstance(error, MemoryError):
        return problem("memory", "the scene needs more memory than it may have", line, "Draw fewer or simpler objects.")
    if isinstance(error, SystemExit):
        return problem("runtime", "the scene ended the program", line, "A scene must not exit.")
    if type(error).__name__ == "NothingShown":
        return problem("none_rendered", text, line, "Show something with self.play(...), or with self.add(...) and self.wait().")
    if type(error).__name__ == "TimeUp":
        return problem(
            "timeout", "the scene was not done in time", line, "Use fewer animations, objects and formulas, and no endless loop."
        )
    if isinstance(error, LatexError):
        return problem("latex", f"LaTeX: {text}", line, _latex_hint(text, error.context))
    hint = (_GETTER.search(text) and _magic(scene_file, line)) or _hint(error, text, _called_on(line, scene_file))
    api = isinstance(error, (NameError, AttributeError, ImportError)) or (isinstance(error, TypeError) and bool(hint))
    return problem("api" if api else "runtime", message, line, hint)


def _disk_is_full(error: BaseException) -> bool:
    """Whether that is what an error came from, or what TeX and FFmpeg, which say it in words of their own, must have met."""
    cause: BaseException | None = error
    for _ in range(12):
        if cause is None:
            break
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        cause = cause.__cause__ or cause.__context__
    return isinstance(error, (LatexError, OSError, ValueError)) and shutil.disk_usage(Path.cwd()).free < _NO_ROOM


def _close(name: str, names: Any) -> str:
    matches = difflib.get_close_matches(name, [other for other in names if not other.startswith("_")], n=3, cutoff=0.6)
    return ", ".join(matches)


def _called_on(line: int | None, scene_file: str) -> list[tuple[str, list[str]]]:
    """The calls of manim names that this line of the scene makes, each with its keywords: Python's own message often names a base class only."""
    if line is None:
        return []
    tree = ast.parse(Path(scene_file).read_text(encoding="utf-8"))
    return [
        (node.func.id, [keyword.arg for keyword in node.keywords if keyword.arg])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]


def _unknown(name: str, owner: str, known: Any) -> str:
    if name in _RENAMED:
        return f"{name} is now {_RENAMED[name]}."
    close = _close(name, known)
    return f"{owner} has no {name}" + (f"; close names: {close}." if close else ".")


def _magic(scene_file: str, line: int | None) -> str:
    """Manim answers any unknown get_x and set_x with a method of its own, so the call fails under another name."""
    import manim

    known = {name for value in vars(manim).values() if inspect.isclass(value) for name in dir(value)}
    tree = ast.parse(Path(scene_file).read_text(encoding="utf-8"))
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr.startswith(("get_", "set_")))
    for node in found:
        if line is not None and node.lineno <= line <= (node.end_lineno or line) and node.attr not in known:
            return _unknown(node.attr, "Manim", known)
    return ""


def _hint(error: BaseException, text: str, calls: list[tuple[str, list[str]]]) -> str:
    import manim

    if match := _UNKNOWN_NAME.search(text):
        return _unknown(match[1], "Manim", dir(manim))
    if match := _NO_ATTRIBUTE.search(text):
        groups = [group for group in match.groups() if group]
        owner = getattr(manim, groups[0], None)
        known = dir(owner) if owner is not None else dir(error.obj) if isinstance(error, AttributeError) and error.obj is not None else []
        return _unknown(groups[1], groups[0], known)
    if match := _KEYWORD.search(text):
        name = next((name for name, keywords in calls if match[2] in keywords), match[1].split(".")[0])
        return _signature(name, f"it does not take {match[2]}") or f"Leave out the argument {match[2]}."
    if match := _ARGUMENTS.search(text):
        return _signature(match[1].split(".")[0], "")
    return ""


def _signature(name: str, why: str) -> str:
    """`Axes(x_range, y_range, ...)` as installed, with the keywords that its base classes take."""
    import manim

    target = getattr(manim, name, None)
    if not callable(target):
        return ""
    parameters: dict[str, str] = {}
    for owner in inspect.getmro(target) if inspect.isclass(target) else [target]:
        function = owner.__dict__.get("__init__") if inspect.isclass(owner) else owner
        if function is None or not inspect.isfunction(function):
            continue
        for parameter in inspect.signature(function).parameters.values():
            if parameter.name != "self" and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                parameters.setdefault(parameter.name, parameter.name if parameter.default is parameter.empty else f"{parameter.name}=...")
        if not any(parameter.kind is parameter.VAR_KEYWORD for parameter in inspect.signature(function).parameters.values()):
            break
    shown = ", ".join(list(parameters.values())[:24])
    return f"{name}({shown})" + (f"; {why}." if why else "")


def _latex_hint(text: str, context: str) -> str:
    command = re.findall(r"\\[a-zA-Z]+", context)
    if not context:
        return "Check braces and commands of the formula; amsmath and amssymb are there."
    unknown = f"{command[-1]} is no LaTeX command here. " if "Undefined control sequence" in text and command else ""
    return f"{unknown}LaTeX stopped after: {context[-160:]}"
