"""Formulas from a model or a problem, made fit for the screen: refused, cut into parts that can move, or written as plain text."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARS = 200
_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ",
    "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
_SIGNS = {
    "cdot": "·", "times": "×", "div": "÷", "pm": "±", "mp": "∓", "leq": "≤", "le": "≤", "leqslant": "≤", "geq": "≥", "ge": "≥", "geqslant": "≥",
    "neq": "≠", "ne": "≠", "approx": "≈", "equiv": "≡", "sim": "~", "cong": "≅", "to": "→", "rightarrow": "→", "Rightarrow": "⇒",
    "implies": "⇒", "iff": "⇔", "Leftrightarrow": "⇔", "infty": "∞", "ldots": "…", "cdots": "…", "dots": "…", "vdots": "⋮", "ddots": "⋱", "circ": "°",
    "angle": "∠", "triangle": "△", "parallel": "∥", "perp": "⊥", "in": "∈", "notin": "∉", "subset": "⊂", "subseteq": "⊆", "cup": "∪",
    "cap": "∩", "emptyset": "∅", "forall": "∀", "exists": "∃", "mid": "|", "partial": "∂", "nabla": "∇", "sum": "Σ", "prod": "Π", "int": "∫",
    "oint": "∮", "prime": "′", "star": "⋆", "ast": "*", "lt": "<", "gt": ">", "therefore": "∴", "because": "∵", "degree": "°", "bullet": "•", "propto": "∝",
    "land": "∧", "lor": "∨", "neg": "¬", "setminus": "∖", "Longrightarrow": "⇒", "longrightarrow": "→", "leftarrow": "←", "lvert": "|", "rvert": "|",
    "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "langle": "⟨", "rangle": "⟩", "ell": "ℓ", "Re": "Re", "Im": "Im",
}  # fmt: skip
_WORDS = {"sin", "cos", "tan", "sec", "csc", "cot", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log", "ln", "exp", "lim", "max", "min", "gcd", "det", "deg", "sup", "inf", "mod", "bmod"}  # fmt: skip
_LAYOUT = {
    "frac", "dfrac", "tfrac", "sqrt", "text", "textbf", "textit", "mathrm", "mathbf", "mathbb", "mathcal", "operatorname", "vec", "overline", "underline", "bar",
    "hat", "tilde", "overrightarrow", "binom", "dbinom", "choose", "left", "right", "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "middle", "quad", "qquad", "limits", "pmod",
    "underbrace", "overbrace", "displaystyle", "begin", "end", "hline", "dot", "ddot", "widehat", "stackrel", "overset", "underset", "not", "space", "nolimits", "pmb", "boldsymbol",
}  # fmt: skip
_ALLOWED = _GREEK.keys() | _SIGNS.keys() | _WORDS | _LAYOUT
_ENVIRONMENTS = {"cases", "matrix", "pmatrix", "bmatrix", "vmatrix", "aligned"}
_RELATIONS = {"=", "<", ">"} | {
    f"\\{name}" for name in ("leq", "le", "geq", "ge", "neq", "ne", "approx", "equiv", "to", "implies", "Rightarrow", "iff", "lt", "gt")
}
_FROM_UNICODE = {
    "−": "-", "–": "-", "—": "-", "×": r"\times ", "·": r"\cdot ", "÷": r"\div ", "±": r"\pm ", "≤": r"\leq ", "≥": r"\geq ", "≠": r"\neq ", "≈": r"\approx ", "→": r"\to ",
    "⇒": r"\Rightarrow ", "∞": r"\infty ", "°": r"^{\circ}", "²": "^{2}", "³": "^{3}", "⁴": "^{4}", "½": r"\frac{1}{2}", "∠": r"\angle ", "△": r"\triangle ", "…": r"\ldots ",
    "∑": r"\sum ", "∫": r"\int ", "′": "'", "’": "'", "‘": "'", "∈": r"\in ", "\u00a0": " ", "ₙ": "_{n}", "₁": "_{1}", "₂": "_{2}", "₀": "_{0}", "ⁿ": "^{n}",
} | {sign: f"\\{name} " for name, sign in _GREEK.items()}  # fmt: skip
_MONEY = re.compile(r"\d[\d.,]*\s+(?:[a-z]{3,}|a)\b")
_SUPER = str.maketrans("0123456789+-=()nixabckmt", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱˣᵃᵇᶜᵏᵐᵗ")
_SUB = str.maketrans("0123456789+-=()nixkm", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₙᵢₓₖₘ")


def clean(latex: str) -> str:
    """The formula without delimiters, in commands of an allow-list, with balanced braces; "" for an empty one.

    TeX runs in the sandbox and would be harmless, so this is about what typesets: raises ValueError for what would not.
    """
    text = unicodedata.normalize("NFC", latex).strip()
    text = re.sub(r"^(?:\$\$?|\\\[|\\\()\s*|\s*(?:\$\$?|\\\]|\\\))$", "", text).strip().rstrip(",;")
    if text.endswith(".") and not text.endswith("\\."):
        text = text[:-1]
    text = re.sub(r"\\boxed\s*\{(.*)\}$", r"\1", text)
    text = text.replace("\\left.", "").replace("\\$", "\0").replace("$", "").replace("\0", "\\$")
    text = re.sub(r"(?<!\\)%", r"\\%", text)
    text = re.sub(r"(?<!\\)\*", r" \\cdot ", text)
    text = "".join(_FROM_UNICODE.get(char, char) for char in text)
    text = re.sub(r"√\s*\(([^()]*)\)", r"\\sqrt{\1}", text)
    text = re.sub(r"√\s*(\w+)", r"\\sqrt{\1}", text)
    text = re.sub(r"(?<![\\A-Za-z])(sqrt)\s*\(([^()]*)\)", r"\\sqrt{\2}", text)
    text = re.sub(r"(?<![\\A-Za-z])(sin|cos|tan|log|ln|exp|lim|max|min)(?![A-Za-z])", r"\\\1 ", text)
    text = re.sub(r"\^\(([^()]{1,20})\)", r"^{\1}", text)
    text = re.sub(r"\^(-?\d{2,}|-\w)", r"^{\1}", text)
    text = re.sub(r"\s+", " ", text).strip()
    if not text:
        return ""
    if len(text) > MAX_CHARS:
        raise ValueError(f"a formula of {len(text)} characters is too long for the screen")
    if re.search(r"(?<!\\)#|[\x00-\x1f`\"@~]", text) or not text.isascii():
        raise ValueError("the formula holds characters that do not typeset")
    text = _prose_set(text)
    if "begin{" not in text:
        text = text.replace("\\\\", r" \quad ").replace("&", "")
    for name in re.findall(r"\\([A-Za-z]+)", text):
        if name not in _ALLOWED:
            raise ValueError(f"the command \\{name} is not known")
    opened = re.findall(r"\\begin\{(\w*)\}", text)
    if any(name not in _ENVIRONMENTS for name in opened) or (
        opened != list(reversed(re.findall(r"\\end\{(\w*)\}", text)))[: len(opened)] and len(opened) > 1
    ):
        raise ValueError("an environment is not known")
    if text.count("\\begin") != text.count("\\end") or _brackets(text, r"\left") != _brackets(text, r"\right"):
        raise ValueError("an environment or bracket is not closed")
    depth = 0
    for sign in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if sign == "{" else -1
        if depth < 0:
            break
    if depth:
        raise ValueError("the braces are not balanced")
    if re.search(r"[\^_]\s*(?:[\^_}]|$)|\\(?:frac|sqrt|text)\s*$|(?<!\\)\\$", text) or re.search(r"\^\{?[^{}]\}?\^|'\^", text):
        raise ValueError("the formula breaks off or has a double exponent")
    return re.sub(r"\\(?:text|mathrm)\{\s*\}", "", text)


def _prose_set(text: str) -> str:
    """Words inside a formula set upright. Raises ValueError where the whole is a sentence, which belongs into a caption."""
    outside = re.sub(r"\\(?:text\w*|mathrm|operatorname|begin|end)\s*\{[^{}]*\}|\\[A-Za-z]+", lambda match: " " * len(match[0]), text)
    runs = [match for match in re.finditer(r"[A-Za-z]{2,}(?:[ ,:;]+[A-Za-z]{2,})*", outside) if re.search(r"[a-z]{3,}", match[0])]
    if sum(len(match[0]) for match in runs) > 24:
        raise ValueError("this is a sentence, not a formula")
    for match in reversed(runs):
        text = f"{text[: match.start()]}\\text{{ {match[0]} }}{text[match.end() :]}"
    return text


def _brackets(text: str, command: str) -> int:
    return len(re.findall(re.escape(command) + r"(?![A-Za-z])", text))


def parts(latex: str) -> list[str]:
    """The cleaned formula cut at its top level into parts that can move by themselves: `2x + 3 = 11` to `2x`, `+`, `3`, `=`, `11`.

    The parts joined by spaces typeset as the whole does; a formula that cannot be cut safely stays one part.
    """
    if "\\begin" in latex or "\\limits" in latex or "choose" in latex or "\\not" in latex or "\\middle" in latex:
        return [latex] if latex else []
    pieces: list[str] = []
    at = 0
    while at < len(latex):
        if latex[at] == " ":
            at += 1
            continue
        end = _one(latex, at)
        if latex.startswith("\\left", at) and not latex[at + 5 : at + 6].isalpha():
            end = _closing_right(latex, at)
        while match := re.compile(r"\s*[\^_]\s*|\s*'").match(latex, end):
            end = match.end() if "'" in match[0] else _one(latex, match.end())
        piece = latex[at:end].strip()
        word = re.match(r"\\(sin|cos|tan|log|ln|exp|sqrt|frac|text|mathrm|vec|overline|angle|triangle|quad|qquad)?", piece)
        glue = pieces and (
            (re.fullmatch(r"[\d.,]+|\\frac.*", pieces[-1]) and re.match(r"[A-Za-z]|\\sqrt|\\pi", piece))
            or re.fullmatch(r"\\(?:sin|cos|tan|log|ln|exp|angle|triangle|Delta|partial|lim|sum|int|prod)(?:[\^_].*)?", pieces[-1])
        )
        if (glue and word is not None) or (pieces and re.fullmatch(r"\\(?:[,;:! ]|q?quad|space)|\{,\}", piece)):
            pieces[-1] = f"{pieces[-1]} {piece}" if pieces[-1][-1].isalpha() else pieces[-1] + piece
        else:
            pieces.append(piece)
        at = end
    return _rejoined(pieces)


def _rejoined(pieces: list[str]) -> list[str]:
    """Relations and signs stay alone; commands that act on what follows them are never left alone."""
    if len(pieces) > 24 or any(
        re.search(r"\\(?:displaystyle|operatorname|stackrel|overset|underset|big|Big|pmod|mod|bmod)", piece) for piece in pieces
    ):
        return [" ".join(pieces)]
    return pieces


def _one(text: str, at: int) -> int:
    """Where the TeX token at `at` ends, its brace arguments included."""
    while at < len(text) and text[at] == " ":
        at += 1
    if at >= len(text):
        return at
    if text[at] == "{":
        return _closing(text, at)
    if text[at] == "\\":
        match = re.compile(r"\\(?:[A-Za-z]+|.)").match(text, at)
        end = match.end() if match else at + 1
        while (argument := re.compile(r"\s*([\[{])").match(text, end)) and match and match[0][1:] in _LAYOUT:
            if argument[1] == "[" and match[0] != "\\sqrt":
                break
            end = text.index("]", end) + 1 if argument[1] == "[" and "]" in text[end:] else _closing(text, argument.end() - 1)
        if match and match[0] in ("\\frac", "\\dfrac", "\\tfrac") and end == match.end():
            return _one(text, _one(text, end))
        return end
    number = re.compile(r"\d+(?:[.,]\d+)*").match(text, at)
    return number.end() if number else at + 1


def _closing(text: str, at: int) -> int:
    depth = 0
    for index in range(at, len(text)):
        if text[index] in "{}" and text[index - 1 : index] != "\\":
            depth += 1 if text[index] == "{" else -1
            if depth == 0:
                return index + 1
    return len(text)


def _closing_right(text: str, at: int) -> int:
    depth = 0
    for match in re.compile(r"\\(left|right)(?![A-Za-z])").finditer(text, at):
        depth += 1 if match[1] == "left" else -1
        if depth == 0:
            return _one(text, match.end())
    return len(text)


def relation_of(pieces: list[str]) -> int | None:
    """Where the one relation sign of a formula stands, None where there is none or more than one."""
    found = [index for index, piece in enumerate(pieces) if piece in _RELATIONS]
    return found[0] if len(found) == 1 else None


def as_text(latex: str) -> str:
    """The formula in Unicode, for captions and for where TeX refuses: `\\frac{2}{3}x^2` becomes `2/3 x²`."""
    text = latex.replace("\\\\", " ").replace("\\$", "$").replace("\\%", "%").replace("\\{", "{").replace("\\}", "}").replace("&", " ")
    text = re.sub(r"\\(?:left|right|displaystyle|limits|bigl?|bigr?|Bigl?|Bigr?)(?![A-Za-z])|\\[,;:!]", "", text)
    text = re.sub(r"\\q?quad|\\ |\\space", "  ", text)
    text = re.sub(r"\\(?:begin|end)\{\w*\}", " ", text)
    text = re.sub(r"\^\s*\{?\\circ\}?", "°", text)
    for _ in range(6):
        before = text
        text = re.sub(r"\\(?:text|mathrm|mathbf|textbf|operatorname|mathbb|mathcal|boxed|vec|overline|bar|hat)\s*\{([^{}]*)\}", r"\1", text)
        text = re.sub(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", lambda m: f"{_grouped(m[1])}/{_grouped(m[2])} ", text)
        text = re.sub(r"\\sqrt\s*\{([^{}]*)\}", lambda m: f"√{_grouped(m[1])}", text)
        text = re.sub(r"\\sqrt\s*\[(\w+)\]\s*\{([^{}]*)\}", lambda m: f"{_raised(m[1], _SUPER, '')}√{_grouped(m[2])}", text)
        text = re.sub(r"\\d?binom\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r"C(\1, \2)", text)
        text = re.sub(r"\^\s*(?:\{([^{}]*)\}|(\w))", lambda m: _raised(m[1] or m[2] or "", _SUPER, "^"), text)
        text = re.sub(r"\\lim\s*_\s*\{([^{}]*)\}", r"lim (\1) ", text)
        text = re.sub(r"_\s*(?:\{([^{}]*)\}|(\w))", lambda m: _raised(m[1] or m[2] or "", _SUB, "_"), text)
        if text == before:
            break
    text = re.sub(r"\\([A-Za-z]+)", lambda m: _GREEK.get(m[1]) or _SIGNS.get(m[1]) or (f"{m[1]} " if m[1] in _WORDS else m[1]), text)
    text = re.sub(r"[{}\\]", "", text)
    text = re.sub(r"(?<=[\w)\]°²³]) ?([=<>≤≥≠≈→⇒]) ?", r" \1 ", text)
    text = re.sub(r"(?<=[\w)])\s*-\s*(?=[\w(√])", " − ", text)
    return re.sub(r"\s+([,.;:!?)])", r"\1", re.sub(r"\s+", " ", text)).strip()


def _grouped(text: str) -> str:
    text = text.strip()
    return text if re.fullmatch(r"\w+|\d+(\.\d+)?", text) else f"({text})"


def _raised(text: str, table: dict[int, int], sign: str) -> str:
    text = text.strip()
    if text and all(ord(char) in table for char in text):
        return text.translate(table)
    return f"{sign}({text})" if len(text) > 1 else f"{sign}{text}"


def spoken(text: str, limit: int = 160) -> str:
    """A caption: Markdown with `$...$` as one line of plain text that any font draws, cut at a word after `limit` characters."""
    text = unicodedata.normalize("NFC", text).replace("\\(", "$").replace("\\)", "$").replace("\\[", "$").replace("\\]", "$")
    text = re.sub(r"\\\$", "\0", text)
    if len(re.findall(r"\$+", text)) % 2 == 0:
        text = re.sub(r"\$\$?([^$]*)\$\$?", lambda m: m[0] if _MONEY.match(m[1]) else as_text(m[1]), text)
    if "\\" in text:
        text = as_text(text)
    text = text.replace("\0", "$")
    text = re.sub(r"(\*\*|__|`+)", "", text)
    text = re.sub(r"^\s*(?:#+|[-*]|\d{1,2}[.)])\s+", "", text)
    text = "".join(
        char if char.isprintable() and ord(char) < 0x10000 else " " for char in text if unicodedata.category(char) not in ("Cf", "Mn", "Me")
    )
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
