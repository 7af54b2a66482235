"""Formulas of school mathematics as words."""

from __future__ import annotations

import pytest

from agents.animation.aloud import MOST_CHARS, aloud

CASES = {
    "$x^2$": "x squared",
    "$2x^3$": "2 x cubed",
    r"$2^{n+1}$": "2 to the power of n plus 1",
    r"$\frac{a}{b}$": "a over b",
    r"$\frac12$": "1 over 2",
    r"$x = \frac{-b \pm \sqrt{b^2-4ac}}{2a}$": "x equals minus b plus or minus the square root of the quantity b squared minus 4 ac, all over 2 a",
    r"$\frac{1}{x+1}$": "1 over the quantity x plus 1",
    r"$\sqrt{2}$": "the square root of 2",
    r"$\sqrt[3]{8} = 2$": "the cube root of 8 equals 2",
    r"$x \le 3$ and $y \geq -2$": "x is less than or equal to 3 and y is greater than or equal to minus 2",
    r"$1 < x$": "1 is less than x",
    r"$\pi r^2$": "pi r squared",
    r"$90^\circ$ and $45^{\circ}$": "90 degrees and 45 degrees",
    r"$f(x) = 2(x+3)$": "f of x equals 2 times the quantity x plus 3",
    "$|x - 3| < 5$": "the absolute value of x minus 3 is less than 5",
    r"$\sin 30^\circ$": "sine 30 degrees",
    "$x_1 + x_2$": "x sub 1 plus x sub 2",
    r"$3 \cdot 4 \neq 13$": "3 times 4 is not equal to 13",
    "x² − 4x + 3 = 0": "x squared minus 4 x plus 3 equals 0",
    "(x-1)(x-3) = 0": "the quantity x minus 1 times the quantity x minus 3 equals 0",
    "√(2) is about 1.41": "the square root of 2 is about 1.41",
    "the point (3, 4)": "the point 3, 4",
    "y = -x + 2": "y equals minus x plus 2",
    "Multiply by 3: 2/3 x = 10.": "Multiply by 3: 2 over 3 x equals 10.",
    "a right-angled 3-4-5 triangle and/or a well-known one": "a right-angled 3-4-5 triangle and/or a well-known one",
    "It costs $5, now 20% less.": "It costs 5 dollars, now 20 percent less.",
    r"It costs \$12.50.": "It costs 12.50 dollars.",
    "costs $3 each, so $3x = 12$": "costs 3 dollars each, so 3 x equals 12",
    "**Bold** and `code`": "Bold and code",
}


@pytest.mark.parametrize(("written", "spoken"), CASES.items())
def test_formulas_are_read_as_words(written: str, spoken: str) -> None:
    assert aloud(written) == spoken


@pytest.mark.parametrize(
    "text", ["a\x00b\x1b[2J\nc", "$" * 500, "\\frac{" * 200, "(" * 3000, "x" * 5000, "\\unknown{x} $\\weird$", "{}^_\\", "|" * 999, ""]
)
def test_whatever_comes_is_one_short_printable_line_without_braces(text: str) -> None:
    said = aloud(text)
    assert len(said) <= MOST_CHARS and (said.isprintable() or not said)
    assert not set("{}\\$") & set(said)
