from manim import *


class AreasTable(Scene):
    def construct(self):
        table = Table(
            [["2", "3", "6"], ["4", "5", "20"], ["7", "8", "56"]],
            col_labels=[Text("length"), Text("width"), Text("area")],
        )
        table.scale(0.17)
        title = Text("Areas of rectangles").to_edge(UP)
        self.play(FadeIn(title))
        self.play(Create(table))
        self.wait()
