from manim import *


class FadedLine(Scene):
    def construct(self):
        first = MathTex("2x + 4 = 10").shift(UP)
        second = MathTex("2x = 6").shift(DOWN * 0.5)
        self.play(Write(first))
        self.play(Write(second))
        self.play(FadeOut(first))
        self.play(Circumscribe(first))
        self.play(FadeIn(first))
        self.wait(0.5)
