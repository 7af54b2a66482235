"""The coder's part of a beat: retrieve, write, read, try out, repair. What code can mend is mended before the model is asked again."""

from __future__ import annotations

import ast
import asyncio
import logging
import re
import textwrap
import time
from typing import Literal, NotRequired, TypedDict

from langgraph.runtime import Runtime
from langgraph.types import Command

from agents import prompts
from agents.animation import addition
from agents.animation.compose import SCENE
from agents.animation.edit import code_of, replaced, statements_in
from agents.animation.kinds import load
from agents.animation.lint import code_in, lint
from agents.animation.manual import MANUAL_CHARS, called_in, named_in
from agents.animation.state import Attempt, BeatState, Edit, Example, Production, production_of
from agents.context import ChatMessage, Scene
from agents.errors import ModelError, NoSandbox, RenderError, RetrievalError, SandboxError
from agents.rendering.report import Mended, SceneError, TakenOut
from agents.usage import usage_of

log = logging.getLogger(__name__)
EXAMPLE_CHARS = 900
PROGRAM_CHARS = 1500
PROBLEM_CHARS = 900
NAME_CHARS = 120
# a parametric beat takes 3 to 6 s to render: below this the coder is not asked (again)
SECONDS_FOR_CODE = 45.0
TRIAL_SECONDS = 20.0
_EDIT_TOKENS = 160
_ADDITION_TOKENS = 220


async def retrieve(state: BeatState, runtime: Runtime[Production]) -> BeatState:
    """Scenes to write by: cut to what matters, without comments and docstrings, which are no help and may hold instructions."""
    ports = production_of(runtime).ports
    if not ports.limits.retrieved_scenes:
        return {"examples": []}
    began = time.monotonic()
    try:
        scenes = await ports.searcher.search(state["plan"]["draw"], k=2 * ports.limits.retrieved_scenes, chars=EXAMPLE_CHARS)
    except RetrievalError as error:
        log.warning("no scenes for beat %s: %s", state["plan"]["id"], error)
        scenes = []
    examples = [example for scene in scenes if (example := example_of(scene)) is not None]
    return {"examples": examples[: ports.limits.retrieved_scenes], "timings": timed(state, "retrieve_s", began)}


def example_of(scene: Scene) -> Example | None:
    """A retrieved scene as the coder and the manifest see it; None for one that is too long, is not Python, or could end its own quotation."""
    code = bare(scene.code)
    if not code or len(code) > EXAMPLE_CHARS or "```" in code:
        return None
    return Example(
        id=scene.id, scene=plain(scene.scene), source=plain(scene.source), licence=plain(scene.licence) or "no known licence", code=code
    )


def plain(text: str) -> str:
    """A name or a path of a stranger as it may stand in a prompt: one short line of what names and paths are made of."""
    return re.sub(r"[^\w./:@+ -]+", "_", " ".join(text.split()))[:NAME_CHARS]


def bare(code: str) -> str:
    """A scene without comments and docstrings; "" for what is not Python."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and isinstance(body, list) and body:
            node.body = [item for item in body if not (isinstance(item, ast.Expr) and isinstance(item.value, ast.Constant))] or [ast.Pass()]
    return ast.unparse(tree)


async def code(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["lint", "draw"]]:
    """Asks the coder for the scene, or for what it is to add to a parametric one."""
    reply = await _ask(state, runtime, _request(state), _tokens(state, runtime))
    if "text" not in reply:
        return Command(update=reply["update"], goto="draw")
    return Command(update=reply["update"] | {"attempt": _answered(state, reply["text"])}, goto="lint")


def is_adding(state: BeatState) -> bool:
    """Whether the coder writes an addition to a parametric scene, not a scene."""
    return not state["plan"]["draw"] and bool(state["plan"].get("add"))


def _tokens(state: BeatState, runtime: Runtime[Production]) -> int:
    most = production_of(runtime).ports.limits.code_tokens
    return min(most, _ADDITION_TOKENS) if is_adding(state) else most


def _answered(state: BeatState, text: str) -> Attempt:
    """The coder's answer as an attempt that has not been read yet."""
    if is_adding(state):
        return Attempt(way="storyboard", code="", scene=SCENE, added=code_of(text))
    return Attempt(way="code", code=code_in(text), scene=None)


def _with_addition(state: BeatState, statements: str) -> Attempt:
    """Our own program of the beat with these statements: whatever was changed elsewhere in an earlier one is not in it."""
    return Attempt(way="storyboard", code=addition.program(load(state["plan"]["data"]), statements), scene=SCENE, added=statements)


async def check(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["try", "repair", "draw"]]:
    """Reads the program: what does not parse or has no scene, or is no mere addition where one was asked for, is not run."""
    if is_adding(state):
        return _check_addition(state, runtime)
    linted = lint(state["attempt"]["code"])
    attempt = Attempt(way="code", code=linted.source, scene=linted.scene)
    if not linted.problems:
        return Command(update={"attempt": attempt, "written": linted.source, "mended": list(linted.fixes)}, goto="try")
    update: BeatState = {"attempt": attempt, "problems": list(linted.problems), "taken_out": [], "errors": [f"code: {linted.problems[0]}"]}
    return Command(update=update, goto=after_failed_code(state, production_of(runtime)))


def _check_addition(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["try", "repair", "draw"]]:
    found = addition.read(state["attempt"].get("added", ""))
    kind, wish = load(state["plan"]["data"]), state["plan"].get("add", "")
    if not found.problems and not addition.comes_to_something(kind, wish, found.statements):
        found = addition.Addition(found.statements, (addition.no_bearing(kind),))
    if not found.problems:
        attempt = _with_addition(state, found.statements)
        # the trial names lines of the program as `ast.unparse` writes it
        written = ast.unparse(ast.parse(attempt["code"])) + "\n"
        return Command(update={"attempt": attempt, "written": written, "mended": []}, goto="try")
    problems = list(found.problems)
    update: BeatState = {"problems": problems, "taken_out": [], "edit": None, "errors": [f"addition: {problems[0]}"]}
    return Command(update=update, goto=after_failed_code(state, production_of(runtime)))


async def try_out(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["render", "repair", "draw"]]:
    """Runs the program without drawing: names, arguments and formulas are mended by what the installed Manim takes, the rest is taken out.

    Where something had to be taken out the coder is asked for that statement once more, as long as it has calls left; then the scene goes without it.
    """
    production, attempt = production_of(runtime), state["attempt"]
    began = time.monotonic()
    try:
        async with production.gate:
            mended = await production.ports.renderer.mend(attempt["code"], scene=attempt["scene"], timeout_s=TRIAL_SECONDS)
    except NoSandbox:
        raise
    except (SandboxError, RenderError) as error:
        log.warning("beat %s: no trial: %s", state["plan"]["id"], error.message)
        return Command(update={"timings": timed(state, "try_s", began)}, goto="render")
    made = Attempt(way="code", code=mended["source"], scene=attempt["scene"])
    if is_adding(state):
        mended, made = _own_part(state, mended)
    taken = mended["taken_out"]
    update: BeatState = {
        "attempt": made,
        "mended": [*state["mended"], *mended["fixes"], *(f"left out: {piece['code'][:120]}: {piece['message'][:160]}" for piece in taken)],
        "taken_out": taken,
        "timings": timed(state, "try_s", began),
    }
    edit = state.get("edit")
    if edit is not None:
        if mended["error"] is not None or len(taken) >= len(edit["taken_out"]):
            # no better than before: the scene goes as it was
            return Command(
                update={"attempt": edit["attempt"], "mended": edit["mended"], "edit": None, "timings": update["timings"]}, goto="render"
            )
        update["edit"] = None
        if production.ports.fixes is not None:
            await production.ports.fixes.keep(edit["message"], edit["statement"], edit["replacement"])
    if mended["error"] is not None:
        problem = f"{mended['error']['message']}" + (f" ({mended['error']['hint']})" if mended["error"]["hint"] else "")
        update |= {"problems": [problem], "errors": [f"{_writes(state)}: {problem}"]}
        if is_adding(state):
            update["taken_out"] = []  # written again as a whole: it is short
        return Command(update=update, goto=after_failed_code(state, production))
    if _editable(taken) is not None and after_failed_code(state, production) == "repair":
        return Command(update=update | {"errors": [f"{_writes(state)}: {taken[0]['message']}"]}, goto="repair")
    return Command(update=update, goto="render")


def _own_part(state: BeatState, mended: Mended) -> tuple[Mended, Attempt]:
    """What a trial says of the addition: of a program that it mended only the addition's statements count, in our own scene as it was."""
    before, left = state["attempt"].get("added", ""), addition.statements_of(mended["source"])
    own = addition.lines_of(state["written"])
    taken = [piece for piece in mended["taken_out"] if piece["line"] in own]
    error = mended["error"]
    if error is None and not addition.comes_to_something(load(state["plan"]["data"]), state["plan"].get("add", ""), left):
        message, hint = (taken[0]["message"], taken[0]["hint"]) if taken else ("nothing of it could be shown", "")
        error = SceneError(kind="runtime", message=message, line=None, hint=hint)
    fixes = mended["fixes"] if left != before else []
    # where nothing is left the coder sees what it wrote
    return {**mended, "taken_out": taken, "error": error, "fixes": fixes}, _with_addition(state, left if error is None else before)


def _writes(state: BeatState) -> str:
    return "addition" if is_adding(state) else "code"


def _editable(taken: list[TakenOut]) -> TakenOut | None:
    """The first whole statement that was taken out: what comes later mostly failed for want of it."""
    return next((piece for piece in taken if piece["whole"] and piece["line"]), None)


async def repair(state: BeatState, runtime: Runtime[Production]) -> Command[Literal["lint", "render", "draw"]]:
    """Asks the coder for one statement where only that failed, else for the whole scene again.

    The conversation's beginning is that of the first request, so the engine has it in its cache.
    """
    piece = _editable(state["taken_out"])
    if piece is not None:
        return await _edited(state, runtime, piece)
    attempt = state["attempt"]
    last: ChatMessage = {"role": "assistant", "content": f"```python\n{attempt.get('added') or attempt['code']}\n```"}
    told = "\n".join(state["problems"])[:PROBLEM_CHARS]
    manual = await _manual(runtime, named_in(told), told, PROBLEM_CHARS - len(told))
    complaint = prompts.load("repair").messages(error=told + manual)
    reply = await _ask(state, runtime, [*_request(state), last, *complaint], _tokens(state, runtime), heat=0.8)
    if "text" not in reply:
        return Command(update=reply["update"], goto="draw")
    return Command(update=reply["update"] | {"attempt": _answered(state, reply["text"])}, goto="lint")


async def _edited(state: BeatState, runtime: Runtime[Production], piece: TakenOut) -> Command[Literal["lint", "render", "draw"]]:
    """One statement written anew. Where that gives nothing new, the scene goes without it."""
    # of a scene of ours the coder sees what it added itself
    first = addition.lines_of(state["written"]).start if is_adding(state) else 1
    before = textwrap.dedent("\n".join(state["written"].split("\n")[first - 1 : (piece["line"] or 1) - 1]))
    ports = production_of(runtime).ports
    earlier = await ports.fixes.recall(piece["message"]) if ports.fixes is not None else None
    told = f"{piece['message']}. {piece['hint']}"[:500]
    manual = await _manual(runtime, called_in(piece), f"{told} {piece['statement']}", MANUAL_CHARS)
    messages = prompts.load("edit").messages(
        earlier=f"Mended before, for the same error: `{earlier['statement']}` became `{earlier['replacement']}`.\n" if earlier else "",
        program=before[-(PROGRAM_CHARS - len(manual)) :],
        statement=piece["statement"],
        error=told + manual,
    )
    reply = await _ask(state, runtime, messages, _EDIT_TOKENS)
    if "text" not in reply:
        return Command(update=reply["update"], goto="render")
    replacement = statements_in(reply["text"])
    source = replaced(state["written"], piece["line"] or 0, replacement)
    if source is None or source == state["written"]:
        return Command(update=reply["update"], goto="render")
    edit = Edit(
        attempt=state["attempt"],
        mended=state["mended"],
        taken_out=state["taken_out"],
        message=piece["message"],
        statement=piece["statement"],
        replacement=replacement,
    )
    changed = Attempt(way="code", code=source, scene=None)
    if is_adding(state):
        changed = Attempt(way="storyboard", code="", scene=SCENE, added=addition.statements_of(source))
    return Command(update=reply["update"] | {"attempt": changed, "edit": edit}, goto="lint")


async def _manual(runtime: Runtime[Production], names: list[str], about: str, chars: int) -> str:
    """What the documentation says of the callables, at most `chars` characters with its heading; "" where there is nothing."""
    reference, heading = production_of(runtime).ports.reference, "\nManim's documentation:\n"
    if reference is None or not names or chars <= len(heading):
        return ""
    page = await reference.tell(names, about=about, chars=min(chars, MANUAL_CHARS) - len(heading))
    return heading + page if page else ""


def _request(state: BeatState) -> list[ChatMessage]:
    if is_adding(state):
        return addition.request(load(state["plan"]["data"]), state["plan"].get("add", ""))
    examples = "".join(
        f"Retrieved example ({example['licence']}, {example['source']}):\n```python\n{example['code']}\n```\n"
        for example in state["examples"]
    )
    messages: list[ChatMessage] = prompts.load("coder").messages(
        examples=examples, draw=state["plan"]["draw"], caption=_caption(str(state["plan"]["data"].get("say") or ""))
    )
    return messages


def _caption(say: str) -> str:
    """The line of the prompt. Where nobody says anything there is none: a request in full, set as a caption, asks for what is on screen."""
    return f"\nCaption: {say}" if say else ""


class _Reply(TypedDict):
    """What the call costs, and its text where there is one."""

    update: BeatState
    text: NotRequired[str]


async def _ask(
    state: BeatState, runtime: Runtime[Production], messages: list[ChatMessage], max_tokens: int, *, heat: float = 0.4
) -> _Reply:
    production = production_of(runtime)
    limits = production.ports.limits
    began = time.monotonic()
    patience = min(limits.beat_seconds - (time.time() - state["began"]), production.left() - SECONDS_FOR_CODE / 2)
    try:
        async with asyncio.timeout(max(1.0, patience)):
            # greedy first; a little heat afterwards, or a small model repeats its mistake word for word
            reply = await production.ports.model.chat(
                "coder", messages, max_tokens=max_tokens, temperature=0.0 if state["calls"] == 0 else heat, seed=state["calls"]
            )
    except TimeoutError:
        return {"update": {"errors": [f"{_writes(state)}: the coder took too long"], "timings": timed(state, "code_s", began)}}
    except ModelError as error:
        return {"update": {"errors": [f"{_writes(state)}: {error.message}"], "timings": timed(state, "code_s", began)}}
    spent: BeatState = {"calls": state["calls"] + 1, "timings": timed(state, "code_s", began), "usage": usage_of(reply)}
    return {"update": spent, "text": reply.text}


def after_failed_code(state: BeatState, production: Production) -> Literal["repair", "draw"]:
    """Whether the coder may be asked once more."""
    limits = production.ports.limits
    spent = time.time() - state["began"]
    # an addition that fails twice was mostly failing in the same way, and the picture is there without it
    if (
        state["calls"] > (min(limits.code_repairs, 1) if is_adding(state) else limits.code_repairs)
        or spent > limits.beat_seconds - SECONDS_FOR_CODE / 2
        or production.left() < SECONDS_FOR_CODE
    ):
        return "draw"
    return "repair"


def timed(state: BeatState, name: str, began: float) -> dict[str, float]:
    """The beat's timings with the seconds since `began` added under a name."""
    timings = state.get("timings", {})
    return timings | {name: round(timings.get(name, 0.0) + time.monotonic() - began, 2)}
