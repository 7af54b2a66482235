from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.animation.latex import as_text, clean, parts, spoken


def test_a_formula_is_cut_into_parts_that_can_move() -> None:
    assert parts("2x + 3 = 11") == ["2", "x", "+", "3", "=", "11"]
    assert parts("\\frac{2}{3}x - 4 = 6") == ["\\frac{2}{3}", "x", "-", "4", "=", "6"]
    assert parts("\\left(x+1\\right)^{2} \\leq \\sqrt{5}") == ["\\left(x+1\\right)^{2}", "\\leq", "\\sqrt{5}"]
    assert parts("\\begin{cases} x & 1\\\\ y & 2\\end{cases}") == ["\\begin{cases} x & 1\\\\ y & 2\\end{cases}"]


@pytest.mark.parametrize(
    "latex",
    [
        "\\input{/etc/passwd}",
        "\\write18{ls}",
        "x^{2",
        "x^2^3",
        "\\frac",
        "\\begin{tikzpicture}\\end{tikzpicture}",
        "a" * 201,
        "\\def\\x{1}",
        "\\left( x",
        "日本",
    ],
)
def test_what_would_not_typeset_is_refused(latex: str) -> None:
    with pytest.raises(ValueError):
        clean(latex)


def test_a_sentence_is_not_a_formula() -> None:
    with pytest.raises(ValueError, match="sentence"):
        clean("SSS: If all three sides are equal, the triangles are congruent.")


def test_plain_signs_and_delimiters_are_made_latex() -> None:
    assert clean("$a² + b² = c²$") == "a^{2} + b^{2} = c^{2}"
    assert clean("\\boxed{5}") == "5"
    assert clean("50% of 8").count("\\%") == 1
    assert clean("e^(ix) = cos(x)") == "e^{ix} = \\cos (x)"


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("Let $p$ be the pens: $p + b = 9$.", "Let p be the pens: p + b = 9."),
        ("**Divide** by \\(\\frac{2}{3}\\) to get $x^{2} \\leq 15$", "Divide by 2/3 to get x² ≤ 15"),
        ("Pens cost $2 each and books $7 each", "Pens cost $2 each and books $7 each"),
        ("3. Add $\\sqrt{x+1}$ 😀\u200b", "Add √(x+1)"),
    ],
)
def test_a_caption_is_plain_text(text: str, caption: str) -> None:
    assert spoken(text) == caption


@given(st.text(max_size=300))
def test_no_caption_is_too_long_or_holds_what_a_font_cannot_draw(text: str) -> None:
    caption = spoken(text)
    assert len(caption) <= 160
    assert all(char.isprintable() for char in caption)


@given(st.text(alphabet="x2+-=^_{}\\fracsqtleT()$&'[] ", max_size=60))
def test_cutting_loses_nothing_of_a_formula(latex: str) -> None:
    try:
        cleaned = clean(latex)
    except ValueError:
        return
    as_text(cleaned)
    assert "".join(parts(cleaned)).replace(" ", "") == cleaned.replace(" ", "")
