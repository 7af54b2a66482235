"""Formulas as words, for a voice: `x^2 \\leq \\frac{1}{4}` is read "x squared is less than or equal to 1 over 4".

Rules for the mathematics of school. What they do not know is left as it stands, for the voice to make the best of.
"""

from __future__ import annotations

import re
import unicodedata

MOST_CHARS = 600
_GREEK = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau phi chi psi omega"
_COMMANDS = {
    "cdot": "times", "times": "times", "ast": "times", "div": "divided by", "pm": "plus or minus", "mp": "minus or plus", "leq": "≤", "le": "≤", "leqslant": "≤",
    "geq": "≥", "ge": "≥", "geqslant": "≥", "neq": "≠", "ne": "≠", "lt": "<", "gt": ">", "approx": "≈", "equiv": "≡", "cong": "≅", "sim": "~", "to": "→",
    "rightarrow": "→", "Rightarrow": "⇒", "implies": "⇒", "iff": "⇔", "infty": "∞", "circ": "°", "degree": "°", "angle": "∠", "triangle": "△", "parallel": "∥",
    "perp": "⊥", "in": "∈", "cup": "∪", "cap": "∩", "ldots": "…", "cdots": "…", "dots": "…", "therefore": "⇒", "prime": "′", "lvert": "|", "rvert": "|",
    "sin": "sine", "cos": "cosine", "tan": "tangent", "arcsin": "arc sine", "arccos": "arc cosine", "arctan": "arc tangent", "log": "log", "ln": "natural log",
    "lim": "limit", "sum": "the sum of", "varepsilon": "epsilon", "varphi": "phi",
} | {name: name for name in _GREEK.split()}  # fmt: skip
_SIGNS = {
    "=": "equals", "≤": "is less than or equal to", "≥": "is greater than or equal to", "<": "is less than", ">": "is greater than", "≠": "is not equal to",
    "≈": "is approximately", "≡": "is identical to", "≅": "is congruent to", "~": "is similar to", "→": "to", "⇒": ", so", "⇔": ", which is the same as", "+": "plus",
    "−": "minus", "·": "times", "×": "times", "÷": "divided by", "±": "plus or minus", "∓": "minus or plus", "∞": "infinity", "∠": "angle", "△": "triangle",
    "∥": "is parallel to", "⊥": "is perpendicular to", "∈": "is in", "∪": "union", "∩": "intersection", "%": "percent", "′": "prime", "…": ", and so on, ",
    "½": "one half", "¼": "one quarter", "¾": "three quarters", "⅓": "one third", "⅔": "two thirds",
} | {unicodedata.lookup(f"GREEK SMALL LETTER {'LAMDA' if name == 'lambda' else name.upper()}"): name for name in _GREEK.split()}  # fmt: skip
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿˣ"
_LOWERED = "₀₁₂₃₄₅₆₇₈₉₊₋ₙ"
_PLAIN_RAISED, _PLAIN_LOWERED = str.maketrans(_RAISED, "0123456789+-nx"), str.maketrans(_LOWERED, "0123456789+-n")
_ROOTS = {"": "square", "2": "square", "3": "cube", "4": "fourth", "5": "fifth"}
_GROUP = r"\{([^{}]*)\}"


def aloud(text: str) -> str:
    """A sentence as it is to be spoken: one line, without markup or control characters, at most `MOST_CHARS` long."""
    text = unicodedata.normalize("NFC", text[: 4 * MOST_CHARS]).replace("\\(", "$").replace("\\)", "$")
    text = re.sub(r"\\?\$\s?(\d+(?:,\d{3})*(?:\.\d+)?)(?![\d.,]*\d)(?![^$]*[^\s\\$]\$(?!\d))", r"\1 dollars", text)
    text = re.sub(r"\$\$?([^$]+)\$\$?", lambda found: f" {_formula(found[1])} ", text)
    if re.search(r"\\[A-Za-z]|[\^_]\{", text):
        text = _formula(text)
    text = re.sub(r"[{}\\$]", " ", _signs(re.sub(r"(\*\*|__|`+)", "", text)))
    text = "".join(char if char.isprintable() else " " for char in text)
    text = re.sub(r"\s+([,.;:!?])", r"\1", re.sub(r"\s+", " ", text)).strip(" ,")
    return text if len(text) <= MOST_CHARS else text[:MOST_CHARS].rsplit(" ", 1)[0]


def _formula(latex: str) -> str:
    """A formula in LaTeX in words and signs; the signs are read by `_signs`."""
    text = latex.replace("\\%", "%").replace("\\$", "").replace("\\{", "(").replace("\\}", ")").replace("&", " ").replace("\\\\", ", ")
    text = re.sub(r"\\(?:left|right|displaystyle|limits|bigl?|bigr?|Bigl?|Bigr?)(?![A-Za-z])|\\[,;:! ]", " ", text)
    text = re.sub(r"\\q?quad(?![A-Za-z])", ", ", text)
    text = re.sub(r"\\(?:begin|end)\{\w*\}", " ", text)
    text = re.sub(r"\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))", "°", text)
    for _ in range(8):
        before = text
        text = re.sub(rf"\\(?:text|mathrm|mathbf|textbf|operatorname|mathbb|boxed|vec|overline|bar|hat)\s*{_GROUP}", r" \1 ", text)
        text = re.sub(rf"\\[dt]?frac\s*{_GROUP}\s*{_GROUP}", lambda found: _over(found[1], found[2]), text)
        text = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)", lambda found: _over(found[1], found[2]), text)
        text = re.sub(rf"\\sqrt\s*(?:\[(\w*)\])?\s*{_GROUP}", lambda found: _root(found[1] or "", found[2]), text)
        text = re.sub(rf"\^\s*(?:{_GROUP}|(\w))", lambda found: _power(found[1] or found[2] or ""), text)
        text = re.sub(rf"_\s*(?:{_GROUP}|(\w))", lambda found: f" sub {found[1] or found[2] or ''} ", text)
        if text == before:
            break
    text = re.sub(r"\\([A-Za-z]+)", lambda found: f" {_COMMANDS.get(found[1], found[1])} ", text)
    text = re.sub(r"[{}\\]", " ", text)
    # inside a formula every hyphen is a minus, every asterisk and every touching pair of brackets a product
    text = text.replace("-", " − ").replace("*", " · ")
    text = re.sub(r"(?<=[\w)°])\s*/\s*(?=[\w(])", " over ", text)
    text = re.sub(r"(?<=\d)(?=[A-Za-z])", " ", text)
    return text


def _over(top: str, bottom: str) -> str:
    top = f"{top.strip()}, all" if _compound(top) else top.strip()
    bottom = f"the quantity {bottom.strip()}" if _compound(bottom) else bottom.strip()
    return f" {top} over {bottom} "


def _compound(text: str) -> bool:
    return bool(re.search(r"\S\s*(?:[-+−]|plus|minus)\s*\S", text))


def _root(degree: str, inside: str) -> str:
    name = _ROOTS.get(degree, f"{degree}th" if degree.isdigit() else f"{degree}-th")
    return f" the {name} root of {'the quantity ' if _compound(inside) else ''}{inside} "


def _power(exponent: str) -> str:
    exponent = exponent.strip()
    return {"2": " squared ", "3": " cubed "}.get(exponent, f" to the power of {exponent} ")


def _signs(text: str) -> str:
    """Plain text with the signs of mathematics in it, in words. A hyphen is a minus only before a number or between spaces and numbers or letters."""
    text = re.sub(r"√\s*\(([^()]*)\)", lambda found: _root("", found[1]), text)
    text = re.sub(r"√\s*(\w+)", lambda found: _root("", found[1]), text)
    text = re.sub(rf"[{_RAISED}]+", lambda found: _power(found[0].translate(_PLAIN_RAISED)), text)
    text = re.sub(rf"[{_LOWERED}]+", lambda found: f" sub {found[0].translate(_PLAIN_LOWERED)} ", text)
    text = re.sub(r"\^\s*(?:\(([^()]*)\)|(-?\w+))", lambda found: _power(found[1] or found[2]), text)
    text = re.sub(r"°\s*(?:C\b|F\b)?", lambda found: f" degrees {found[0][-1] if found[0][-1] in 'CF' else ''} ", text)
    text = re.sub(r"(?<![\w/])(\d+|[a-zA-Z])\s?/\s?(\d+|[a-zA-Z])(?![\w/])", r"\1 over \2", text)
    text = re.sub(r"(?<=[\w)])\s+-\s+(?=[\d(]|[a-zA-Z]\b)", " − ", text)
    text = re.sub(r"(?<![\w.)])-\s?(?=\d|[a-zA-Z]\b)", " − ", text)
    text = re.sub(r"(?<=\b[a-z])-(?=\d)|(?<=\b\d)-(?=[a-z]\b)", " − ", text)
    text = re.sub(r"(?<=[\w)])\s*\*\s*(?=[\w(])", " · ", text)
    text = re.sub(r"\|([^|]{1,40})\|", r" the absolute value of \1 ", text)
    text = re.sub(r"\b([fgh]['′]?)\s?\(([^(),]*)\)", r"\1 of \2", text)
    text = re.sub(r"\)\s*\(", ") · (", text)
    text = re.sub(r"(?<=\d)(?=[a-zA-Z]\b)", " ", text)
    text = re.sub(r"(?:(?<=\d)|(?<=\b[a-zA-Z]))\s?\((?=[^()]*[-+−])", " · (", text)
    text = re.sub(r"\(([^()]*[-+−][^()]*)\)", r" the quantity \1 ", text)
    text = re.sub("[" + re.escape("".join(_SIGNS)) + "]", lambda found: f" {_SIGNS[found[0]]} ", text)
    return re.sub(r"[()\[\]]", " ", text)
