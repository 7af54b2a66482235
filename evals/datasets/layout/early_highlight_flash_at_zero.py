from manim import *


class ZeroOfLine(Scene):
    def construct(self):
        axes = Axes(x_range=[-1, 5], y_range=[-3, 3], x_length=8, y_length=6)
        line = axes.plot(lambda x: x - 2, color=BLUE)
        zero = Dot(axes.c2p(2, 0), color=RED, radius=0.12)
        self.play(Create(axes), Create(line))
        self.play(Flash(zero, color=RED))
        self.wait(0.3)
        self.play(FadeIn(zero, scale=0.5))
        self.wait()
