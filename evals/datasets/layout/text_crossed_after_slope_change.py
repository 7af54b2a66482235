from manim import *


class SteeperLine(Scene):
    def construct(self):
        axes = Axes(x_range=[-4, 4], y_range=[-3, 3], x_length=10, y_length=6)
        flat = axes.plot(lambda x: 0.25 * x, color=GREEN)
        steep = axes.plot(lambda x: x, x_range=[-3, 3], color=GREEN)
        label = MathTex("f(x) = mx", color=GREEN).move_to(axes.c2p(2, 1.9))
        self.play(Create(axes), Create(flat), run_time=0.8)
        self.play(FadeIn(label))
        self.play(Transform(flat, steep))
        self.wait()
