"""LaTeX commands that JSON read as escapes."""

from __future__ import annotations

import json

import pytest

from agents.escapes import unescaped


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"\frac{1}{2} \times \beta \neq \rho"', r"\frac{1}{2} \times \beta \neq \rho"),
        (r'"teaching: $20 \times 35$"', r"teaching: $20 \times 35$"),
        (r'"$x \ne 3$ and $\nabla f$"', r"$x \ne 3$ and $\nabla f$"),
        (r'"$\\\\sqrt{2}$"', r"$\sqrt{2}$"),
    ],
)
def test_commands_are_put_back(written: str, meant: str) -> None:
    assert unescaped(json.loads(written)) == meant


@pytest.mark.parametrize(
    "text",
    ["First the sum.\nThen the product.", "one\nequation", "a\n\nb", r"\begin{matrix} 1 \\ x \end{matrix}", "costs $3\t4", r"\frac{1}{2}"],
)
def test_what_no_escape_made_stays(text: str) -> None:
    assert unescaped(text) == text


def test_lists_and_objects_keep_their_form() -> None:
    assert unescaped({"hints": ["\x0crac{1}{2}", 3, None], "n": True}) == {"hints": [r"\frac{1}{2}", 3, None], "n": True}
