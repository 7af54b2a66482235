from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agents.animation.kinds import Card, load
from agents.animation.tabulated import readable, taken_apart
from agents.errors import NoSandbox
from agents.rendering import ManimRenderer
from agents.sandbox import probe

TABULAR = (
    "\\begin{center}\\begin{tabular}{|l||c|c||c|}\\cline { 2 - 4 }\\multicolumn{1}{c||}{} & \\multicolumn{2}{c||}{Age} & "
    "\\multirow{2}{c|}{Total} \\\\\\hline Gender & Under 40 & 40 or older \\\\\\hline\\hline Male & 12 & 2 & 14 \\\\\\hline "
    "Female & 8 & $3 \\%$ & 11 \\\\\\hline\\end{tabular}\\end{center}The table above shows the ages."
)


def test_a_tabular_becomes_rows_of_plain_cells_and_leaves_the_text() -> None:
    text, table = taken_apart(TABULAR)
    assert text == "The table above shows the ages."
    assert table[0] == ["", "Age", "Age", "Total"]
    assert table[-1] == ["Female", "8", "3%", "11"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$$\\begin{array}{r}3 x+4 y=-23 \\\\2 y-x=-19\\end{array}$$Solve it.", "3 x+4 y = -23, 2 y − x = -19 Solve it."),
        ("$\\begin{cases} x+y=3 \\\\ x-y=1\\end{cases}$ Find x.", "x+y = 3, x − y = 1 Find x."),
        ("$$\\begin{aligned}& x=1 \\\\& y=2\\end{aligned}$$ Add.", "x = 1, y = 2 Add."),
        ("| a | b |\n|---|---|\n| 1 | 2 |\nWhat is b?", "What is b?"),
        ("Some rows: 1 & 2 & 3 \\\\ 4 & 5 & 6 \\\\ What now?", "What now?"),
        ("\\begin{tabular}{|c|c|} 1 & 2 \\\\ \\hline What is lost?", "What is lost?"),
        ("Tom & Jerry have 3 apples & 2 pears. How many?", "Tom & Jerry have 3 apples & 2 pears. How many?"),
        ("A shop sells at $5 and 10 % off.", "A shop sells at $5 and 10 % off."),
    ],
)
def test_no_markup_of_a_table_is_left_on_a_card(text: str, shown: str) -> None:
    assert Card(kind="title", text=text).text == shown


def test_a_table_that_cannot_be_read_is_left_out() -> None:
    long = "\\begin{tabular}{|c|c|}" + "".join(f"{n} & {n} \\\\" for n in range(20)) + "\\end{tabular} Add them."
    assert taken_apart(long) == ("Add them.", [])
    assert not readable([["a" * 60, "b"], ["1", "2"]])
    with pytest.raises(ValueError):
        load({"kind": "title", "text": "x", "table": [["a", "b"], ["c"]]})


@pytest.mark.real
async def test_a_table_on_a_title_card_is_seen_cell_by_cell(tmp_path: Path) -> None:
    try:
        renderer = ManimRenderer(probe())
    except NoSandbox as error:
        pytest.skip(f"no sandbox on this machine: {error.message}")
    text, table = taken_apart(TABULAR)
    source = Card(kind="title", title="The problem", text=text, table=table).source()
    report: Any = await renderer.render(source, scene="Beat", out=tmp_path / "table.mp4", timeout_s=280.0)
    assert report["ok"], report["error"]
    assert report["layout"] == []
    shown = [thing["text"] for thing in report["shown"]]
    assert {"Gender", "Under 40", "14", "3%"} <= {str(text) for text in shown}
