from manim import *


class ProductAtTheEnd(Scene):
    def construct(self):
        task = MathTex(r"6 \cdot 7 = \;?", font_size=80)
        self.play(Write(task))
        self.wait()
        answer = MathTex("42", font_size=80, color=GREEN).next_to(task, DOWN)
        self.add(answer)
