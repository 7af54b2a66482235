from manim import *


class SquaresTable(Scene):
    def construct(self):
        title = Text("Squares", font_size=40).to_edge(UP)
        table = IntegerTable([[1, 2, 3], [1, 4, 9]], row_labels=[MathTex("n"), MathTex("n^2")], include_outer_lines=True)
        frame = SurroundingRectangle(table.get_cell((2, 4)), color=YELLOW, buff=0)
        self.play(FadeIn(title))
        self.play(Create(frame))
        self.wait(0.3)
        self.play(FadeIn(table))
        self.wait()
