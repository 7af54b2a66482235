from manim import *


class ShearMatrix(Scene):
    def construct(self):
        square = Square(2, color=BLUE, fill_opacity=0.4).shift(LEFT * 2)
        matrix = Matrix([[1, 2], [0, 3]]).scale(0.17).next_to(square, RIGHT, buff=1.5)
        title = Text("A shear", font_size=40).to_edge(UP)
        self.play(FadeIn(title), Create(square))
        self.play(FadeIn(matrix))
        self.play(square.animate.apply_matrix([[1, 1], [0, 1]]))
        self.wait(0.5)
