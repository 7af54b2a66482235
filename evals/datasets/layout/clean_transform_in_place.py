from manim import *


class InPlace(Scene):
    def construct(self):
        line = MathTex("2(x + 3) = 14")
        self.play(Write(line))
        self.play(Transform(line, MathTex("2x + 6 = 14")))
        self.play(Transform(line, MathTex("2x = 8")))
        self.play(Transform(line, MathTex("x = 4")))
        self.wait(0.4)
