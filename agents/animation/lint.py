"""What can be mended in a model's Manim program without asking the model again, and what is worth telling it before a render is spent."""

from __future__ import annotations

import ast
import builtins
import difflib
import re
from dataclasses import dataclass

from agents.animation.manim_names import ManimNames
from agents.rendering.policy import MODULES

_RENAMED = {
    "ShowCreation": "Create", "ShowCreationThenFadeOut": "ShowPassingFlash", "TextMobject": "Tex", "TexMobject": "MathTex", "OldTex": "MathTex", "OldTexText": "Tex",
    "FadeInFromDown": "FadeIn", "FadeInFrom": "FadeIn", "FadeOutAndShift": "FadeOut", "DrawBorder": "DrawBorderThenFill", "ShowIncreasingSubset": "ShowIncreasingSubsets",
    "CYAN": "TEAL", "MAGENTA": "PINK", "LIGHT_BLUE": "BLUE_B", "DARK_GREEN": "GREEN_E", "LIGHT_GREEN": "GREEN_B", "DARK_RED": "RED_E", "LIME": "GREEN", "SILVER": "GRAY_B",
    "GraphScene": "Scene", "SpecialThreeDScene": "ThreeDScene", "CENTER": "ORIGIN", "TOP": "UP", "BOTTOM": "DOWN", "Highlight": "Indicate", "FadeInFromLarge": "FadeIn",
    "CreateText": "Write", "DrawText": "Write", "ShowText": "Write", "Label": "Text", "Vector3": "Vector", "Formula": "MathTex", "TexText": "Tex", "Equation": "MathTex",
}  # fmt: skip
_METHODS = {
    "get_graph": "plot",
    "set_text_color": "set_color",
    "get_graph_point": "input_to_graph_point",
    "to_center": "center",
    "coord_to_point": "coords_to_point",
}
_TEXTS = frozenset({"Text", "Tex", "MathTex", "MarkupText", "Title", "Paragraph", "BulletedList", "DecimalNumber", "Integer"})


@dataclass(frozen=True, slots=True)
class Linted:
    """`source` after the mechanical fixes, `scene` the class to render (None where there is none), `problems` one line each for what only the model can mend."""

    source: str
    scene: str | None
    problems: tuple[str, ...]


def code_in(text: str) -> str:
    """The program in a model's answer: of the last fence that holds a class, of an unclosed fence, else from the first import or class on."""
    blocks: list[str] = re.findall(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", text, re.DOTALL | re.IGNORECASE)
    code = next((block for block in reversed(blocks) if "class " in block), blocks[-1] if blocks else text)
    if not blocks and (start := re.search(r"^(?:from |import |class )", text, re.MULTILINE)):
        code = text[start.start() :]
    return code.replace("\r\n", "\n").replace("\t", "    ").strip() + "\n"


def lint(source: str, names: ManimNames) -> Linted:
    """Mends what is known to be wrong (old names, missing import, mobjects that are played) and lists what is left, syntax errors first."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        return Linted(source, None, (f"line {line}: {getattr(error, 'msg', error)}" if line else f"not Python: {error}",))
    tree = ast.fix_missing_locations(_Mender(names, _bound(tree)).visit(tree))
    problems = _imports(tree)
    if not any(isinstance(node, ast.ImportFrom) and node.module == "manim" and node.names[0].name == "*" for node in tree.body):
        at = sum(1 for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__")
        tree.body.insert(at, ast.ImportFrom("manim", [ast.alias("*")], 0))
    if "np" in _loaded(tree) and "np" not in _bound(tree):
        tree.body.insert(1, ast.Import([ast.alias("numpy", "np")]))
    if "math" in _loaded(tree) and "math" not in _bound(tree):
        tree.body.insert(1, ast.Import([ast.alias("math")]))
    scene = _scene_of(tree)
    if scene is None:
        problems.append("there is no class that inherits from Scene and has a construct method")
    problems += _unknown(tree, names)
    return Linted(ast.unparse(ast.fix_missing_locations(tree)) + "\n", scene, tuple(dict.fromkeys(problems)))


class _Mender(ast.NodeTransformer):
    def __init__(self, names: ManimNames, bound: set[str]) -> None:
        self._names = names
        self._bound = bound
        self._made: dict[str, str] = {}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if node.module and node.module.split(".")[0] in ("manim", "manimlib", "manim_imports_ext", "manimce"):
            return ast.ImportFrom("manim", [ast.alias("*")], 0)
        return node

    def visit_Import(self, node: ast.Import) -> ast.AST | None:
        kept = [alias for alias in node.names if alias.name.split(".")[0] not in ("manimlib", "manim") or alias.asname]
        return ast.Import(kept) if kept else None

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in _RENAMED and node.id not in self._bound and node.id not in self._names.all:
            return ast.Name(_RENAMED[node.id], ast.Load())
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        return ast.Attribute(node.value, _METHODS.get(node.attr, node.attr), node.ctx)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        self.generic_visit(node)
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            made = _class_of(node.value)
            if made in self._names.mobjects:
                self._made[node.targets[0].id] = made
            else:
                self._made.pop(node.targets[0].id, None)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if (
            isinstance(node.func, ast.Attribute)
            and node.func.attr == "play"
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "self"
        ):
            return ast.Call(node.func, [self._played(argument) for argument in node.args], node.keywords)
        return node

    def _played(self, argument: ast.expr) -> ast.expr:
        made = self._made.get(argument.id, "") if isinstance(argument, ast.Name) else _class_of(argument)
        if made in self._names.mobjects:
            return ast.Call(
                ast.Name("Write" if made in _TEXTS else "Create" if made not in ("VGroup", "Group") else "FadeIn", ast.Load()),
                [argument],
                [],
            )
        return argument


def _class_of(value: ast.expr) -> str:
    """The class that an expression makes an object of, through chained methods such as `.next_to(...)`; "" where that is not plain."""
    while isinstance(value, ast.Call):
        if isinstance(value.func, ast.Name):
            return value.func.id
        if not isinstance(value.func, ast.Attribute) or value.func.attr in (
            "animate",
            "copy",
            "get_center",
            "plot",
            "get_area",
            "get_axis_labels",
            "get_part_by_tex",
        ):
            return ""
        # only methods that give the object back keep its class
        if not re.match(r"(next_to|to_|move_to|shift|scale|rotate|set_|align_to|arrange|flip|stretch|center|add)", value.func.attr):
            return ""
        value = value.func.value
    return ""


def _imports(tree: ast.Module) -> list[str]:
    """One line for each import of something that a scene has no use for."""
    modules = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    modules += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return [
        f"the module {module} is not available: use manim, numpy and math only" for module in modules if module.split(".")[0] not in MODULES
    ]


def _scene_of(tree: ast.Module) -> str | None:
    """The last class with a `construct` method."""
    found = [
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef) and any(isinstance(item, ast.FunctionDef) and item.name == "construct" for item in node.body)
    ]
    return found[-1] if found else None


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


def _unknown(tree: ast.Module, names: ManimNames) -> list[str]:
    """One line for each name that neither the program, nor Manim, nor Python knows."""
    if not names.all:
        return []
    known = names.all | _bound(tree) | set(dir(builtins)) | {"np", "math"}
    problems = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known:
            near = difflib.get_close_matches(node.id, names.all, n=1, cutoff=0.75)
            problems.append(f"line {node.lineno}: {node.id} does not exist" + (f", did you mean {near[0]}?" if near else " in Manim"))
    return problems
