from manim import *


class ShiftCircle(Scene):
    def construct(self):
        plane = NumberLine(x_range=[-6, 6, 1], length=12).shift(DOWN * 3)
        circle = Circle(radius=1.5, color=PINK).shift(LEFT * 4)
        note = Text("radius 3, centre (4, 0)", font_size=32).shift(RIGHT * 2)
        self.play(Create(plane), Create(circle), FadeIn(note))
        self.play(circle.animate.shift(RIGHT * 6))
        self.wait()
