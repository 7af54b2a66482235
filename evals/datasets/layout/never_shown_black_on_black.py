from manim import *


class Remainder(Scene):
    def construct(self):
        division = MathTex(r"17 \div 5 = 3", font_size=70).shift(UP)
        sentence = Text("with a remainder of 2", font_size=40, color=BLACK).next_to(division, DOWN, buff=0.6)
        self.play(Write(division))
        self.play(FadeIn(sentence))
        self.wait()
