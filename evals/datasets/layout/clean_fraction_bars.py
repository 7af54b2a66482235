from manim import *


class FractionBars(Scene):
    def construct(self):
        def bar(parts, filled):
            cells = VGroup(*[Rectangle(width=6 / parts, height=0.8, stroke_width=2) for _ in range(parts)]).arrange(RIGHT, buff=0)
            cells[:filled].set_fill(ORANGE, opacity=0.8)
            return VGroup(cells, MathTex(rf"\frac{{{filled}}}{{{parts}}}").next_to(cells, LEFT))

        bars = VGroup(bar(2, 1), bar(4, 2), bar(8, 4)).arrange(DOWN, buff=0.6)
        for one in bars:
            self.play(FadeIn(one), run_time=0.5)
        self.wait(0.5)
