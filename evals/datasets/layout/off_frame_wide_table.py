from manim import *


class WeekTable(Scene):
    def construct(self):
        table = Table(
            [["12.50", "14.00", "9.75", "11.25", "15.50", "20.00"], ["3", "5", "2", "4", "6", "8"]],
            row_labels=[Text("price"), Text("sold")],
            col_labels=[Text(d) for d in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]],
        )
        self.play(FadeIn(table))
        self.wait()
