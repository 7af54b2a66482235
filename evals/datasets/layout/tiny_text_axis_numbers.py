from manim import *


class Growth(Scene):
    def construct(self):
        axes = Axes(
            x_range=[0, 10, 1],
            y_range=[0, 100, 10],
            x_length=10,
            y_length=6,
            axis_config={"include_numbers": True, "font_size": 8},
        )
        curve = axes.plot(lambda x: x**2, color=RED)
        name = MathTex("y = x^2", color=RED).next_to(axes.c2p(7, 60), LEFT, buff=0.5)
        self.play(Create(axes))
        self.play(Create(curve), Write(name))
        self.wait()
