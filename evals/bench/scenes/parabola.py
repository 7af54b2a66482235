from manim import *


class ParabolaScene(Scene):
    def construct(self):
        axes = Axes(x_range=[-1, 5, 1], y_range=[-2, 6, 2], x_length=7, y_length=5)
        curve = axes.plot(lambda x: x**2 - 4 * x + 3, x_range=[-0.6, 4.6], color=BLUE)
        name = MathTex("y = x^2 - 4x + 3", color=BLUE).to_corner(UR)
        self.play(Create(axes))
        self.play(Create(curve), Write(name))
        self.play(FadeIn(Dot(axes.c2p(2, -1), color=YELLOW)))
        self.wait()
