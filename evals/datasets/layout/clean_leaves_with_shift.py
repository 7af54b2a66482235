from manim import *


class LeaveUpwards(Scene):
    def construct(self):
        old = MathTex("5x + 10 = 35").to_edge(UP, buff=0.3)
        new = MathTex("x = 5", font_size=72)
        self.play(Write(old))
        self.play(FadeOut(old, shift=UP * 2), Write(new))
        self.play(new.animate.shift(RIGHT * 3))
        self.play(FadeOut(new, shift=RIGHT * 6), run_time=0.8)
        self.wait(0.2)
