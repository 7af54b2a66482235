from manim import *


class TwoPoints(Scene):
    def construct(self):
        plane = Axes(x_range=[-1, 5], y_range=[-1, 5], x_length=7, y_length=6.5)
        p, q = Dot(plane.c2p(2, 3), color=RED), Dot(plane.c2p(2.3, 3.1), color=BLUE)
        p_name = MathTex("P(2, 3)", color=RED).next_to(p, UR, buff=0.1)
        q_name = MathTex("Q(2.3, 3.1)", color=BLUE).next_to(q, UR, buff=0.1)
        self.play(Create(plane), run_time=0.7)
        self.play(FadeIn(p), Write(p_name))
        self.play(FadeIn(q), Write(q_name))
        self.wait()
