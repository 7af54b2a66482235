from manim import *


class SquaresOnSides(Scene):
    def construct(self):
        a, b = 1.5, 2.0
        triangle = Polygon([0, 0, 0], [b, 0, 0], [0, a, 0], color=WHITE)
        below = Polygon([0, 0, 0], [b, 0, 0], [b, -b, 0], [0, -b, 0], color=BLUE, fill_opacity=0.5)
        beside = Polygon([0, 0, 0], [0, a, 0], [-a, a, 0], [-a, 0, 0], color=RED, fill_opacity=0.5)
        slanted = Polygon([b, 0, 0], [0, a, 0], [a, a + b, 0], [a + b, b, 0], color=GREEN, fill_opacity=0.5)
        names = VGroup(*(MathTex(t).move_to(s) for t, s in (("b^2", below), ("a^2", beside), ("c^2", slanted))))
        figure = VGroup(triangle, below, beside, slanted, names).center().scale(1.2)
        self.play(Create(triangle))
        self.play(FadeIn(below, beside, slanted))
        self.play(Write(names))
        self.wait(0.5)
