from manim import *


class AxisAndBox(Scene):
    def construct(self):
        axes = Axes(x_range=[-3, 5], y_range=[-3, 4], x_length=9, y_length=6.5)
        curve = axes.plot(lambda x: 0.5 * (x - 1) ** 2 - 2, x_range=[-2.3, 4.3], color=GREEN)
        sentence = Text("a parabola", font_size=34).move_to(axes.c2p(-2, 0))
        vertex = MathTex("(1, -2)").next_to(axes.c2p(1, -2), DR)
        self.add(axes, curve)
        self.play(FadeIn(sentence))
        self.play(FadeIn(SurroundingRectangle(vertex)))
        self.wait(0.3)
        self.play(FadeIn(vertex))
        self.wait(0.5)
