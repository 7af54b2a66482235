from manim import *


class EnlargeTriangle(Scene):
    def construct(self):
        triangle = Polygon([-2, -1, 0], [2, -1, 0], [-2, 2, 0], color=GREEN)
        base = MathTex(r"4\text{ cm}").next_to(triangle, DOWN)
        side = MathTex(r"3\text{ cm}").next_to(triangle, LEFT)
        figure = VGroup(triangle, base, side)
        caption = Text("scale factor 1.7", font_size=30).to_corner(UR)
        self.play(Create(triangle), Write(base), Write(side))
        self.play(figure.animate.scale(1.7, about_point=UP * 2.2), FadeIn(caption))
        self.wait()
