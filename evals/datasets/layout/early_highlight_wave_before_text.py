from manim import *


class EvenWave(Scene):
    def construct(self):
        numbers = Integer(2468, group_with_commas=False, font_size=80).shift(UP)
        sentence = Text("all digits are even", font_size=44).shift(DOWN)
        self.play(Write(numbers))
        self.play(ApplyWave(sentence))
        self.play(Write(sentence))
        self.wait(0.5)
