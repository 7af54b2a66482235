from manim import *


class CentreOfCircle(Scene):
    def construct(self):
        circle = Circle(radius=2, color=TEAL).shift(RIGHT * 2)
        centre = Dot(circle.get_center())
        name = Tex("centre").next_to(centre, DOWN)
        self.play(Create(circle))
        self.play(FocusOn(centre))
        self.play(FadeIn(centre), Write(name))
        self.wait()
