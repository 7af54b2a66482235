"""The mathematics of TeX in Typst's words, for what school mathematics needs.

A library would do more of TeX (tex2typst, tylax), but none keeps whose part of a formula each sign is, which `TransformMatchingTex` and
`set_color_by_tex` live on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from agents.rendering.inside.typeset import symbols
from agents.rendering.inside.typeset.pieces import Piece, beside, joined, sign, space, words
from agents.rendering.inside.typeset.tokens import Parts, Token, Untranslatable

_DEEPEST = 60
_SPACED = frozenset({"\\,", "\\;", "\\:", "\\=", "\\<", "\\>", "\\+", "−", "\\×", "\\⋅"})
_STOPS = frozenset({"end", "right", "middle"})


class Mathematics:
    """Reads tokens into pieces. One use, one formula."""

    def __init__(self, row: Sequence[Token], parts: Parts) -> None:
        self._row, self._parts, self._at, self._depth = list(row), parts, 0, 0

    def whole(self) -> list[Piece]:
        """All of it. Raises `Untranslatable`."""
        pieces = self._sequence(lambda token: False)
        if self._at < len(self._row):
            raise Untranslatable(f"\\{self._row[self._at].text} closes nothing")
        return pieces

    # reading

    def _peek(self) -> Token | None:
        return self._row[self._at] if self._at < len(self._row) else None

    def _next(self, what: str) -> Token:
        self._skip()
        token = self._peek()
        if token is None:
            raise Untranslatable(f"the formula ends where {what} should follow")
        self._at += 1
        return token

    def _skip(self) -> None:
        while (token := self._peek()) is not None and token.kind == "space":
            self._at += 1

    def _is(self, kind: str, text: str) -> bool:
        token = self._peek()
        return token is not None and token.kind == kind and token.text == text

    def _sequence(self, ends: Callable[[Token], bool]) -> list[Piece]:
        """Pieces up to a token that ends them, which is left where it is."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Untranslatable("it is nested too deeply")
        pieces: list[Piece] = []
        while (token := self._peek()) is not None and not ends(token) and not (token.kind == "command" and token.text in _STOPS):
            if token.kind == "space":
                self._at += 1
            elif (token.kind == "char" and token.text in "^_'") or (token.kind == "command" and token.text in ("limits", "nolimits")):
                pieces.append(self._scripted(pieces.pop() if pieces and not pieces[-1].loose else Piece(token.part, "#none")))
            elif token.kind == "command" and token.text in ("over", "choose", "atop"):
                self._at += 1
                below = self._sequence(ends)
                name = "frac" if token.text == "over" else "binom"
                pieces = [Piece(token.part, f"{name}({joined(pieces, token.part)}, {joined(below, token.part)})")]
            else:
                pieces += self._atom()
        self._depth -= 1
        return pieces

    def _group(self) -> list[Piece]:
        """The pieces of a group in braces; of the one token that stands where a group might."""
        self._skip()
        if self._is("char", "{"):
            self._at += 1
            pieces = self._sequence(lambda token: token.kind == "char" and token.text == "}")
            if not self._is("char", "}"):
                raise Untranslatable("a brace is not closed")
            self._at += 1
            return pieces
        token = self._peek()
        if token is None or (token.kind == "char" and token.text in "}^_&"):
            raise Untranslatable("an argument is missing")
        if token.kind == "char" and token.text.isdigit():
            self._at += 1
            return [Piece(token.part, token.text)]
        return self._atom()

    def _raw(self) -> list[Token]:
        """The tokens of a group in braces, as they are."""
        self._skip()
        if not self._is("char", "{"):
            return [self._next("an argument")]
        self._at += 1
        depth, start = 1, self._at
        while (token := self._peek()) is not None:
            depth += {"{": 1, "}": -1}.get(token.text, 0) if token.kind == "char" else 0
            self._at += 1
            if depth == 0:
                return self._row[start : self._at - 1]
        raise Untranslatable("a brace is not closed")

    def _name(self) -> str:
        return "".join(token.text for token in self._raw()).strip()

    def _optional(self) -> list[Piece] | None:
        self._skip()
        if not self._is("char", "["):
            return None
        self._at += 1
        pieces = self._sequence(lambda token: token.kind == "char" and token.text == "]")
        self._next("a closing bracket")
        return pieces

    # what there is

    def _atom(self) -> list[Piece]:
        token = self._next("something")
        part = token.part
        if token.kind == "command":
            return self._command(token)
        char = token.text
        if char == "{":
            self._at -= 1
            pieces = self._group()
            if len(pieces) == 1 and pieces[0].code in _SPACED:  # in braces, as in 1{,}000, they get no space around them
                return [Piece(pieces[0].part, f'class("normal", {pieces[0].code})')]
            return [Piece(pieces[0].part, joined(pieces, pieces[0].part))] if len(pieces) > 1 and not _breaks(pieces) else pieces
        if char.isdigit():
            return [Piece(part, char + self._digits(part))]
        if char in "&":
            return [Piece(part, "&", loose=True)]
        if char == "~":
            return [Piece(part, space(1 / 3), loose=True)]
        if char in "}$":
            raise Untranslatable(f"{char} stands alone")
        if not symbols.has_glyph(char):
            raise Untranslatable(f"characters that the font does not have: {char}")
        return [Piece(part, {"-": "−", "*": "∗"}.get(char) or sign(char))]

    def _digits(self, part: int) -> str:
        """More digits of the same number and part, with a point between them."""
        found = ""
        while (token := self._peek()) is not None and token.kind == "char" and token.part == part:
            after = self._row[self._at + 1] if self._at + 1 < len(self._row) else None
            point = token.text == "." and after is not None and after.text.isdigit() and after.part == part
            if not (token.text.isdigit() or (point and "." not in found)):
                break
            found += token.text
            self._at += 1
        return found

    def _scripted(self, base: Piece) -> Piece:
        """`base` with all that is raised and lowered behind it."""
        part = base.part
        above: list[Piece] = []
        below: list[Piece] = []
        code = base.code
        while True:
            self._skip()
            token = self._peek()
            if token is not None and token.kind == "command" and token.text in ("limits", "nolimits"):
                code = f"{token.text.replace('nolimits', 'scripts')}({code})"
                self._at += 1
                continue
            if token is None or token.kind != "char" or token.text not in "^_'":
                break
            self._at += 1
            if token.text == "'":
                above.append(Piece(token.part, "′"))
            else:
                (above if token.text == "^" else below).extend(self._group())
        scripts = [f"{name}: {joined(pieces, part) or '#none'}" for name, pieces in (("t", above), ("b", below)) if pieces]
        return Piece(part, f"attach({', '.join([code, *scripts])})") if scripts else Piece(part, code)

    def _coloured(self, token: Token) -> None:
        r"""Puts what `\color` and `\textcolor` colour into parts of that colour."""
        if self._optional() is not None:
            raise Untranslatable("a colour model")
        name = self._name()
        colour = name if re.fullmatch(r"#[0-9a-fA-F]{6}", name) else symbols.COLOURS.get(name)
        if colour is None:
            raise Untranslatable(f"the colour {name}")
        self._skip()
        depth = 0
        for at in range(self._at, len(self._row)):
            found = self._row[at]
            depth += {"{": 1, "}": -1}.get(found.text, 0) if found.kind == "char" else 0
            if depth < 0:
                break
            self._row[at] = replace(found, part=self._parts.coloured(found.part, colour))
            if depth == 0 and token.text == "textcolor":
                break

    def _command(self, token: Token) -> list[Piece]:
        name, part = token.text, token.part
        if name in symbols.DROPPED:
            return []
        if name in symbols.GREEK:
            return [Piece(part, symbols.GREEK[name])]
        if name in symbols.CAPITALS:
            return [Piece(part, f"upright({symbols.CAPITALS[name]})")]
        if name in symbols.SIGNS:
            made = sign(symbols.SIGNS[name])
            if symbols.SIGNS[name] in symbols.ORDINARY:
                return [Piece(part, f'class("normal", {made})')]
            return [Piece(part, f"{space(5 / 18)}{made}{space(5 / 18)}" if name in symbols.ROOMY else made)]
        if name in symbols.DELIMITERS:
            return [Piece(part, sign(symbols.DELIMITERS[name]))]
        if name in symbols.SPACES:
            return [Piece(part, space(symbols.SPACES[name]), loose=True)]
        if name == "\\":
            self._optional()
            return [Piece(part, "\\ ", loose=True)]
        if name in symbols.FUNCTIONS:
            return [Piece(part, f"op({words(name)})")]
        if name in symbols.LIMITED:
            return [Piece(part, f"op({words(symbols.LIMITED[name])}, limits: #true)")]
        if name in ("color", "textcolor"):
            self._coloured(token)
            return []
        if name in symbols.TEXTS:
            return self._text(token)
        if name in symbols.WRAPS:
            return [Piece(part, f"{symbols.WRAPS[name]}({joined(self._group(), part)})")]
        if name.rstrip("lrm") in symbols.BIG:
            return [Piece(part, f"lr(size: #{symbols.BIG[name.rstrip('lrm')]}em, {self._delimiter(part)})")]
        read = _COMMANDS.get(name)
        if read is None:
            raise Untranslatable(f"the command \\{name}")
        return read(self, token)

    # commands with arguments

    def _fraction(self, token: Token) -> list[Piece]:
        above, below = self._group(), self._group()
        kind = "binom" if token.text.endswith("binom") else "frac"
        code = f"{kind}({joined(above, token.part)}, {joined(below, token.part)})"
        style = {"d": "display", "c": "display", "t": "inline"}.get(token.text[0])
        return [Piece(token.part, f"{style}({code})" if style else code)]

    def _root(self, token: Token) -> list[Piece]:
        index = self._optional()
        body = joined(self._group(), token.part)
        return [Piece(token.part, f"sqrt({body})" if index is None else f"root({joined(index, token.part)}, {body})")]

    def _text(self, token: Token) -> list[Piece]:
        from agents.rendering.inside.typeset.prose import in_mathematics

        pieces = in_mathematics(self._raw(), self._parts)
        style = {"textbf": "bold", "textit": "italic", "emph": "italic", "texttt": "mono", "textsf": "sans"}.get(token.text)
        return [Piece(piece.part, f"{style}({piece.code})") if style and not piece.loose else piece for piece in pieces]

    def _operator(self, token: Token) -> list[Piece]:
        return [Piece(token.part, f"op({words(self._name())})")]

    def _modulus(self, token: Token) -> list[Piece]:
        if token.text == "bmod":
            return [Piece(token.part, f'{space(2 / 9)}"mod"{space(2 / 9)}')]
        return [Piece(token.part, f'{space(1)}\\("mod"{space(1 / 3)}{joined(self._group(), token.part)}\\)')]

    def _stacked(self, token: Token) -> list[Piece]:
        first, base = joined(self._group(), token.part), joined(self._group(), token.part)
        return [Piece(token.part, f"attach(limits({base}), {'b' if token.text == 'underset' else 't'}: {first})")]

    def _arrow(self, token: Token) -> list[Piece]:
        below = self._optional()
        above = joined(self._group(), token.part)
        arrow = sign("←" if "left" in token.text else "→")
        under = f", b: {joined(below, token.part)}" if below else ""
        return [Piece(token.part, f"attach(limits(stretch({arrow}, size: #(100% + 0.8em))), t: {above}{under})")]

    def _brace(self, token: Token) -> list[Piece]:
        body = joined(self._group(), token.part)
        self._skip()
        note = ""
        if self._is("char", "^" if token.text == "overbrace" else "_"):
            self._at += 1
            note = f", {joined(self._group(), token.part)}"
        return [Piece(token.part, f"{token.text}({body}{note})")]

    def _not(self, token: Token) -> list[Piece]:
        (first, *rest) = self._group() or [Piece(token.part, "#none")]
        plain = first.code.removeprefix("\\")
        return [Piece(first.part, sign(symbols.NEGATED[plain]) if plain in symbols.NEGATED else f"cancel({first.code})"), *rest]

    def _boxed(self, token: Token) -> list[Piece]:
        body = joined(self._group(), token.part)
        return [Piece(token.part, f"#context box(stroke: 0.4pt * S + text.fill, inset: 3pt * S, baseline: 3pt * S, $ {body} $)")]

    def _width(self, token: Token) -> list[Piece]:
        match = re.fullmatch(r"(-?\d*\.?\d+)\s*(em|ex|pt|mm|cm|mu)", self._name())
        if match is None:
            raise Untranslatable("a width")
        em = {"em": 1.0, "ex": 0.43, "pt": 0.1, "mm": 0.2845, "cm": 2.845, "mu": 1 / 18}[match[2]]
        return [Piece(token.part, space(float(match[1]) * em), loose=True)]

    def _ignored(self, token: Token) -> list[Piece]:
        self._raw()
        return []

    def _delimiter(self, part: int) -> str:
        """One delimiter; "" for a point, which is none."""
        token = self._next("a delimiter")
        if token.kind == "char" and token.text == ".":
            return ""
        found = {"<": "⟨", ">": "⟩"}.get(token.text, token.text) if token.kind == "char" else symbols.DELIMITERS.get(token.text)
        if found is None or len(found) != 1 or found.isalnum():
            raise Untranslatable(f"the delimiter {token.text}")
        return sign(found) if token.part == part else f"c{token.part}({sign(found)})"

    def _enclosed(self, token: Token) -> list[Piece]:
        part = token.part
        out = self._delimiter(part)
        while True:
            out = beside(out, joined(self._sequence(lambda _: False), part))
            end = self._next("\\right")
            if end.text == "right":
                return [Piece(part, f"lr({beside(out, self._delimiter(part))})")]
            if end.text != "middle":
                raise Untranslatable("\\left without \\right")
            out = beside(out, f"mid({self._delimiter(part)})")

    def _environment(self, token: Token) -> list[Piece]:
        part, name = token.part, self._name()
        if name == "array":
            self._optional()
            self._raw()
        elif name in ("alignedat", "alignat", "alignat*"):
            self._raw()
        rows: list[list[list[Piece]]] = [[[]]]
        while True:
            rows[-1][-1] += self._sequence(
                lambda found: found.text in ("&", "\\") and found.kind == ("char" if found.text == "&" else "command")
            )
            mark = self._next("\\end")
            if mark.text == "&":
                rows[-1].append([])
            elif mark.text == "\\" and mark.kind == "command":
                self._optional()
                rows.append([[]])
            elif mark.text == "end" and mark.kind == "command" and self._name() == name:
                break
            else:
                raise Untranslatable(f"\\begin{{{name}}} without its end")
        if rows[-1] == [[]] and len(rows) > 1:
            rows.pop()
        cells = [[joined(cell, part) for cell in row] for row in rows]
        if name in symbols.DISPLAYS:
            return [Piece(part, piece, loose=False) for piece in ["\\ ".join("&".join(row) for row in cells)]]
        if name in ("cases", "dcases", "rcases"):
            lines = ", ".join("&" + f"&&{space(1)}".join(row) for row in cells)
            return [Piece(part, f"cases({'reverse: #true, ' if name == 'rcases' else ''}{lines})")]
        if name not in symbols.MATRICES:
            raise Untranslatable(f"the environment {name}")
        return [Piece(part, _matrix(name, cells))]


def _matrix(name: str, cells: list[list[str]]) -> str:
    # a row of TeX's has the height of a bracket even where nothing is in it, as Manim's own brackets are made
    strut = "gone(\\()" if all(not cell or cell.startswith("#h(") for row in cells for cell in row) else ""
    if name in ("aligned", "alignedat", "split"):
        rows, gap = ["&".join(row) for row in cells], ", row-gap: #0.6em"
    else:
        rows = [", ".join(f"{strut}{cell}" if cell or strut else "#none" for cell in row) for row in cells]
        gap = ", column-gap: #1em"
    return f"mat(delim: {symbols.MATRICES[name]}{gap}, {'; '.join(rows)})"


def _breaks(pieces: Sequence[Piece]) -> bool:
    return any(piece.code in ("&", "\\ ") for piece in pieces)


_COMMANDS: dict[str, Callable[[Mathematics, Token], list[Piece]]] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom"), Mathematics._fraction),
    **dict.fromkeys(("overset", "underset", "stackrel"), Mathematics._stacked),
    **dict.fromkeys(("xrightarrow", "xleftarrow"), Mathematics._arrow),
    **dict.fromkeys(("overbrace", "underbrace"), Mathematics._brace),
    **dict.fromkeys(("pmod", "bmod"), Mathematics._modulus),
    **dict.fromkeys(("hspace", "mspace", "hskip"), Mathematics._width),
    **dict.fromkeys(("label", "tag", "vspace"), Mathematics._ignored),
    **{"sqrt": Mathematics._root, "operatorname": Mathematics._operator, "not": Mathematics._not, "boxed": Mathematics._boxed},
    **{"left": Mathematics._enclosed, "begin": Mathematics._environment},
}
