"""What a solution in the model's own form ends with."""

from __future__ import annotations

import pytest

from agents.solving.paths import stated


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("So she needs\n\\[ 3 \\times 5 = 15 \\]\nThus she needs \\(\\boxed{15}\\) minutes.", "15"),
        ("\\(\\boxed{3}\\) no, wait.\n\nIt is \\(\\boxed{\\frac{3}{4}}\\).", r"\frac{3}{4}"),
        ("3 x 5 = 15\n\nThe answer is **$15**.", "15"),
        ("The answer is 3.\nNo: 3 + 1 = 4\n\nThe answer is: $1,640.50 dollars.", "1,640.50"),
        ("25 - 15 = 10\n\nThe answer is 10 girls have short hair.", "10"),
        ("40 is 80% of 50.\n\nThe answer is 80%.", "80%"),
        ("30 + 15 = 45 files\n60 - 45 = 15 files are missing.", "15"),
        ("Half of them: 3/4\n\nThe final answer is 3/4 cups", "3/4"),
        ("He owes 4 dollars.\n\nThe answer is -4", "-4"),
        ("Thus the slope is as follows.\n\nThe answer is $2x + 1$.", "$2x + 1$"),
        ("", ""),
        ("I do not know.", ""),
        ("2. Subtract the cost from $50.00 to find how much is missing.", ""),
    ],
)
def test_the_value_at_the_end_is_found(text: str, value: str) -> None:
    assert stated(text) == value
