from manim import *


class Boxed(Scene):
    def construct(self):
        word = Text("discriminant", font_size=48)
        box = Rectangle(width=3, height=1.1, color=YELLOW)
        formula = MathTex("b^2 - 4ac").next_to(box, DOWN, buff=0.6)
        self.play(Write(word))
        self.play(Create(box))
        self.play(FadeIn(formula))
        self.wait()
