from manim import *


class SwapFactors(Scene):
    def construct(self):
        a, times, b = MathTex("3", font_size=90), MathTex(r"\times", font_size=70), MathTex("8", font_size=90)
        row = VGroup(a, times, b).arrange(RIGHT, buff=0.8)
        self.play(Write(row))
        self.play(Swap(a, b, path_arc=PI / 1.5), run_time=1.2)
        self.wait(0.5)
