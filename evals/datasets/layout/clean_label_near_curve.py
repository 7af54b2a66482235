from manim import *


class NearCurve(Scene):
    def construct(self):
        axes = Axes(x_range=[-3, 3], y_range=[-1, 8], x_length=8, y_length=6)
        curve = axes.plot(lambda x: x**2, x_range=[-2.7, 2.7], color=YELLOW)
        inside = MathTex("y = x^2", color=YELLOW).move_to(axes.c2p(-0.75, 5.5))
        self.play(Create(axes), Create(curve))
        self.play(Write(inside))
        self.wait()
