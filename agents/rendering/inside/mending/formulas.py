"""Mends formulas that TeX refuses."""

from __future__ import annotations

import ast
import re

from agents.rendering.inside.mending.place import swap
from agents.rendering.inside.mending.trial import Failure
from agents.rendering.inside.tex import LatexError

_CONTROL = {"\a": r"\a", "\b": r"\b", "\f": r"\f", "\v": r"\v", "\t": r"\t", "\r": r"\r"}
"""What Python makes of a backslash and a letter where the r before the string was forgotten: \\frac, \\theta, \\rightarrow, \\beta, \\alpha."""
_SIGNS = {
    "²": "^{2}", "³": "^{3}", "√": r"\sqrt{}", "π": r"\pi ", "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "×": r"\times ", "÷": r"\div ", "°": r"^{\circ}",
    "−": "-", "·": r"\cdot ", "±": r"\pm ", "∞": r"\infty ", "θ": r"\theta ", "α": r"\alpha ", "β": r"\beta ", "∠": r"\angle ", "△": r"\triangle ",
    "→": r"\to ", "⇒": r"\Rightarrow ", "½": r"\tfrac{1}{2}", "≈": r"\approx ", "…": r"\dots ", "–": "-", "’": "'", "∈": r"\in ", "∪": r"\cup ", "∩": r"\cap ",
}  # fmt: skip


def mend_formula(failure: Failure) -> str | None:
    """Writes a formula as TeX takes it; what cannot be saved is shown as plain text."""
    call = failure.node
    if not isinstance(call, ast.Call):
        return None
    name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""
    # unpaired braces in one of several strings fail in Manim's own code already
    if not isinstance(failure.error, LatexError) and name not in ("MathTex", "Tex"):
        return None
    strings = [
        node for node in ast.walk(call) if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_formula(node.value)
    ]
    changed = False
    for node in strings:
        better = acceptable(str(node.value), in_math=name == "MathTex")
        changed, node.value = changed or better != node.value, better
    if changed:
        return "a formula is written as TeX takes it"
    words = " ".join(str(node.value) for node in strings)
    if isinstance(failure.error, LatexError) and name in ("MathTex", "Tex") and words:
        swap(
            failure.path,
            ast.Call(
                ast.Name("Text", ast.Load()), [ast.Constant(plain(words))], [k for k in call.keywords if k.arg in ("color", "font_size")]
            ),
        )
        return "a formula that TeX refuses is shown as text"
    return None


def _is_formula(text: str) -> bool:
    return bool(text.strip())


def acceptable(tex: str, *, in_math: bool) -> str:
    """A formula with what Python's escapes, Unicode and unpaired braces did to it undone."""
    for control, letters in _CONTROL.items():
        tex = tex.replace(control, letters)
    tex = re.sub(r"\n(?=abla|eq|e\b|u\b|ot\b|ewline)", r"\\n", tex)
    tex = re.sub(r"\\\\(?=[a-zA-Z]{2,})", r"\\", tex)
    if in_math:
        tex = re.sub(r"√\s*(\w+)", r"\\sqrt{\1}", tex)
        for sign, command in _SIGNS.items():
            tex = tex.replace(sign, command)
        tex = tex.replace("$", "")
        tex = re.sub(r"\^\^+", "^", tex)
        tex = re.sub(r"(\^\{?\w+\}?)\^", r"{\1}^", tex) if re.search(r"\^\{?\w+\}?\^", tex) else tex
    tex = re.sub(r"(?<!\\)([%#])", r"\\\1", tex)
    if "align" not in tex and "array" not in tex and "matrix" not in tex and "cases" not in tex:
        tex = re.sub(r"(?<!\\)&", r"\\&" if not in_math else "", tex)
    return _paired(tex)


def _paired(tex: str) -> str:
    """Closes braces that stay open and drops those that close nothing."""
    out, depth, index = [], 0, 0
    while index < len(tex):
        char = tex[index]
        if char == "\\" and index + 1 < len(tex):
            out.append(tex[index : index + 2])
            index += 2
            continue
        if char == "}" and depth == 0:
            index += 1
            continue
        depth += {"{": 1, "}": -1}.get(char, 0)
        out.append(char)
        index += 1
    return "".join(out) + "}" * depth


def plain(tex: str) -> str:
    """A formula as words and signs that any font has."""
    tex = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", tex)
    tex = re.sub(r"\\(?:text|mathrm|textbf)\{([^{}]*)\}", r"\1", tex)
    tex = re.sub(r"\\sqrt\{([^{}]*)\}", r"√(\1)", tex)
    signs = {r"\times": "×", r"\cdot": "·", r"\le": "≤", r"\ge": "≥", r"\pi": "π", r"\pm": "±", r"\ne": "≠", r"\div": "÷"}
    for command, sign in signs.items():
        tex = re.sub(re.escape(command) + r"(?![a-zA-Z])", sign, tex)
    return re.sub(r"\\[a-zA-Z]+|[{}$\\]", "", tex).strip() or "?"
