from manim import *


class MatrixProduct(Scene):
    def construct(self):
        a = Matrix([[1, 2], [3, 4]])
        b = Matrix([[0], [1]])
        c = Matrix([[2], [4]])
        row = VGroup(a, b, MathTex("="), c).arrange(RIGHT, buff=0.35)
        self.play(Write(row))
        self.play(a.get_rows()[0].animate.set_color(YELLOW), b.get_columns()[0].animate.set_color(YELLOW))
        self.wait()
