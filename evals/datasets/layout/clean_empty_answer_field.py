from manim import *


class AnswerField(Scene):
    def construct(self):
        task = MathTex(r"9 \cdot 7 =", font_size=72).shift(LEFT)
        field = Rectangle(width=1.8, height=1.2, color=GREY).next_to(task, RIGHT)
        answer = MathTex("63", font_size=72, color=GREEN).move_to(field)
        self.play(Write(task), Create(field))
        self.wait(0.5)
        self.play(Write(answer))
        self.wait(0.5)
