from manim import *


class LaterPart(Scene):
    def construct(self):
        formula = MathTex("5^2", "=", "25", font_size=80)
        formula[2].set_opacity(0)
        self.play(Write(formula[:2]))
        self.add(formula)
        self.play(formula[2].animate.set_opacity(1))
        self.wait(0.5)
