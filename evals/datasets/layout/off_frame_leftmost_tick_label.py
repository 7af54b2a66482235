from manim import *


class IntegersOnALine(Scene):
    def construct(self):
        line = NumberLine(x_range=[-4, 4, 1], length=13.9, include_tip=False)
        labels = VGroup(*[Text(f"x = {n}", font_size=28).next_to(line.n2p(n), DOWN) for n in range(-4, 4)])
        point = Dot(line.n2p(2), color=RED)
        self.play(Create(line))
        self.play(LaggedStartMap(FadeIn, labels))
        self.play(FadeIn(point, scale=2))
        self.wait(0.5)
