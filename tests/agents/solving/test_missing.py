from __future__ import annotations

import pytest

from agents.solving.missing import missing_part


@pytest.mark.parametrize(
    ("stem", "part"),
    [
        ("In the figure above, lines $l$ and $m$ are parallel. What is $x$?", "figure"),
        ("The graph of the linear function $f$ is shown in the $xy$-plane. What is its slope?", "graph"),
        ("The scatterplot above shows the ages of 20 cars. What is the best estimate?", "scatterplot"),
        ("According to the table, how many students chose music?", "table"),
        ("The results are summarized in the table below. What fraction said yes?", "table"),
        ("Based on the histogram, what is the median?", "histogram"),
    ],
)
def test_what_is_pointed_at_and_not_there_is_named(stem: str, part: str) -> None:
    assert missing_part(stem) == part


@pytest.mark.parametrize(
    "stem",
    [
        "If $3x + 5 = 20$, what is the value of $x$?",
        "The graph of $y = 2x + 1$ in the $xy$-plane crosses the $y$-axis where?",
        "Which of the following graphs shows $y = x^2$?",
        "The expression above can be written as which of the following?",
        "$$2x - y = 4$$ Which line is perpendicular to the graph of the equation above?",
        "| day | sold |\n|---|---|\n| 1 | 4 |\n\nAccording to the table, how many were sold on day 1?",
        "The table above shows the answers. \\begin{tabular}{c|c} yes & 4 \\\\ no & 6 \\end{tabular}",
        "A carpenter makes the top of a table that is 3 feet wide. What is its area if it is 5 feet long?",
    ],
)
def test_what_needs_nothing_else_misses_nothing(stem: str) -> None:
    assert missing_part(stem) == ""
