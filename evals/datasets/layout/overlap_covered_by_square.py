from manim import *


class SquareArea(Scene):
    def construct(self):
        text = Text("side length times side length", font_size=40)
        self.play(Write(text))
        square = Square(2.4, fill_color=BLUE_E, fill_opacity=1, stroke_color=WHITE)
        square.shift(RIGHT * 1.2)
        self.play(FadeIn(square, shift=DOWN))
        self.wait()
