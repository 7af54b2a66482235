from __future__ import annotations

from agents.checking.tables import readable

TABLE = (
    "\\begin{center}\\begin{tabular}{|l|c|c|}\\hline& \\multicolumn{2}{c|}{Seats} \\\\\\cline { 2 - 3 }\\multirow{2}{*}{Day} & "
    "$\\begin{array}{c}\\text { sold } \\\\ \\text { early }\\end{array}$ & late \\\\\\hline Monday & 5 & 11 \\\\\\hline\\end{tabular}\\end{center}"
)


def test_a_tabular_is_read_row_by_row_with_spans_repeated() -> None:
    lines = readable(f"{TABLE}How many were sold late?").strip().splitlines()
    assert lines[:4] == ["|  | Seats | Seats |", "|---|---|---|", "| Day | sold early | late |", "| Monday | 5 | 11 |"]
    assert lines[-1] == "How many were sold late?"


def test_other_text_stays_as_it_is() -> None:
    text = "If $\\begin{array}{l} x = 1 \\\\ y = 2 \\end{array}$, what is $x + y$?"
    assert readable(text) == text
