from manim import *


class Percentages(Scene):
    def construct(self):
        line = NumberLine(x_range=[0, 100, 5], length=7, include_numbers=True, font_size=36)
        mark = Triangle(fill_opacity=1, color=RED).scale(0.15).rotate(PI).next_to(line.n2p(65), UP, buff=0.05)
        self.play(Create(line))
        self.play(FadeIn(mark, shift=DOWN))
        self.wait()
