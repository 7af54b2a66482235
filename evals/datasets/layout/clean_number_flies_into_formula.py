from manim import *


class SubstituteValue(Scene):
    def construct(self):
        given = MathTex("x", "=", "4", font_size=60).shift(UP * 1.5)
        rule = MathTex("y", "=", "3", r"\cdot", "x", "+", "1", font_size=60)
        filled = MathTex("y", "=", "3", r"\cdot", "4", "+", "1", font_size=60).shift(DOWN * 1.5)
        self.play(Write(given), Write(rule))
        rest = [n for n in range(7) if n != 4]
        self.play(*(TransformFromCopy(rule[n], filled[n]) for n in rest), TransformFromCopy(given[2], filled[4]))
        self.wait(0.6)
