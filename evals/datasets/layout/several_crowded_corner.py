from manim import *


class CrowdedCorner(Scene):
    def construct(self):
        Text.set_default(font_size=36)
        first = Text("Example 3").to_corner(UL)
        second = Text("area of a triangle").to_corner(UL)
        triangle = Polygon(LEFT * 2 + DOWN, RIGHT * 2 + DOWN, UP * 1.5)
        remark = Text("half of base times height", font_size=9).next_to(triangle, DOWN)
        self.add(first)
        self.play(Create(triangle))
        self.play(Write(second), FadeIn(remark))
        self.wait()
