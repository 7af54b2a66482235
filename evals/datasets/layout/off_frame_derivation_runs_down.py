from manim import *


class SolveLinear(Scene):
    def construct(self):
        lines = VGroup(
            MathTex("2(x+3) + x = 18"),
            MathTex("2x + 6 + x = 18"),
            MathTex("3x + 6 = 18"),
            MathTex("3x + 6 - 6 = 18 - 6"),
            MathTex("3x = 18 - 6"),
            MathTex("3x = 12"),
            MathTex(r"\frac{3x}{3} = \frac{12}{3}"),
            MathTex("x=4"),
        ).arrange(DOWN, buff=0.55)
        lines.to_edge(UP)
        for line in lines:
            self.play(Write(line), run_time=0.4)
        self.wait(0.5)
