"""What can be mended in a model's Manim program by reading it, before it is tried out and before the model is asked again."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from agents.animation.salvage import salvage
from agents.rendering.policy import ALLOWED_IMPORTS

_MANIMS = frozenset({"manim", "manimlib", "manim_imports_ext", "manimce"})


@dataclass(frozen=True, slots=True)
class Linted:
    """`source` after the mechanical fixes, which `fixes` names; `scene` the class to render (None where there is none); `problems` one line each for
    what only the model can mend."""

    source: str
    scene: str | None
    fixes: tuple[str, ...]
    problems: tuple[str, ...]


def code_in(text: str) -> str:
    """The program in a model's answer: of the last fence that holds a class, of an unclosed fence, else from the first import or class on."""
    blocks: list[str] = re.findall(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", text, re.DOTALL | re.IGNORECASE)
    code = next((block for block in reversed(blocks) if "class " in block), blocks[-1] if blocks else text)
    if not blocks and (start := re.search(r"^(?:from |import |class )", text, re.MULTILINE)):
        code = text[start.start() :]
    return code.replace("\r\n", "\n").replace("\t", "    ").strip() + "\n"


def lint(source: str) -> Linted:
    """Gets the program to parse, to import Manim as it is installed and nothing that a scene has no use for, and to have a scene."""
    saved = salvage(source)
    if saved is None:
        return Linted(source, None, (), (_syntax_error(source),))
    text, fixes = saved
    tree = ast.parse(text)
    gone = _imports(tree)
    tree = ast.fix_missing_locations(_Imports().visit(tree))
    fixes += [f"{module} is not available" for module in gone]
    if not any(isinstance(node, ast.ImportFrom) and node.module == "manim" and node.names[0].name == "*" for node in tree.body):
        at = sum(1 for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__")
        tree.body.insert(at, ast.ImportFrom("manim", [ast.alias("*")], 0))
    for module, name in (("numpy", "np"), ("math", "math")):
        if name in _loaded(tree) and name not in _bound(tree):
            tree.body.insert(1, ast.Import([ast.alias(module, name if name != module else None)]))
    scene, how = _scene_of(tree)
    fixes += [how] if how else []
    problems = () if scene else ("there is no class that inherits from Scene and has a construct method",)
    return Linted(ast.unparse(ast.fix_missing_locations(tree)) + "\n", scene, tuple(fixes), problems)


def _syntax_error(source: str) -> str:
    try:
        ast.parse(source)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (ValueError, MemoryError, RecursionError) as error:
        return f"not Python: {error}"
    return "not Python"


class _Imports(ast.NodeTransformer):
    """Imports of Manim under any of its names become `from manim import *`; what is not available is dropped."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        root = (node.module or "").split(".")[0]
        if root in _MANIMS:
            return ast.ImportFrom("manim", [ast.alias("*")], 0)
        return node if root in ALLOWED_IMPORTS and not node.level else None

    def visit_Import(self, node: ast.Import) -> ast.AST | None:
        kept = [alias for alias in node.names if _wanted(alias)]
        return ast.Import(kept) if kept else None


def _wanted(alias: ast.alias) -> bool:
    root = alias.name.split(".")[0]
    return root in ALLOWED_IMPORTS and (root not in _MANIMS or alias.asname is not None)


def _imports(tree: ast.Module) -> list[str]:
    """The modules that a scene has no use for."""
    modules = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return [module for module in modules if module.split(".")[0] not in ALLOWED_IMPORTS | _MANIMS]


def _scene_of(tree: ast.Module) -> tuple[str | None, str]:
    """The last class with a `construct` method, and what had to be done so that it is a scene."""
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    found = [node for node in classes if _method(node, "construct")]
    if not found:
        return None, ""
    scene = found[-1]
    if not any(
        ast.unparse(base).split(".")[-1].endswith("Scene") or ast.unparse(base) in {node.name for node in classes} for base in scene.bases
    ):
        scene.bases = [ast.Name("Scene", ast.Load())]
        return scene.name, f"{scene.name} is a Scene"
    return scene.name, ""


def _method(node: ast.ClassDef, name: str) -> bool:
    return any(isinstance(item, ast.FunctionDef) and item.name == name for item in node.body)


def _bound(tree: ast.AST) -> set[str]:
    """All names that the program itself binds anywhere."""
    out: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                out.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                out.add(name)
            case ast.arg(arg=name):
                out.add(name)
            case ast.alias(name=name, asname=asname):
                out.add(asname or name.split(".")[0])
            case ast.ExceptHandler(name=str(name)):
                out.add(name)
            case _:
                pass
    return out


def _loaded(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
