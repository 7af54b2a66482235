from manim import *


class MarkMaximum(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 6], y_range=[0, 5], x_length=8, y_length=5)
        curve = axes.plot(lambda x: 4 - 0.5 * (x - 3) ** 2, x_range=[0.3, 5.7], color=BLUE)
        top = Dot(axes.c2p(3, 4), color=YELLOW)
        ring = Circle(color=RED).surround(top, buffer_factor=3)
        name = Text("maximum", font_size=30).next_to(ring, UP, buff=0.1)
        self.play(Create(axes))
        self.play(Create(ring))
        self.wait(0.3)
        self.play(Create(curve))
        self.play(FadeIn(top), FadeIn(name))
        self.wait(0.5)
