from manim import *


class ValueTable(Scene):
    def construct(self):
        table = MathTable([["x", "y"], ["1", "2"], ["2", "4"], ["3", "6"], ["4", "8"]], include_outer_lines=True).scale(0.9)
        remark = Text("y is always twice x", font_size=36, color=YELLOW).move_to(table.get_rows()[-1])
        self.play(table.create())
        self.play(Write(remark))
        self.wait()
