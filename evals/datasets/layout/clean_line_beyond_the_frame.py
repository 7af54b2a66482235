from manim import *


class EndlessLine(Scene):
    def construct(self):
        line = Line([-12, -3, 0], [12, 3, 0], color=BLUE)
        point = Dot([0, 0, 0], color=RED)
        words = Text("a line has no ends", font_size=36).to_corner(UL)
        self.play(Create(line))
        self.play(FadeIn(point), Write(words))
        self.wait(0.5)
