from __future__ import annotations

import time

import pytest

from agents.checking.steps import first_broken

SOUND = [
    [
        "Let $p$ be the pens: $p + b = 9$.",
        "The cost is $2p + 7b = 33$.",
        "Substitute: $2(9 - b) + 7b = 33$.",
        "Collect: $18 + 5b = 33$.",
        "$b = 3$.",
    ],
    ["Add 4: $\\frac{2}{3}x = 10$.", "Multiply by 3: $2x = 30$.", "Add 1: $2x + 1 = 31$."],
    ["Start: $x^2 - 5x + 6 = 0$.", "Factor: $(x - 2)(x - 3) = 0$.", "So $x = 2$ or $x = 3$."],
    ["Start: $x^2 = 9$.", "One root is $x = 3$.", "The other root is $x = -3$."],
    ["Expand the square: $(2x - 3)^2 = 4x^2 - 12x + 9$.", "Collect like terms: $4x^2 - 12x + 9 - x^2 + 5 = 3x^2 - 12x + 14$."],
    ["He earns $12 \\cdot 5 = 60$ dollars.", "He spends $60 \\div 4 = 15$.", "So $60 - 15 = 45$ remain."],
    ["The slope is $\\frac{8 - 2}{3 - 1} = 3$.", "So $y = 3x + c$.", "At the point $2 = 3 + c$, so $c = -1$."],
    ["$f(x) = x^2 + 1$.", "$f(2) = 4 + 1 = 5$."],
    ["Simplify the equation: $3x + 2x = 20 - 5x$.", "Collect terms: $10x = 20$.", "$x = 2$"],
    ["Two thirds is $\\frac{2}{3} = 0.667$.", "Multiply: $300 \\cdot 0.667 \\approx 200$."],
    ["No formulas here.", ""],
    ["The line is $3x + y = 12$.", "Subtract $3x$ from both sides: $y = 12 - 3x$.", "Divide both sides by 3: $\\frac{y}{3} = 4 - x$."],
    ["The two are equal: $x^2 = xy$.", "Divide both sides by $x$: $x = y$."],
    ["The total is $x + y = 10$.", "Multiply both sides of the second equation by 2: $4x - 2y = 8$."],
    ["The total is $x + y = 10$.", "Multiply both sides of $2x - y = 4$ by 2: $4x - 2y = 8$."],
    ["Let $p$ be the perimeter: $p = 2x + 2y$.", "Divide both sides by 2 and call it $h$: $h = x + y$."],
    ["$x + y = 10$", "$x - y = 2$", "Add each side: $2x = 12$.", "Rearrange: $y = 2x - 8$."],
    ["$ab = 15$ and $a + b = 8$.", "So $a = 3$ and $b = 5$, or $a = 5$ and $b = 3$.", "$7a + 2b = 31$ or $7a + 2b = 41$."],
    ["$\\sqrt{x + 2} = x$", "Square: $x + 2 = x^2$.", "So $x = 2$ or $x = -1$, of which only 2 fits."],
    ["Try $x = 3$: $2x + 1 = 7$.", "Try $x = 4$: $2x + 1 = 9$, as it must be."],
    ["The perimeter of the base is $2(x + 2.5x) = 7x$.", "A third and two thirds: $0.33x + 0.67x = x$.", "Then $3x + 2 = 2x + 4$."],
    ["$2x - 1 = 5$ or $2x - 1 = -5$.", "So $x = 3$ or $x = -2$."],
]
BROKEN = [
    (["Add 4: $2x = 10$.", "Divide by 2: $x = 6$."], 1),
    (["The cost is $3 \\cdot 7 = 24$."], 0),
    (["Expand: $(x + 2)^2 = x^2 + 4$."], 0),
    (["$2(9 - b) + 7b = 33$.", "Collect: $18 + 9b = 33$.", "$b = 3$"], 1),
    (["$x + y = 10$", "$x - y = 2$", "Add both: $2x = 14$."], 2),
    (["Let $T$ be the whole: $0.6T = 240$.", "$12 + 5 = 18$ more.", "$T = 400$"], 1),
    (["Factor: $x^2 - 9 = (x - 3)(x - 3)$."], 0),
    (["$x^2 - 5x + 6 = 0$", "So $2x = 10$."], 1),
    (["Solve for $x$: $x = 4 - \\frac{y}{3}$.", "Add $\\frac{y}{3}$ to both sides: $x + y = 4$."], 1),
    (["The line is $3x + y = 12$.", "Isolate $y$: $y = 12 + 3x$."], 1),
    (["$ab = 15$", "The system is $ab = 15$, $a + 2b = 10$. The solutions are $a = 3$ and $b = 5$, or $a = 5$ and $b = 3$."], 1),
    (["Solve $a + b = 8$ and $a - b = 4$: $a = 5$ and $b = 3$."], 0),
    (["$x^2 = 9$", "So $x = 2$ or $x = -2$."], 1),
    (["The perimeter of the base is $2 \\times (x + 2.5x) = 6x$."], 0),
    (["In all $x + 0.5x + 2x = 4.5x$."], 0),
    (["$A = \\frac{1}{2}bh$", "Multiply both sides by 2: $2A = \\frac{bh}{2}$."], 1),
]


@pytest.mark.parametrize("steps", SOUND, ids=lambda steps: steps[0][:30])
def test_steps_that_hold_are_let_pass(steps: list[str]) -> None:
    assert first_broken(steps) is None


@pytest.mark.parametrize(("steps", "at"), BROKEN, ids=lambda value: str(value)[:30])
def test_the_first_step_that_cannot_be_right_is_found(steps: list[str], at: int) -> None:
    assert first_broken(steps) == at


def test_a_monstrous_step_is_let_pass_in_time() -> None:
    started = time.monotonic()
    assert first_broken(["$9^{9^{9^9}} = x$", "$" + "+".join(f"x^{{{n}}}" for n in range(400)) + " = 0$"]) is None
    assert time.monotonic() - started < 5
