from manim import *


class HighlightedCell(Scene):
    def construct(self):
        table = Table(
            [["1", "3"], ["2", "5"], ["3", "7"]],
            col_labels=[Text("n"), Text("2n + 1")],
            include_outer_lines=True,
        ).scale(0.8)
        table.add_highlighted_cell((3, 2), color=GREEN_E)
        self.play(FadeIn(table))
        self.play(Indicate(table.get_entries((3, 2))))
        self.wait()
