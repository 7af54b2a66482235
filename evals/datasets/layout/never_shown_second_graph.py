from manim import *


class TwoFunctions(Scene):
    def construct(self):
        axes = Axes(x_range=[-3, 3], y_range=[-1, 6], x_length=8, y_length=6)
        parabola = axes.plot(lambda x: x**2, x_range=[-2.4, 2.4], color=BLUE)
        line = axes.plot(lambda x: x + 2, color=RED)
        question = Text("Where do they meet?", font_size=34).to_corner(UL)
        self.play(Create(axes))
        self.play(Create(parabola))
        self.play(FadeIn(question))
        self.wait()
