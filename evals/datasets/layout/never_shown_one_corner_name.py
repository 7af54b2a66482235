from manim import *


class TriangleABC(Scene):
    def construct(self):
        triangle = Polygon([-3, -2, 0], [3, -2, 0], [0, 2.5, 0])
        name_a = MathTex("A").next_to([-3, -2, 0], DL)
        name_b = MathTex("B").next_to([3, -2, 0], DR)
        name_c = MathTex("C").next_to([0, 2.5, 0], UP)
        self.play(Create(triangle))
        self.play(Write(name_a), Write(name_b))
        self.wait()
