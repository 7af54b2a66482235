from __future__ import annotations

import pytest

from agents.checking.equality import equal
from agents.checking.values import Unreadable, from_latex, from_python

SAME = [
    ("$0.5$", "$\\frac{1}{2}$"),
    ("1,200", "1200"),
    ("$x = 3$", "3"),
    ("$\\$ 5.50$", "5.5"),
    ("$15\\%$", "15"),
    ("$2(x+1)$", "$2x+2$"),
    ("$(x+1)^2$", "$x^2+2x+1$"),
    ("$\\frac{x^2-1}{x-1}$", "$x+1$"),
    ("$y=2x+1$", "$2x-y+1=0$"),
    ("$x<3$", "$3>x$"),
    ("$\\{1,2\\}$", "$2, 1$"),
    ("$x=1$ or $x=-3$", "$-3$ and $1$"),
    ("$x=-2 \\pm \\sqrt{2}$", "$-2+\\sqrt{2}$ and $-2-\\sqrt{2}$"),
    ("$(3,-8)$", "$(3, -8)$"),
    ("$\\sqrt[3]{a^{2}}$", "$a^{\\frac{2}{3}}$"),
    ("$200$ packages", "200"),
    ("450 meters", "450"),
    ("$11 \\frac{2}{3}$", "$\\frac{35}{3}$"),
    ("$\\cos \\left(90^{\\circ}-x^{\\circ}\\right)=a$", "$\\sin x^{\\circ}=a$"),
    ("$\\sin (60)^{\\circ}$", "$\\frac{\\sqrt{3}}{2}$"),
    ("two", "2"),
    ("$75-s=c$ $30 s+20 c=1,870$", "$s+c=75$ $20c + 30s=1870$"),
]
DIFFERENT = [
    ("$0.5$", "$\\frac{1}{3}$"),
    ("$x = 3$", "-3"),
    ("$P=6 M-O$", "$P=6 m-O$"),
    ("$(3,-8)$", "$(-8,3)$"),
    ("$x<3$", "$x \\leq 3$"),
    ("$x<3$", "$x>3$"),
    ("$\\{1,2\\}$", "$\\{1,2,3\\}$"),
    ("$\\sqrt{x^2}$", "$x$"),
    ("$y=2x+1$", "$y=2x-1$"),
    ("$2x$", "$x^2$"),
    ("$\\frac{4+w}{2}$", "$2(4+w)$"),
    ("$75-s=c$ $20 s+30 c=1,870$", "$75-s=c$ $30 s+20 c=1,870$"),
    ("$4(1.019)^{t}$", "$4(1.9)^{t}$"),
    ("$-46^{\\circ} \\mathrm{F}$", "$-48^{\\circ} \\mathrm{F}$"),
]


@pytest.mark.parametrize(("left", "right"), SAME)
def test_two_spellings_of_one_answer_are_equal(left: str, right: str) -> None:
    assert equal(from_latex(left), from_latex(right))
    assert equal(from_latex(right), from_latex(left))


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_different_answers_are_never_equal(left: str, right: str) -> None:
    assert not equal(from_latex(left), from_latex(right))
    assert not equal(from_latex(right), from_latex(left))


@pytest.mark.parametrize(
    ("printed", "latex"),
    [
        ("2*c", "$2 c$"),
        ("Eq(P, 6*E - 4*M - O)", "$P=6 E-O-4 M$"),
        ("[-1, 3]", "$x=-1$ and $x=3$"),
        ("{x: 5}", "5"),
        ("exp(1)", "$e$"),
        ("(3, -8)", "$(3,-8)$"),
    ],
)
def test_what_a_program_prints_is_compared_with_what_people_write(printed: str, latex: str) -> None:
    assert equal(from_python(printed), from_latex(latex))


@pytest.mark.parametrize(
    "text", ["__import__('os').system('id')", "(1).__class__", "[x for x in (1,)]", "lambda: 1", "9**9**9**9", "a" * 5000]
)
def test_a_program_cannot_smuggle_code_or_a_power_tower_through_its_printed_answer(text: str) -> None:
    with pytest.raises(Unreadable):
        from_python(text)


@pytest.mark.parametrize(
    "text", ["$9^{9^{9^9}}$", "There is no such value of $n$.", "I and II only", "Females taking Geometry", "$" + "x+" * 600 + "1$"]
)
def test_sentences_and_towers_are_unreadable_instead_of_guessed(text: str) -> None:
    with pytest.raises(Unreadable):
        from_latex(text)
