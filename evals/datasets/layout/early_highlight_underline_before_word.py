from manim import *


class PrimeWord(Scene):
    def construct(self):
        start = Text("The number 37 is a", font_size=42).shift(LEFT * 2)
        word = Text("prime number", font_size=42).next_to(start, RIGHT)
        self.play(Write(start))
        self.play(Create(Underline(word, color=YELLOW)))
        self.wait(0.3)
        self.play(Write(word))
        self.wait()
