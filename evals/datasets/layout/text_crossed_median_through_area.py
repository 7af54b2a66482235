from manim import *


class MedianOfTriangle(Scene):
    def construct(self):
        a, b, c = [-4, -2, 0], [4, -2, 0], [1, 3, 0]
        triangle = Polygon(a, b, c, color=BLUE, fill_opacity=0.2)
        inside = Tex("Area $= 12$").move_to(triangle.get_center_of_mass())
        median = Line(c, [0, -2, 0], color=RED)
        self.play(DrawBorderThenFill(triangle))
        self.play(Write(inside))
        self.play(Create(median))
        self.wait()
