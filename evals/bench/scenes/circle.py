from manim import *


class CircleScene(Scene):
    def construct(self):
        circle = Circle(radius=2, color=BLUE)
        radius = Line(ORIGIN, circle.point_at_angle(0.7), color=YELLOW)
        self.play(Create(circle))
        self.play(Create(radius), Write(MathTex("r = 2").next_to(radius, UP)))
        self.play(Write(MathTex("A = \\pi r^2").to_edge(RIGHT)))
        self.wait()
