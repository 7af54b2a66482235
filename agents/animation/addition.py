"""A short addition to a parametric scene: statements of the coder in a function of their own, so that none of our lines is ever changed by them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable
from dataclasses import dataclass

from agents import prompts
from agents.animation.compose import ADDITION
from agents.animation.edit import code_of
from agents.animation.kinds import Kind
from agents.animation.salvage import salvage
from agents.context import ChatMessage
from agents.rendering.policy import find_refusal

MOST_CHARS = 1500
SHOWS_CHARS = 320
_NOT_HERE = {
    ast.ClassDef: "a class",
    ast.FunctionDef: "a def",
    ast.AsyncFunctionDef: "a def",
    ast.Return: "return",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.Await: "await",
    ast.Global: "global",
    ast.Nonlocal: "nonlocal",
    ast.Import: "an import",
    ast.ImportFrom: "an import",
}
_TAKES_AWAY = frozenset({"clear", "mobjects", "remove"})
_SHOWS = frozenset({"play", "add"})


@dataclass(frozen=True, slots=True)
class Addition:
    """The `statements` of an answer as they go into the scene, and one line each for what only the model can mend."""

    statements: str
    problems: tuple[str, ...] = ()


def read(answer: str) -> Addition:
    """The statements of the coder's answer. What a scene may not do, and what is more than statements that show something, is a problem."""
    code = code_of(answer)
    saved = salvage(code)
    if saved is None or len(code) > MOST_CHARS:
        return Addition(code, ("that is no Python" if saved is None else f"that is too long: at most {MOST_CHARS} characters",))
    tree = ast.parse(saved[0])
    # what is imported is there already; the policy has its say before anything is dropped
    refused = find_refusal(tree)
    if refused is not None:
        return Addition(code, (f"{refused['message']}. {refused['hint']}",))
    tree.body = [node for node in tree.body if not _says_nothing(node) and not isinstance(node, ast.Import | ast.ImportFrom)]
    problem = next((problem for node in ast.walk(tree) if (problem := _problem(node))), "")
    if not problem and not _plays(tree):
        problem = "nothing is shown: use self.play(...)"
    if problem:
        return Addition(code, (problem,))
    return Addition(ast.unparse(tree))


def _says_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant | ast.Name))


def _problem(node: ast.AST) -> str:
    if (what := _NOT_HERE.get(type(node))) is not None:
        return f"{what} has no place here: write statements only"
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
        if isinstance(node.ctx, ast.Store | ast.Del):
            return f"self.{node.attr} belongs to the scene: use a name of your own"
        if node.attr in _TAKES_AWAY:
            return f"self.{node.attr} takes away what is on screen: only add to it"
    if isinstance(node, ast.Name) and node.id == "self" and isinstance(node.ctx, ast.Store | ast.Del):
        return "self is the scene: use a name of your own"
    return ""


def comes_to_something(kind: Kind, add: str, statements: str) -> bool:
    """Whether anything is left that plays or adds, and it has to do with what is on screen or says words that were asked for.

    A coder whose first try failed is apt to put a dot in the middle of the frame, and be done.
    """
    tree = ast.parse(statements)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    says = any(len(words := text.strip(" .!?").lower()) > 1 and words in add.lower() for text in texts)
    return _plays(tree) and (says or not kind.on_stage() or bool(names & set(kind.on_stage())))


def no_bearing(kind: Kind) -> str:
    """What the coder is told of statements that have nothing to do with the picture."""
    return f"that has to do with nothing on screen: use {' or '.join(kind.on_stage())}"


def _plays(tree: ast.Module) -> bool:
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    return any(call.attr in _SHOWS and isinstance(call.value, ast.Name) and call.value.id == "self" for call in calls)


def program(kind: Kind, statements: str) -> str:
    """The parametric scene with the statements as its addition. They are put there as a tree, so no indentation gets out of the function."""
    tree = ast.parse(statements)
    loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    at_hand = ast.parse("\n".join(f"{name} = self.{name}" for name in kind.on_stage() if name in loaded)).body
    frame = ast.parse(f"def {ADDITION}(self):\n    pass")
    function = frame.body[0]
    assert isinstance(function, ast.FunctionDef)  # noqa: S101 — written two lines above
    function.body = [*at_hand, *tree.body] or function.body
    return kind.source(ast.unparse(ast.fix_missing_locations(frame)))


def statements_of(source: str) -> str:
    """The statements of the addition in a program of ours, whatever else was done to that program; "" where there are none."""
    return "\n".join(ast.unparse(node) for node in _own(source) if not isinstance(node, ast.Pass))


def lines_of(source: str) -> range:
    """The lines of the program on which the addition's own statements stand."""
    body = _own(source)
    return range(body[0].lineno, (body[-1].end_lineno or body[-1].lineno) + 1) if body else range(0)


def _own(source: str) -> list[ast.stmt]:
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == ADDITION)
    body = next((node.body for node in functions), [])
    return [node for place, node in enumerate(body) if not all(_is_at_hand(earlier) for earlier in body[: place + 1])]


def _is_at_hand(node: ast.stmt) -> bool:
    """`axes = self.axes`, which `program` puts before the statements."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Attribute(value=ast.Name(id="self"), attr=attribute)):
            return name == attribute
    return False


def request(kind: Kind, add: str) -> list[ChatMessage]:
    """What the coder is told: what is on screen, by which names it can be used, the caption, and the words of the addition."""
    messages: list[ChatMessage] = prompts.load("addition").messages(
        shows=_shows(kind), names=_names(kind.on_stage().items()), say=kind.say or "none", add=add
    )
    return messages


def _shows(kind: Kind) -> str:
    data = kind.model_dump(mode="json", exclude_defaults=True, exclude={"kind", "say", "title"})
    return f"{kind.kind.replace('_', ' ')} {json.dumps(data, ensure_ascii=False)}"[:SHOWS_CHARS]


def _names(names: Iterable[tuple[str, str]]) -> str:
    return "; ".join(f"{name} ({what})" for name, what in names) or "none"
