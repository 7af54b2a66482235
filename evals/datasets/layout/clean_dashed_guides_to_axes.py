from manim import *


class Guides(Scene):
    def construct(self):
        axes = Axes(x_range=[0, 6], y_range=[0, 5], x_length=8, y_length=5.5, axis_config={"include_numbers": True})
        point = Dot(axes.c2p(4, 3), color=YELLOW)
        guides = axes.get_lines_to_point(axes.c2p(4, 3))
        name = MathTex("(4, 3)").next_to(point, UR, buff=0.1)
        self.play(Create(axes))
        self.play(Create(guides), FadeIn(point))
        self.play(Write(name))
        self.wait(0.5)
