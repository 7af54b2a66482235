from manim import *


class Rearranged(Scene):
    def construct(self):
        a = MathTex("x", "+", "5", "=", "12", font_size=64)
        b = MathTex("x", "=", "12", "-", "5", font_size=64)
        c = MathTex("x", "=", "7", font_size=64)
        self.play(Write(a))
        self.play(TransformMatchingTex(a, b))
        self.play(ReplacementTransform(b, c))
        self.wait(0.4)
