from manim import *


class SumAnswer(Scene):
    def construct(self):
        task = MathTex("7 + 8 =", font_size=72)
        answer = MathTex("15", font_size=72).next_to(task, RIGHT)
        self.play(Write(task))
        self.play(Circumscribe(answer, color=GREEN))
        self.play(FadeIn(answer))
        self.wait()
