from manim import *


class BoxedAnswer(Scene):
    def construct(self):
        work = MathTex(r"x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}").shift(UP)
        answer = MathTex("x = 3", font_size=60).shift(DOWN)
        self.play(Write(work))
        self.play(Write(answer))
        self.play(Create(SurroundingRectangle(answer, buff=0.2)))
        self.wait()
