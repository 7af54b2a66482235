from manim import *


class PointsOnLine(Scene):
    def construct(self):
        line = NumberLine(x_range=[-5, 5], length=11, include_numbers=True)
        dots = VGroup(*(Dot(line.n2p(x), color=YELLOW) for x in (-3, 1.5, 4)))
        names = VGroup(*(MathTex(n).next_to(d, UP, buff=0.15) for n, d in zip("ABC", dots)))
        self.play(Create(line))
        self.play(LaggedStart(*(GrowFromCenter(d) for d in dots)), LaggedStartMap(FadeIn, names))
        self.wait()
