from manim import *


class ShrinkingSolution(Scene):
    def construct(self):
        equation = MathTex("3x - 7 = 11", font_size=72)
        solution = MathTex("x = 6", font_size=10)
        frame = RoundedRectangle(width=6, height=2.5, color=GREY)
        self.play(Create(frame), Write(equation))
        self.wait(0.3)
        self.play(ReplacementTransform(equation, solution))
        self.wait()
