from manim import *


class BaseOfTriangle(Scene):
    def construct(self):
        triangle = Polygon(LEFT * 3 + DOWN, RIGHT * 3 + DOWN, UP * 2, color=BLUE, fill_opacity=0.3)
        brace = Brace(triangle, DOWN)
        length = brace.get_tex(r"b = 8\text{ cm}")
        height = DashedLine(UP * 2, DOWN)
        self.play(Create(triangle))
        self.play(GrowFromCenter(brace))
        self.play(Create(height))
        self.wait()
