from manim import *


class CountUp(Scene):
    def construct(self):
        number = Integer(7, font_size=72).shift(LEFT * 2)
        word = Text("people", font_size=60).next_to(number, RIGHT, buff=0.25)
        self.add(number, word)
        self.wait(0.3)
        self.play(ChangeDecimalToValue(number, 125000), run_time=1.5)
        self.wait(0.5)
