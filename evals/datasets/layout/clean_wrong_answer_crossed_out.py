from manim import *


class WrongAnswer(Scene):
    def construct(self):
        wrong = MathTex("(a+b)^2 = a^2 + b^2", font_size=56).shift(UP)
        right = MathTex("(a+b)^2 = a^2 + 2ab + b^2", font_size=56).shift(DOWN)
        self.play(Write(wrong))
        self.play(Create(Cross(wrong, stroke_width=4)))
        self.play(Write(right))
        self.wait()
