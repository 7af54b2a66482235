from manim import *


class TriangleScene(Scene):
    def construct(self):
        shape = Polygon([-2, -1.5, 0], [2, -1.5, 0], [2, 1.5, 0], color=GREEN)
        sides = VGroup(MathTex("4").next_to(shape, DOWN), MathTex("3").next_to(shape, RIGHT), MathTex("5").move_to([-0.6, 0.5, 0]))
        self.play(Create(shape))
        self.play(LaggedStart(*[Write(side) for side in sides], lag_ratio=0.5))
        self.play(Write(MathTex("3^2 + 4^2 = 5^2").to_edge(UP)))
        self.wait()
