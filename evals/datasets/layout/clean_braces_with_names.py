from manim import *


class SegmentSum(Scene):
    def construct(self):
        left = Line(LEFT * 4, LEFT * 0.5, color=RED, stroke_width=8)
        right = Line(LEFT * 0.5, RIGHT * 4, color=BLUE, stroke_width=8)
        braces = VGroup(Brace(left, UP), Brace(right, UP), Brace(VGroup(left, right), DOWN))
        names = VGroup(braces[0].get_tex("a"), braces[1].get_tex("b"), braces[2].get_tex("a + b"))
        self.play(Create(left), Create(right))
        self.play(*(GrowFromCenter(b) for b in braces), Write(names))
        self.wait()
