from manim import *


class Pulses(Scene):
    def construct(self):
        points = VGroup(*[Dot(p, radius=0.12) for p in (LEFT * 3, UP, RIGHT * 3)])
        sums = MathTex("1", "+", "2", "+", "3", "=", "6", font_size=60).to_edge(DOWN, buff=1)
        self.play(FadeIn(points), Write(sums))
        self.play(Flash(points[1]), Indicate(sums[6]))
        self.play(Circumscribe(VGroup(sums[0], sums[1], sums[2])))
        self.wait(0.3)
