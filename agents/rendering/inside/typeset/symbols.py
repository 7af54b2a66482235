"""What single TeX commands are in Typst: Unicode where there is a sign, else a function."""

from __future__ import annotations

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ",
    "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "varpi": "ϖ", "rho": "ρ",
    "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ", "upsilon": "υ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
CAPITALS = {
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω",
}  # fmt: skip
"""Upright, as TeX sets them."""
SIGNS = {
    "cdot": "⋅", "times": "×", "div": "÷", "pm": "±", "mp": "∓", "ast": "∗", "star": "⋆", "circ": "∘", "bullet": "∙", "oplus": "⊕",
    "otimes": "⊗", "leq": "≤", "le": "≤", "leqslant": "⩽", "geq": "≥", "ge": "≥", "geqslant": "⩾", "neq": "≠", "ne": "≠", "approx": "≈",
    "equiv": "≡", "sim": "∼", "simeq": "≃", "cong": "≅", "propto": "∝", "ll": "≪", "gg": "≫", "lt": "<", "gt": ">", "to": "→",
    "rightarrow": "→", "leftarrow": "←", "gets": "←", "leftrightarrow": "↔", "Rightarrow": "⇒", "Leftarrow": "⇐", "Leftrightarrow": "⇔",
    "longrightarrow": "⟶", "longleftarrow": "⟵", "Longrightarrow": "⟹", "Longleftarrow": "⟸", "Longleftrightarrow": "⟺", "implies": "⟹",
    "impliedby": "⟸", "iff": "⟺", "mapsto": "↦", "longmapsto": "⟼", "uparrow": "↑", "downarrow": "↓", "updownarrow": "↕", "Uparrow": "⇑",
    "Downarrow": "⇓", "nearrow": "↗", "searrow": "↘", "rightleftharpoons": "⇌", "infty": "∞", "ldots": "…", "dots": "…", "dotsc": "…",
    "cdots": "⋯", "dotsb": "⋯", "vdots": "⋮", "ddots": "⋱", "angle": "∠", "measuredangle": "∡", "triangle": "△", "bigtriangleup": "△",
    "square": "□", "Box": "□", "blacksquare": "■", "bigcirc": "◯", "diamond": "⋄", "parallel": "∥", "nparallel": "∦", "perp": "⟂", "in": "∈",
    "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "supset": "⊃", "supseteq": "⊇", "subsetneq": "⊊", "cup": "∪", "cap": "∩",
    "setminus": "∖", "emptyset": "∅", "varnothing": "∅", "forall": "∀", "exists": "∃", "nexists": "∄", "mid": "∣", "nmid": "∤",
    "partial": "∂", "nabla": "∇", "sum": "∑", "prod": "∏", "int": "∫", "iint": "∬", "oint": "∮", "bigcup": "⋃", "bigcap": "⋂",
    "therefore": "∴", "because": "∵", "degree": "°", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨", "neg": "¬", "lnot": "¬",
    "ell": "ℓ", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ", "hbar": "ℏ", "prime": "′", "checkmark": "✓", "top": "⊤", "bot": "⊥", "models": "⊨",
    "vdash": "⊢", "backslash": "\\", "colon": ":", "dagger": "†", "copyright": "©", "pounds": "£", "euro": "€", "cents": "¢", "complement": "∁",
    "%": "%", "$": "$", "#": "#", "&": "&", "_": "_", "{": "{", "}": "}", "|": "‖", "S": "§",
}  # fmt: skip
ORDINARY = frozenset("△□■◯⋄")
"""Signs that Typst takes for relations and TeX does not."""
ROOMY = frozenset({"implies", "impliedby", "iff"})
DELIMITERS = {
    "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lvert": "|", "rvert": "|", "vert": "|",
    "lVert": "‖", "rVert": "‖", "Vert": "‖", "lbrace": "{", "rbrace": "}", "lbrack": "[", "rbrack": "]", "{": "{", "}": "}", "|": "‖",
    "backslash": "\\", "uparrow": "↑", "downarrow": "↓",
}  # fmt: skip
NEGATED = {"=": "≠", "<": "≮", ">": "≯", "∈": "∉", "⊂": "⊄", "⊆": "⊈", "≤": "≰", "≥": "≱", "∥": "∦", "≡": "≢", "≈": "≉", "∼": "≁", "∃": "∄"}
FUNCTIONS = {
    "sin", "cos", "tan", "sec", "csc", "cot", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "coth", "log", "ln", "lg", "exp", "deg", "dim",
    "ker", "arg", "hom",
}  # fmt: skip
LIMITED = {"lim": "lim", "max": "max", "min": "min", "gcd": "gcd", "det": "det", "sup": "sup", "inf": "inf", "Pr": "Pr", "limsup": "lim sup", "liminf": "lim inf"}  # fmt: skip
SPACES = {",": 1 / 6, "thinspace": 1 / 6, ":": 2 / 9, ">": 2 / 9, "medspace": 2 / 9, ";": 5 / 18, "thickspace": 5 / 18, "!": -1 / 6, " ": 1 / 3,
          "space": 1 / 3, "enspace": 0.5, "quad": 1.0, "qquad": 2.0}  # fmt: skip
"""Widths in em."""
WRAPS = {
    "overline": "overline", "underline": "underline", "bar": "macron", "vec": "arrow", "overrightarrow": "arrow", "hat": "hat", "widehat": "hat",
    "tilde": "tilde", "widetilde": "tilde", "dot": "dot", "ddot": "dot.double", "acute": "acute", "grave": "grave", "breve": "breve",
    "check": "caron", "mathrm": "upright", "mathbf": "strong", "mathit": "italic", "mathbb": "bb", "mathcal": "cal", "mathscr": "scr", "mathfrak": "frak",
    "mathsf": "sans", "mathtt": "mono", "boldsymbol": "bold", "bm": "bold", "pmb": "bold", "phantom": "gone", "cancel": "cancel",
    "overleftarrow": "arrow.l", "overleftrightarrow": "arrow.l.r",
}  # fmt: skip
"""Commands of one argument that are a function of Typst's of one argument. An arrow or a hat grows with what is below it."""
TEXTS = {"text", "textrm", "textnormal", "mbox", "hbox", "textup", "textbf", "textit", "emph", "textsf", "texttt", "textsc"}
DROPPED = {"displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle", "nonumber", "notag", "centering", "hfill",
           "left.", "right.", "relax", "null", "noindent", "par", "hline", "bf", "rm", "it", "normalsize", "large", "Large", "small", "protect"}  # fmt: skip
BIG = {"big": 1.2, "Big": 1.8, "bigg": 2.4, "Bigg": 3.0}
"""Heights in em; each also with l, r or m behind it."""
MATRICES = {"matrix": "#none", "smallmatrix": "#none", "array": "#none", "aligned": "#none", "alignedat": "#none", "split": "#none", "gathered": "#none",
            "pmatrix": '#"("', "bmatrix": '#"["', "Bmatrix": '#"{"', "vmatrix": '#"|"', "Vmatrix": '#"‖"'}  # fmt: skip
"""Environments of rows, by what they are enclosed in."""
DISPLAYS = {"align", "align*", "equation", "equation*", "gather", "gather*", "multline", "multline*", "displaymath", "flalign", "flalign*", "alignat",
            "alignat*", "eqnarray", "eqnarray*", "math"}  # fmt: skip
"""Environments that are mathematics as a whole."""
COLOURS = {
    "red": "#ff0000", "green": "#00ff00", "blue": "#0000ff", "yellow": "#ffff00", "cyan": "#00ffff", "magenta": "#ff00ff", "orange": "#ff8000",
    "purple": "#bf0040", "teal": "#008080", "gray": "#808080", "white": "#ffffff", "brown": "#bf8040", "pink": "#ffbfbf", "lime": "#bfff00",
    "violet": "#800080", "olive": "#808000", "darkgray": "#404040", "lightgray": "#bfbfbf",
}  # fmt: skip
"""The names of the package xcolor."""
_SET = ((0x20, 0x17F), (0x192, 0x192), (0x370, 0x3FF), (0x400, 0x45F), (0x1E00, 0x1EFF), (0x2010, 0x2027), (0x2030, 0x205E), (0x2070, 0x209F), (0x20A0, 0x20BF),
        (0x2100, 0x214F), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2308, 0x230B), (0x25A0, 0x25FF), (0x2713, 0x2713), (0x27C0, 0x27FF), (0x2900, 0x2AFF))  # fmt: skip


def has_glyph(char: str) -> bool:
    """Whether the fonts inside Typst are known to have a character."""
    return char.isspace() or any(low <= ord(char) <= high for low, high in _SET)
