from __future__ import annotations

import pytest

from agents.checking.arithmetic import holds
from agents.checking.program_steps import told
from agents.checking.prose import formulas


@pytest.mark.parametrize(
    ("code", "steps"),
    [
        (
            "from sympy import *\neggs = 16\neggs_left = eggs - 3 - 4\nprice = 2\nanswer = eggs_left * price\n",
            ["Eggs left: $16 - 3 - 4 = 9$.", r"This gives the answer: $9 \times 2 = 18$."],
        ),
        (
            "price = 80\nreducedPrice = price * (1 - Rational(25, 100))\nshare = Rational(1, 3)\nanswer = reducedPrice * share",
            [r"Reduced price: $80 \times (1 - 0.25) = 60$.", r"This gives the answer: $60 \times \frac{1}{3} = 20$."],
        ),
        ("a = 8\nb = a - (3 - 1)\nc = 12 / (b / 3)\nanswer = c", ["B: $8 - (3 - 1) = 6$.", r"C: $12 \div (6 \div 3) = 6$."]),
        ("a = -4\nanswer = 3 - a", ["This gives the answer: $3 - (-4) = 7$."]),
        ("whole = 2 / 5\nanswer = 10 * whole", [r"This gives the answer: $10 \times 0.4 = 4$."]),
    ],
)
def test_named_quantities_become_steps_with_their_values(code: str, steps: list[str]) -> None:
    assert told(code) == steps
    assert all(holds(piece.latex) for step in steps for piece in formulas(step))


@pytest.mark.parametrize(
    "code",
    [
        "x = symbols('x')\nanswer = solve(Eq(2 * x, 6), x)[0]",
        "a = 3\nfor k in range(3):\n    a = a + 1\nanswer = a",
        "answer = unknown + 1",
        "a = 1\nb = a / 0\nanswer = b",
        "a = 2 ** 900\nanswer = a",
        "a = 10000000\nb = a * a\nanswer = b * b",
        "a = 1\nb = a + 1",
        "import os\nanswer = os.getpid()",
        "answer = 1 +",
        "",
    ],
)
def test_a_program_that_does_more_than_arithmetic_is_not_told(code: str) -> None:
    assert told(code) == []
