"""Words of TeX with mathematics in them, in Typst's words: `Tex`, `\\text`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.rendering.inside.typeset import symbols
from agents.rendering.inside.typeset.pieces import Piece, joined, words
from agents.rendering.inside.typeset.tokens import Parts, Token, Untranslatable
from agents.rendering.inside.typeset.translate import Mathematics

_STYLES = {
    "textbf": "strong", "textit": "emph", "emph": "emph", "underline": "underline", "texttt": "raw", "textsc": "smallcaps", "textsf": "", "text": "",
    "textrm": "", "mbox": "", "textnormal": "",
}  # fmt: skip
_CHARS = {"LaTeX": "LaTeX", "TeX": "TeX", "ldots": "…", "dots": "…", "textbackslash": "\\", "textdegree": "°", "quad": "\u2003", "qquad": "\u2003\u2003",
          ",": "\u2009", " ": " ", "%": "%", "$": "$", "#": "#", "&": "&", "_": "_", "{": "{", "}": "}", "textendash": "–", "textemdash": "—",
          "textquotedblleft": "“", "textquotedblright": "”", "euro": "€", "pounds": "£", "textregistered": "®", "copyright": "©", "bullet": "•"}  # fmt: skip
_LIGATURES = (("---", "—"), ("--", "–"), ("``", "“"), ("''", "”"), ("`", "‘"), ("'", "’"))


def in_mathematics(row: Sequence[Token], parts: Parts) -> list[Piece]:
    """The words of a `\\text` as pieces of mathematics."""
    pieces: list[Piece] = []
    for kind, tokens in _split(row):
        if kind == "mathematics":
            pieces += Mathematics(tokens, parts).whole()
            continue
        for part, text in _runs(tokens):
            pieces.append(Piece(part, words(text)))
    return pieces


def in_lines(row: Sequence[Token], parts: Parts) -> str:
    """A whole text as Typst's markup."""
    return _markup(_words(row, parts), 0)


def _words(row: Sequence[Token], parts: Parts) -> list[Piece]:
    pieces: list[Piece] = []
    for kind, tokens in _split(row):
        if kind != "words":
            inside = Mathematics(tokens, parts).whole()
            part = tokens[0].part if tokens else 0
            code = joined(inside, part)
            pieces.append(Piece(part, f"$ {code} $" if kind == "display" else f"${code}$"))
            continue
        at = 0
        run: list[Token] = []
        while at <= len(tokens):
            token = tokens[at] if at < len(tokens) else None
            special = (
                token is None or (token.kind == "command" and token.text not in _CHARS) or (token.kind == "char" and token.text in "{}~")
            )
            if not special and token is not None:
                run.append(token)
                at += 1
                continue
            pieces += [Piece(part, f"#{words(text)}") for part, text in _runs(run)]
            run = []
            if token is None:
                break
            at = _special(tokens, at, pieces, parts)
    return pieces


def _special(tokens: list[Token], at: int, pieces: list[Piece], parts: Parts) -> int:
    """Adds what the token at `at` and its argument are; gives where it goes on."""
    token = tokens[at]
    if token.text == "~":
        pieces.append(Piece(token.part, f"#{words(chr(0xA0))}"))
        return at + 1
    if token.kind == "char":
        return at + 1  # a group for itself changes nothing that we know
    if token.text in ("\\", "newline", "par"):
        pieces.append(Piece(token.part, "#linebreak()", loose=True))
        return at + 1
    if token.text in symbols.DROPPED:
        return at + 1
    if token.text in ("color", "textcolor"):
        name, after = _argument(tokens, at + 1)
        colour = symbols.COLOURS.get("".join(letter.text for letter in name))
        if colour is None or token.text == "color":
            raise Untranslatable("a colour")
        inside, after = _argument(tokens, after)
        pieces += _words([Token(one.kind, one.text, parts.coloured(one.part, colour)) for one in inside], parts)
        return after
    if token.text in _STYLES:
        inside, after = _argument(tokens, at + 1)
        style, code = _STYLES[token.text], _markup(_words(inside, parts), token.part)
        pieces.append(
            Piece(token.part, f"#{style}[{code}]" if style and style != "raw" else f"#text(font: M)[{code}]" if style else f"#[{code}]")
        )
        return after
    raise Untranslatable(f"the command \\{token.text} in a text")


def _argument(tokens: list[Token], at: int) -> tuple[list[Token], int]:
    while at < len(tokens) and tokens[at].kind == "space":
        at += 1
    if at >= len(tokens):
        raise Untranslatable("an argument is missing")
    if tokens[at].text != "{" or tokens[at].kind != "char":
        return [tokens[at]], at + 1
    depth = 0
    for end in range(at, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[end].text, 0) if tokens[end].kind == "char" else 0
        if depth == 0:
            return tokens[at + 1 : end], end + 1
    raise Untranslatable("a brace is not closed")


def _markup(pieces: Sequence[Piece], part: int) -> str:
    """As `joined`, for markup: what is wrapped stands in brackets."""
    out = ""
    at = 0
    while at < len(pieces):
        end = at + 1
        while end < len(pieces) and not pieces[end].loose and not pieces[at].loose and pieces[end].part == pieces[at].part:
            end += 1
        run = "".join(f"{piece.code};" if piece.code.startswith("#") else piece.code for piece in pieces[at:end])
        out += run if pieces[at].loose or pieces[at].part == part else f"#c{pieces[at].part}[{run}];"
        at = end
    return out


def _split(row: Sequence[Token]) -> list[tuple[str, list[Token]]]:
    """Runs of words and of mathematics, the dollars and the like between them left out."""
    found: list[tuple[str, list[Token]]] = [("words", [])]
    kind = "words"
    at = 0
    while at < len(row):
        token = row[at]
        double = at + 1 < len(row) and row[at + 1].kind == "char" and row[at + 1].text == "$"
        turn = None
        if token.kind == "char" and token.text == "$":
            turn = "display" if double and kind in ("words", "display") else "mathematics"
            at += turn == "display"
        elif token.kind == "command" and token.text in "()[]":
            turn = "mathematics" if token.text in "()" else "display"
        if turn is None:
            found[-1][1].append(token)
        else:
            kind = turn if kind == "words" else "words"
            found.append((kind, []))
        at += 1
    if kind != "words":
        raise Untranslatable("mathematics in a text is not closed")
    return [(kind, tokens) for kind, tokens in found if tokens]


def _runs(row: Sequence[Token]) -> list[tuple[int, str]]:
    """Words of one part each. Raises `Untranslatable` for characters that no font of Typst's has."""
    runs: list[tuple[int, str]] = []
    for token in row:
        if token.kind == "command" and token.text not in _CHARS:
            raise Untranslatable(f"the command \\{token.text} in a text")
        text = (
            _CHARS[token.text] if token.kind == "command" else "" if token.text in "{}" else "\u00a0" if token.text == "~" else token.text
        )
        text = " " if token.kind == "space" else text
        if runs and runs[-1][0] == token.part:
            runs[-1] = (token.part, runs[-1][1] + text)
        else:
            runs.append((token.part, text))
    out = []
    for part, text in runs:
        for sign, better in _LIGATURES:
            text = text.replace(sign, better)
        text = re.sub(r" +", " ", text)
        if wrong := next((char for char in text if not symbols.has_glyph(char)), ""):
            raise Untranslatable(f"characters that the font does not have: {wrong}")
        if text:
            out.append((part, text))
    return out
