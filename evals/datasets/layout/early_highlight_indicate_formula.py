from manim import *


class Pythagoras(Scene):
    def construct(self):
        triangle = Polygon([-2, -1, 0], [1, -1, 0], [1, 1.5, 0], color=WHITE)
        formula = MathTex("a^2 + b^2 = c^2").to_edge(DOWN)
        self.play(Create(triangle))
        self.play(Indicate(formula))
        self.play(Write(formula))
        self.wait()
