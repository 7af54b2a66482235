from manim import *


class GroupOfShown(Scene):
    def construct(self):
        a = Text("7, 14, 21, 28", font_size=44).shift(UP)
        b = Text("multiples of seven", font_size=36).next_to(a, DOWN)
        both = VGroup(a, b)
        self.play(Write(a))
        self.play(FadeIn(b))
        self.play(Circumscribe(both, color=BLUE))
        self.play(Create(SurroundingRectangle(a)))
        self.wait(0.3)
