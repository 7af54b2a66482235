from manim import *


class EvenSum(Scene):
    def construct(self):
        first = MathTex("2m + 2n = 2(m + n)", font_size=60).shift(UP)
        second = Tex("$m+n$ is a whole number.")
        conclusion = Tex("Therefore the sum of two even numbers is even.").next_to(second, DOWN, buff=0.8)
        self.play(Write(first))
        self.play(FadeIn(second))
        self.wait()
