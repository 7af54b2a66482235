from manim import *


class Parabola(Scene):
    def construct(self):
        ax = Axes(x_range=[-4, 4], y_range=[-1, 8], x_length=8, y_length=6)
        graph = ax.plot(lambda x: 0.5 * x**2, x_range=[-3.9, 3.9], color=YELLOW)
        name = MathTex(r"y = \tfrac12 x^2").move_to(ax.c2p(3, 4.5))
        self.play(Create(ax), run_time=0.6)
        self.play(Create(graph))
        self.play(Write(name))
        self.wait()
