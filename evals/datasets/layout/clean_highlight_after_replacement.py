from manim import *


class AfterReplacement(Scene):
    def construct(self):
        first = MathTex("x^2 = 49", font_size=64)
        second = MathTex("x = 7", font_size=64)
        third = MathTex("x = \\pm 7", font_size=64)
        self.play(Write(first))
        self.play(ReplacementTransform(first, second))
        self.play(Indicate(second))
        self.play(Transform(second, third))
        self.play(Circumscribe(second))
        self.wait(0.3)
