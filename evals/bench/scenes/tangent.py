from manim import *


class TangentScene(Scene):
    def construct(self):
        axes = Axes(x_range=[-2, 4, 1], y_range=[-1, 7, 2], x_length=7, y_length=5)
        curve = axes.plot(lambda x: x**2, x_range=[-1.8, 2.6], color=BLUE)
        line = axes.plot(lambda x: 2 * x - 1, x_range=[0, 3.6], color=YELLOW)
        self.add(axes, curve)
        self.play(FadeIn(Dot(axes.c2p(1, 1))), Create(line))
        self.play(Write(MathTex("f'(1) = 2").to_corner(UL)))
        self.wait()
