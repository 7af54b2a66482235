"""Real examples that a small model can learn and a program can check: the parameters of a function, from its signature in Manim's source.

The source is that of the installed Manim (MIT); it is read and parsed, and never imported or run.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import random
from collections.abc import Iterator
from pathlib import Path

from finetune.errors import DataError
from finetune.report.items import Item
from finetune.report.ports import Verdict

ASKED = "Which parameters does this Python function take? Answer with their names in order, separated by commas, and nothing else."
FEWEST, MOST, LONGEST = 2, 7, 360
"""Parameters of a function, and characters of its signature."""
HELD_OUT = 0.3
"""The share of the files that is held out: a file is never parted, so that no class is on both sides."""


def examples(seed: int = 0) -> tuple[list[Item], list[Item]]:
    """(to learn from, held out), in an order of their ids. Raises `DataError` where Manim is not installed."""
    spec = importlib.util.find_spec("manim")
    if spec is None or not spec.submodule_search_locations:
        raise DataError("the examples are made from the source of Manim, which is not installed")
    folder = Path(spec.submodule_search_locations[0])
    files = sorted(folder.rglob("*.py"))
    random.Random(seed).shuffle(files)  # noqa: S311 - a split, no secrets
    cut = round(len(files) * HELD_OUT)
    seen: set[str] = set()
    held_out = sorted(_of(files[:cut], seen), key=lambda item: item.id)
    return sorted(_of(files[cut:], seen), key=lambda item: item.id), held_out


def _of(files: list[Path], seen: set[str]) -> Iterator[Item]:
    for file in files:
        for signature, names in _signatures(file.read_text(encoding="utf-8")):
            answer = ", ".join(names)
            # the same names in another class would give the answer away
            if answer not in seen:
                seen.add(answer)
                messages = ({"role": "user", "content": f"{ASKED}\n\n{signature}"},)
                name = hashlib.sha256(json.dumps([*messages, answer]).encode()).hexdigest()[:16]
                yield Item(name, messages, answer, "chat", {"kind": "answer", "answer": answer})


def _signatures(source: str) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(ast.parse(source)):
        # what star-arguments are called may be answered in several ways
        if not isinstance(node, ast.FunctionDef) or node.args.vararg or node.args.kwarg:
            continue
        names = [each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs) if each.arg not in ("self", "cls")]
        signature = f"def {node.name}({ast.unparse(node.args)}):"
        if FEWEST <= len(names) <= MOST and len(signature) <= LONGEST:
            yield signature, names


class SameNames:
    """Fits `Judge`: the names as they stand, in their order; spaces, backquotes and a full stop at the end are left aside."""

    async def verdict(self, item: Item, text: str) -> Verdict:
        said = [name.strip().strip("`") for name in text.strip().removesuffix(".").split(",")]
        right = [name.strip() for name in str((item.check or {})["answer"]).split(",")]
        return Verdict(said == right)
