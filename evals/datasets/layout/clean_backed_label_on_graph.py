from manim import *


class BackedLabel(Scene):
    def construct(self):
        axes = Axes(x_range=[-3, 3], y_range=[-2, 5], x_length=8, y_length=6)
        graph = axes.plot(lambda x: x**2 - 1, x_range=[-2.4, 2.4], color=BLUE)
        label = MathTex("y = x^2 - 1").move_to(axes.c2p(1.7, 2))
        label.add_background_rectangle(opacity=0.9, buff=0.15)
        self.play(Create(axes), run_time=0.7)
        self.play(Create(graph))
        self.play(FadeIn(label))
        self.wait()
